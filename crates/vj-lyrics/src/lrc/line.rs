//! One line of synced lyrics.

/// A line and when it is sung.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Line {
    /// From the start of the track, the file's own `[offset:]` included.
    pub time_ms: u32,
    /// What is sung; empty is a pause, on which the line before leaves the screen.
    pub text: String,
    /// When each word starts, where the file says so (enhanced LRC). In the order of the text.
    pub words: Vec<Word>,
}

/// The start of a word, or of a syllable, within its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// From the start of the track.
    pub time_ms: u32,
    /// Where in the text it starts, in bytes. It reaches to the next one; one at the end of the text ends the last
    /// word.
    pub at: usize,
}

impl Line {
    /// A line without times of words.
    #[must_use]
    pub fn new(time_ms: u32, text: &str) -> Self {
        Self { time_ms, text: text.to_owned(), words: Vec::new() }
    }

    /// Whether nothing is sung.
    #[must_use]
    pub fn is_pause(&self) -> bool {
        self.text.is_empty()
    }

    /// Its time in seconds, as telemetry says it.
    #[must_use]
    pub fn time_sec(&self) -> f64 {
        f64::from(self.time_ms) / 1_000.0
    }

    /// The words that have times of their own, with their text.
    pub fn timed_words(&self) -> impl Iterator<Item = (u32, &str)> {
        let ends = self.words.iter().skip(1).map(|word| word.at).chain([self.text.len()]);
        let parts = self.words.iter().zip(ends);
        parts.map(|(word, end)| (word.time_ms, self.text.get(word.at..end).unwrap_or("").trim()))
    }
}
