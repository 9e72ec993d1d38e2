//! Which workers somebody asked to run or not to run, kept on disk: a new manager must not undo it.

use std::collections::BTreeMap;

use vj_core::ProcessName;
use vj_core::show::WISH;
use vj_env::{Log, Store};

/// What was asked for, by worker. Of a worker that is not in it nobody has asked anything: the config counts.
pub type Wish = BTreeMap<ProcessName, bool>;

/// Reads the wish. A damaged file is set aside with a word.
pub(crate) async fn read(store: &dyn Store, log: &Log) -> Wish {
    let bytes = match store.read(WISH).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Wish::new(),
        Err(error) => {
            log.warn(format!("failed to read which workers are wished to run: {error}"));
            return Wish::new();
        }
    };
    match serde_json::from_slice::<BTreeMap<String, bool>>(&bytes) {
        // A name of another version of vj is nobody to start.
        Ok(kept) => kept.into_iter().filter_map(|(name, on)| Some((name.parse().ok()?, on))).collect(),
        Err(error) => {
            let aside = format!("{WISH}.damaged");
            log.warn(format!("{WISH} is damaged ({error}): set aside as {aside}"));
            if store.replace(&aside, &bytes).await.is_ok() {
                let _ = store.remove(WISH).await;
            }
            Wish::new()
        }
    }
}

/// Keeps the wish.
///
/// # Errors
/// What the system said, as a sentence: the wish is in effect, and would not survive the manager.
pub async fn keep(store: &dyn Store, wish: &Wish) -> Result<(), String> {
    let named: BTreeMap<&str, bool> = wish.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    let bytes = serde_json::to_vec_pretty(&named).expect("a map of names and bools can always be written");
    store
        .replace(WISH, &bytes)
        .await
        .map_err(|error| format!("in effect, but a new manager would not know of it: {error}"))
}
