//! Keywords: the words of a song that say something, for each line and for the song.

use std::collections::BTreeMap;

use crate::limits::{KEYWORD_CHARS_MAX, KEYWORDS_MAX, KEYWORDS_PER_LINE_MAX};
use crate::words::{Language, fold, is_filler, is_stop_word};

/// Shorter words say nothing, but in scripts that need few letters.
const LETTERS_MIN: usize = 3;

/// A word that stands in this share of all lines and more, in a language whose stop words are not known, is taken for
/// one.
const GLUE_SHARE: f64 = 0.3;

/// The keywords of a song, in upper case as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keywords {
    /// Of the whole song, the most important first; at most [`KEYWORDS_MAX`].
    pub song: Vec<String>,
    /// Of each line that has any, at most [`KEYWORDS_PER_LINE_MAX`], in the order of the line and a blank apart: its
    /// place in the lyrics and its keywords.
    pub lines: Vec<(usize, String)>,
}

/// A word with something to say.
struct Content {
    folded: String,
    shown: String,
}

/// How often a word is said.
#[derive(Default)]
struct Count {
    lines: usize,
    /// The line that says it first.
    first: usize,
    shown: String,
}

impl Keywords {
    /// By how many lines say a word, without the stop words of the language and sounds (`oh`, `la la`).
    #[must_use]
    pub fn find(lines: &[&str], language: Option<Language>) -> Self {
        let contents: Vec<Vec<Content>> = lines.iter().map(|line| contents(line, language)).collect();
        let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
        for (index, words) in contents.iter().enumerate() {
            for (at, word) in words.iter().enumerate() {
                if words[..at].iter().any(|earlier| earlier.folded == word.folded) {
                    continue;
                }
                let count = counts.entry(&word.folded).or_default();
                if count.lines == 0 {
                    count.first = index;
                    count.shown.clone_from(&word.shown);
                }
                count.lines += 1;
            }
        }
        if language.is_none() {
            let sung = contents.iter().filter(|words| !words.is_empty()).count();
            counts.retain(|_, count| count.lines < 4 || (count.lines as f64) < GLUE_SHARE * sung as f64);
        }
        let mut ranked: Vec<(&&str, &Count)> = counts.iter().collect();
        ranked.sort_by_key(|(word, count)| (std::cmp::Reverse((count.lines, word.len())), count.first));
        let song = ranked.iter().take(KEYWORDS_MAX).map(|(_, count)| count.shown.clone()).collect();
        let lines = contents.iter().enumerate().filter_map(|(index, words)| {
            let chosen = chosen(words, &counts);
            (!chosen.is_empty()).then_some((index, chosen))
        });
        let lines = lines.collect();
        Self { song, lines }
    }
}

/// The words of a line that the song says most, of equals the longest, in the order of the line.
fn chosen(words: &[Content], counts: &BTreeMap<&str, Count>) -> String {
    let mut ranked: Vec<(usize, &Content, usize)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(count) = counts.get(word.folded.as_str()) else { continue };
        if !ranked.iter().any(|(_, earlier, _)| earlier.folded == word.folded) {
            ranked.push((at, word, count.lines));
        }
    }
    ranked.sort_by_key(|(at, word, lines)| (std::cmp::Reverse((*lines, word.folded.len())), *at));
    ranked.truncate(KEYWORDS_PER_LINE_MAX);
    ranked.sort_by_key(|(at, ..)| *at);
    ranked.iter().map(|(_, word, _)| word.shown.as_str()).collect::<Vec<_>>().join(" ")
}

fn contents(line: &str, language: Option<Language>) -> Vec<Content> {
    let is_apostrophe = |c: char| matches!(c, '\'' | '’' | '‘' | '`' | '´');
    let words = line.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c) && !is_mark(c));
    let words = words.filter_map(|word| {
        // `l'amour` and `river's` are about love and a river; `don't` is about nothing.
        let word = word.split(is_apostrophe).max_by_key(|part| (part.chars().count(), part.len()))?;
        let folded = fold(word);
        let letters = folded.chars().count();
        let is_long_enough = letters >= LETTERS_MIN || !folded.is_ascii() && letters >= 1;
        let is_stop = language.is_some_and(|language| is_stop_word(language, &folded));
        let is_number = folded.chars().all(char::is_numeric);
        let is_content =
            is_long_enough && letters <= KEYWORD_CHARS_MAX && !is_stop && !is_number && !is_filler(&folded);
        is_content.then(|| Content { shown: word.to_uppercase(), folded })
    });
    words.collect()
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_say_something_are_kept_in_four_languages() {
        for (line, language, expected) in [
            ("Oh yeah, the river's calling you back home", Language::English, "RIVER CALLING HOME"),
            ("I don't know what you want from me", Language::English, ""),
            ("La la la, oh oh oh", Language::English, ""),
            ("Im Straßenlicht kenn ich dich ganz genau", Language::German, "STRASSENLICHT KENN GENAU"),
            ("Y sube la marea, sube por mi ventana", Language::Spanish, "SUBE MAREA VENTANA"),
            ("C'est l'amour qui m'a dit: écoute", Language::French, "AMOUR ÉCOUTE"),
        ] {
            let found = Keywords::find(&[line], Some(language));
            let keywords = found.lines.first().map_or("", |(_, keywords)| keywords.as_str());
            assert_eq!(keywords, expected, "{line}");
        }
    }

    #[test]
    fn what_the_song_says_most_comes_first() {
        let lines = ["Fire in the hills", "", "Water on the fire", "Fire and water, oh", "Yeah"];
        let found = Keywords::find(&lines, Some(Language::English));
        assert_eq!(found.song, ["FIRE", "WATER", "HILLS"]);
        assert_eq!(found.lines[2], (3, "FIRE WATER".to_owned()));
        assert_eq!(found.lines.len(), 3);
    }

    #[test]
    fn in_another_language_what_every_line_says_is_glue() {
        let lines = ["и снова ночь", "и снова дождь", "и снова ветер", "и снова город"];
        let found = Keywords::find(&lines, None);
        assert!(
            !found.song.contains(&"СНОВА".to_owned()) && found.song.contains(&"ГОРОД".to_owned()),
            "{found:?}"
        );
        assert_eq!(Keywords::find(&["夜の街"], None).song, ["夜の街"]);
    }

    proptest! {
        #[test]
        fn any_lines_are_looked_at(lines in prop::collection::vec("\\PC{0,60}", 0..20)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            for language in [None, Some(Language::German)] {
                let found = Keywords::find(&lines, language);
                prop_assert!(found.song.len() <= KEYWORDS_MAX);
                prop_assert!(found.lines.iter().all(|(index, words)| *index < lines.len() && !words.is_empty()));
            }
        }
    }
}
