//! Bytes as text: VirtualDJ writes UTF-8 now and wrote the system's code page once; a user's script writes what it likes.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Code pages of Latin letters. The Western one stands for all.
const LATIN: [&str; 6] =
    ["windows-1250", "windows-1254", "windows-1257", "windows-1258", "ISO-8859-2", "ISO-8859-4"];

/// The text that these bytes hold. Nothing that is unreadable stops it; a character that is half-written at the very end is
/// left out.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(whole(encoding, &bytes[bom..])).0;
    }
    if let Some(encoding) = utf_16_without_bom(bytes) {
        return encoding.decode_without_bom_handling(whole(encoding, bytes)).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        // The end of a file that is being written may lie within a character.
        Err(error) if error.error_len().is_none() => {
            let text = std::str::from_utf8(&bytes[..error.valid_up_to()]);
            return Cow::Borrowed(text.unwrap_or_default());
        }
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // A handful of accents tells no Latin code page from another, and a guess that changes as the file grows would make old
    // entries new.
    let guess = if LATIN.contains(&guess.name()) { WINDOWS_1252 } else { guess };
    guess.decode_without_bom_handling(bytes).0
}

/// Whole units only.
fn whole<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> &'a [u8] {
    if encoding == UTF_16LE || encoding == UTF_16BE { &bytes[..bytes.len() & !1] } else { bytes }
}

/// Western text in UTF-16 has a zero in nearly every second byte, and no other text has one at all.
fn utf_16_without_bom(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = bytes.len() / 4;
    match (even, odd) {
        (0, 0) => None,
        (even, odd) if odd > many && even * 4 < odd => Some(UTF_16LE),
        (even, odd) if even > many && odd * 4 < even => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "23:58 : Sigur Rós - Sæglópur (Live) – Nº 1\r\n23:59 : Café del Mar - Señorita\r\n";

    fn utf_16(text: &str, little: bool, bom: bool) -> Vec<u8> {
        let units = bom.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn whatever_the_encoding_it_is_the_same_text() {
        let with_bom = [b"\xef\xbb\xbf", TEXT.as_bytes()].concat();
        let code_page = encoding_rs::WINDOWS_1252.encode(TEXT).0.into_owned();
        assert_ne!(code_page, TEXT.as_bytes());
        for (name, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with a BOM", with_bom),
            ("UTF-16 LE with a BOM", utf_16(TEXT, true, true)),
            ("UTF-16 BE with a BOM", utf_16(TEXT, false, true)),
            ("UTF-16 LE", utf_16(TEXT, true, false)),
            ("UTF-16 BE", utf_16(TEXT, false, false)),
            ("Windows-1252", code_page),
        ] {
            assert_eq!(decode(&bytes), TEXT, "{name}");
        }
        for few in ["Naïve [Extended]", "Señorita", "Für Elise", "Sæglópur", "Garçon", "L'Été"] {
            assert_eq!(decode(&encoding_rs::WINDOWS_1252.encode(few).0), few);
        }
        let cyrillic = "Кино - Группа крови на рукаве";
        assert_eq!(decode(&encoding_rs::WINDOWS_1251.encode(cyrillic).0), cyrillic);
    }

    #[test]
    fn a_character_that_is_half_written_is_left_out() {
        let bytes = "Rós".as_bytes();
        assert_eq!(decode(&bytes[..2]), "R");
        let mut wide = utf_16("Rós", true, true);
        wide.pop();
        assert_eq!(decode(&wide), "Ró");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn utf_8_is_itself(text in "[^\0\u{feff}]{0,60}") {
            prop_assert_eq!(decode(text.as_bytes()), text.as_str());
        }
    }
}
