//! The seam and its real half: one phenomenon a file.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests give every wait a deadline, and start tasks that are no part of a process"
)]

mod bus_dir;
mod clock;
mod locks;
mod log;
mod processes;
mod scope;
mod sockets;
mod store;
mod udp;

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;
use vj_env::real::{BusDir, UnixControl, real_clock};

/// Runs a test on the real clock.
fn real<T>(test: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let limited = async { tokio::time::timeout(Duration::from_secs(60), test).await.expect("it hangs") };
    runtime.block_on(LocalSet::new().run_until(limited))
}

/// Runs a test in virtual time.
fn virtually<T>(test: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(test))
}

/// The control plane of the bus in `dir`, as a process that serves sees it.
fn serving(dir: &Path) -> UnixControl {
    UnixControl::new(BusDir::create(dir).unwrap(), real_clock())
}

/// The same, as a client sees it.
fn asking(dir: &Path) -> UnixControl {
    UnixControl::new(BusDir::look_at(dir), real_clock())
}

/// The names of the files in `dir`, in order.
fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
