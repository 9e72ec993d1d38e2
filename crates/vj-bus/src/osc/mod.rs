//! Telemetry: which OSC messages there are, and how they get out.

pub mod address_book;
mod ear;
mod emitter;
mod packet;
mod subscription;

pub use address_book::{ADDRESS_BOOK, Entry, LineMessage, Osc, TrackMessage};
pub use ear::Ear;
pub use emitter::Emitter;
pub use packet::{messages, tags_and_values};
pub use subscription::Pattern;
