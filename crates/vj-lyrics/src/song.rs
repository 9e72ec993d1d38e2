//! Under which name a song, and what was found out about it, is kept.

use vj_core::playback::Track;

use crate::matching::read_names;

/// The key of a song in the cache: the same for each spelling of one recording, another one for another version or
/// length.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SongKey(String);

impl SongKey {
    /// By artist, title with its version, and the length in seconds.
    ///
    /// Lengths of one recording differ by up to two seconds between services, so that no rounding makes them one key.
    /// Rounded to a whole second they make two entries for one song at most now and then, and never one entry for two
    /// songs.
    #[must_use]
    pub fn new(track: &Track) -> Self {
        let (artist, title) = read_names(&track.artist, &track.title);
        let duration = track.known_duration().map_or_else(String::new, |d| format!("{:.0}", d.as_secs_f64()));
        Self(format!("{}|{}|{duration}", artist.key(), title.key()))
    }

    /// As text: words, `|`, `+` and blanks, at most some hundred bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of a model's analysis: of which song, by whom, asked how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnalysisKey(String);

impl AnalysisKey {
    /// `provider` and `model` as the config and the server name them. The prompt's and the schema's version are this
    /// crate's own, and with other categories the model was asked another question.
    #[must_use]
    pub fn new(song: &SongKey, provider: &str, model: &str, categories: &[String]) -> Self {
        let (prompt, schema) = (crate::analysis::PROMPT_VERSION, crate::analysis::SCHEMA_VERSION);
        Self(format!("{}|{provider}|{model}|p{prompt}s{schema}|{}", song.as_str(), categories.join(",")))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(artist: &str, title: &str, duration_ms: u64) -> SongKey {
        SongKey::new(&Track { duration: Duration::from_millis(duration_ms), ..Track::new(artist, title) })
    }

    #[test]
    fn spellings_share_a_key() {
        for (one, two) in [
            (key("Björk", "Jóga", 305_100), key("bjork", "JOGA!", 304_900)),
            (key("Banks", "Drowning (Avicii Remix)", 0), key("Banks", "Drowning - Avicii Remix", 0)),
            (key("The Beatles", "Let It Be - Remastered 2009", 0), key("Beatles", "Let It Be", 0)),
            (key("Rihanna feat. JAY-Z", "Umbrella", 0), key("Rihanna", "Umbrella (feat. Jay-Z)", 0)),
        ] {
            assert_eq!(one, two);
        }
        assert_eq!(
            key("Banks", "Drowning (Avicii Remix)", 240_000).as_str(),
            "banks|drowning +remix avicii|240"
        );
    }

    #[test]
    fn versions_and_lengths_do_not() {
        let song = key("Banks", "Drowning", 240_000);
        for other in [
            key("Banks", "Drowning (Live)", 240_000),
            key("Banks", "Drowning (Avicii Remix)", 240_000),
            key("Banks", "Drowning", 260_000),
            key("Banks", "Drowning", 0),
            key("Bank", "Drowning", 240_000),
            key("Banks|Drowning", "", 240_000),
        ] {
            assert_ne!(song, other);
        }
    }

    #[test]
    fn another_question_is_another_analysis() {
        let song = key("Banks", "Drowning", 0);
        let categories = vec!["dark".to_owned()];
        let asked = AnalysisKey::new(&song, "ollama", "llama3.2", &categories);
        assert_ne!(asked, AnalysisKey::new(&song, "ollama", "mistral", &categories));
        assert_ne!(asked, AnalysisKey::new(&song, "ollama", "llama3.2", &[]));
        assert!(asked.as_str().starts_with(song.as_str()));
    }
}
