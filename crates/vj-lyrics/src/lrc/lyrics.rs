//! The lyrics of a song.

use super::{Line, format, parser};

/// The lyrics of a song, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lyrics {
    /// Lines with their times: in order, at most [`crate::limits::LINES_MAX`], never all of them pauses.
    Synced(Vec<Line>),
    /// Lines without times; an empty one is the end of a stanza.
    Plain(Vec<String>),
    /// Nobody sings.
    Instrumental,
}

impl Lyrics {
    /// Reads LRC, or plain lyrics where the text has no times. `None`: nothing in it is lyrics, as with empty texts
    /// and placeholders. No input is an error: what is broken in a file is left out of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parser::parse(text)
    }

    /// Writes LRC, or plain lyrics. Read back, it gives the same lyrics.
    #[must_use]
    pub fn format(&self) -> String {
        format::format(self)
    }

    /// The lines with their times, if they have any.
    #[must_use]
    pub fn synced_lines(&self) -> Option<&[Line]> {
        match self {
            Self::Synced(lines) => Some(lines),
            Self::Plain(_) | Self::Instrumental => None,
        }
    }

    /// The text of each line, in the same order and number as the lines themselves.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Synced(lines) => lines.iter().map(|line| line.text.as_str()).collect(),
            Self::Plain(lines) => lines.iter().map(String::as_str).collect(),
            Self::Instrumental => Vec::new(),
        }
    }
}
