//! What a service was asked on the night of a recording and what it said, said again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;
use vj_core::base64;

use crate::http::{Asked, Manner, Reply};

/// What a question and its answer take on their way: part of what the recording says that the answer took.
const WAY: Duration = Duration::from_millis(2);

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What was asked.
    pub asked: Question,
    /// What was said.
    pub said: Answer,
    /// From the question to the end of the answer. Seconds.
    #[serde(default)]
    pub took_sec: f64,
}

/// A question, without what says who asked and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `GET`, `POST`.
    pub method: String,
    /// Behind the service's own address, with the query.
    pub path: String,
    /// JSON, or a text.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// An answer, or why there was none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// There was one.
    Said(Said),
    /// There was none.
    None(Silence),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The rest that it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_sec: Option<f64>,
    /// The body, where it is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body, where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The body was too long to be recorded: so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_bytes: Option<u64>,
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nobody took the connection.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// It broke off.
    Broken,
    /// It was longer than was allowed.
    TooLong,
    /// Nobody wanted it any more.
    GivenUp,
}

/// The exchanges of one service, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Exchanges {
    all: Vec<(Exchange, bool)>,
}

impl Exchanges {
    pub(super) fn push(&mut self, exchange: Exchange) {
        self.all.push((exchange, false));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The answer to a question: the first that was not given yet to the same one, else the last that was. None: this was not
    /// asked on that night.
    pub(super) fn answer(&mut self, asked: &Asked) -> Option<Reply> {
        let same: Vec<usize> = (0..self.all.len()).filter(|at| self.all[*at].0.asked.is(asked)).collect();
        let at = same.iter().copied().find(|at| !self.all[*at].1).or(same.last().copied())?;
        let (exchange, is_used) = &mut self.all[at];
        *is_used = true;
        Some(exchange.reply())
    }
}

impl Question {
    fn is(&self, asked: &Asked) -> bool {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        // The address of a service may have a path of its own, such as `/v1`.
        let is_path = asked.path.strip_suffix(path).is_some_and(|base| base.is_empty() || base == "/v1");
        let body = match &self.body {
            Value::String(text) => asked.body == text.as_bytes(),
            body => *body == asked.json(),
        };
        self.method == asked.method && is_path && query == asked.query && body
    }
}

impl Exchange {
    fn reply(&self) -> Reply {
        let took = Duration::try_from_secs_f64(self.took_sec).unwrap_or_default();
        let wait = took.saturating_sub(WAY);
        match &self.said {
            Answer::Said(said) => {
                let decoded = said.base64.as_ref().and_then(|text| base64::decode(text));
                let body = decoded.or_else(|| said.text.clone().map(String::into_bytes)).unwrap_or_default();
                let reply = Reply::new(said.status, "application/json", body).after(wait);
                let reply = match said.retry_after_sec {
                    Some(sec) => reply.rest(sec.ceil() as u64),
                    None => reply,
                };
                if said.left_out_bytes.is_some() { reply.manner(Manner::Reset) } else { reply }
            }
            Answer::None(Silence::TimedOut | Silence::GivenUp) => Self::nothing(wait).manner(Manner::Stalled),
            Answer::None(_) => Self::nothing(wait).manner(Manner::Reset),
        }
    }

    fn nothing(wait: Duration) -> Reply {
        Reply::new(503, "", "").after(wait)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exchange(path: &str, body: Value, text: &str) -> Exchange {
        let said = json!({"status": 200, "text": text});
        let asked = json!({"method": "POST", "path": path, "body": body});
        serde_json::from_value(json!({"asked": asked, "said": said, "took_sec": 0.302})).unwrap()
    }

    fn asked(path: &str, query: &[(&str, &str)], body: &str) -> Asked {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (method, path, body) = ("POST".to_owned(), path.to_owned(), body.as_bytes().to_vec());
        Asked { method, path, query, body, ..Asked::default() }
    }

    #[test]
    fn a_question_gets_the_answers_of_the_night_in_their_order_and_then_the_last_again() {
        let mut night = Exchanges::default();
        night.push(exchange("/chat?a=%C3%A4+b", json!({"x": 1, "y": [2]}), "one"));
        night.push(exchange("/other", Value::Null, "other"));
        night.push(exchange("/chat?a=%C3%A4+b", json!({"x": 1, "y": [2]}), "two"));
        let question = asked("/v1/chat", &[("a", "ä b")], r#"{"y": [2], "x": 1}"#);
        let mut answer = || night.answer(&question).map(|reply| String::from_utf8(reply.body).unwrap());
        assert_eq!([answer(), answer(), answer()].map(Option::unwrap), ["one", "two", "two"]);
        assert_eq!(night.answer(&asked("/v1/chat", &[("a", "ä b")], r#"{"x": 2}"#)), None);
        assert_eq!(night.answer(&asked("/v2/chat", &[("a", "ä b")], r#"{"y": [2], "x": 1}"#)), None);
        assert_eq!(night.answer(&asked("/other", &[], "")).unwrap().wait, Duration::from_millis(300));
    }

    #[test]
    fn silence_is_read_and_kept() {
        for (said, manner) in [
            ("unreachable", Manner::Reset),
            ("timed_out", Manner::Stalled),
            ("given_up", Manner::Stalled),
            ("broken", Manner::Reset),
        ] {
            let asked = json!({"method": "GET", "path": "/"});
            let exchange: Exchange = serde_json::from_value(json!({"asked": asked, "said": said})).unwrap();
            assert_eq!(exchange.reply().manner, manner, "{said}");
        }
    }
}
