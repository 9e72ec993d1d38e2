//! Live sound: the audio inputs of this machine, through cpal.
//!
//! - `hosts`: which sound systems there are, their inputs, and which of them is preferred.
//! - `callback`: what runs on the sound system's real-time thread. It neither allocates, locks nor logs.
//! - `keeper`: a thread that opens the device, watches it, and opens it again. C libraries may take seconds for that, and a
//!   worker's loop must not wait.
//! - `input`: the worker's end.

mod callback;
mod hosts;
mod input;
mod keeper;

pub use callback::Callback;
pub use hosts::inputs;
pub use input::CapturedInput;
