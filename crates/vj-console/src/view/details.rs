//! All that a worker says of itself, line by line.

use ratatui::layout::Rect;
use serde_json::Value;
use vj_core::ProcessName;

use super::canvas::{Canvas, rows};
use super::styles::Role;
use super::text::{cell, clean, duration, width, wrap};
use super::{setting, standing};
use crate::model::Model;
use crate::model::list::List;
use crate::model::workers;
use crate::update::orders::in_words;

/// Columns of what a line is about.
const NAME: usize = 26;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about; of a headline the text itself.
    pub name: String,
    /// What is said of it.
    pub said: String,
    /// What stands beside it, such as a change that is on its way.
    pub beside: String,
    role: Role,
    beside_role: Role,
}

impl Line {
    fn head(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            said: String::new(),
            beside: String::new(),
            role: Role::Title,
            beside_role: Role::Faint,
        }
    }

    fn new(name: &str, said: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            said: said.into(),
            beside: String::new(),
            role,
            beside_role: Role::Faint,
        }
    }
}

/// The lines: how it is, its last error, its figures, its settings, its last commands.
#[must_use]
pub fn lines(model: &Model, name: ProcessName) -> Vec<Line> {
    let state = model.state(name);
    let mut lines = vec![Line::head("How it is")];
    if let Some(row) = workers::rows(model).into_iter().find(|row| row.name == name) {
        lines.push(Line::new("health", row.health.replace('_', " "), Role::Strong));
        lines.extend(row.pid.map(|pid| Line::new("pid", pid.to_string(), Role::Normal)));
        lines.extend(row.uptime.map(|uptime| Line::new("up for", duration(uptime), Role::Normal)));
        lines.extend(row.restarts.map(|count| Line::new("restarts", count.to_string(), Role::Normal)));
        if !row.note.is_empty() {
            lines.push(Line::new("note", row.note, Role::Normal));
        }
    }
    lines.extend(state["version"].as_str().map(|version| Line::new("version", version, Role::Normal)));
    lines.push(match state["last_error"].as_str() {
        Some(error) => Line::new("last error", error, Role::Warning),
        None => Line::new("last error", "none", Role::Faint),
    });
    lines.push(Line::head("Figures"));
    lines.extend(entries(&state["stats"]).map(|(key, value)| Line::new(key, figure(value), Role::Normal)));
    lines.push(Line::head("Settings"));
    lines.extend(settings(model, name));
    lines.push(Line::head("Last commands"));
    lines.extend(entries(&state["last_commands"]).map(|(_, command)| last_command(command)));
    if lines.last().is_some_and(|line| line.role == Role::Title) {
        lines.push(Line::new("none", "", Role::Faint));
    }
    lines
}

fn settings(model: &Model, name: ProcessName) -> Vec<Line> {
    let state = model.state(name);
    let known = entries(&state["config"]).map(|(key, value)| {
        let (role, wish) = setting::wish(model, name, key);
        let source = state["config_source"][key].as_str().unwrap_or_default();
        let is_default = source == "default" || source.is_empty();
        let mut line = Line::new(key, in_words(value), if is_default { Role::Normal } else { Role::Strong });
        (line.beside, line.beside_role) =
            if wish.is_empty() { (format!("  ({source})"), Role::Faint) } else { (wish, role) };
        line
    });
    // A wish for a setting of which the worker says nothing is shown all the same.
    let unknown =
        model.wishes.of_process(name).filter(|(key, _)| state["config"][*key].is_null()).map(|(key, _)| {
            let (role, wish) = setting::wish(model, name, key);
            Line { beside: wish, beside_role: role, ..Line::new(key, "?", Role::Faint) }
        });
    known.chain(unknown).collect()
}

fn last_command(command: &Value) -> Line {
    let text = |field: &str| command[field].as_str().unwrap_or_default();
    let role = if text("state") == "failed" { Role::Warning } else { Role::Normal };
    Line::new(text("cmd"), format!("{} {}", text("state"), text("message")), role)
}

fn entries(map: &Value) -> impl Iterator<Item = (&str, &Value)> {
    map.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn figure(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if value.is_f64() => format!("{number:.3}"),
        _ => in_words(value),
    }
}

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model, name: ProcessName, list: List) {
    let word = "up down moves, any other key closes";
    let window = canvas.window(
        area,
        if area.width < 100 { area.width } else { area.width * 5 / 6 },
        area.height,
        name.as_str(),
        word,
    );
    let lines = lines(model, name);
    let chosen = list.at(lines.len());
    let full = lines.get(chosen).map(|line| in_full(line, window)).unwrap_or_default();
    let said = standing::of_named(model, name);
    let (top, rest) = rows(window, u16::from(!said.is_live));
    canvas.row(top, 0, &[(Role::Warning, &said.word)]);
    let (inside, last) = rows(rest, rest.height.saturating_sub(full.len() as u16));
    let room = usize::from(inside.height);
    let first = list.first_shown(lines.len(), room);
    for (at, line) in lines.iter().enumerate().skip(first).take(room) {
        draw(canvas, inside, (at - first) as u16, line, at == chosen);
        if at == chosen {
            canvas.select(Rect { width: inside.width.min(NAME as u16), ..inside }, (at - first) as u16);
        }
    }
    if !said.is_live {
        canvas.fade(inside);
    }
    for (row, line) in full.iter().enumerate() {
        canvas.row(last, row as u16, &[(if row == 0 { Role::Title } else { Role::Strong }, line)]);
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, row: u16, line: &Line, is_chosen: bool) {
    if line.role == Role::Title {
        return canvas.row(area, row, &[(Role::Title, &format!("── {} ", line.name))]);
    }
    // What is beside it is not pushed out by a long value.
    let beside = width(&clean(&line.beside)).min(usize::from(area.width) / 2);
    let room = usize::from(area.width).saturating_sub(NAME + beside);
    let value = clean(&line.said);
    let value = super::text::clip(&value, room);
    let mark = if is_chosen { "> " } else { "  " };
    let name = format!("{mark}{} ", cell(&line.name, NAME - 3));
    canvas.row(area, row, &[(Role::Faint, &name), (line.role, &value), (line.beside_role, &line.beside)]);
}

/// The chosen line in full, if it has no room for it.
fn in_full(line: &Line, area: Rect) -> Vec<String> {
    let all = format!("{}{}", clean(&line.said), clean(&line.beside));
    if width(&all) + NAME <= usize::from(area.width) {
        return Vec::new();
    }
    let mut full = vec![format!("── {} in full ", line.name)];
    full.extend(wrap(&all, usize::from(area.width), 4));
    full
}
