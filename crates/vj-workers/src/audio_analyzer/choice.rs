//! Which audio input was chosen where nobody had named one: after a crash it is that one again, never silently another.

use serde::{Deserialize, Serialize};
use vj_core::show::DEVICE;
use vj_env::Env;

#[derive(Serialize, Deserialize)]
struct Choice {
    name: String,
}

/// The device that was chosen earlier in this show where nobody had named one.
pub(super) async fn read(env: &Env) -> String {
    match env.store.read(DEVICE).await {
        Ok(None) => String::new(),
        Ok(Some(bytes)) => match serde_json::from_slice::<Choice>(&bytes) {
            Ok(choice) => choice.name,
            Err(error) => {
                let aside = format!("{DEVICE}.damaged");
                env.log.warn(format!("{DEVICE} is damaged ({error}): set aside as {aside}"));
                if env.store.replace(&aside, &bytes).await.is_ok() {
                    let _ = env.store.remove(DEVICE).await;
                }
                String::new()
            }
        },
        Err(error) => {
            env.log.warn(format!("failed to read which audio input was chosen: {error}"));
            String::new()
        }
    }
}

/// Writes the choice down: after a crash it is this device again, and never silently another.
pub(super) async fn write(env: &Env, name: &str) {
    let bytes = serde_json::to_vec(&Choice { name: name.to_owned() }).expect("a text can always be written");
    if let Err(error) = env.store.replace(DEVICE, &bytes).await {
        env.log.warn(format!("after a crash another audio input might be chosen: {error}"));
    }
}
