//! Ollama: `/api/tags`, `/api/chat`, `/api/version`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Judgement, Question, Style};
use super::service::Nature;
use crate::http::{Asked, Reply};

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OllamaEvent {
    /// These models are installed from now on, and no others.
    Installs(Vec<String>),
    /// How long an answer takes, when the model is loaded.
    ThinksSec(f64),
    /// How long a model takes to be loaded: for the first question, and after five minutes without one.
    LoadsSec(f64),
    /// How the model writes from now on.
    Writes(Style),
    /// What it says of a song.
    Judges(Judgement),
    /// It refuses a schema from now on, or no more.
    RefusesSchema(bool),
    /// It refuses to think, or not to, from now on, or no more.
    RefusesThink(bool),
    /// Its queue is full from now on, or no more.
    Busy(bool),
    /// An error comes in the middle of the answer, with status 200, from now on, or no more.
    Breaks(bool),
}

/// A model that is not asked for so long is unloaded.
const UNLOADED_AFTER_SEC: f64 = 300.0;

/// The service.
#[derive(Debug, Default)]
pub struct Ollama {
    installed: Vec<String>,
    thinks_sec: f64,
    loads_sec: f64,
    style: Style,
    said: Vec<Judgement>,
    refuses_schema: bool,
    refuses_think: bool,
    is_busy: bool,
    breaks: bool,
    /// It answers one question after the other.
    free_at_sec: f64,
    /// When it last answered; none: its model is not loaded.
    last_sec: Option<f64>,
}

impl Nature for Ollama {
    type Event = OllamaEvent;

    fn happens(&mut self, _: f64, event: OllamaEvent) {
        match event {
            OllamaEvent::Installs(names) => self.installed = names,
            OllamaEvent::ThinksSec(sec) => self.thinks_sec = sec,
            OllamaEvent::LoadsSec(sec) => self.loads_sec = sec,
            OllamaEvent::Writes(style) => self.style = style,
            OllamaEvent::Judges(judgement) => self.said.push(judgement),
            OllamaEvent::RefusesSchema(it) => self.refuses_schema = it,
            OllamaEvent::RefusesThink(it) => self.refuses_think = it,
            OllamaEvent::Busy(it) => self.is_busy = it,
            OllamaEvent::Breaks(it) => self.breaks = it,
        }
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/api/tags") => {
                let models: Vec<Value> =
                    self.installed.iter().map(|name| json!({"name": name, "model": name})).collect();
                Reply::json(200, &json!({"models": models}))
            }
            ("GET", "/api/version") => Reply::json(200, &json!({"version": "0.12.3"})),
            ("POST", "/api/chat") => self.chat(asked),
            _ => Reply::new(404, "text/plain", "404 page not found"),
        }
    }

    fn limited(&self) -> Reply {
        error(429, "too many requests")
    }
}

impl Ollama {
    fn chat(&mut self, asked: &Asked) -> Reply {
        let body = asked.json();
        let Some(model) = body["model"].as_str() else { return error(400, "model is required") };
        if !self.installed.iter().any(|name| name == model) {
            return error(404, &format!("model '{model}' not found"));
        }
        if self.is_busy {
            // With two blanks, as it writes it.
            return error(503, "server busy, please try again.  maximum pending requests exceeded");
        }
        if self.refuses_schema && body["format"].is_object() {
            return error(400, "invalid format: expected \"json\" or a JSON schema");
        }
        if self.refuses_think && !body["think"].is_null() {
            return error(400, &format!("\"{model}\" does not support thinking"));
        }
        let Some(question) = Question::read(&body) else { return error(400, "messages are required") };
        let (content, is_cut) = question.written(&self.said, self.style);
        let wait = self.turn(asked.at_sec);
        let reply = json!({
            "model": model,
            "created_at": "2026-11-26T12:00:00Z",
            "message": {"role": "assistant", "content": content},
            "done": true,
            "done_reason": if is_cut { "length" } else { "stop" },
            "total_duration": wait.as_nanos() as u64,
            "load_duration": 0,
            "prompt_eval_count": 700,
            "eval_count": content.len() / 4,
        });
        if self.breaks {
            let first =
                json!({"model": model, "message": {"role": "assistant", "content": "{\"ref"}, "done": false});
            let body = format!("{first}\n{}\n", json!({"error": "llama runner process has terminated"}));
            return Reply::new(200, "application/x-ndjson", body).after(wait);
        }
        Reply::new(200, "application/json; charset=utf-8", reply.to_string()).after(wait)
    }

