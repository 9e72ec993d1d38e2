//! `virtualdj_monitor`: what VirtualDJ plays.
//!
//! - [`files`]: what VirtualDJ writes down, read.
//! - `beats`: takes its beats in (OS2L).
//! - `decks`, `deck`: what VirtualDJ tells of its decks by OSC.
//! - `deck_words`: the words in which it tells.
//! - `deck_voice`: what the visuals are told of them.
//! - `os2l`: what it tells of its beats.
//! - `file_source`: what plays, by these files.
//! - `memory`: what was current before a crash.
//! - `keys`: its settings.
//! - `real_time`: what plays, by whoever knows better.
//! - `reader`: what is new in the files.
//! - `tap`: what it writes and says, for recordings.
//! - `trust`: whom to believe, decks or files.
//! - `worker`: the worker, whose body it shares with `spotify_monitor`.

mod beats;
mod deck;
mod deck_voice;
mod deck_words;
mod decks;
mod file_source;
pub mod files;
mod keys;
mod memory;
mod os2l;
mod reader;
mod real_time;
mod tap;
mod trust;
mod worker;

pub use keys::KEYS;
pub use reader::{Before, News, Reader};
pub use worker::VirtualDjMonitor;
