//! Any of VirtualDJ's files, by its name and looks.

use super::entry::Entry;
use super::pattern::Pattern;
use super::{decode, m3u, now_playing, tracklist};

/// The kinds of files, the better one first: that of one line is as fast as its writer, and a playlist knows lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// One line, written over.
    NowPlaying,
    /// A playlist, two lines a play.
    M3u,
    /// A line a play, in one file for ever.
    Tracklist,
}

impl FileKind {
    /// What a file of this path is; of an unknown name, what it looks like.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
        if name.ends_with(".m3u") || name.ends_with(".m3u8") {
            return Self::M3u;
        }
        if name.contains("tracklist") || text.trim_start().starts_with("VirtualDJ History") {
            return Self::Tracklist;
        }
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(2).count();
        if name.contains("playing") || lines < 2 { Self::NowPlaying } else { Self::Tracklist }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Of what kind it is.
    pub kind: FileKind,
    /// Its plays, oldest first.
    pub entries: Vec<Entry>,
    /// Whether the last one is whole; the rest of it may be on the way.
    pub is_whole: bool,
    /// Whether there is nothing at all in the file.
    pub is_empty: bool,
}

/// Reads a file.
#[must_use]
pub fn list(path: &str, bytes: &[u8], pattern: Option<&Pattern>) -> Listing {
    let text = decode(bytes);
    let kind = FileKind::of(path, &text);
    let (entries, is_whole) = match kind {
        FileKind::NowPlaying => now_playing::parse(&text, pattern),
        FileKind::M3u => m3u::parse(&text),
        FileKind::Tracklist => tracklist::parse(&text, pattern),
    };
    Listing { kind, entries, is_whole, is_empty: text.trim().is_empty() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_or_its_looks() {
        for (path, text, kind) in [
            ("/x/History/2026-11-26.m3u", "", FileKind::M3u),
            ("C:\\VirtualDJ\\History\\tracklist.txt", "", FileKind::Tracklist),
            ("/x/now_playing.txt", "a\nb\n", FileKind::NowPlaying),
            ("/x/mine.txt", "VirtualDJ History 2026/11/26\n", FileKind::Tracklist),
            ("/x/mine.txt", "Air - Sexy Boy", FileKind::NowPlaying),
            ("/x/mine.txt", "21:00 : a - b\n21:03 : c - d\n", FileKind::Tracklist),
        ] {
            assert_eq!(FileKind::of(path, text), kind, "{path} {text:?}");
        }
    }
}
