//! What is known of a piece, and what was told of it, as JSON documents.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use super::structure::Span;

/// What is known of a piece. Whatever is not known of it is not judged.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Truth {
    pub(super) duration_sec: f64,
    pub(super) beats: Option<Vec<f64>>,
    pub(super) downbeats: Vec<f64>,
    /// When the tempo changes, or the music begins anew.
    pub(super) change_sec: Option<f64>,
    /// The tempo changes all the time, so that nobody can say when it is found.
    pub(super) is_ramp: bool,
    pub(super) onsets: Option<Vec<f64>>,
    pub(super) structure: Option<Vec<Span>>,
    /// Times and Hz.
    pub(super) pitch: Option<Vec<(f64, f64)>>,
    /// All of it, for the names of groups.
    pub(super) document: Value,
}

/// What was told of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Told {
    /// Beats, and when each was announced, if that is known.
    pub(super) beats: Option<Vec<f64>>,
    pub(super) announced: Option<Vec<f64>>,
    pub(super) downbeats: Option<Vec<f64>>,
    pub(super) tempo_bpm: Option<f64>,
    pub(super) tempo_curve: Option<Vec<(f64, f64)>>,
    pub(super) onsets: Option<Vec<f64>>,
    pub(super) onsets_announced: Option<Vec<f64>>,
    pub(super) structure: Option<Vec<Span>>,
    pub(super) pitch: Option<Vec<(f64, f64)>>,
    /// Seconds of processor time, and of sound.
    pub(super) cpu: Option<(f64, f64)>,
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// A list of numbers; none where there is none.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

/// A list of lists that begin with two numbers.
fn pairs(value: &Value) -> Option<Vec<(f64, f64)>> {
    value.as_array()?.iter().map(|pair| Some((pair[0].as_f64()?, pair[1].as_f64()?))).collect()
}

fn spans(value: &Value, start: &str) -> Option<Vec<Span>> {
    let span = |span: &Value| {
        let kind = span["type"].as_str()?.to_owned();
        let start = span[start].as_f64().or_else(|| span["start"].as_f64())?;
        Some(Span { kind, start, end: span["end"].as_f64()? })
    };
    value.as_array()?.iter().map(span).collect()
}

/// A field of each of a list of objects.
fn each(value: &Value, field: &str) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(|one| one[field].as_f64()).collect()
}

impl Truth {
    /// Reads an annotation.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let document = read(path)?;
        Self::of(document).with_context(|| format!("{} is no annotation", path.display()))
    }

    fn of(document: Value) -> Result<Self> {
        let pitch = numbers(&document["times"]).zip(numbers(&document["f0"]));
        let pitch: Option<Vec<(f64, f64)>> = pitch.map(|(times, hz)| times.into_iter().zip(hz).collect());
        let ends = pitch.as_ref().and_then(|pitch| pitch.last()).map(|(time, _)| *time);
        let duration_sec = document["duration"]
            .as_f64()
            .or(ends)
            .ok_or_else(|| anyhow!("'duration' is missing (seconds), or 'times' and 'f0'"))?;
        let change = |key: &str| document[key].as_f64().filter(|sec| *sec > 0.0);
        Ok(Self {
            duration_sec,
            beats: numbers(&document["beats"]),
            downbeats: numbers(&document["downbeats"]).unwrap_or_default(),
            change_sec: change("tempo_change_at").or_else(|| change("restart_at")),
            is_ramp: document["group"] == "tempochange",
            onsets: numbers(&document["onsets"]),
            structure: spans(&document["structure"], "start"),
            pitch,
            document,
        })
    }

    /// What stands under this key, as the name of a group.
    pub(super) fn group(&self, key: &str) -> String {
        match &self.document[key] {
            Value::String(text) => text.clone(),
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        }
    }
}

impl Told {
    /// Reads what `vj analyze --json` has printed.
    pub(super) fn of_analyze(document: &Value) -> Self {
        Self {
            beats: each(&document["beats"], "time"),
            announced: each(&document["beats"], "announced_at"),
            downbeats: numbers(&document["downbeats"]),
            tempo_bpm: document["tempo_bpm"].as_f64(),
            tempo_curve: pairs(&document["tempo_curve"]),
            onsets: each(&document["onsets"], "time"),
            onsets_announced: each(&document["onsets"], "announced_at"),
            // A listener knows of a section when it is told.
            structure: spans(&document["structure"], "announced_at"),
            pitch: pairs(&document["pitch"]),
            cpu: None,
        }
    }

    /// Reads a prediction in the format that papers' tools write: lists of seconds by name.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let document = read(path)?;
        if document["beats"][0].is_object() {
            return Ok(Self::of_analyze(&document));
        }
        let cpu = document["cpu_s"].as_f64().zip(document["audio_s"].as_f64());
        Ok(Self {
            beats: numbers(&document["beats"]),
            announced: numbers(&document["emitted"]),
            downbeats: numbers(&document["downbeats"]),
            tempo_bpm: document["tempo"].as_f64(),
            tempo_curve: pairs(&document["tempo_curve"]),
            onsets: numbers(&document["onsets"]),
            onsets_announced: numbers(&document["onsets_emitted"]),
            structure: spans(&document["structure"], "start"),
            pitch: pairs(&document["pitch"]),
            cpu: cpu.filter(|(used, _)| *used > 0.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_annotation_says_what_it_knows() {
        let truth = Truth::of(json!({
            "duration": 30, "beats": [0.5, 1], "structure": [{"type": "drop", "start": 2, "end": 3}],
            "group": "house", "restart_at": 12.5
        }));
        let truth = truth.unwrap();
        assert_eq!((truth.beats.as_deref(), truth.onsets.as_deref()), (Some(&[0.5, 1.0][..]), None));
        assert_eq!(
            (truth.change_sec, truth.group("group"), truth.group("genre")),
            (Some(12.5), "house".into(), "-".into())
        );
        assert_eq!(truth.structure.unwrap()[0].start, 2.0);
        assert!(Truth::of(json!({"beats": []})).unwrap_err().to_string().contains("'duration' is missing"));
    }

    #[test]
    fn what_the_analyser_printed_is_read() {
        let told = Told::of_analyze(&json!({
            "beats": [{"time": 1.5, "announced_at": 1.4}], "downbeats": [1.5], "tempo_bpm": 120,
            "structure": [{"type": "drop", "start": 2, "end": 3, "announced_at": 2.5}], "pitch": [[0.1, 440, 0.9]]
        }));
        assert_eq!((told.beats, told.announced), (Some(vec![1.5]), Some(vec![1.4])));
        assert_eq!(told.structure.unwrap()[0].start, 2.5);
        assert_eq!((told.pitch, told.onsets), (Some(vec![(0.1, 440.0)]), None));
    }
}
