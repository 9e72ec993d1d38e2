//! What is playing, and where in it: tracks, what a source says of them, and the rules that make one truth of it.
//!
//! - `track`: a piece of music, and whether two descriptions mean the same one.
//! - `report`: what a source says at one moment.
//! - `position`: a position that runs on by itself and is corrected smoothly.
//! - `stuck`: a service that says of a paused player that it plays.
//! - `detector`: reports in, changes out: new track, end, play, pause, seek.
//! - `choice`: which of several players is the current one.
//! - `text`: texts that fit into a datagram.

mod choice;
mod detector;
mod position;
mod report;
mod stuck;
mod text;
mod track;

pub use choice::{Player, Standing, choose};
pub use detector::{Changes, Detector, END_GRACE, STALE_FOR};
pub use position::{Position, SEEK_SEC};
pub use report::{Playback, PlaybackKind};
pub use stuck::StuckPosition;
pub use text::{ELLIPSIS, TEXT_BYTES_MAX, cut};
pub use track::Track;
