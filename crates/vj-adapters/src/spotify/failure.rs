//! Why Spotify did not say what is playing, and what to do about it.

use std::time::Duration;

use serde_json::Value;

/// Where a limit is stated without its length: the service counts over a rolling window of 30 s.
const WINDOW: Duration = Duration::from_secs(30);

/// A longer wait than this is shortened to it: after a day everything may be different. 19,056 s have been seen.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// What a message of the service may add to ours.
const SAID_BYTES_MAX: usize = 200;

/// Why there is no answer. Each kind asks for another reaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The access token is not, or no longer, good: a fresh one may do.
    #[error("Spotify no longer takes the access token")]
    Expired,
    /// The service wants rest: the next question is allowed after this time.
    #[error("{why}")]
    Wait {
        /// How long.
        wait: Duration,
        /// In words.
        why: String,
        /// Whether there were too many questions; else the service has trouble of its own.
        is_limit: bool,
    },
    /// Nobody has signed in yet, which is no fault.
    #[error("{0}")]
    NotConfigured(String),
    /// The user has to sign in again; asking goes nowhere until then.
    #[error("{0}")]
    SignIn(String),
    /// The service refuses, and only its owner or the user can change that: asking seldom is enough.
    #[error("{0}")]
    Refused(String),
    /// It may work the next time.
    #[error("{0}")]
    Transient(String),
}

/// What an unsuccessful answer consists of.
#[derive(Debug, Clone)]
pub struct Unsuccessful {
    /// The HTTP status.
    pub status: u16,
    /// The header of that name, if there is one.
    pub retry_after: Option<String>,
    /// What of the body there is.
    pub body: String,
}

impl Unsuccessful {
    /// Reads an answer of the Web API.
    #[must_use]
    pub fn of_the_player(&self) -> Failure {
        let said = self.said();
        match self.status {
            401 => Failure::Expired,
            429 => self.limited(&said),
            403 if said.contains("scope") => Failure::SignIn(
                "Spotify's sign-in does not cover what is playing: run `vj spotify login` again".to_owned(),
            ),
            403 if said.to_lowercase().contains("premium") => Failure::Refused(
                "Spotify answers only apps whose owner has Premium: the account that made the client_id has none \
                 (a new subscription may take hours to count)"
                    .to_owned(),
            ),
            403 => Failure::Refused(format!("Spotify refuses to tell{}", self.in_brackets(&said))),
            404 | 410 => Failure::Refused(format!("Spotify has no such service any more{}", self.in_brackets(&said))),
            500.. => self.unavailable(&said),
            _ => Failure::Transient(format!("Spotify gave an odd answer{}", self.in_brackets(&said))),
        }
    }

    /// Reads an answer of the accounts service to the wish for a token.
    #[must_use]
    pub fn of_the_accounts(&self) -> Failure {
        let said = self.said();
        match (self.status, said.as_str()) {
            (429, _) => self.limited(&said),
            (500.., _) => self.unavailable(&said),
            (_, error) if error.starts_with("invalid_grant") => Failure::SignIn(format!(
                "Spotify has ended the sign-in{}: run `vj spotify login`",
                self.in_brackets(&said)
            )),
            (_, error) if error.starts_with("invalid_client") => Failure::Refused(format!(
                "Spotify does not know the app{}: check spotify_monitor.client_id",
                self.in_brackets(&said)
            )),
            _ => Failure::Transient(format!("Spotify gave no token{}", self.in_brackets(&said))),
        }
    }

    fn limited(&self, said: &str) -> Failure {
        let wait = self.wait().unwrap_or(WINDOW);
        let why = if said.contains("QUOTA_EXCEEDED") {
            "the quota of this Spotify account's apps is used up"
        } else {
            "rate limited by Spotify"
        };
        Failure::Wait { wait, why: why.to_owned(), is_limit: true }
    }

    fn unavailable(&self, said: &str) -> Failure {
        let why = format!("Spotify is unavailable{}", self.in_brackets(said));
        match self.wait() {
            Some(wait) => Failure::Wait { wait, why, is_limit: false },
            None => Failure::Transient(why),
        }
    }

    /// `Retry-After` in seconds; a part of a second counts as a whole one. What is no number of seconds says nothing.
    fn wait(&self) -> Option<Duration> {
        let text = self.retry_after.as_ref()?.trim();
        let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sec: f64 = text.parse().ok()?;
        let longest_sec = LONGEST_WAIT.as_secs_f64();
        let is_wait = (0.0..=longest_sec).contains(&sec) || is_whole;
        // More digits than a number can have are infinitely many seconds, and a day all the same.
        is_wait.then(|| Duration::from_secs(sec.min(longest_sec).ceil().max(1.0) as u64))
    }

    /// What the service says about it, in one short line.
    fn said(&self) -> String {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let said = if json.is_object() {
            // The player's `{"error": {"message", "reason"?}}`, and the accounts' `{"error", "error_description"?}`.
            let fields = ["/error/message", "/error/reason", "/error", "/error_description"];
            let texts: Vec<&str> = fields.into_iter().filter_map(|at| json.pointer(at)?.as_str()).collect();
            texts.join(", ")
        } else if self.body.trim_start().starts_with('<') {
            // A page of some proxy says nothing to anybody.
            String::new()
        } else {
            self.body.clone()
        };
        let mut line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.len() > SAID_BYTES_MAX {
            let end = (0..=SAID_BYTES_MAX).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            line.truncate(end);
        }
        line
    }

