//! The refrain, by what comes back.
//!
//! - Where the lyrics have headings (`[Chorus]`), these say it.
//! - Else each line is compared with each (a self-similarity matrix, as Foote drew it for sound). A block of lines
//!   that comes back is a diagonal in it; the refrain is the block that comes back most often at the greatest length.
//!   Lines may differ by a few words and by ad-libs in brackets; stanzas bound a block where there are any.
//! - Else a single line that ends the stanzas (a burden, as in AABA songs).
//!
//! A block that comes twice, at the very start and at the very end, is a reprise and no refrain. What comes before
//! the refrain each time (a pre-chorus) is none; what follows it each time is.

mod block;
mod burden;
mod headings;
mod matrix;
mod sung_line;

use block::Block;
use matrix::Matrix;
use sung_line::SungLine;

use crate::limits::REFRAIN_LINES_MAX;

/// The refrain of a song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refrain {
    /// All lines that are part of it, each time that it comes: their places in the lyrics, in order.
    pub lines: Vec<usize>,
    /// Its text: the lines of the first time.
    pub text: Vec<String>,
}

impl Refrain {
    /// Finds it in the lines of a song, of which an empty one ends a stanza. `None`: the song has none, or none that
    /// can be told from its verses.
    #[must_use]
    pub fn find(lines: &[&str]) -> Option<Self> {
        let lines = &lines[..lines.len().min(REFRAIN_LINES_MAX)];
        if let Some(found) = headings::find(lines) {
            return Some(Self::from_lines(lines, found));
        }
        let sung = SungLine::read(lines);
        let matrix = Matrix::new(&sung);
        let found = match Block::best(&sung, &matrix) {
            Some(block) => block.all_lines(&sung, &matrix),
            None => burden::find(&sung, &matrix)?,
        };
        Some(Self::from_lines(lines, found.into_iter().map(|at| sung[at].index).collect()))
    }

    /// Whether the line at this place is part of it.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.lines.binary_search(&index).is_ok()
    }

    /// From places that somebody else found, as a model does.
    pub(crate) fn from_lines(lines: &[&str], mut found: Vec<usize>) -> Self {
        found.retain(|index| *index < lines.len());
        found.sort_unstable();
        found.dedup();
        let mut text: Vec<String> = Vec::new();
        let mut last = None;
        for index in &found {
            let is_apart =
                last.is_some_and(|last| lines[last + 1..*index].iter().any(|line| !line.trim().is_empty()));
            if is_apart {
                break;
            }
            last = Some(*index);
            text.push(lines[*index].to_owned());
        }
        Self { lines: found, text }
    }
}

/// Where a line stands in a song that somebody cites it from: each time, with the small differences that a refrain
/// has. Empty: the song has no such line.
pub(crate) fn find_again(cited: &str, lines: &[&str]) -> Vec<usize> {
    let cited = SungLine::read(&[cited]);
    let Some(cited) = cited.first() else { return Vec::new() };
    let sung = SungLine::read(&lines[..lines.len().min(REFRAIN_LINES_MAX)]);
    sung.iter().filter(|line| line.similarity(cited) >= matrix::SAME).map(|line| line.index).collect()
}

#[cfg(test)]
mod tests;
