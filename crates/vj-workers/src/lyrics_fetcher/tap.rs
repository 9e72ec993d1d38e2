//! What the services were asked and what they said, and what stood in the cache, noted for whoever records the show: between the
//! worker and its ports.
//!
//! Headers are never noted, since keys stand in them, and of an address only what comes behind the service's own.

use std::io;
use std::rc::Rc;

use serde_json::{Value, json};
use vj_bus::{Board, Tape};
use vj_core::{At, base64};
use vj_env::{Clock, LocalBoxFuture, Store};

use super::keys::Config;
use super::limits::TAPED_BODY_BYTES_MAX;
use crate::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

/// Parameters of a query whose values are nobody's business.
const SECRET: [&str; 6] = ["key", "api_key", "apikey", "token", "access_token", "password"];

/// The web, looked at.
pub(super) struct TapedWeb {
    pub(super) web: Rc<dyn Web>,
    pub(super) tape: Tape,
    pub(super) clock: Clock,
    pub(super) board: Rc<Board>,
}

impl Web for TapedWeb {
    fn ask(&self, request: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>> {
        let config = self.board.with_settings(Config::of);
        let Some((service, asked)) = asked(&config, &request) else { return self.web.ask(request) };
        let (clock, timeout) = (self.clock.clone(), request.timeout);
        let mut note = Note {
            tape: self.tape.clone(),
            clock: clock.clone(),
            began: clock.now(),
            service,
            asked: Some(asked),
        };
        let answer = self.web.ask(request);
        Box::pin(async move {
            let answer = clock.timeout(timeout, answer).await;
            let answer = answer.unwrap_or(Err(WebFailure::TimedOut(timeout)));
            note.end(said(&answer));
            answer
        })
    }
}

/// The cache, looked at: what is found in it, and that something was written. Images are left out: they are as big as all the rest.
pub(super) struct TapedCache {
    pub(super) cache: Rc<dyn Store>,
    pub(super) tape: Tape,
}

impl TapedCache {
    fn found(&self, file: &str, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes)
            && bytes.len() <= TAPED_BODY_BYTES_MAX
        {
            self.tape.note(json!({"cache": {"file": file, "text": text}}));
        }
    }
}

impl Store for TapedCache {
    fn read<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            let found = self.cache.read(file).await?;
            found.iter().for_each(|bytes| self.found(file, bytes));
            Ok(found)
        })
    }

    fn read_at_most<'a>(
        &'a self,
        file: &'a str,
        bytes_max: usize,
    ) -> LocalBoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            let found = self.cache.read_at_most(file, bytes_max).await?;
            found.iter().for_each(|bytes| self.found(file, bytes));
            Ok(found)
        })
    }

    fn replace<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> LocalBoxFuture<'a, io::Result<()>> {
        self.tape.note(json!({"cache": {"file": file, "is_written": true}}));
        self.cache.replace(file, bytes)
    }

    fn remove<'a>(&'a self, file: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        self.cache.remove(file)
    }

    fn rename<'a>(&'a self, file: &'a str, to: &'a str) -> LocalBoxFuture<'a, io::Result<()>> {
        self.cache.rename(file, to)
    }
}

/// A question that is under way.
struct Note {
    tape: Tape,
    clock: Clock,
    began: At,
    service: &'static str,
    /// None once its end is noted.
    asked: Option<Value>,
}

impl Note {
    fn end(&mut self, said: Value) {
        let Some(asked) = self.asked.take() else { return };
        let took_sec = self.clock.now().since(self.began).as_secs_f64();
        let exchange = json!({"asked": asked, "said": said, "took_sec": took_sec});
        self.tape.note(json!({self.service: {"exchange": exchange}}));
    }
}

impl Drop for Note {
    /// A question that nobody wants the answer of any more. It is noted for the recording alone, and if the process is killed
    /// its tape is gone with it.
    fn drop(&mut self) {
        self.end("given_up".into());
    }
}

