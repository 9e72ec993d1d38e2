//! `audio_analyzer`: sound in, features out on OSC, sixty times a second of sample time.
//!
//! - `keys`: its settings.
//! - `show`: where the show began, so that a restarted worker goes on where the show is.
//! - `player`: reads a file at the pace of the clock.
//! - `seek`: jumps within it.
//! - `live`: hears an audio input, and finds it again.
//! - `choice`: which input was chosen where nobody had named one.
//! - `shift`: announces live sound earlier (beats, by prediction) or later.
//! - `outlet`: thins the ticks to the rate that is wanted, and loses no beat.
//! - `latency`: how long a block took from its arrival to its packets.
//! - `benchmark`: the same for some seconds, when somebody asks.
//! - `tap`: what is heard, for whoever records the show.
//! - `announce`: one tick of features as OSC messages.
//! - `worker`: the loop.

mod announce;
mod benchmark;
mod choice;
mod keys;
mod latency;
mod live;
mod outlet;
mod player;
mod seek;
mod shift;
mod show;
mod tap;
mod worker;

pub use keys::KEYS;
pub use worker::AudioAnalyzer;
