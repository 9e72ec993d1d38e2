//! Addresses of services.

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

/// Percent-encoded (RFC 3986): all but the unreserved characters.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
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
