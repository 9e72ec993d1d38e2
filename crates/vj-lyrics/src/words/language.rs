//! Which language lyrics are in.

use whatlang::{Lang, detect};

use super::fold::{fold, head};
use super::is_stop_word;

/// Bytes that are looked at: trigrams settle long before.
const LOOKED_AT_BYTES_MAX: usize = 8 * 1024;

/// Of all words of a song this share at least are stop words of its language; in the four languages here it is a
/// third and more, of a neighbour's some percent.
const STOP_WORDS_SHARE_MIN: f64 = 0.22;

/// A language of which `vj` knows words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// French.
    French,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::French];

    /// The language of a text, if it is one of these. Trigrams (whatlang) decide where they are sure; lyrics are
    /// short and repeat themselves, so that else the share of each language's stop words does.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = head(text, LOOKED_AT_BYTES_MAX);
        let guess = detect(text);
        if let Some(guess) = &guess
            && guess.is_reliable()
            && let Some(language) = Self::from_lang(guess.lang())
        {
            return Some(language);
        }
        let folded = fold(text);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let share = |language: Self| {
            let known = words.iter().filter(|word| is_stop_word(language, word)).count();
            known as f64 / words.len().max(1) as f64
        };
        let best = Self::ALL.map(|language| (share(language), language));
        let (share, language) = best.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let is_sure_of_another = guess.is_some_and(|guess| guess.is_reliable());
        (share >= STOP_WORDS_SHARE_MIN && !is_sure_of_another).then_some(language)
    }

    /// Its English name, as instructions to a model say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "German",
            Self::Spanish => "Spanish",
            Self::French => "French",
        }
    }

    fn from_lang(lang: Lang) -> Option<Self> {
        match lang {
            Lang::Eng => Some(Self::English),
            Lang::Deu => Some(Self::German),
            Lang::Spa => Some(Self::Spanish),
            Lang::Fra => Some(Self::French),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_four_are_told_apart_and_others_are_none() {
        for (text, expected) in [
            ("I never thought that you would come back to me in the morning light", Some(Language::English)),
            ("Ich hab dich nie gefragt, wohin du gehst in dieser kalten Nacht", Some(Language::German)),
            ("No sé por qué te fuiste cuando la luna todavía estaba en el mar", Some(Language::Spanish)),
            (
                "Je ne sais pas pourquoi tu es partie quand la pluie tombait sur la ville",
                Some(Language::French),
            ),
            ("hold me now", Some(Language::English)),
            ("Я не знаю, почему ты ушла, когда шёл дождь", None),
            ("夜の街を歩いて君を探している", None),
            ("", None),
        ] {
            assert_eq!(Language::of(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at(text in "\\PC{0,200}") {
            let _ = Language::of(&text);
        }
    }
}
