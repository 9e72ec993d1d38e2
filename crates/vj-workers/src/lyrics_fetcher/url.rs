//! Addresses of services.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether a config may name a service so.
pub(super) fn is_base(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'))
}

/// A place below a service's address, with a query.
pub(super) fn url(base: &str, path: &str, query: &[(&str, &str)]) -> String {
    let mut url = format!("{}{path}", base.trim_end_matches('/'));
    for (at, (name, value)) in query.iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(&escaped(value));
    }
    url
}

/// As one part of an address.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_can_end_its_parameter() {
        let made = url("https://lrclib.net/", "/api/get", &[("artist_name", "AC/DC & Ä"), ("x", "a=b?#+ %")]);
        assert_eq!(
            made,
            "https://lrclib.net/api/get?artist_name=AC%2FDC%20%26%20%C3%84&x=a%3Db%3F%23%2B%20%25"
        );
        assert_eq!(url("http://127.0.0.1:1/v1", "/models", &[]), "http://127.0.0.1:1/v1/models");
    }

    #[test]
    fn a_base_is_an_address_of_the_web() {
        for (text, is_one) in [
            ("https://lrclib.net", true),
            ("http://127.0.0.1:8188/", true),
            ("lrclib.net", false),
            ("http://", false),
            ("http:///x", false),
            ("file:///etc/passwd", false),
            ("http://a b", false),
            ("http://a?x=1", false),
        ] {
            assert_eq!(is_base(text), is_one, "{text}");
        }
    }
}
