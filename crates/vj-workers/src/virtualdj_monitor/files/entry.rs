//! One play.

use std::time::Duration;

use vj_core::playback::Track;

/// Between artist and title.
const BETWEEN: &str = " - ";

/// One play, as a file tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What was played.
    pub track: Track,
    /// What tells this play from others of the same track, in the file's own words: its minute, or when it was played.
    pub stamp: String,
    /// When it was played, in seconds since the Unix epoch, where the file says so.
    pub played_at_sec: Option<u64>,
}

/// `Artist - Title`, cut at the first dash: more artists than titles are written without one. Without a dash it is a title.
#[must_use]
pub fn split_line(line: &str) -> Track {
    let line = line.trim();
    match line.split_once(BETWEEN) {
        Some((artist, title)) => Track::new(artist.trim(), title.trim()),
        // What was nothing before the dash, or behind it, was trimmed away with its blank.
        None => match (line.strip_prefix("- "), line.strip_suffix(" -")) {
            (Some(title), _) => Track::new("", title.trim()),
            (None, Some(artist)) => Track::new(artist.trim(), ""),
            (None, None) => Track::new("", line),
        },
    }
}

/// The title with its remix, unless it says that already.
pub(super) fn with_remix(title: &str, remix: &str) -> String {
    let is_said = remix.is_empty() || title.to_lowercase().contains(&remix.to_lowercase());
    if is_said { title.to_owned() } else { format!("{title} ({remix})") }
}

/// So many seconds, if that can be a length.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let sec: f64 = text.trim().parse().ok()?;
    (sec > 0.0 && sec < 1e6).then(|| Duration::from_secs_f64(sec))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_cut_at_its_first_dash() {
        for (line, artist, title) in [
            ("Daft Punk - Around the World", "Daft Punk", "Around the World"),
            ("Artist - Title - Live - 2019", "Artist", "Title - Live - 2019"),
            (
                "Above & Beyond/Zoë Johnston - Good For Me (Club Mix)",
                "Above & Beyond/Zoë Johnston",
                "Good For Me (Club Mix)",
            ),
            ("Jay-Z - 99 Problems", "Jay-Z", "99 Problems"),
            ("Untitled 7", "", "Untitled 7"),
            (" - Only a title", "", "Only a title"),
            ("Only an artist - ", "Only an artist", ""),
            ("", "", ""),
        ] {
            assert_eq!(split_line(line), Track::new(artist, title), "{line}");
        }
    }

    #[test]
    fn a_remix_is_said_once() {
        assert_eq!(with_remix("One", "Club Mix"), "One (Club Mix)");
        assert_eq!(with_remix("One (club mix)", "Club Mix"), "One (club mix)");
        assert_eq!(with_remix("One", ""), "One");
    }

    proptest! {
        #[test]
        fn what_is_printed_comes_back(artist in "[a-zé&/.]{1,12}", title in "[a-z]{1,9}( - [a-z]{1,9})?( \\([a-z]{1,5}\\))?") {
            let track = split_line(&format!("{artist} - {title}"));
            prop_assert_eq!(track, Track::new(&artist, &title));
        }
    }
}
