//! What VirtualDJ writes down, read: bytes in, entries out. Pure.
//!
//! - `text`: bytes as text, whatever their encoding.
//! - `entry`: one play, and `Artist - Title`.
//! - `now_playing`, `tracklist`, `m3u`: the three kinds of files.
//! - `pattern`: a tracklist in a format of the user's own.
//! - `listing`: any of them, by its name and looks.

mod entry;
mod listing;
mod m3u;
mod now_playing;
mod pattern;
mod text;
mod tracklist;

pub use entry::{Entry, split_line};
pub use listing::{FileKind, Listing, list};
pub use m3u::{parse as parse_m3u, print as print_m3u};
pub use pattern::Pattern;
pub use text::decode;
pub use tracklist::{parse as parse_tracklist, print as print_tracklist};
