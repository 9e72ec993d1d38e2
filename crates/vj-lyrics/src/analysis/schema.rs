//! The form of an answer.

use serde_json::{Value, json};

/// Goes up with every change of the schema's meaning: what was answered before is asked anew.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON schema of an answer. Flat, without references, alternatives and ranges, all of it required and nothing
/// else allowed: the part that OpenAI's strict mode, Ollama's grammar, llama.cpp and LM Studio have in common. Ranges
/// are stated in the prompt and held by the reader.
#[must_use]
pub fn schema(categories: &[String]) -> Value {
    let texts = || json!({"type": "array", "items": {"type": "string"}});
    let scores: serde_json::Map<String, Value> =
        categories.iter().map(|name| (name.clone(), json!({"type": "number"}))).collect();
    // An empty `enum` would allow nothing.
    let mood = if categories.is_empty() {
        json!({"type": "string"})
    } else {
        json!({"type": "string", "enum": categories})
    };
    json!({
        "type": "object",
        "properties": {
            "refrain_lines": texts(),
            "keywords": texts(),
            "themes": texts(),
            "categories": {
                "type": "object",
                "properties": scores,
                "required": categories,
                "additionalProperties": false,
            },
            "primary_mood": mood,
            "image_prompt": {"type": "string"},
        },
        "required": ["refrain_lines", "keywords", "themes", "categories", "primary_mood", "image_prompt"],
        "additionalProperties": false,
    })
}
