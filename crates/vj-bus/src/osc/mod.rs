//! Telemetry: which OSC messages there are, and how they get out.

pub mod address_book;
mod emitter;
mod subscription;

pub use address_book::{ADDRESS_BOOK, Entry, LineMessage, Osc, TrackMessage};
pub use emitter::Emitter;
pub use subscription::Pattern;
