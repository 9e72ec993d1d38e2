//! Spotify through the port, as its monitor uses it: a fake service on a port of this machine, a fake player on a bus of the
//! test's own.

mod failures;
#[cfg(target_os = "linux")]
mod mpris;
mod secrets;
#[cfg(target_os = "linux")]
mod session_bus;
mod sign_in;
mod stage;
mod stories;
mod tokens;

pub(crate) use stage::on_one_thread;
