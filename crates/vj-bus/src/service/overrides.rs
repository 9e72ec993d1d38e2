//! What `set_config` changed, kept on disk so that a crash does not undo it.

use serde_json::Value;
use vj_core::settings::Settings;
use vj_env::Env;

fn file(env: &Env) -> String {
    format!("overrides/{}.json", env.name)
}

/// Writes the overrides down.
///
/// # Errors
/// What the system said.
pub(crate) async fn keep(env: &Env, settings: &Settings) -> std::io::Result<()> {
    let bytes =
        serde_json::to_vec_pretty(&settings.overrides_to_json()).expect("JSON values can always be written");
    env.store.replace(&file(env), &bytes).await
}

/// Takes up what was kept. A damaged file is set aside with a word, and the process starts without it.
pub(crate) async fn restore(env: &Env, settings: &mut Settings) {
    let file = file(env);
    let bytes = match env.store.read(&file).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return,
        Err(error) => return env.log.warn(format!("failed to read the kept settings: {error}")),
    };
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(kept @ Value::Object(_)) => {
            let left_out = settings.restore_overrides(&kept);
            if !left_out.is_empty() {
                env.log.info(format!("kept settings that no longer count: {}", left_out.join(", ")));
                // Forgotten on disk too, or they would come back when the file's value is changed back.
                if let Err(error) = keep(env, settings).await {
                    env.log.warn(format!("failed to keep the settings: {error}"));
                }
            }
        }
        _ => {
            let aside = format!("{file}.damaged");
            env.log.warn(format!("{file} is damaged: set aside as {aside}"));
            if env.store.replace(&aside, &bytes).await.is_ok() {
                let _ = env.store.remove(&file).await;
            }
        }
    }
}
