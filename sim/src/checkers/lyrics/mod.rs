//! What the visuals were told of lyrics, beside the words that the songs have and the position that their player reports.

mod active_lines;
mod moods;
mod tellings;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use super::Violation;
use crate::history::Entry;
use crate::osc_log::OscLine;

use active_lines::active_lines_are_on_time;
pub use moods::{images_are_of_their_song, last_moods, mood_is_told, moods_are_of_their_song};
use words::words_are_of_their_song;
pub use words::{Wait, waits, words_come_within};

/// The lines of songs with their times, by title.
pub type Book = BTreeMap<String, Vec<(f64, String)>>;

/// How far a line may be from its time at the position that the monitor reports, in seconds.
const LINE_OFF_SEC: f64 = 0.02;

/// What holds wherever there are lyrics: the words are of the song that plays, and the active line is the one that is due.
#[must_use]
pub fn lyrics_are_sung(history: &[Entry], osc: &[OscLine], book: &Book, patience: f64) -> Vec<Violation> {
    let mut violations = words_are_of_their_song(history, osc, book);
    violations.extend(active_lines_are_on_time(history, osc, LINE_OFF_SEC * patience));
    violations
}
