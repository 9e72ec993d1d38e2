//! `tracklist.txt`: a line a play, `HH:MM : Artist - Title`, below a head for each day.

use super::entry::{Entry, split_line};
use super::pattern::Pattern;

/// The entries in order, and whether the last line is whole: its end may still be on the way.
///
/// Heads, rules and blank lines are no entries. Without a pattern a line needs its time: half a line has lost its beginning
/// where only the end of a file was read.
#[must_use]
pub fn parse(text: &str, pattern: Option<&Pattern>) -> (Vec<Entry>, bool) {
    let is_whole = text.is_empty() || text.ends_with('\n');
    let read = |line: &str| match pattern {
        Some(pattern) => pattern.read(line),
        None => timed(line),
    };
    (text.lines().filter_map(|line| read(line.trim())).collect(), is_whole)
}

fn timed(line: &str) -> Option<Entry> {
    let (time, rest) = line.split_once(" : ")?;
    let (hours, minutes) = time.split_once(':')?;
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) || rest.trim().is_empty() {
        return None;
    }
    Some(Entry { track: split_line(rest), stamp: time.to_owned(), played_at_sec: None })
}

/// Entries as VirtualDJ writes them; `stamp` is the time.
#[must_use]
pub fn print(date: &str, entries: &[Entry], line_end: &str) -> String {
    let head = format!("VirtualDJ History {date}{line_end}{}{line_end}", "-".repeat(30));
    let line = |entry: &Entry| {
        let Entry { track, stamp, .. } = entry;
        match track.artist.as_str() {
            "" => format!("{stamp} : {}{line_end}", track.title),
            artist => format!("{stamp} : {artist} - {}{line_end}", track.title),
        }
    };
    entries.iter().map(line).fold(head, |text, line| text + &line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vj_core::playback::Track;

    use super::*;

    #[test]
    fn days_follow_each_other_in_one_file() {
        let text = "VirtualDJ History 2026/11/25\r\n------------------------------\r\n23:58 : A/B - One (Remix)\r\n\
                    00:00 : Two\r\n\r\nVirtualDJ History 2026/11/26\r\n------------------------------\r\n22:01 : C - Three - Live\r\n22:0";
        let (entries, is_whole) = parse(text, None);
        assert!(!is_whole);
        let shown: Vec<_> =
            entries.iter().map(|it| (it.stamp.as_str(), &*it.track.artist, &*it.track.title)).collect();
        assert_eq!(
            shown,
            [("23:58", "A/B", "One (Remix)"), ("00:00", "", "Two"), ("22:01", "C", "Three - Live")]
        );
        assert_eq!(parse("", None), (Vec::new(), true));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(([0-9]{2}:[0-9]{2} : )?.{0,30}[\r\n]{0,2}){0,8}") {
            let _ = parse(&text, None);
        }

        #[test]
        fn what_is_printed_comes_back(
            plays in prop::collection::vec(("[0-2][0-9]:[0-5][0-9]", "[A-Zé&/]{0,9}", "[a-z]{1,9}( - [a-z]{1,9})?"), 0..9),
            line_end in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let entries: Vec<_> = plays
                .iter()
                // Without an artist, a dash in the title could not be told from the one before it.
                .filter(|(_, artist, title)| !artist.is_empty() || !title.contains(" - "))
                .map(|(stamp, artist, title)| Entry {
                    track: Track::new(artist, title),
                    stamp: stamp.clone(),
                    played_at_sec: None,
                })
                .collect();
            prop_assert_eq!(parse(&print("2026/11/26", &entries, line_end), None), (entries, true));
        }
    }
}
