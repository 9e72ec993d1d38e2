//! `virtualdj_monitor`: what VirtualDJ plays.
//!
//! - [`files`]: what VirtualDJ writes down, read.
//! - `keys`: its settings.
//! - `worker`: the worker, whose body it shares with `spotify_monitor`.

pub mod files;
mod keys;
mod worker;

pub use keys::KEYS;
pub use worker::VirtualDjMonitor;
