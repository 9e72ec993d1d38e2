//! The two drivers: one thread and one runtime each. The clock of the virtual one jumps from event to event.

use std::future::Future;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Runs `show` to its end under tokio's paused clock: whenever nobody can move, time jumps to the next timer. No real
/// socket may be touched inside, since its time-outs would fire at once.
///
/// # Panics
/// If the show does.
pub fn run<T>(show: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O needs nothing that the system could refuse");
    LocalSet::new().block_on(&runtime, show)
}

/// Runs `show` to its end in real time, with real sockets and processes.
///
/// # Panics
/// If the show does, or the system has no descriptors left.
pub fn run_real<T>(show: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs three descriptors, and a show needs many more");
    LocalSet::new().block_on(&runtime, show)
}
