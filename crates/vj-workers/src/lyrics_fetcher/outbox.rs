//! What is still to be told to the visuals, a few messages at a time: a burst of two hundred lines would overflow the
//! receiver's socket.

use std::collections::VecDeque;

use vj_bus::Emitter;
use vj_bus::osc::{LineMessage, Osc};
use vj_core::At;

use super::limits::{BATCH, BATCH_EVERY};

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Say {
    Lyrics(TimedText),
    RefrainReset,
    Refrain(TimedText),
    KeywordsReset,
    Keywords(TimedText),
    Mood(String),
    Category(String, f32),
}

/// A line with its time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimedText {
    pub(super) index: i32,
    pub(super) time_sec: f32,
    pub(super) text: String,
}

impl TimedText {
    fn message(&self) -> LineMessage<'_> {
        LineMessage { index: self.index, time_sec: self.time_sec, text: &self.text }
    }
}

impl Say {
    fn message(&self) -> Osc<'_> {
        match self {
            Self::Lyrics(line) => Osc::LyricsLine(line.message()),
            Self::RefrainReset => Osc::RefrainReset,
            Self::Refrain(line) => Osc::RefrainLine(line.message()),
            Self::KeywordsReset => Osc::KeywordsReset,
            Self::Keywords(line) => Osc::KeywordsLine(line.message()),
            Self::Mood(mood) => Osc::Mood(mood),
            Self::Category(name, score) => Osc::Category { name, score: *score },
        }
    }
}

/// What waits, in its order. No longer than what one song has to say, twice: its words, and a model's.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Say>,
    /// The next few may go then.
    free_at: At,
    /// The lines of the song that the visuals have.
    lines_told: i32,
}

impl Outbox {
    /// Another song: what is left of the last one is not told any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.lines_told = 0;
    }

    pub(super) fn push(&mut self, say: Say) {
        self.waiting.push_back(say);
    }

    /// Takes back what is left of a song's words, which are told anew; returns whether there was anything.
    pub(super) fn take_back_words(&mut self) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|say| matches!(say, Say::Lyrics(_)));
        self.waiting.len() < before
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the visuals have the line of this index.
    pub(super) fn has_told(&self, index: i32) -> bool {
        index < self.lines_told
    }

    /// When the next few are due.
    pub(super) fn due(&self) -> Option<At> {
        (!self.waiting.is_empty()).then_some(self.free_at)
    }

    /// Sends what is due.
    pub(super) fn send(&mut self, out: &Emitter, now: At) {
        if self.waiting.is_empty() || now < self.free_at {
            return;
        }
        for say in self.waiting.drain(..self.waiting.len().min(BATCH)) {
            out.emit(&say.message());
            // One at a time also where bundles are wanted: lines are long, and a datagram has its limit.
            out.end_of_tick();
            if let Say::Lyrics(line) = &say {
                self.lines_told = line.index.saturating_add(1);
            }
        }
        self.free_at = now + BATCH_EVERY;
    }
}
