//! The words of the categories.

use std::sync::LazyLock;

use crate::words::{Language, fold};

/// The lists stand beside this file, a category a line; `*` stands for any ending. They were written for this
/// project.
static LISTS: LazyLock<[Vec<Entry>; 4]> = LazyLock::new(|| {
    [
        read(include_str!("english.txt")),
        read(include_str!("german.txt")),
        read(include_str!("spanish.txt")),
        read(include_str!("french.txt")),
    ]
});

/// A word, or the start of words, of a category.
struct Entry {
    category: &'static str,
    word: String,
    is_start: bool,
}

/// The categories that a folded word speaks for.
pub(super) fn categories_of(language: Language, word: &str) -> impl Iterator<Item = &'static str> {
    let at = match language {
        Language::English => 0,
        Language::German => 1,
        Language::Spanish => 2,
        Language::French => 3,
    };
    let speaks =
        move |entry: &&Entry| if entry.is_start { word.starts_with(&entry.word) } else { word == entry.word };
    let mut found: Vec<&'static str> = LISTS[at].iter().filter(speaks).map(|entry| entry.category).collect();
    found.dedup();
    found.into_iter()
}

fn read(text: &'static str) -> Vec<Entry> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let entries = lines.flat_map(|(category, words)| {
        words.split_whitespace().map(move |word| {
            let start = word.strip_suffix('*');
            Entry { category, word: fold(start.unwrap_or(word)), is_start: start.is_some() }
        })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::super::DEFAULT_CATEGORIES;
    use super::*;

    #[test]
    fn every_language_has_words_for_every_category() {
        for (at, list) in LISTS.iter().enumerate() {
            let mut categories: Vec<&str> = list.iter().map(|entry| entry.category).collect();
            categories.dedup();
            assert_eq!(categories, DEFAULT_CATEGORIES, "list {at}");
            for category in DEFAULT_CATEGORIES {
                let words = list.iter().filter(|entry| entry.category == category).count();
                assert!(words >= 10, "list {at}: {category} has {words} words");
            }
            assert!(
                list.iter().all(|entry| entry.word.chars().count() >= if entry.is_start { 3 } else { 2 })
            );
        }
    }

    #[test]
    fn endings_are_covered() {
        let of = |language, word: &str| categories_of(language, word).collect::<Vec<_>>();
        assert_eq!(of(Language::English, "kisses"), ["love", "romantic"]);
        assert_eq!(of(Language::German, "gluckliche"), ["happy"]);
        assert_eq!(of(Language::Spanish, "lagrimas"), ["sad"]);
        assert!(of(Language::French, "table").is_empty());
        for (language, words) in [
            (Language::English, "gravel crystal rung window winter paint warm gunnel breakfast pumpkin go"),
            (Language::German, "schreiben bett beton total kriegen haesslich lieber flucht heimlich altar"),
            (Language::Spanish, "armario solo siempre quiero creo ojos"),
            (Language::French, "ete eteint toujours tombe yeux critique couper"),
        ] {
            for word in words.split(' ') {
                assert_eq!(of(language, word), [""; 0], "{word}");
            }
        }
    }
}
