//! A piece of music.

use std::time::Duration;

/// Two descriptions of one recording differ in length by at most this: services round in different ways.
const SAME_DURATION: Duration = Duration::from_secs(2);

/// A piece of music, as far as its source knows it. What is not known is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// Who made it; several are joined as the source joins them.
    pub artist: String,
    /// Its name, with remix and version.
    pub title: String,
    /// The album, or the show of a podcast.
    pub album: String,
    /// Its length; zero = not known.
    pub duration: Duration,
}

impl Track {
    /// A track of which only artist and title are known.
    #[must_use]
    pub fn new(artist: &str, title: &str) -> Self {
        let (artist, title) = (artist.to_owned(), title.to_owned());
        Self { artist, title, ..Self::default() }
    }

    /// Its length, if it is known.
    #[must_use]
    pub fn known_duration(&self) -> Option<Duration> {
        (!self.duration.is_zero()).then_some(self.duration)
    }

    /// Whether both mean the same recording: artist and title but for case and blanks, and the length where both know it.
    /// The album does not count: one recording stands on several.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let lengths = self.known_duration().zip(other.known_duration());
        is_same_text(&self.artist, &other.artist)
            && is_same_text(&self.title, &other.title)
            && lengths.is_none_or(|(one, two)| one.abs_diff(two) <= SAME_DURATION)
    }
}

impl Track {
    /// Whether both may mean one play, told by two who write differently: one leaves the remix out, or takes another ` - ` for
    /// the one between artist and title.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        let (one, two) = (self.letters(), other.letters());
        let (shorter, longer) = if one.len() <= two.len() { (one, two) } else { (two, one) };
        !shorter.is_empty() && longer.starts_with(&shorter)
    }

    /// Artist and title in one, without what stands between letters and digits.
    fn letters(&self) -> String {
        let both = self.artist.chars().chain(self.title.chars());
        both.filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    }
}

fn is_same_text(one: &str, two: &str) -> bool {
    let letters = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_lowercase).collect() };
    one == two || letters(one) == letters(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_play_is_known_in_the_words_of_two() {
        let track = Track::new;
        for (one, two, same) in [
            (track("A", "One"), track("a", "One (Club Mix)"), true),
            (track("A - B", "C"), track("A", "B - C"), true),
            (track("", "A - One"), track("A", "One"), true),
            (track("A", "One"), track("A", "Two"), false),
            (track("A", "One (Club Mix)"), track("A", "One (Dub)"), false),
            (track("", ""), track("A", "One"), false),
        ] {
            assert_eq!(one.may_be(&two), same, "{one:?} {two:?}");
            assert_eq!(two.may_be(&one), same, "{two:?} {one:?}");
        }
    }

    #[test]
    fn the_same_recording_is_known_again_however_it_is_written() {
        let with =
            |artist, title, sec| Track { duration: Duration::from_secs(sec), ..Track::new(artist, title) };
        for (one, two, same) in [
            (with("Björk", "Jóga", 305), with("björk ", "JÓGA", 304), true),
            (with("Björk", "Jóga", 305), with("Björk", "Jóga", 0), true),
            (with("Björk", "Jóga", 305), with("Björk", "Jóga", 308), false),
            (with("Björk", "Jóga", 0), with("Björk", "Jóga (Live)", 0), false),
            (with("", "Jóga", 0), with("Björk", "Jóga", 0), false),
        ] {
            assert_eq!(one.is_same_as(&two), same, "{one:?} {two:?}");
            assert_eq!(two.is_same_as(&one), same, "{two:?} {one:?}");
        }
    }
}
