//! Which workers are wished to run, kept on disk: a new manager must not undo what somebody asked the old one.

use std::collections::BTreeMap;

use vj_core::ProcessName;
use vj_env::Env;

const FILE: &str = "wish.json";

/// Reads the wish over `enabled`, which counts where nobody has asked for anything. A damaged file is set aside with a
/// word.
pub(crate) async fn read(env: &Env, enabled: &BTreeMap<ProcessName, bool>) -> BTreeMap<ProcessName, bool> {
    let mut wish = enabled.clone();
    let bytes = match env.store.read(FILE).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return wish,
        Err(error) => {
            env.log.warn(format!("failed to read which workers are wished to run: {error}"));
            return wish;
        }
    };
    match serde_json::from_slice::<BTreeMap<String, bool>>(&bytes) {
        Ok(kept) => {
            for (name, on) in kept {
                // A name of another version of vj is nobody to start.
                if let Some(known) = name.parse().ok().and_then(|name: ProcessName| wish.get_mut(&name)) {
                    *known = on;
                }
            }
        }
        Err(error) => {
            let aside = format!("{FILE}.damaged");
            env.log.warn(format!("{FILE} is damaged ({error}): set aside as {aside}"));
            if env.store.replace(&aside, &bytes).await.is_ok() {
                let _ = env.store.remove(FILE).await;
            }
        }
    }
    wish
}

/// Keeps the wish.
///
/// # Errors
/// What the system said, as a sentence: the wish is in effect, and would not survive the manager.
pub(crate) async fn keep(env: &Env, wish: &BTreeMap<ProcessName, bool>) -> Result<(), String> {
    let named: BTreeMap<&str, bool> = wish.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    let bytes = serde_json::to_vec_pretty(&named).expect("a map of names and bools can always be written");
    env.store
        .replace(FILE, &bytes)
        .await
        .map_err(|error| format!("in effect, but a new manager would not know of it: {error}"))
}
