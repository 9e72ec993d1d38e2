//! A setting as its worker says it is, and what was wished for beside it.

use ratatui::layout::Rect;
use serde_json::Value;
use vj_core::ProcessName;

use super::canvas::{Canvas, Part};
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
        Stage::Refused { why, .. } => (Role::Alarm, format!(" -> {value} refused: {why}")),
    }
}

/// A setting in row `row`: what leads to it, its value, its unit, and what was wished for. Greyed if the worker is away, except
/// for the wish: that is what this console knows best.
pub(super) fn row(
    canvas: &mut Canvas<'_>,
    (area, row): (Rect, u16),
    model: &Model,
    (process, key): (ProcessName, &str),
    lead: &[Part<'_>],
    unit: &str,
) {
    let value = value(model, process, key);
    let role = match &*value {
        "?" => Role::Faint,
        "on" => Role::Good,
        _ => Role::Strong,
    };
    let column = canvas.row_at(area, row, 0, lead);
    let column = canvas.row_at(area, row, column, &[(role, &value), (Role::Faint, unit)]);
    if !model.is_fresh(process) && row < area.height {
        canvas.fade(Rect { y: area.y + row, height: 1, ..area });
    }
    let (role, wish) = wish(model, process, key);
    canvas.row_at(area, row, column, &[(role, &wish)]);
}

/// Why a wish was refused, for where there is little room beside the setting.
pub(super) fn refusal<'a>(model: &'a Model, process: ProcessName, keys: &[&str]) -> Option<&'a str> {
    let refused = |key: &&str| match &model.wishes.of(process, key)?.stage {
        Stage::Refused { why, .. } => Some(why.as_str()),
        _ => None,
    };
    keys.iter().find_map(refused)
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "?".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => in_words(other),
    }
}