    fn in_brackets(&self, said: &str) -> String {
        if said.is_empty() { format!(" ({})", self.status) } else { format!(" ({}: {said})", self.status) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO_PREMIUM: &str = "Active premium subscription required for the owner of the app. When the subscription status \
                              changes, it can take a few hours before requests are allowed again.";

    fn unsuccessful(status: u16, retry_after: Option<&str>, body: &str) -> Unsuccessful {
        Unsuccessful { status, retry_after: retry_after.map(str::to_owned), body: body.to_owned() }
    }

    fn player(status: u16, retry_after: Option<&str>, body: &str) -> Failure {
        unsuccessful(status, retry_after, body).of_the_player()
    }

    fn accounts(status: u16, body: &str) -> Failure {
        unsuccessful(status, None, body).of_the_accounts()
    }

    fn wait_sec(failure: &Failure) -> u64 {
        match failure {
            Failure::Wait { wait, .. } => wait.as_secs(),
            other => panic!("{other:?} asks for no wait"),
        }
    }

    #[test]
    fn a_limit_is_kept_to_the_second_whatever_its_body_is() {
        let bodies = [
            r#"{"error":{"status":429,"message":"API rate limit exceeded"}}"#,
            "Too many requests",
            "",
            "<html>",
        ];
        for body in bodies {
            for (header, sec) in
                [("1", 1), ("3", 3), ("51", 51), ("19056", 19_056), (" 7 ", 7), ("2.5", 3), ("0", 1)]
            {
                let failure = player(429, Some(header), body);
                assert_eq!(
                    (wait_sec(&failure), failure.to_string()),
                    (sec, "rate limited by Spotify".to_owned())
                );
            }
            for long in ["86400", "86401", "604800", "18446744073709551616", &"9".repeat(400)] {
                assert_eq!(wait_sec(&player(429, Some(long), body)), 86_400, "{long}");
            }
            for none in [
                None,
                Some(""),
                Some("86400.5"),
                Some("inf"),
                Some("Wed, 21 Oct 2026 07:28:00 GMT"),
                Some("soon"),
                Some("-4"),
                Some("1e300"),
                Some("NaN"),
            ] {
                assert_eq!(wait_sec(&player(429, none, body)), WINDOW.as_secs(), "{none:?}");
            }
        }
        let quota = r#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
        assert!(player(429, Some("60"), quota).to_string().contains("quota"));
    }

    #[test]
    fn an_access_token_that_expired_is_no_reason_to_bother_the_user() {
        let body = r#"{"error":{"status":401,"message":"The access token expired"}}"#;
        assert_eq!(player(401, None, body), Failure::Expired);
    }

    #[test]
    fn no_premium_is_said_in_words_that_help() {
        let failure = player(403, None, NO_PREMIUM);
        assert!(matches!(&failure, Failure::Refused(why) if why.contains("has Premium")), "{failure:?}");
        let scope = player(403, None, r#"{"error":{"status":403,"message":"Insufficient client scope"}}"#);
        assert!(matches!(&scope, Failure::SignIn(why) if why.contains("vj spotify login")), "{scope:?}");
        let other = player(403, None, "");
        assert_eq!(other, Failure::Refused("Spotify refuses to tell (403)".to_owned()));
    }

    #[test]
    fn what_is_unavailable_may_be_back_the_next_time() {
        for status in [500, 502, 503, 504] {
            let failure = player(status, None, "<html><body>Bad gateway</body></html>");
            assert_eq!(failure, Failure::Transient(format!("Spotify is unavailable ({status})")));
            assert_eq!(
                accounts(status, "upstream error"),
                Failure::Transient(format!("Spotify is unavailable ({status}: upstream error)"))
            );
        }
        let rest = player(503, Some("20"), "");
        assert_eq!((wait_sec(&rest), rest.to_string()), (20, "Spotify is unavailable (503)".to_owned()));
        assert!(matches!(rest, Failure::Wait { is_limit: false, .. }), "it is no limit");
        assert!(matches!(player(418, None, ""), Failure::Transient(_)));
    }

    #[test]
    fn a_sign_in_that_ended_is_told_from_a_bad_request() {
        for what in ["Refresh token expired", "Refresh token revoked", "Invalid refresh token"] {
            let body = format!(r#"{{"error":"invalid_grant","error_description":"{what}"}}"#);
            let failure = accounts(400, &body);
            let expected =
                format!("Spotify has ended the sign-in (400: invalid_grant, {what}): run `vj spotify login`");
            assert_eq!(failure, Failure::SignIn(expected));
        }
        let client = accounts(400, r#"{"error":"invalid_client","error_description":"Invalid client"}"#);
        assert!(matches!(&client, Failure::Refused(why) if why.contains("client_id")), "{client:?}");
        assert!(matches!(accounts(400, r#"{"error":"server_error"}"#), Failure::Transient(_)));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_short_line(
            status in 300_u16..600, header in proptest::option::of(".{0,12}"), body in "\\PC{0,900}",
        ) {
            for failure in [
                unsuccessful(status, header.as_deref(), &body).of_the_player(),
                unsuccessful(status, header.as_deref(), &body).of_the_accounts(),
            ] {
                let said = failure.to_string();
                prop_assert!(said.len() < SAID_BYTES_MAX + 120 && !said.contains('\n'), "{}", said);
                if let Failure::Wait { wait, .. } = failure {
                    prop_assert!((1..=86_400).contains(&wait.as_secs()));
                }
            }
        }
    }
}
