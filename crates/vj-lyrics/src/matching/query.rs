//! How a service is asked for a song.

use vj_core::playback::Track;

use super::artist::without_guests;
use super::names::untangled;
use super::title::without_noise;

/// A song as a service of lyrics may know it. LRCLIB ignores case, accents and punctuation by itself, but not "Remastered 2011".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Who made it, without guests.
    pub artist: String,
    /// The first of them, for a search that finds more.
    pub first_artist: String,
    /// Its name and version, without guests and without what says nothing.
    pub title: String,
}

impl Query {
    /// From what a player says.
    #[must_use]
    pub fn new(track: &Track) -> Self {
        let (artist, title) = untangled(&track.artist, &track.title);
        let (artist, first_artist) = without_guests(artist);
        Self { artist, first_artist, title: without_noise(title) }
    }

    /// Whether a service can be asked at all: nobody knows a song without a name.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.artist.is_empty() && !self.title.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_not_asked_for() {
        for (artist, title, expected) in [
            ("Queen", "Bohemian Rhapsody - Remastered 2011", ("Queen", "Queen", "Bohemian Rhapsody")),
            ("Queen", "Bohemian Rhapsody (2011 Remaster)", ("Queen", "Queen", "Bohemian Rhapsody")),
            ("Rihanna feat. JAY-Z", "Umbrella", ("Rihanna", "Rihanna", "Umbrella")),
            ("Rihanna", "Umbrella (feat. JAY-Z) [Official Video]", ("Rihanna", "Rihanna", "Umbrella")),
            ("Banks", "Drowning (Avicii Remix)", ("Banks", "Banks", "Drowning (Avicii Remix)")),
            ("Banks", "Drowning - Live at Home - Radio Edit", ("Banks", "Banks", "Drowning - Live at Home")),
            ("Calvin Harris, Dua Lipa", "One Kiss", ("Calvin Harris, Dua Lipa", "Calvin Harris", "One Kiss")),
            (
                "The Rolling Stones",
                "(I Can't Get No) Satisfaction",
                ("The Rolling Stones", "The Rolling Stones", "(I Can't Get No) Satisfaction"),
            ),
            ("", "Adele - Hello", ("Adele", "Adele", "Hello")),
            ("Adele", "Adele - Hello", ("Adele", "Adele", "Hello")),
            ("!!!", "(Radio Edit)", ("!!!", "!!!", "(Radio Edit)")),
            ("", "Hello", ("", "", "Hello")),
        ] {
            let query = Query::new(&Track::new(artist, title));
            assert_eq!((&*query.artist, &*query.first_artist, &*query.title), expected);
            assert_eq!(query.is_complete(), !expected.0.is_empty());
        }
    }
}
