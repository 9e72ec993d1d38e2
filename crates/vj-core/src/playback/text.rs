//! Texts that fit into a datagram.

use std::borrow::Cow;

/// Longest string in a datagram: with its address it stays below the 1,472 bytes that a local network takes in one piece.
pub const TEXT_BYTES_MAX: usize = 1_400;

/// Stands where something was cut off.
pub const ELLIPSIS: &str = "…";

/// The text in at most `bytes_max` bytes, cut at a character and with an ellipsis where it is longer.
#[must_use]
pub fn cut(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    let room = bytes_max.saturating_sub(ELLIPSIS.len());
    let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let kept = &text[..end];
    Cow::Owned(if bytes_max < ELLIPSIS.len() { kept.to_owned() } else { format!("{kept}{ELLIPSIS}") })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_is_cut_at_a_character() {
        assert_eq!(cut("Jóga", 5), "Jóga");
        assert_eq!(cut("Jóga", 4), "J…");
        assert_eq!(cut("Jóga!", 5), "J…");
        assert_eq!(cut("北京北京", 10), "北京…");
        assert_eq!(cut("北京", 2), "");
    }

    proptest! {
        #[test]
        fn no_text_is_longer_than_it_may_be(text in ".{0,600}", bytes_max in 0_usize..1_500) {
            let short = cut(&text, bytes_max);
            prop_assert!(short.len() <= bytes_max);
            let kept = short.strip_suffix(ELLIPSIS).unwrap_or(&short);
            prop_assert!(text.starts_with(kept));
            prop_assert_eq!(short == text, text.len() <= bytes_max);
        }
    }
}
