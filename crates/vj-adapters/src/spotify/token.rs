//! What a sign-in gives: the tokens, as they stand in `spotify_token.json` and as the accounts service hands them out.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vj_env::WallMillis;

/// An access token that is not good for at least this long is renewed before it is used.
const RENEWED_BEFORE_MS: u64 = 60_000;

/// What Spotify says that an access token is good for, where it does not say.
const USUAL_SEC: u64 = 3_600;

/// A sign-in. What it shows of itself ([`fmt::Debug`]) holds no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Goes with every question; empty if only a refresh token is known.
    access_token: String,
    /// Gives the next access token.
    refresh_token: Option<String>,
    expires_in_sec: u64,
    /// None if nobody has said: it is then used until the service takes it no more.
    expires_at: Option<WallMillis>,
    /// What it allows, separated by blanks.
    scope: String,
}

impl Token {
    /// Reads a token file, also one that was put there by hand: nothing but one of the two tokens is needed.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire = Wire::parse(bytes)?;
        let expires_at = wire.expires_at.as_ref().and_then(moment);
        let (access_token, refresh_token) = (wire.access_token(), wire.refresh_token());
        if access_token.is_empty() && refresh_token.is_none() {
            return Err("it holds neither access_token nor refresh_token".to_owned());
        }
        let expires_in_sec = wire.expires_in_sec().unwrap_or(USUAL_SEC);
        Ok(Self { access_token, refresh_token, expires_in_sec, expires_at, scope: wire.scope() })
    }

    /// What the accounts service hands out at `now`, on top of what was known before: it may leave out the refresh token, and
    /// then the old one stays good.
    ///
    /// # Errors
    /// What is wrong with its answer, without quoting it.
    pub fn granted(answer: &str, before: Option<&Self>, now: WallMillis) -> Result<Self, String> {
        let wire = Wire::parse(answer.as_bytes())?;
        let access_token = wire.access_token();
        if access_token.is_empty() {
            return Err("it holds no access_token".to_owned());
        }
        let expires_in_sec = wire.expires_in_sec().unwrap_or(USUAL_SEC);
        let expires_at = Some(WallMillis(now.0.saturating_add(expires_in_sec.saturating_mul(1_000))));
        let kept = |it: fn(&Self) -> Option<String>| before.and_then(it);
        let refresh_token = wire.refresh_token().or_else(|| kept(|it| it.refresh_token.clone()));
        let scope =
            Some(wire.scope()).filter(|it| !it.is_empty()).or_else(|| kept(|it| Some(it.scope.clone())));
        Ok(Self { access_token, refresh_token, expires_in_sec, expires_at, scope: scope.unwrap_or_default() })
    }

    /// As it is written to its file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let expires_at =
            self.expires_at.and_then(|at| Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok());
        let written = Written {
            access_token: &self.access_token,
            token_type: "Bearer",
            expires_in: self.expires_in_sec,
            expires_at: expires_at.map(|at| at.to_string()),
            refresh_token: self.refresh_token.as_deref(),
            scope: &self.scope,
        };
        serde_json::to_vec_pretty(&written).expect("texts and numbers can always be written")
    }

    /// The access token; empty if there is none yet.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// What it allows, separated by blanks.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// When the access token ends, as far as anybody has said.
    #[must_use]
    pub fn expires_at(&self) -> Option<WallMillis> {
        self.expires_at
    }

    /// Whether the access token is to be renewed before it is used at `now`.
    #[must_use]
    pub fn is_stale(&self, now: WallMillis) -> bool {
        self.access_token.is_empty() || self.expires_at.is_some_and(|at| at.0 < now.0 + RENEWED_BEFORE_MS)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .field("can_be_renewed", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Written<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: &'a str,
}

/// What files and answers hold, whatever wrote them: rspotify, spotipy and others differ in the form of nearly every field.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Wire {
    access_token: Value,
    refresh_token: Value,
    expires_in: Value,
    expires_at: Option<Value>,
    scope: Value,
    scopes: Value,
}

impl Wire {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // Of serde's own words those that quote the file could show a token.
        serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it is no JSON object (line {line}, column {column})")
        })
    }

    fn access_token(&self) -> String {
        text(&self.access_token).unwrap_or_default()
    }

    fn refresh_token(&self) -> Option<String> {
        text(&self.refresh_token)
    }

    fn expires_in_sec(&self) -> Option<u64> {
        self.expires_in.as_f64().filter(|sec| (0.0..=1e9).contains(sec)).map(|sec| sec as u64)
    }

    fn scope(&self) -> String {
        let words = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        };
        let scope = words(&self.scope);
        if scope.is_empty() { words(&self.scopes) } else { scope }
    }
}

/// A token goes into a header, so it is made of visible signs; an empty one is none.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

