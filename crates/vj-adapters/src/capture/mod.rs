//! Live sound: the audio inputs of this machine.
//!
//! - `systems`: which sound system there is, its inputs, and which of them is preferred.
//! - `pulse`, `pulse_wire`: PulseAudio, and PipeWire, which speaks its language. They hear what the machine plays.
//! - `cards`: what is left to cpal, that is Core Audio and ALSA. No other file knows it.
//! - `callback`: what runs for each buffer. It neither allocates, locks nor logs.
//! - `feed`: a thread's end of an open input; `input`: the worker's end.
//!
//! All of a sound system is on a thread of the input's own: its libraries may take seconds, or for ever, and a worker's loop
//! must not wait.

mod callback;
mod cards;
mod feed;
mod input;
#[cfg(target_os = "linux")]
mod pulse;
#[cfg(target_os = "linux")]
mod pulse_wire;
mod systems;

pub use callback::{Callback, Meter};
pub use input::open;
pub use systems::inputs;
