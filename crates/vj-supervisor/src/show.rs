//! The end of a show.

use vj_core::show::FILES;
use vj_env::{Log, Store};

/// Forgets what was written down for this show: the next one starts with what the config says, and at its beginning.
pub async fn end(store: &dyn Store, log: &Log) {
    for file in FILES {
        if let Err(error) = store.remove(file).await {
            log.warn(format!("failed to forget {file}: {error}"));
        }
    }
}
