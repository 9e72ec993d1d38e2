//! An OpenAI-compatible server: `/v1/models`, `/v1/chat/completions`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Judgement, Question, Style};
use super::service::Nature;
use crate::http::{Asked, Reply};

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenAiEvent {
    /// These models are there from now on, and no others.
    Serves(Vec<String>),
    /// How long an answer takes.
    ThinksSec(f64),
    /// How the model writes from now on.
    Writes(Style),
    /// What it says of a song.
    Judges(Judgement),
    /// Which form of an answer it does not know from now on.
    Knows(Forms),
    /// It wants `temperature` and `max_tokens` no more, or again.
    RefusesParameters(bool),
    /// Only this key is good from now on; empty: none is needed.
    Key(String),
    /// The account is used up from now on, or no more.
    UsedUp(bool),
    /// The model will not say anything of this song from now on, or no more.
    Declines(bool),
    /// What it says is filtered out from now on, or no more.
    Filtered(bool),
}

/// Forms of an answer that a server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forms {
    /// A schema, and any object: OpenAI's own.
    #[default]
    All,
    /// A schema or text: LM Studio.
    SchemaOrText,
    /// Any object: old llama.cpp.
    JsonObject,
    /// Only text.
    Text,
}

/// The service.
#[derive(Debug, Default)]
pub struct OpenAi {
    models: Vec<String>,
    thinks_sec: f64,
    style: Style,
    said: Vec<Judgement>,
    forms: Forms,
    refuses_parameters: bool,
    key: String,
    is_used_up: bool,
    declines: bool,
    is_filtered: bool,
}

impl Nature for OpenAi {
    type Event = OpenAiEvent;

    fn happens(&mut self, _: f64, event: OpenAiEvent) {
        match event {
            OpenAiEvent::Serves(names) => self.models = names,
            OpenAiEvent::ThinksSec(sec) => self.thinks_sec = sec,
            OpenAiEvent::Writes(style) => self.style = style,
            OpenAiEvent::Judges(judgement) => self.said.push(judgement),
            OpenAiEvent::Knows(forms) => self.forms = forms,
            OpenAiEvent::RefusesParameters(it) => self.refuses_parameters = it,
            OpenAiEvent::Key(key) => self.key = key,
            OpenAiEvent::UsedUp(it) => self.is_used_up = it,
            OpenAiEvent::Declines(it) => self.declines = it,
            OpenAiEvent::Filtered(it) => self.is_filtered = it,
        }
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        if !self.key.is_empty() && asked.header("authorization") != format!("Bearer {}", self.key) {
            return error(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key");
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/v1/models") => {
                let models: Vec<Value> =
                    self.models.iter().map(|id| json!({"id": id, "object": "model"})).collect();
                Reply::json(200, &json!({"object": "list", "data": models}))
            }
            ("POST", "/v1/chat/completions") => self.chat(asked),
            _ => error(404, "Unknown request URL", "invalid_request_error", "unknown_url"),
        }
    }

    fn limited(&self) -> Reply {
        error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded")
    }
}

impl OpenAi {
    fn chat(&self, asked: &Asked) -> Reply {
        let body = asked.json();
        if self.is_used_up {
            let why = "You exceeded your current quota, please check your plan and billing details.";
            return error(429, why, "insufficient_quota", "insufficient_quota");
        }
        let model = body["model"].as_str().unwrap_or_default();
        if !self.models.iter().any(|name| name == model) {
            let why = format!("The model `{model}` does not exist or you do not have access to it.");
            return error(404, &why, "invalid_request_error", "model_not_found");
        }
        if let Some(refused) = self.refused(&body) {
            return refused;
        }
        let Some(question) = Question::read(&body) else {
            return error(400, "'messages' is a required property", "invalid_request_error", "");
        };
        let (content, is_cut) = question.written(&self.said, self.style);
        let reason = match (self.is_filtered, is_cut) {
            (true, _) => "content_filter",
            (_, true) => "length",
            _ => "stop",
        };
        let refusal = self.declines.then_some("I'm sorry, I can't help with that.");
        let content = (refusal.is_none() && !self.is_filtered).then_some(content);
        let message = json!({"role": "assistant", "content": content, "refusal": refusal});
        let reply = json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_795_694_400,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 700, "completion_tokens": 100, "total_tokens": 800},
        });
        Reply::json(200, &reply).after(Duration::from_secs_f64(self.thinks_sec))
    }

    /// What it does not bear in a question.
    fn refused(&self, body: &Value) -> Option<Reply> {
        let form = body["response_format"]["type"].as_str().unwrap_or("text");
        let plain = |why: &str| Reply::json(400, &json!({"error": why}));
        let refused = match (self.forms, form) {
            (Forms::All, _) | (_, "text") | (Forms::SchemaOrText, "json_schema") => None,
            (Forms::SchemaOrText, _) => Some(plain("'response_format.type' must be 'json_schema' or 'text'")),
            (Forms::JsonObject, "json_object") => None,
            (Forms::JsonObject, _) => {
                Some(plain("Either \"json_schema\" or \"grammar\" can be specified, but not both"))
            }
            (Forms::Text, _) => Some(plain("response_format is not supported")),
        };
        let parameters = || {
            let why = "Unsupported parameter: 'max_tokens' is not supported with this model.";
            let has_them = body.get("max_tokens").is_some() || body.get("temperature").is_some();
            (self.refuses_parameters && has_them)
                .then(|| error(400, why, "invalid_request_error", "unsupported_parameter"))
        };
        refused.or_else(parameters)
    }
}

