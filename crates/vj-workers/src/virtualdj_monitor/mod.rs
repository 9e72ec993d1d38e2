//! `virtualdj_monitor`: what VirtualDJ plays.
//!
//! - [`files`]: what VirtualDJ writes down, read.
//! - `file_source`: what plays, by these files.
//! - `memory`: what was current before a crash.
//! - `keys`: its settings.
//! - `reader`: what is new in the files.
//! - `worker`: the worker, whose body it shares with `spotify_monitor`.

mod file_source;
pub mod files;
mod keys;
mod memory;
mod reader;
mod worker;

pub use keys::KEYS;
pub use reader::{News, Reader};
pub use worker::VirtualDjMonitor;
