//! Words that every text is full of, and that therefore say nothing about one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::Language;
use super::fold::fold;

/// The lists stand beside this file, a word between blanks. They were written for this project by its authors, with
/// the words that songs are full of (`gonna`, `hab's`, `dame`) besides the grammar's own; no other list was copied.
static LISTS: LazyLock<[BTreeSet<String>; 4]> = LazyLock::new(|| {
    [
        list(include_str!("stop_words/english.txt")),
        list(include_str!("stop_words/german.txt")),
        list(include_str!("stop_words/spanish.txt")),
        list(include_str!("stop_words/french.txt")),
    ]
});

/// Folded, and what an apostrophe holds together in its parts too, since folding takes it apart.
fn list(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .flat_map(|word| fold(word).split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Whether a folded word is one of its language's stop words. Single letters are in any language.
pub(crate) fn is_stop_word(language: Language, word: &str) -> bool {
    let at = match language {
        Language::English => 0,
        Language::German => 1,
        Language::Spanish => 2,
        Language::French => 3,
    };
    word.len() <= 1 || LISTS[at].contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_holds_its_languages_commonest_words_and_none_that_songs_are_about() {
        for (language, stop, content) in [
            (Language::English, ["the", "gonna", "you", "t"], ["love", "night", "heart"]),
            (Language::German, ["der", "fur", "nicht", "hab"], ["liebe", "nacht", "herz"]),
            (Language::Spanish, ["el", "tu", "que", "mas"], ["amor", "noche", "corazon"]),
            (Language::French, ["le", "c", "qu", "etre"], ["amour", "nuit", "coeur"]),
        ] {
            for word in stop {
                assert!(is_stop_word(language, word), "{language:?} {word}");
            }
            for word in content {
                assert!(!is_stop_word(language, word), "{language:?} {word}");
            }
        }
    }
}