fn error(status: u16, message: &str, kind: &str, code: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{categories, song};
    use super::*;
    use crate::http::Site;
    use crate::services::service::Service;
    use crate::services::tape::ServicesTape;
    use vj_lyrics::analysis::{
        Analysis, AnalysisError, Rung, Setback, openai_chat, read_models, read_openai,
    };

    const TAPE: &str = r#"{"t": 0, "openai": {"serves": ["tiny"]}}
        {"t": 0, "openai": {"key": "k"}}
        {"t": 10, "openai": {"key": ""}}
        {"t": 20, "openai": {"knows": "schema_or_text"}}
        {"t": 30, "openai": {"knows": "json_object"}}
        {"t": 40, "openai": {"knows": "text"}}
        {"t": 50, "openai": {"refuses_parameters": true}}
        {"t": 60, "openai": {"used_up": true}}
        {"t": 70, "openai": {"used_up": false}}
        {"t": 70, "openai": {"declines": true}}
        {"t": 80, "openai": {"declines": false}}
        {"t": 80, "openai": {"filtered": true}}"#;

    #[test]
    fn it_answers_as_such_servers_do() {
        let mut service = Service::new(OpenAi::default(), ServicesTape::parse(TAPE).unwrap().openai);
        let categories = categories();
        let mut chat = |at_sec: f64, rung: Rung, is_bare: bool| {
            let body = openai_chat(&song(&categories), "tiny", rung, is_bare).to_string().into_bytes();
            let (method, path) = ("POST".to_owned(), "/v1/chat/completions".to_owned());
            service.answer(&Asked { at_sec, method, path, body, ..Asked::default() })
        };
        let setback = |reply: Reply| Setback::read(reply.status, &reply.body);
        assert_eq!(setback(chat(1.0, Rung::Schema, false)), Setback::SignIn);
        let read = read_openai(&chat(11.0, Rung::Schema, false).body).unwrap();
        assert!(Analysis::read(&read, &song(&categories)).is_ok());
        assert_eq!(chat(21.0, Rung::Schema, false).status, 200);
        assert_eq!(setback(chat(21.0, Rung::JsonObject, false)), Setback::Format);
        assert_eq!(setback(chat(31.0, Rung::Schema, false)), Setback::Format);
        assert_eq!(chat(31.0, Rung::JsonObject, false).status, 200);
        assert_eq!(setback(chat(41.0, Rung::JsonObject, false)), Setback::Format);
        assert_eq!(setback(chat(51.0, Rung::Text, false)), Setback::Parameter);
        assert_eq!(chat(51.0, Rung::Text, true).status, 200);
        assert_eq!(setback(chat(61.0, Rung::Text, true)), Setback::Quota);
        let declined = read_openai(&chat(71.0, Rung::Text, true).body);
        assert!(matches!(declined, Err(AnalysisError::Refused(_))), "{declined:?}");
        assert_eq!(read_openai(&chat(81.0, Rung::Text, true).body), Err(AnalysisError::Filtered));
        let (method, path) = ("GET".to_owned(), "/v1/models".to_owned());
        let listed = service.answer(&Asked { at_sec: 90.0, method, path, ..Asked::default() });
        assert_eq!(read_models(&listed.body).unwrap(), ["tiny"]);
    }
}
