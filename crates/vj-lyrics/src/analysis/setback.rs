//! What to do about a request that a server turned down.

use serde_json::Value;

use crate::words::head;

/// Why a server turned a request down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// It does not know the form of answer that was asked for: ask one rung down.
    Format,
    /// It does not bear a parameter: ask without them.
    Parameter,
    /// It has no such model.
    Model,
    /// It has too much to do: ask again later.
    Busy,
    /// The account is used up: asking again does not help.
    Quota,
    /// It wants a key, or another one.
    SignIn,
    /// The prompt does not fit.
    TooLong,
    /// Its own fault, or one that is not known.
    Other,
}

/// Bytes of an error that are looked at.
const LOOKED_AT_BYTES_MAX: usize = 4_096;

impl Setback {
    /// By the status and the body of an answer that is no success.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT_BYTES_MAX)]).to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| body.contains(word));
        match status {
            401 | 403 => Self::SignIn,
            402 => Self::Quota,
            429 if says(&["insufficient_quota", "billing"]) => Self::Quota,
            429 | 503 => Self::Busy,
            404 => Self::Model,
            400 | 422 | 500 | 501 if says(&["max_tokens", "temperature", "does not support thinking"]) => {
                Self::Parameter
            }
            400 | 422 if says(&["context length", "context_length", "context size", "too long"]) => {
                Self::TooLong
            }
            400 | 422 | 500 | 501
                if says(&[
                    "response_format",
                    "json_schema",
                    "json_object",
                    "grammar",
                    "schema",
                    "invalid format",
                    "structured",
                ]) =>
            {
                Self::Format
            }
            400 if says(&["model"]) && says(&["not found", "does not exist", "not exist"]) => Self::Model,
            _ => Self::Other,
        }
    }
}

/// What an error object says, in one line.
pub(super) fn said(error: &Value) -> String {
    let text = match error {
        Value::String(text) => text.clone(),
        Value::Object(error) => match error.get("message") {
            Some(Value::String(message)) => message.clone(),
            _ => Value::Object(error.clone()).to_string(),
        },
        other => other.to_string(),
    };
    let text = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    head(&text.collect::<Vec<_>>().join(" "), 300).to_owned()
}
