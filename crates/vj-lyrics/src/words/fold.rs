//! Texts as they are compared: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case, without accents and punctuation, words one blank apart. Compatibility forms (ﬁ, Ａ, ²) are
/// taken apart (NFKD); letters that have no accent to lose but are written in two ways (ß, ø, æ, œ, ł) become their
/// usual spelling.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut is_blank_due = false;
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)) {
        if !c.is_alphanumeric() {
            is_blank_due = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut is_blank_due) {
            folded.push(' ');
        }
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            other => folded.push(other),
        }
    }
    folded
}

/// At most the first `bytes_max` bytes of a text, cut at a character.
pub(crate) fn head(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_count() {
        for (text, folded) in [
            ("Jóga", "joga"),
            ("  Où es-tu?  ", "ou es tu"),
            ("STRASSE Straße", "strasse strasse"),
            ("Don't—stop!", "don t stop"),
            ("Sigur Rós: Ágætis", "sigur ros agaetis"),
            ("ＡＢＣ ﬁn", "abc fin"),
            ("北京 Москва", "北京 москва"),
            ("İstanbul", "istanbul"),
            ("...!", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_head_is_a_start_of_the_text(text in "\\PC{0,20}", bytes_max in 0_usize..40) {
            let short = head(&text, bytes_max);
            prop_assert!(short.len() <= bytes_max && text.starts_with(short));
            prop_assert!(short.len() + 3 >= bytes_max.min(text.len()));
        }
    }
}
