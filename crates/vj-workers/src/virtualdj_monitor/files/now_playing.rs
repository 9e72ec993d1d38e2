//! `now_playing.txt`: one line, written over for each track.

use super::entry::{Entry, split_line};
use super::pattern::Pattern;

/// What the first line with anything in it tells; none if there is none. Whether it is whole: a line end stands behind it.
pub(super) fn parse(text: &str, pattern: Option<&Pattern>) -> (Vec<Entry>, bool) {
    let Some(line) = text.split_inclusive('\n').find(|line| !line.trim().is_empty()) else {
        return (Vec::new(), true);
    };
    let is_whole = line.ends_with('\n');
    let entry = match pattern {
        Some(pattern) => pattern.read(line),
        None => Some(Entry { track: split_line(line), stamp: line.trim().to_owned(), played_at_sec: None }),
    };
    (entry.into_iter().collect(), is_whole)
}
