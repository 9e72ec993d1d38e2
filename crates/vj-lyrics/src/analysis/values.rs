//! Values of any type, read as what they were meant to be.

use serde_json::{Map, Value};

use crate::words::fold;

/// A field by its name or another name for it, in any case and spelling (`refrainLines`, `Refrain Lines`).
pub(super) fn field<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    let bare = |key: &str| fold(key).replace(' ', "");
    names.iter().find_map(|name| object.iter().find(|(key, _)| bare(key) == *name).map(|(_, value)| value))
}

/// A score: a number, a text that is one, a percentage, a fraction, or an object around it. The second says that it
/// was written as a part of a whole, so that it needs no scale.
pub(super) fn score(value: &Value) -> Option<(f64, bool)> {
    let found = match value {
        Value::Number(number) => (number.as_f64()?, false),
        Value::Bool(is_so) => (f64::from(u8::from(*is_so)), true),
        Value::String(text) => written_score(text.trim())?,
        Value::Object(object) => return score(field(object, &["score", "value", "intensity", "rating"])?),
        Value::Null | Value::Array(_) => return None,
    };
    found.0.is_finite().then_some(found)
}

fn written_score(text: &str) -> Option<(f64, bool)> {
    let number = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok();
    if let Some(percent) = text.strip_suffix('%') {
        return Some((number(percent)? / 100.0, true));
    }
    if let Some((part, whole)) = text.split_once('/') {
        return number(whole)
            .filter(|whole| *whole > 0.0)
            .and_then(|whole| Some((number(part)? / whole, true)));
    }
    Some((number(text)?, false))
}

/// Texts: a list of them, of objects around them, or one text with commas or line ends.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(text).filter(|text| !text.is_empty()).collect(),
        Value::String(text) => {
            let separators: &[char] = if text.contains('\n') { &['\n'] } else { &[',', ';'] };
            text.split(separators)
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// One text: itself, the text of an object that has one (`image_prompt: {"prompt": ...}`), or all of its texts.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => joined(items.iter()),
        Value::Object(object) => {
            const NAMES: [&str; 9] =
                ["prompt", "positive", "text", "line", "keyword", "word", "theme", "name", "description"];
            match field(object, &NAMES) {
                Some(Value::String(text)) => text.trim().to_owned(),
                _ => joined(object.values()),
            }
        }
        Value::Null | Value::Bool(_) => String::new(),
    }
}

fn joined<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let texts = values.filter_map(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(", ")
}
