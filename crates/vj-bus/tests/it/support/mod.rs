//! What the tests stand on.

pub(crate) mod bus;
pub(crate) mod links;
pub(crate) mod memory;
pub(crate) mod messages;
pub(crate) mod probe;
pub(crate) mod raw;

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Far beyond what anything here takes, also on a loaded machine: it turns a hang into a failure.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a test on the real clock.
pub(crate) fn real<T>(test: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(within_deadline(test)))
}

/// Runs a test in virtual time: when nothing can move, the clock jumps to the next timer. No real sockets in here.
pub(crate) fn virtually<T>(test: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(test))
}

/// Waits for something that must happen.
pub(crate) async fn within_deadline<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("it should have happened long ago")
}
