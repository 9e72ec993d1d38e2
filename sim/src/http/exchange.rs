//! A question to a site, and its reply.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use url::form_urlencoded;

/// A question, as the site gets it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// When, in seconds of the tape.
    pub at_sec: f64,
    /// `GET`, `POST`.
    pub method: String,
    /// From the first slash, without the query.
    pub path: String,
    /// The query, its escapes undone.
    pub query: Fields,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: Vec<u8>,
}

impl Asked {
    /// A value of the query; none where it is not there.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header; empty where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The fields of the body, where that is a form.
    #[must_use]
    pub fn form(&self) -> Fields {
        fields(&String::from_utf8_lossy(&self.body))
    }
}

/// How a reply arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// Whole.
    #[default]
    Whole,
    /// Whole, in drops.
    Trickled,
    /// Only its first half.
    Cut,
    /// Not at all: the connection is closed.
    Reset,
    /// Not at all: nothing comes.
    Stalled,
}

/// What a site answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after_sec: Option<u64>,
    /// `Content-Type`; empty: there is none.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// How it arrives.
    pub manner: Manner,
    /// After which time.
    pub wait: Duration,
}

impl Reply {
    /// A whole reply, at once.
    #[must_use]
    pub fn new(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let (retry_after_sec, manner, wait) = Default::default();
        Self { status, retry_after_sec, kind, body: body.into(), manner, wait }
    }

    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A page of whatever stands in front of the service.
    #[must_use]
    pub fn page(status: u16, text: &str) -> Self {
        Self::new(status, "text/html", format!("<html><body>{text}</body></html>"))
    }

    /// The same, arriving so.
    #[must_use]
    pub fn manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// The same, after this time.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// The same, with a rest that is asked for.
    #[must_use]
    pub fn rest(self, sec: u64) -> Self {
        Self { retry_after_sec: Some(sec), ..self }
    }
}

/// Whoever answers questions.
pub trait Site {
    /// Answers one. Later questions have later times.
    fn answer(&mut self, asked: &Asked) -> Reply;

    /// Whether anybody listens there at this second of the tape.
    fn is_up(&self, at_sec: f64) -> bool {
        let _ = at_sec;
        true
    }
}

/// Names and values.
pub type Fields = Vec<(String, String)>;

/// The fields of a query or a form, their escapes undone.
pub(super) fn fields(text: &str) -> Fields {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
