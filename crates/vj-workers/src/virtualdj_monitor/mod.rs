//! `virtualdj_monitor`: what VirtualDJ plays.
//!
//! - `keys`: its settings.
//! - `worker`: the worker, whose body it shares with `spotify_monitor`.

mod keys;
mod worker;

pub use keys::KEYS;
pub use worker::VirtualDjMonitor;
