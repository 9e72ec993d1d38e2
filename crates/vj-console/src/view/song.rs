//! The song screen: its words, and what a model makes of them.

use ratatui::layout::Rect;
use serde_json::Value;
use vj_core::ProcessName;

use super::canvas::{Canvas, rows, split};
use super::styles::Role;
use super::text::{cell, clean, place, wrap};
use super::{now_playing, setting, standing};
use crate::model::Model;
use crate::model::song::{self, Step};

const LYRICS: ProcessName = ProcessName::LyricsFetcher;

/// Columns of a category's name.
const CATEGORY: u16 = 12;

/// From this width on the message of a step stands beside it.
const ROOMY: u16 = 48;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_named(model, LYRICS);
    let (top, body) = rows(area, 3);
    let inside = canvas.pane(top, "Song", said.part());
    now_playing::track(canvas, inside, model);
    if !now_playing::is_live(model) {
        canvas.fade(inside);
    }
    let (left, right) = split(body, body.width * 11 / 20);
    let (words, settings) = rows(left, left.height.saturating_sub(4));
    lyrics(canvas, words, model);
    switches(canvas, settings, model);
    let steps = song::steps(model).iter().map(|step| rows_of(step, right.width)).sum::<u16>().max(1);
    let (pipeline, rest) = rows(right, (1 + steps).min(right.height / 2));
    self::steps(canvas, pipeline, model);
    let (scores, rest) = rows(rest, rest.height.saturating_sub(6));
    categories(canvas, scores, model);
    words_of_it(canvas, rest, model);
    if !said.is_live {
        canvas.fade(Rect { y: words.y + 1, height: words.height.saturating_sub(1), ..words });
        canvas.fade(right);
    }
}

fn lyrics(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let lines = song::lines(model);
    let lyrics = &model.state(LYRICS)["lyrics"];
    let held = (!model.song.follows).then_some("== HELD ==");
    let about: Vec<&str> =
        held.into_iter().chain(lyrics["from"].as_str()).chain(lyrics["language"].as_str()).collect();
    let about = about.join(", ");
    let inside = canvas.pane(area, "Lyrics, R: refrain", (Role::Faint, &about));
    if lines.is_empty() {
        let why = now_playing::no_lines(model);
        for (row, line) in wrap(&clean(&why), usize::from(inside.width), 4).iter().enumerate() {
            canvas.row(inside, row as u16, &[(Role::Normal, line)]);
        }
        return;
    }
    // Words without times are all at zero.
    let is_timed = lyrics["status"] != "plain";
    let active = song::active_line(model).filter(|at| *at < lines.len());
    let room = usize::from(inside.height);
    let mut list = model.song.list;
    if model.song.follows {
        list.selected = active.unwrap_or_default();
    }
    let first = list.first_shown(lines.len(), room);
    for (at, line) in lines.iter().enumerate().skip(first).take(room) {
        let row = (at - first) as u16;
        let time = if is_timed { format!("{:>5}  ", place(line.time_sec)) } else { String::new() };
        now_playing::draw_line(canvas, inside, row, line, active == Some(at), Some(&time));
        if !model.song.follows && at == list.at(lines.len()) {
            canvas.select(inside, row);
        }
    }
}

/// What can be changed here, with what was wished for.
fn switches(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_process(model, LYRICS);
    let inside = canvas.pane(area, "Settings", said.part());
    let list = [
        ("+-", " timing offset ", "timing_offset_ms", " ms earlier"),
        ("e ", " categories    ", "categorization_enabled", ""),
        ("i ", " images        ", "comfyui_enabled", ""),
    ];
    for (row, (key, name, setting, unit)) in list.into_iter().enumerate() {
        let lead = [(Role::Accent, key), (Role::Normal, name)];
        setting::row(canvas, (inside, row as u16), model, (LYRICS, setting), &lead, unit);
    }
}

