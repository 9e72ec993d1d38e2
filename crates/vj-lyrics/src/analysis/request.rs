//! The bodies of requests.

use serde_json::{Value, json};

use super::{Question, schema};
use crate::limits::{ANSWER_TOKENS_MAX, CONTEXT_TOKENS};

/// How strictly the form of the answer is asked for. Servers that refuse one are asked one rung down; the prompt
/// describes the form in any case, and the reader checks it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rung {
    /// With the JSON schema.
    #[default]
    Schema,
    /// Any JSON object.
    JsonObject,
    /// In words alone.
    Text,
}

impl Rung {
    /// The next one down.
    #[must_use]
    pub fn down(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::JsonObject),
            Self::JsonObject => Some(Self::Text),
            Self::Text => None,
        }
    }
}

fn messages(question: &Question<'_>) -> Value {
    json!([{"role": "system", "content": question.system()}, {"role": "user", "content": question.user()}])
}

/// For Ollama's `POST /api/chat`.
#[must_use]
pub fn ollama_chat(question: &Question<'_>, model: &str, rung: Rung) -> Value {
    let mut body = json!({
        "model": model,
        "messages": messages(question),
        "stream": false,
        "think": false,
        "options": {"num_ctx": CONTEXT_TOKENS, "temperature": 0, "num_predict": ANSWER_TOKENS_MAX},
    });
    match rung {
        Rung::Schema => body["format"] = schema(question.categories),
        Rung::JsonObject => body["format"] = json!("json"),
        // Some models forget `format` with `think`, and some refuse `think`: in words alone, both are left out.
        Rung::Text => {
            body.as_object_mut().and_then(|body| body.remove("think"));
        }
    }
    body
}

/// For an OpenAI-compatible `POST /chat/completions`. `is_bare` leaves `temperature` and `max_tokens` out, which some
/// models refuse ([`super::Setback::Parameter`]).
#[must_use]
pub fn openai_chat(question: &Question<'_>, model: &str, rung: Rung, is_bare: bool) -> Value {
    let mut body = json!({"model": model, "messages": messages(question), "stream": false});
    if !is_bare {
        body["temperature"] = json!(0);
        body["max_tokens"] = json!(ANSWER_TOKENS_MAX);
    }
    match rung {
        Rung::Schema => {
            let schema = json!({"name": "song", "strict": true, "schema": schema(question.categories)});
            body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
        }
        Rung::JsonObject => body["response_format"] = json!({"type": "json_object"}),
        Rung::Text => {}
    }
    body
}
