//! All that a worker says of itself, line by line.

use vj_core::ProcessName;

use crate::model::Model;

/// The lines.
#[must_use]
pub fn lines(model: &Model, name: ProcessName) -> Vec<String> {
    let state = model.state(name);
    let mut lines = Vec::new();
    for part in ["last_error", "stats", "config"] {
        lines.push(format!("{part}: {}", state[part]));
    }
    lines
}