/// Whose question it is, and what can be told of it; none where it is nobody's whom the settings name.
fn asked(config: &Config, request: &WebRequest) -> Option<(&'static str, Value)> {
    let services = [
        ("lrclib", &config.lrclib),
        ("ollama", &config.ollama),
        ("openai", &config.openai),
        ("comfyui", &config.comfyui),
    ];
    let below = |base: &str| {
        request.url.strip_prefix(base.trim_end_matches('/')).filter(|rest| rest.starts_with('/'))
    };
    // Of two, one of which lies below the other, it is the nearer one.
    let whose = services.into_iter().filter_map(|(name, base)| Some((name, base.len(), below(base)?)));
    let (name, _, path) = whose.max_by_key(|(_, length, _)| *length)?;
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut asked = json!({"method": method, "path": without_secrets(path)});
    if !request.body.is_empty() {
        let json: Option<Value> = serde_json::from_slice(&request.body).ok();
        asked["body"] = json.unwrap_or_else(|| String::from_utf8_lossy(&request.body).into());
    }
    Some((name, asked))
}

fn without_secrets(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let is_open = |part: &&str| {
        let name = part.split('=').next().unwrap_or_default();
        !SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
    };
    let open: Vec<&str> = query.split('&').filter(is_open).collect();
    if open.is_empty() { path.to_owned() } else { format!("{path}?{}", open.join("&")) }
}

fn said(answer: &Result<WebAnswer, WebFailure>) -> Value {
    match answer {
        Ok(answer) => {
            let mut said = json!({"status": answer.status});
            if let Some(rest) = answer.retry_after {
                said["retry_after_sec"] = rest.as_secs_f64().into();
            }
            match std::str::from_utf8(&answer.body) {
                _ if answer.body.len() > TAPED_BODY_BYTES_MAX => {
                    said["left_out_bytes"] = answer.body.len().into();
                }
                Ok(text) => said["text"] = text.into(),
                Err(_) => said["base64"] = base64::encode(&answer.body).into(),
            }
            said
        }
        // In words of our own: those of the system may hold an address, and what stands in it.
        Err(WebFailure::Unreachable(_)) => "unreachable".into(),
        Err(WebFailure::TimedOut(_)) => "timed_out".into(),
        Err(WebFailure::Broken(_)) => "broken".into(),
        Err(WebFailure::TooLong(_)) => "too_long".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vj_core::settings::Settings;

    use super::*;
    use crate::lyrics_fetcher::KEYS;

    fn request(url: &str, body: &str) -> WebRequest {
        let headers = vec![("Authorization", "Bearer sk-secret".to_owned())];
        let (method, body) = (Method::Post, body.as_bytes().to_vec());
        WebRequest {
            method,
            url: url.to_owned(),
            headers,
            body,
            timeout: Duration::from_secs(1),
            bytes_max: 9,
        }
    }

    #[test]
    fn a_question_is_noted_without_host_headers_and_keys() {
        let config = Config::of(&Settings::new(KEYS));
        let url = format!("{}/api/get?artist_name=A%20B&API_KEY=sk-secret&token=sk-secret", config.lrclib);
        let (name, noted) = asked(&config, &request(&url, r#"{"a": 1}"#)).unwrap();
        assert_eq!(name, "lrclib");
        let expected = json!({"method": "POST", "path": "/api/get?artist_name=A%20B", "body": {"a": 1}});
        assert_eq!(noted, expected);
        assert_eq!(asked(&config, &request("https://elsewhere.example/api/get", "")), None);
        assert_eq!(without_secrets("/x?key=1"), "/x");
    }

    #[test]
    fn an_answer_is_noted_as_text_where_it_is_one_and_left_out_where_it_is_too_long() {
        let answer = |status, body: Vec<u8>| Ok(WebAnswer { status, retry_after: None, body });
        assert_eq!(said(&answer(200, b"{}".to_vec())), json!({"status": 200, "text": "{}"}));
        assert_eq!(said(&answer(200, vec![0xff, 0xd8])), json!({"status": 200, "base64": "/9g="}));
        let long = TAPED_BODY_BYTES_MAX + 1;
        assert_eq!(said(&answer(200, vec![0; long])), json!({"status": 200, "left_out_bytes": long}));
        let unreachable = Err(WebFailure::Unreachable("http://user:sk-secret@host".to_owned()));
        assert_eq!(said(&unreachable), json!("unreachable"));
        let limited =
            Ok(WebAnswer { status: 429, retry_after: Some(Duration::from_secs(3)), body: Vec::new() });
        assert_eq!(said(&limited), json!({"status": 429, "retry_after_sec": 3.0, "text": ""}));
    }
}
