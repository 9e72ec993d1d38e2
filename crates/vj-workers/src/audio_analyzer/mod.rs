//! `audio_analyzer`: sound in, features out on OSC, sixty times a second of sample time.
//!
//! - `keys`: its settings.
//! - `show`: where the show began, so that a restarted worker goes on where the show is.
//! - `player`: reads a file at the pace of the clock.
//! - `announce`: one tick of features as OSC messages.
//! - `worker`: the loop.

mod announce;
mod keys;
mod player;
mod show;
mod worker;

pub use keys::KEYS;
pub use worker::AudioAnalyzer;
