//! The two drivers: one thread and one runtime each. The clock of the virtual one jumps from event to event.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use crate::real::RealMachine;

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

/// Whether somebody has told this process to end while a real show was on.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Whether somebody (Ctrl-C, Ctrl-\, SIGTERM, the end of the terminal) has told this process to end while a real show was on.
#[must_use]
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// Runs `show` to its end in real time, with real sockets and processes. None if this process was told to end meanwhile:
/// then nothing of the show is left, though its processes have sessions of their own.
///
/// # Panics
/// If the show does, or the system has no descriptors left.
pub fn run_real<T>(show: impl Future<Output = T>) -> Option<T> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs three descriptors, and a show needs many more");
    let done = LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            biased;
            () = told_to_end() => None,
            done = show => Some(done),
        }
    });
    if done.is_none() {
        STOPPED.store(true, Ordering::Relaxed);
        RealMachine::clear_away();
    }
    done
}

async fn told_to_end() {
    let listen = |kind| signal(kind).expect("a process may always listen to its signals");
    let mut interrupt = listen(SignalKind::interrupt());
    let mut terminate = listen(SignalKind::terminate());
    let mut hangup = listen(SignalKind::hangup());
    let mut quit = listen(SignalKind::quit());
    tokio::select! {
        biased;
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        _ = quit.recv() => {}
    }
}
