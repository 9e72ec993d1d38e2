//! `[audio_analyzer]`.

use std::path::PathBuf;

use serde_json::json;
use vj_audio::AnalyzerConfig;
use vj_core::settings::{Key, Kind, Settings};

/// Sounds that play from a file are named so.
const FILE: &str = "file:";

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: "source",
        kind: Kind::Text { check: is_source, allowed: "\"device\" or \"file:PATH\"" },
        default: || json!("device"),
        doc: "where the sound comes from",
    },
    Key {
        name: "device",
        kind: Kind::Text { check: |name| name.len() <= 256, allowed: "a device name of at most 256 bytes" },
        default: || json!(""),
        doc: "audio input by name; empty = chosen by vj",
    },
    Key {
        name: "loop",
        kind: Kind::Bool,
        default: || json!(false),
        doc: "whether a file starts again at its end",
    },
    Key {
        name: "latency_ms",
        kind: Kind::Float { min: -2_000.0, max: 2_000.0 },
        default: || json!(0),
        doc: "ms by which a file, or the beats of live sound, are announced earlier; negative: all is announced later",
    },
    Key { name: "enable_bpm", kind: Kind::Bool, default: || json!(true), doc: "tempo, beats and bars" },
    Key { name: "enable_pitch", kind: Kind::Bool, default: || json!(true), doc: "pitch" },
    Key { name: "enable_structure", kind: Kind::Bool, default: || json!(true), doc: "build-ups and drops" },
    Key {
        name: "attack_ms",
        kind: Kind::Int { min: 0, max: 1_000 },
        default: || json!(0),
        doc: "ms in which a level comes two thirds of the way up; 0 = at once",
    },
    Key {
        name: "release_ms",
        kind: Kind::Int { min: 0, max: 5_000 },
        default: || json!(120),
        doc: "ms in which a level falls two thirds of the way down",
    },
    Key { name: "enable_spectrum", kind: Kind::Bool, default: || json!(true), doc: "the 32-band spectrum" },
];

fn is_source(text: &str) -> bool {
    text == "device" || text.strip_prefix(FILE).is_some_and(|path| !path.is_empty() && path.len() <= 4_096)
}

/// Where the sound comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Device,
    File(PathBuf),
}

impl Source {
    pub(super) fn of(settings: &Settings) -> Self {
        match settings.text("source").strip_prefix(FILE) {
            Some(path) => Self::File(path.into()),
            None => Self::Device,
        }
    }
}

/// Which stages of the analyser are on.
pub(super) fn analyzer_config(settings: &Settings) -> AnalyzerConfig {
    let millis = |key| settings.number(key) as u16;
    AnalyzerConfig {
        enable_bpm: settings.bool("enable_bpm"),
        enable_pitch: settings.bool("enable_pitch"),
        enable_structure: settings.bool("enable_structure"),
        enable_spectrum: settings.bool("enable_spectrum"),
        attack_ms: millis("attack_ms"),
        release_ms: millis("release_ms"),
    }
}
