//! The body that both monitors share: it asks a source what plays, makes one story of the answers, and tells the visuals,
//! unless the other monitor has more to say.
//!
//! - `monitor`: the loop.
//! - `asking`: when to ask next, and how the source is.
//! - `rival`: what the other monitor's player has to say.
//! - `said`: what a source said, for recordings.
//! - `voice`: what is told, and to whom.

mod asking;
mod monitor;
mod rival;
mod said;
mod voice;

pub(crate) use monitor::{Monitor, POLL_INTERVAL, run};
pub use said::{Said, SaidKind, SaidPlayback, SaidTrack};

pub(crate) use rival::{CHANGES, SPEAKS, STANDING, TOLD_AT, TRACKS};

/// The addresses that both send.
pub(crate) const ADDRESSES: [&str; 2] = ["/karaoke/track", "/karaoke/pos"];