/// Rows of a step: where its message does not fit beside it, what failed says why in a row of its own.
fn rows_of(step: &Step, width: u16) -> u16 {
    1 + u16::from(width < ROOMY && step.status == "failed" && !step.message.is_empty())
}

fn steps(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inside = canvas.pane(area, "Pipeline", (Role::Faint, ""));
    let steps = song::steps(model);
    if steps.is_empty() {
        canvas.row(inside, 0, &[(Role::Faint, "nothing was done yet")]);
    }
    let is_roomy = inside.width >= ROOMY;
    // The last steps are the ones that matter.
    let mut hidden = 0;
    while steps[hidden..].iter().map(|step| rows_of(step, inside.width)).sum::<u16>() > inside.height {
        hidden += 1;
    }
    let mut row = 0;
    for step in &steps[hidden..] {
        let (role, word) = match &*step.status {
            "done" => (Role::Good, "done    "),
            "failed" => (Role::Alarm, "!!failed"),
            "running" => (Role::Accent, "running "),
            "skipped" => (Role::Faint, "skipped "),
            _ => (Role::Warning, "?       "),
        };
        let name = format!(" {}", cell(&step.name, 14));
        let took = format!("{:>8}  ", took(step.took_ms));
        let beside = if is_roomy { &*step.message } else { "" };
        let parts = [(role, word), (Role::Normal, &*name), (Role::Faint, &*took), (Role::Normal, beside)];
        canvas.row(inside, row, &parts);
        if rows_of(step, inside.width) > 1 {
            canvas.row_at(inside, row + 1, 2, &[(Role::Strong, &step.message)]);
        }
        row += rows_of(step, inside.width);
    }
}

/// How long a step took: `0.1 ms`, `353 ms`, `8.5 s`.
fn took(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{:.1} ms", ms.max(0.0)),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", (ms / 1_000.0).min(99_999.9)),
    }
}

fn categories(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mood = model.state(LYRICS)["primary_mood"].as_str().unwrap_or_default();
    let mood = if mood.is_empty() { String::new() } else { format!("mood {mood}") };
    let inside = canvas.pane(area, "Categories", (Role::Strong, &mood));
    let scores = song::categories(model);
    if scores.is_empty() {
        canvas.row(inside, 0, &[(Role::Faint, "none yet")]);
    }
    for (row, (name, score)) in scores.iter().take(usize::from(inside.height)).enumerate() {
        let row = row as u16;
        let role = if *score > 0.0 { Role::Normal } else { Role::Faint };
        canvas.row(inside, row, &[(role, &cell(name, usize::from(CATEGORY)))]);
        let columns = inside.width.saturating_sub(CATEGORY + 5);
        canvas.bar(inside, row, CATEGORY, columns, *score);
        canvas.right(inside, row, &[(role, &format!(" {:.2}", score.clamp(0.0, 1.0)))]);
    }
}

/// Keywords, themes, whose words they are, and the image.
fn words_of_it(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let state = model.state(LYRICS);
    let by = match state["words_by"].as_str() {
        Some(by) => format!("by {by}"),
        None => String::new(),
    };
    let inside = canvas.pane(area, "Words", (Role::Faint, &by));
    let refrain = song::texts(model, "refrain").join(" / ");
    let image = match &state["image"] {
        Value::String(path) => path.rsplit('/').next().unwrap_or(path).to_owned(),
        _ => "none".to_owned(),
    };
    let now = model.heard.keywords.clone().unwrap_or_default();
    let list = [
        ("keywords ", song::texts(model, "keywords").join(", ")),
        ("sung now ", now),
        ("themes   ", song::texts(model, "themes").join(", ")),
        ("refrain  ", refrain),
        ("image    ", image),
    ];
    for (row, (name, text)) in list.iter().enumerate() {
        let text = if text.is_empty() { "-" } else { text };
        canvas.row(inside, row as u16, &[(Role::Faint, name), (Role::Normal, text)]);
    }
}
