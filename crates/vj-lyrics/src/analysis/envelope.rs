//! What a server says around a model's answer.

use serde_json::{Map, Value};

use super::AnalysisError;
use super::setback::said;
use crate::limits::ANSWER_BYTES_MAX;

/// The model's text in an answer of Ollama's `/api/chat` with status 200.
///
/// A server that streams all the same gives a JSON object a line, of which any may be an error.
///
/// # Errors
///
/// Why there is none.
pub fn read_ollama(body: &[u8]) -> Result<String, AnalysisError> {
    let mut content = String::new();
    let mut last = None;
    for object in objects(body)? {
        if let Some(error) = object.get("error") {
            return Err(AnalysisError::Said(said(error)));
        }
        let message = object.get("message").and_then(Value::as_object).ok_or(AnalysisError::NotTheApi)?;
        content.push_str(&text_of(message.get("content")));
        last = Some(object);
    }
    let last = last.ok_or(AnalysisError::NotTheApi)?;
    let is_done = last.get("done").and_then(Value::as_bool).unwrap_or(true);
    match last.get("done_reason").and_then(Value::as_str) {
        Some("length") => return Err(AnalysisError::CutOff),
        _ if !is_done => return Err(AnalysisError::CutOff),
        _ => {}
    }
    if content.trim().is_empty() { Err(AnalysisError::Empty) } else { Ok(content) }
}

/// The model's text in an answer of an OpenAI-compatible `/chat/completions` with status 200.
///
/// # Errors
///
/// Why there is none.
pub fn read_openai(body: &[u8]) -> Result<String, AnalysisError> {
    let object = objects(body)?.into_iter().next().ok_or(AnalysisError::NotTheApi)?;
    if let Some(error) = object.get("error").filter(|error| !error.is_null()) {
        return Err(AnalysisError::Said(said(error)));
    }
    let choice = object.get("choices").and_then(|choices| choices.get(0)).ok_or(AnalysisError::NotTheApi)?;
    let message = choice.get("message").and_then(Value::as_object).ok_or(AnalysisError::NotTheApi)?;
    if let Some(refusal) =
        message.get("refusal").filter(|refusal| refusal.as_str().is_some_and(|text| !text.is_empty()))
    {
        return Err(AnalysisError::Refused(said(refusal)));
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("length") => return Err(AnalysisError::CutOff),
        Some("content_filter") => return Err(AnalysisError::Filtered),
        _ => {}
    }
    let content = text_of(message.get("content"));
    if content.trim().is_empty() { Err(AnalysisError::Empty) } else { Ok(content) }
}

/// One JSON object, or one a line.
fn objects(body: &[u8]) -> Result<Vec<Map<String, Value>>, AnalysisError> {
    if body.len() > ANSWER_BYTES_MAX {
        return Err(AnalysisError::TooLarge(body.len()));
    }
    let stream = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    stream
        .map(|value| match value {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(AnalysisError::NotTheApi),
        })
        .collect()
}

/// A text, the texts of its parts, or an object that a server has parsed already.
fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => String::new(),
    }
}