    /// When the answer to a question of this moment is ready: after those before it, and after the model is loaded.
    fn turn(&mut self, at_sec: f64) -> Duration {
        let begins_sec = self.free_at_sec.max(at_sec);
        let is_loaded = self.last_sec.is_some_and(|last| begins_sec - last < UNLOADED_AFTER_SEC);
        let loads_sec = if is_loaded { 0.0 } else { self.loads_sec };
        self.free_at_sec = begins_sec + loads_sec + self.thinks_sec;
        self.last_sec = Some(self.free_at_sec);
        Duration::from_secs_f64(self.free_at_sec - at_sec)
    }
}

fn error(status: u16, why: &str) -> Reply {
    Reply::json(status, &json!({"error": why}))
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{categories, song};
    use super::*;
    use crate::http::Site;
    use crate::services::service::Service;
    use crate::services::tape::ServicesTape;
    use vj_lyrics::analysis::{Analysis, Rung, Setback, ollama_chat, read_models, read_ollama};

    const TAPE: &str = r#"{"t": 0, "ollama": {"installs": ["nomic-embed-text:latest", "llama3.2:latest"]}}
        {"t": 0, "ollama": {"thinks_sec": 2}}
        {"t": 0, "ollama": {"loads_sec": 20}}
        {"t": 100, "ollama": {"refuses_schema": true}}
        {"t": 110, "ollama": {"busy": true}}
        {"t": 120, "ollama": {"busy": false}}
        {"t": 120, "ollama": {"breaks": true}}
        {"t": 130, "ollama": {"limit": 7}}"#;

    #[test]
    fn it_answers_as_ollama_does() {
        let mut service = Service::new(Ollama::default(), ServicesTape::parse(TAPE).unwrap().ollama);
        let (categories, get) = (categories(), "GET".to_owned());
        let tags = Asked { at_sec: 1.0, method: get, path: "/api/tags".to_owned(), ..Asked::default() };
        let models = read_models(&service.answer(&tags).body).unwrap();
        assert_eq!(models, ["nomic-embed-text:latest", "llama3.2:latest"]);
        let mut chat = |at_sec: f64, model: &str, rung: Rung| {
            let body = ollama_chat(&song(&categories), model, rung).to_string().into_bytes();
            let (method, path) = ("POST".to_owned(), "/api/chat".to_owned());
            service.answer(&Asked { at_sec, method, path, body, ..Asked::default() })
        };
        let name = "llama3.2:latest";
        let setback = |reply: &Reply| Setback::read(reply.status, &reply.body);
        assert_eq!(setback(&chat(1.0, "mistral", Rung::Schema)), Setback::Model);
        // The first is loaded, the second waits for the first.
        let first = chat(2.0, name, Rung::Schema);
        assert_eq!(first.wait, Duration::from_secs(22));
        assert!(Analysis::read(&read_ollama(&first.body).unwrap(), &song(&categories)).is_ok());
        assert_eq!(chat(3.0, name, Rung::Schema).wait, Duration::from_secs(23));
        assert_eq!(setback(&chat(101.0, name, Rung::Schema)), Setback::Format);
        assert_eq!(chat(102.0, name, Rung::JsonObject).wait, Duration::from_secs(2));
        assert_eq!(setback(&chat(111.0, name, Rung::Text)), Setback::Busy);
        assert!(read_ollama(&chat(121.0, name, Rung::Text).body).is_err());
        let limited = chat(131.0, name, Rung::Text);
        assert_eq!((limited.status, limited.retry_after_sec), (429, Some(6)));
        assert_eq!(service.seen().len(), 9);
    }
}
