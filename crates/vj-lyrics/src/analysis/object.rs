//! The JSON object in a model's text.

use serde_json::{Map, Value};

use super::AnalysisError;
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX};
use crate::words::head;

/// Braces at which an object is looked for. Broken starts (`{"{"refrain_lines":`) are found within a few.
const STARTS_MAX: usize = 64;

/// Marks around thoughts, of the models that write them into their answer.
const THOUGHTS: [(&str, &str); 4] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
];

/// The first balanced JSON object after the thoughts that is one of those wanted. Fences and words around it do not
/// matter.
pub(super) fn find(
    text: &str,
    is_wanted: impl Fn(&Map<String, Value>) -> bool,
) -> Result<Map<String, Value>, AnalysisError> {
    if text.len() > ANSWER_BYTES_MAX {
        return Err(AnalysisError::TooLarge(text.len()));
    }
    let text = without_thoughts(text);
    if text.trim().is_empty() {
        return Err(AnalysisError::Empty);
    }
    let mut has_object = false;
    let mut from = 0;
    for _ in 0..STARTS_MAX {
        let Some(start) = text[from..].find('{').map(|at| from + at) else { break };
        let object = balanced(&text[start..])
            .and_then(|object| serde_json::from_str(object).ok().map(|map| (map, object.len())));
        // An object that is another one is passed as a whole: an answer does not stand within something else.
        from = start + object.as_ref().map_or(1, |(_, length)| *length);
        if let Some((map, _)) = object {
            if is_wanted(&map) {
                return Ok(map);
            }
            has_object = true;
        }
    }
    Err(if has_object { AnalysisError::AnotherObject } else { AnalysisError::NoObject })
}

/// What comes after the last thought. A thought without an end has eaten the answer.
fn without_thoughts(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    for (_, close) in THOUGHTS {
        from = from.max(lower.rfind(close).map_or(0, |at| at + close.len()));
    }
    let unclosed = THOUGHTS.iter().filter_map(|(open, _)| lower[from..].find(open)).min();
    &text[from..unclosed.map_or(text.len(), |at| from + at)]
}

/// The object at the start of the text, by its braces outside of strings.
fn balanced(text: &str) -> Option<&str> {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > ANSWER_DEPTH_MAX {
            return None;
        }
        if depth == 0 {
            return Some(head(text, at + 1));
        }
    }
    None
}
