//! The scores of the categories.

use std::collections::BTreeMap;

use super::word_list::categories_of;
use crate::limits::{CATEGORIES_MAX, CATEGORY_CHARS_MAX};
use crate::words::{Language, fold, is_filler, is_stop_word};

/// The categories of a config that names no others.
pub const DEFAULT_CATEGORIES: [&str; 12] = [
    "dark",
    "happy",
    "sad",
    "energetic",
    "calm",
    "love",
    "death",
    "romantic",
    "aggressive",
    "peaceful",
    "nostalgic",
    "uplifting",
];

/// At this share of a song's content words a category has half of its full score. A song that is plainly about
/// something spends a tenth to a fifth of its words on it.
const HALF_SCORE_SHARE: f64 = 0.08;

/// This many content words are assumed to be there besides: a single word makes no mood.
const WORDS_ASSUMED: f64 = 30.0;

/// Below this no category stands out.
const PRIMARY_SCORE_MIN: f32 = 0.28;

/// How much a song is of each category.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Categories {
    /// Each category and its score, 0 to 1, in the order of the config.
    pub scores: Vec<(String, f32)>,
    /// The category that stands out, if one does.
    pub primary_mood: Option<String>,
}

impl Categories {
    /// By the words of the lyrics. A category without a word list, and any in a language without one, has 0.
    #[must_use]
    pub fn by_words(lines: &[&str], language: Option<Language>, names: &[String]) -> Self {
        let mut hits: BTreeMap<&str, u32> = BTreeMap::new();
        let mut content_words = 0_u32;
        for line in lines {
            let folded = fold(line);
            let Some(language) = language else { break };
            for word in folded.split(' ').filter(|word| word.len() > 1 && !is_filler(word)) {
                let mut speaks_for = categories_of(language, word).peekable();
                // A stop word may speak for a category (`together`), and is then no stop word here.
                content_words += u32::from(speaks_for.peek().is_some() || !is_stop_word(language, word));
                speaks_for.for_each(|category| *hits.entry(category).or_default() += 1);
            }
        }
        let score = |name: &str| {
            let hits = hits.get(name).copied().unwrap_or(0);
            let share = f64::from(hits) / (f64::from(content_words) + WORDS_ASSUMED);
            (share / (share + HALF_SCORE_SHARE)) as f32
        };
        Self::from_scores(names.iter().map(|name| (name.clone(), score(&name.to_lowercase()))))
    }

    /// From scores that somebody else gives; they are brought into 0 to 1.
    #[must_use]
    pub fn from_scores(scores: impl Iterator<Item = (String, f32)>) -> Self {
        let sane = |score: f32| if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) };
        let scores: Vec<(String, f32)> =
            scores.take(CATEGORIES_MAX).map(|(name, score)| (name, sane(score))).collect();
        // Of equals the first one: the order of the config is its user's.
        let highest = scores.iter().rev().max_by(|one, two| one.1.total_cmp(&two.1));
        let primary_mood =
            highest.filter(|(_, score)| *score >= PRIMARY_SCORE_MIN).map(|(name, _)| name.clone());
        Self { scores, primary_mood }
    }

    /// The score of one category; 0 where it is not known.
    #[must_use]
    pub fn score(&self, name: &str) -> f32 {
        self.scores.iter().find(|(known, _)| known == name).map_or(0.0, |(_, score)| *score)
    }
}

/// Whether a config may name a category so: it becomes the end of an OSC address and a key of JSON.
#[must_use]
pub fn is_category_name(name: &str) -> bool {
    (1..=CATEGORY_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name != "mood"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        DEFAULT_CATEGORIES.map(str::to_owned).to_vec()
    }

    fn mood(text: &str) -> Option<String> {
        let lines: Vec<&str> = text.lines().collect();
        Categories::by_words(&lines, Language::of(text), &names()).primary_mood
    }

    #[test]
    fn the_mood_of_plain_words_is_found_in_four_languages() {
        for (text, expected) in [
            ("I love you, my darling heart\nYour loving heart is all my love, I love you so", "love"),
            (
                "Shadows in the darkness where the demons and the ghosts are\nBlack is the blood and the night",
                "dark",
            ),
            (
                "Ich weine in der Nacht, so einsam und allein\nDie Tränen und der Schmerz, sie bleiben hier bei mir",
                "sad",
            ),
            (
                "La paz del río y la brisa en el jardín\nEl cielo y las estrellas sobre el mar y la montaña",
                "peaceful",
            ),
            (
                "Je me souviens de mon enfance, de la maison\nDes souvenirs et des photos de mon père et de ma mère",
                "nostalgic",
            ),
        ] {
            assert_eq!(mood(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn one_word_makes_no_mood_and_another_language_none_at_all() {
        assert_eq!(
            mood("The love that we had is a table and a chair and a window and the number nine"),
            None
        );
        assert_eq!(mood("Я люблю тебя, сердце моё"), None);
        assert_eq!(mood(""), None);
    }

    #[test]
    fn unknown_categories_have_nothing_and_scores_stay_in_their_range() {
        let names = vec!["love".to_owned(), "cosmic".to_owned()];
        let found = Categories::by_words(&["love love love"; 90], Some(Language::English), &names);
        assert_eq!(found.score("cosmic"), 0.0);
        assert!(found.score("love") > 0.8 && found.score("love") <= 1.0);
        let odd = [f32::NAN, f32::INFINITY, -1.0].map(|score| ("x".to_owned(), score));
        let scores: Vec<f32> =
            Categories::from_scores(odd.into_iter()).scores.into_iter().map(|(_, s)| s).collect();
        assert_eq!(scores, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_category_can_be_part_of_an_address() {
        for (name, is_one) in [
            ("dark", true),
            ("lo_fi2", true),
            ("", false),
            ("Dark", false),
            ("a/b", false),
            ("a b", false),
            ("mood", false),
        ] {
            assert_eq!(is_category_name(name), is_one, "{name}");
        }
    }
}
