//! The document of `vj analyze --json`.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::{analyze, drums, vj, wav};

/// A document's keys and types; a list is what its first element is.
fn shape(value: &Value) -> Value {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(all) if all.iter().all(Value::is_number) && !all.is_empty() => {
            return Value::Array(all.iter().map(|_| Value::from("number")).collect());
        }
        Value::Array(all) => return Value::Array(all.first().map(shape).into_iter().collect()),
        Value::Object(fields) => {
            return fields.iter().map(|(key, value)| (key.clone(), shape(value))).collect();
        }
    };
    Value::from(name)
}

#[test]
fn keys_and_types() {
    let dir = tempdir().unwrap();
    let mut document = analyze(&wav(&dir, "drums.wav", &drums(20.0)));
    // A list of times, however many they are.
    document["downbeats"].as_array_mut().unwrap().truncate(1);
    let shape: BTreeMap<String, String> = shape(&document)
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), value.to_string().replace('"', "")))
        .collect();
    insta::assert_json_snapshot!(shape);
}

#[test]
fn one_document_and_nothing_else() {
    let dir = tempdir().unwrap();
    let path = wav(&dir, "drums.wav", &drums(2.0));
    let run = vj(&[OsStr::new("analyze"), OsStr::new("--json"), path.as_os_str()]);
    assert!(run.stdout.starts_with('{') && run.stdout.ends_with("}\n"));
    assert_eq!(run.stdout.lines().count(), 1);
    assert_eq!(run.stderr, "");
}

#[test]
fn sixty_frames_a_second() {
    let dir = tempdir().unwrap();
    for (seconds, frames) in [(0.0, 0), (0.01, 0), (1.0, 60), (3.5, 210)] {
        let document = analyze(&wav(&dir, "drums.wav", &drums(seconds)));
        assert_eq!(document["frames"], frames, "{seconds} s");
        assert_eq!(document["duration_sec"], seconds);
        assert_eq!(document["sample_rate"], 44_100);
        assert!(document["elapsed_sec"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn the_same_file_gives_the_same_document() {
    let dir = tempdir().unwrap();
    let path = wav(&dir, "drums.wav", &drums(12.0));
    let without_time = || {
        let mut document = analyze(&path);
        document.as_object_mut().unwrap().remove("elapsed_sec");
        document
    };
    assert_eq!(without_time(), without_time());
}
