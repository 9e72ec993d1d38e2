//! The songs of a run by their words: what the visuals were told of lyrics, refrain, keywords and mood.
//!
//! One entry a `/karaoke/lyrics/reset`. What is told before the first reset counts as a song of its own. All `start`, `end`
//! and `t` are in seconds since the start of the run; a `time_sec` is in seconds of the song, as it was told.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// From one reset of the words to the next.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Song {
    /// When the reset came.
    pub start: f64,
    /// When the next one did, or the run ended.
    pub end: f64,
    /// Who plays it; empty, as artist and title, where no track was told.
    pub source: String,
    /// Its artist.
    pub artist: String,
    /// Its title.
    pub title: String,
    /// The reset came while the same track was on: the worker was back after a crash, or the track began anew.
    pub again: bool,
    /// Its lines, by their index. Empty if no synced lyrics were told.
    pub lines: Vec<SongLine>,
    /// The refrain.
    pub refrain: Shown,
    /// The keywords.
    pub keywords: Shown,
    /// What was told of its mood: more than once where a model knew better than the words alone.
    pub moods: Vec<Mood>,
    /// Its images.
    pub images: Vec<Image>,
}

/// One line of a song.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongLine {
    /// Its index.
    pub index: i64,
    /// When it is sung; none if the line was active and never told.
    pub time_sec: Option<f64>,
    /// Its text; empty for a pause.
    pub text: String,
    /// Whether a line of the refrain has its time and its text. The refrain that was told last counts.
    pub refrain: bool,
    /// The times during which it was the active line, start and end: none, or several after a seek.
    pub active: Vec<(f64, f64)>,
}

/// Refrain or keywords: what was told of them, and what of it was active when.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Shown {
    /// As told after the last reset of this list.
    pub lines: Vec<TimedText>,
    /// One after the other. What was told earlier is among them, also if the list was replaced.
    pub active: Vec<ShownSpan>,
}

/// A line of the refrain, or the keywords of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimedText {
    /// Counted within its own list: not the index of the line.
    pub index: i64,
    /// When it is sung.
    pub time_sec: f64,
    /// Its text.
    pub text: String,
}

/// A time during which something was active.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownSpan {
    /// When it was told.
    pub start: f64,
    /// When something else was, or nothing.
    pub end: f64,
    /// Counted within its own list.
    pub index: i64,
    /// Its text.
    pub text: String,
}

/// What was told of the mood at one time.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Mood {
    /// When the last message of it came: the mood itself follows its scores.
    pub t: f64,
    /// The primary one; empty if there is none, or the message did not come.
    pub mood: String,
    /// Each category's score, 0..1.
    pub scores: BTreeMap<String, f64>,
}

/// An image that was ready.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Image {
    /// When it was told.
    pub t: f64,
    /// Where it lies.
    pub path: String,
}

impl Song {
    /// Nothing was told of it.
    pub(super) fn is_silent(&self) -> bool {
        self.lines.is_empty()
            && self.moods.is_empty()
            && self.images.is_empty()
            && self.refrain == Shown::default()
            && self.keywords == Shown::default()
    }

    /// `Artist – Title`, or what there is of it.
    pub(super) fn name(&self) -> String {
        let parts = [&self.artist, &self.title].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ")
    }

    /// The line of this index, which is made if it is not there.
    pub(super) fn line(&mut self, index: i64) -> &mut SongLine {
        let place = match self.lines.binary_search_by_key(&index, |line| line.index) {
            Ok(place) => place,
            Err(place) => {
                let line = SongLine {
                    index,
                    time_sec: None,
                    text: String::new(),
                    refrain: false,
                    active: Vec::new(),
                };
                self.lines.insert(place, line);
                place
            }
        };
        &mut self.lines[place]
    }

    /// Marks the lines of the refrain. Its indices count within the refrain, so time and text must do; both come from the
    /// same line, so they are the same to the last bit.
    pub(super) fn mark_refrain(&mut self) {
        let refrain: BTreeSet<(u64, &str)> =
            self.refrain.lines.iter().map(|line| (line.time_sec.to_bits(), line.text.as_str())).collect();
        for line in &mut self.lines {
            line.refrain = line.time_sec.is_some_and(|sec| refrain.contains(&(sec.to_bits(), &line.text)));
        }
    }
}

impl Mood {
    /// Neither a mood nor a score: what takes back the last song's, or a song of which nothing can be said.
    pub(super) fn is_blank(&self) -> bool {
        self.mood.is_empty() && self.scores.values().all(|score| *score == 0.0)
    }

    /// The scores that are any, the highest first.
    pub(super) fn ranked(&self) -> Vec<(&str, f64)> {
        let mut ranked: Vec<(&str, f64)> = self
            .scores
            .iter()
            .filter(|(_, score)| **score > 0.0)
            .map(|(name, score)| (name.as_str(), *score))
            .collect();
        // Stable: equal ones stay in the order of their names.
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

/// `dark 0.81, sad 0.4`: the highest `most`.
pub(super) fn scores_in_words(ranked: &[(&str, f64)], most: usize) -> String {
    let words = ranked.iter().take(most).map(|(name, score)| format!("{name} {score}"));
    words.collect::<Vec<_>>().join(", ")
}
