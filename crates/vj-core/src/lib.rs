//! The pure heart of `vj`: what can be a function from values to values stands here.
//!
//! - [`base64`]: bytes as text, where JSON has to carry them.
//! - [`mutants`]: deliberate mistakes, in no build but that of one test.
//! - [`names`]: the processes that users know by name.
//! - [`time`]: moments ([`At`]) as plain numbers; nothing in this crate can ask what time it is.
//! - [`limits`]: every queue, frame, retry and wait of the control plane, with its reason.
//! - [`playback`]: what is playing: tracks, their detection, and the one truth of several players.
//! - [`settings`]: a process's settings, whose value counts, and what is allowed.
//! - [`show`]: what is written down for as long as a show lasts.
//! - [`supervision`]: the supervision law, a state machine that both drivers and the tests run.
//!
//! No I/O, no clock, no randomness: the same inputs give the same outputs, always.

pub mod base64;
pub mod limits;
pub mod mutants;
pub mod names;
pub mod playback;
pub mod settings;
pub mod show;
pub mod supervision;
pub mod time;

pub use names::{ProcessName, UnknownProcess};
pub use time::At;
