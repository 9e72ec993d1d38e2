//! A setting as its worker says it is, and what was wished for beside it.

use serde_json::Value;
use vj_core::ProcessName;

use super::styles::Role;
use crate::model::Model;
use crate::model::wishes::Stage;
use crate::update::orders::in_words;

/// What the worker says, in words: `on` and `off` for switches, `?` if nobody knows.
pub(super) fn value(model: &Model, process: ProcessName, key: &str) -> String {
    said(&model.state(process)["config"][key])
}

/// What was wished for and is not there yet: ` -> on (pending)`. Empty if nothing was.
pub(super) fn wish(model: &Model, process: ProcessName, key: &str) -> (Role, String) {
    let Some(wish) = model.wishes.of(process, key) else { return (Role::Normal, String::new()) };
    let value = said(&wish.value);
    match &wish.stage {
        Stage::Pending => (Role::Warning, format!(" -> {value} (pending)")),
        Stage::Sent(_) => (Role::Warning, format!(" -> {value} (sent)")),
        Stage::Accepted => (Role::Good, format!(" -> {value} (accepted)")),
        Stage::Refused { why, .. } => (Role::Alarm, format!(" {value} refused: {why}")),
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "?".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => in_words(other),
    }
}
