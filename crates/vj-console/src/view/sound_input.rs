//! Where the sound comes from, and what became of it.

use ratatui::layout::Rect;
use serde_json::Value;
use vj_core::ProcessName;

use super::canvas::{Canvas, Part};
use super::styles::Role;
use super::text::place;
use super::{setting, standing};
use crate::model::Model;
use crate::model::audio;

const AUDIO: ProcessName = ProcessName::AudioAnalyzer;

/// A pane of five rows.
pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_process(model, AUDIO);
    let state = model.state(AUDIO);
    let inside = canvas.pane(area, "Input", said.part());
    if state.is_null() {
        return canvas.row(inside, 0, &[(Role::Faint, "not known")]);
    }
    let source = audio::source(model);
    let is_missing = source == "no input";
    let (role, sign) = if is_missing { (Role::Alarm, "!! ") } else { (Role::Strong, "") };
    canvas.row(inside, 0, &[(Role::Accent, "d "), (role, sign), (role, &source)]);
    let error = state["last_error"].as_str().unwrap_or_default();
    if is_missing {
        canvas.row(inside, 1, &[(Role::Strong, error)]);
    } else {
        let format = audio::format(model);
        canvas.row(inside, 1, &[(Role::Normal, &format), (Role::Faint, &file_place(state))]);
    }
    let figure = |name: &str| audio::stat(model, name).unwrap_or_default();
    let (overruns, dropped) = (figure("overruns"), figure("packets_dropped"));
    let lost = |count: f64| if count > 0.0 { Role::Warning } else { Role::Faint };
    let (lead, signal) = signal(state, is_missing);
    let parts = [
        lead,
        signal,
        (lost(overruns), &format!("  {overruns:.0} overruns")),
        (Role::Faint, &format!("  {:.0} jumps", figure("jumps"))),
    ];
    canvas.row(inside, 2, &parts);
    let sent = format!("{:.0} packets sent", figure("packets_sent"));
    canvas.row(inside, 3, &[(Role::Faint, &sent), (lost(dropped), &format!("  {dropped:.0} dropped"))]);
    if !said.is_live {
        canvas.fade(inside);
    }
    let lead = [(Role::Faint, "announced ")];
    setting::row(canvas, (inside, 4), model, (AUDIO, "latency_ms"), &lead, " ms earlier");
    wishes(canvas, inside, model);
}

/// Another input that was wished for stands at the right of the one that is heard.
fn wishes(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    for key in ["source", "device"] {
        let (role, wish) = setting::wish(model, AUDIO, key);
        if !wish.is_empty() {
            canvas.right(area, 0, &[(role, &wish)]);
        }
    }
}

/// Where in a file it is.
fn file_place(state: &Value) -> String {
    match (state["position_sec"].as_f64(), state["duration_sec"].as_f64()) {
        (_, Some(_)) if state["source_ended"] == true => "  the file is over".to_owned(),
        (Some(at), Some(all)) => format!("  {} of {}", place(at), place(all)),
        _ => String::new(),
    }
}

/// Whether anything is heard.
fn signal(state: &Value, is_missing: bool) -> (Part<'_>, Part<'_>) {
    match state["signal"].as_str() {
        Some("silence") => ((Role::Warning, "! only silence comes in"), (Role::Normal, "")),
        _ if is_missing => ((Role::Faint, "signal "), (Role::Warning, "none")),
        said => ((Role::Faint, "signal "), (Role::Good, said.unwrap_or("ok"))),
    }
}
