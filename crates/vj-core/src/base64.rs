//! Base64 (RFC 4648 section 4): bytes as text, where JSON has to carry them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text for `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of `text`; none where it is no base64. The padding must be there, and nothing else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_the_rfc() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, text) in vectors {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(plain.as_bytes()));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
    }

    #[test]
    fn what_is_no_base64_gives_nothing() {
        for text in ["Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm 8", "Zm\u{e9}"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