/// RFC 3339, or seconds since the Unix epoch as spotipy writes them.
fn moment(value: &Value) -> Option<WallMillis> {
    let ms = match value {
        Value::String(text) => text.parse::<Timestamp>().ok()?.as_millisecond(),
        Value::Number(sec) => sec.as_i64()?.checked_mul(1_000)?,
        _ => return None,
    };
    u64::try_from(ms).ok().map(WallMillis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-26T16:00:00Z.
    const NOW: WallMillis = WallMillis(1_795_708_800_000);

    fn token(text: &str) -> Token {
        Token::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_refresh_without_a_refresh_token_keeps_the_old_one_and_one_with_it_stores_it() {
        let first = r#"{"access_token":"A1","token_type":"Bearer","expires_in":3600,"refresh_token":"R1","scope":"a b"}"#;
        let first = Token::granted(first, None, NOW).unwrap();
        let kept = Token::granted(
            r#"{"access_token":"A2","token_type":"Bearer","expires_in":3600}"#,
            Some(&first),
            NOW,
        );
        let kept = kept.unwrap();
        assert_eq!((kept.access_token(), kept.refresh_token(), kept.scope()), ("A2", Some("R1"), "a b"));
        let other = r#"{"access_token":"A3","refresh_token":"R2","scope":"c"}"#;
        let other = Token::granted(other, Some(&kept), NOW).unwrap();
        assert_eq!((other.access_token(), other.refresh_token(), other.scope()), ("A3", Some("R2"), "c"));
    }

    #[test]
    fn what_is_written_has_the_fields_that_others_may_rely_on() {
        let token = Token::granted(
            r#"{"access_token":"A","refresh_token":"R","expires_in":3600,"scope":"x y"}"#,
            None,
            NOW,
        );
        let written: Value = serde_json::from_slice(&token.unwrap().to_bytes()).unwrap();
        let expected = serde_json::json!({
            "access_token": "A", "refresh_token": "R", "expires_in": 3600, "expires_at": "2026-11-26T17:00:00Z",
            "scope": "x y", "token_type": "Bearer"
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn files_of_other_programs_are_taken_up() {
        let rspotify = r#"{"access_token":"A","expires_in":3600,"expires_at":"2026-11-26T16:30:00.123456789Z",
            "refresh_token":"R","scope":"x y"}"#;
        let spotipy = r#"{"access_token":"A","token_type":"Bearer","expires_in":3600,"scope":"x y",
            "expires_at":1795710600,"refresh_token":"R"}"#;
        let listed = r#"{"access_token":"A","refresh_token":"R","expires_in":3600.0,"scopes":["x","y"],
            "expires_at":"2026-11-26T18:30:00+02:00"}"#;
        for text in [rspotify, spotipy, listed] {
            let token = token(text);
            assert_eq!(
                (token.access_token(), token.refresh_token(), token.scope()),
                ("A", Some("R"), "x y"),
                "{text}"
            );
            assert_eq!(token.expires_at().map(|at| at.0 / 1_000), Some(1_795_710_600), "{text}");
            assert!(!token.is_stale(NOW) && token.is_stale(WallMillis(NOW.0 + 1_750_000)), "{text}");
        }
    }

    #[test]
    fn one_of_the_two_tokens_is_enough() {
        assert!(token(r#"{"refresh_token":"R"}"#).is_stale(NOW));
        let bare = token(r#"{"access_token":"A"}"#);
        assert!(!bare.is_stale(NOW) && bare.refresh_token().is_none(), "it is used until it is refused");
        for bad in
            ["", "[]", "{}", "{\"access_token\":", r#"{"access_token":"A\nB"}"#, r#"{"access_token":7}"#]
        {
            let error = Token::parse(bad.as_bytes()).unwrap_err();
            assert!(error.starts_with("it "), "{bad}: {error}");
        }
    }

    #[test]
    fn what_is_shown_or_complained_of_holds_no_secret() {
        let token = token(r#"{"access_token":"SECRET1","refresh_token":"SECRET2","scope":"x"}"#);
        assert!(!format!("{token:?}").contains("SECRET"));
        let error = Token::parse(br#"{"access_token":"SECRET1",SECRET2"#).unwrap_err();
        assert!(!error.contains("SECRET"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_written_comes_back(
            access in "[!-~]{1,300}", refresh in proptest::option::of("[!-~]{1,300}"), sec in 0_u64..1_000_000,
            at in proptest::option::of(0_u64..4_000_000_000_000), scope in "([a-z-]{1,20}( [a-z-]{1,20}){0,3})?",
        ) {
            let token = Token {
                access_token: access, refresh_token: refresh, expires_in_sec: sec,
                expires_at: at.map(WallMillis), scope,
            };
            prop_assert_eq!(Token::parse(&token.to_bytes()), Ok(token));
        }

        #[test]
        fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Token::parse(&bytes);
        }
    }
}
