//! The audio screen: what the audio worker hears, and how fast it is.

use serde_json::Value;
use vj_core::{At, ProcessName};

use super::Model;
use super::list::List;

/// Parts of the analyser that can be switched, with the key and the setting of each.
pub const SWITCHES: [(char, &str, &str); 4] = [
    ('b', "enable_bpm", "tempo and beats"),
    ('p', "enable_pitch", "pitch"),
    ('s', "enable_spectrum", "spectrum"),
    ('x', "enable_structure", "structure"),
];

/// What the screen holds beyond what is heard.
#[derive(Debug, Clone, Default)]
pub struct AudioPane {
    /// Among the switches.
    pub list: List,
    /// When the latency benchmark was begun; none while none runs.
    pub benchmark_began: Option<At>,
    /// Whether the worker was seen at it: an older result is none of this one's.
    pub benchmark_runs: bool,
    /// The last result that was seen.
    pub benchmark: Option<Benchmark>,
}

/// What the latency benchmark measured: from a block of sound to its packets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// How many blocks.
    pub blocks: u64,
    /// In ms.
    pub p50_ms: f64,
    /// In ms.
    pub p95_ms: f64,
    /// In ms.
    pub p99_ms: f64,
    /// In ms.
    pub max_ms: f64,
}

impl Benchmark {
    /// Reads the field `benchmark` of the audio worker's state, if it has ended.
    #[must_use]
    pub fn of(state: &Value) -> Option<Self> {
        let told = &state["benchmark"];
        let number = |name: &str| told[name].as_f64();
        (told["state"] == "done").then_some(())?;
        Some(Self {
            blocks: told["blocks"].as_u64()?,
            p50_ms: number("p50_ms")?,
            p95_ms: number("p95_ms")?,
            p99_ms: number("p99_ms")?,
            max_ms: number("max_ms")?,
        })
    }
}

/// Where the sound comes from, in words.
#[must_use]
pub fn source(model: &Model) -> String {
    let state = model.state(ProcessName::AudioAnalyzer);
    let source = state["config"]["source"].as_str().unwrap_or_default();
    match (source.strip_prefix("file:"), state["device"].as_str()) {
        (Some(path), _) => path.rsplit('/').next().unwrap_or(path).to_owned(),
        (None, Some(device)) => device.to_owned(),
        (None, None) if state.is_null() => String::new(),
        (None, None) => "no input".to_owned(),
    }
}

/// Its format in words.
#[must_use]
pub fn format(model: &Model) -> String {
    let state = model.state(ProcessName::AudioAnalyzer);
    match (state["sample_rate_hz"].as_u64(), state["channels"].as_u64()) {
        (Some(rate), Some(channels)) => format!("{rate} Hz, {channels} ch"),
        _ => String::new(),
    }
}

/// A figure of the audio worker.
#[must_use]
pub fn stat(model: &Model, name: &str) -> Option<f64> {
    model.state(ProcessName::AudioAnalyzer)["stats"][name].as_f64()
}
