//! What the screen shows of a model: a pure function from the model to cells.
//!
//! - [`frame`]: the whole of it: head line, screen, foot, and what lies over them.
//! - One file a screen, one file for each thing that lies over it.
//! - [`text`]: what comes from outside is made harmless and cut to its place; [`styles`]: what looks how, by theme.

pub mod details;
pub mod frame;
pub mod head;
pub mod styles;
pub mod text;

mod audio;
mod canvas;
mod confirm;
mod devices;
mod foot;
mod help;
mod input;
mod logs;
mod master;
mod now_playing;
mod osc;
mod palette;
mod sets;
mod setting;
mod song;
mod sound_input;
mod standing;
mod workers;

pub use frame::render;
