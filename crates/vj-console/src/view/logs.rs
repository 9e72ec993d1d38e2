//! The log screen: what all processes say, in one list.

use ratatui::layout::Rect;
use vj_core::ProcessName;
use vj_env::Level;

use super::canvas::{Canvas, rows};
use super::standing;
use super::styles::Role;
use super::text::{cell, clean, time_of_day, width, wrap};
use crate::model::Model;
use crate::model::logs::{LogPane, Record};

/// Columns before the message.
const MESSAGE: u16 = 2 + 12 + 1 + 9 + 18;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let pane = &model.logs;
    let said = standing::of_named(model, ProcessName::OscDebugger);
    let (top, body) = rows(area, 2);
    let inside = canvas.pane(top, "Logs", said.part());
    filters(canvas, inside, pane);
    let len = pane.shown().count();
    if len == 0 {
        let why = match (pane.records.is_empty(), said.is_live) {
            (true, true) => "nobody has said anything yet",
            (true, false) => "The logs are gathered by the OSC debugger, which is not reached.",
            (false, _) => "nothing is let through: l lowers the level, w shows another worker",
        };
        canvas.row(body, 0, &[(Role::Faint, why)]);
        return;
    }
    let mut list = pane.list;
    if pane.follows {
        list.selected = len - 1;
    }
    let chosen = list.at(len);
    let full = pane.shown().nth(chosen).map(|record| in_full(record, body)).unwrap_or_default();
    let (records, last) = rows(body, body.height.saturating_sub(full.len() as u16));
    let room = usize::from(records.height);
    let first = list.first_shown(len, room);
    // Few records stand at the top; of many, only those in sight are looked at.
    for (row, record) in pane.shown().skip(first).take(room).enumerate() {
        draw(canvas, records, row as u16, model, record, first + row == chosen);
    }
    if !said.is_live {
        canvas.fade(records);
    }
    for (row, line) in full.iter().enumerate() {
        let role = if row == 0 { Role::Title } else { Role::Normal };
        canvas.row_at(last, row as u16, if row == 0 { 0 } else { 2 }, &[(role, line)]);
    }
}

/// What is let through, what is searched for, and whether the newest is in sight.
fn filters(canvas: &mut Canvas<'_>, area: Rect, pane: &LogPane) {
    let level = format!("{}+", pane.level);
    let worker = pane.worker.as_deref().unwrap_or("all");
    let search = if pane.search.is_empty() {
        String::new()
    } else {
        let count = pane.shown().filter(|record| pane.is_match(record)).count();
        format!("'{}' {count} found", pane.search)
    };
    let (follow_role, follow) =
        if pane.follows { (Role::Good, "following") } else { (Role::Warning, "== HELD ==") };
    canvas.row(
        area,
        0,
        &[
            (Role::Accent, "l"),
            (Role::Faint, " level "),
            (Role::Strong, &level),
            (Role::Accent, "  w"),
            (Role::Faint, " of "),
            (Role::Strong, worker),
            (Role::Accent, "  f "),
            (follow_role, follow),
            (Role::Accent, "  / "),
            (Role::Faint, if search.is_empty() { "search" } else { "" }),
            (Role::Strong, &search),
        ],
    );
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, row: u16, model: &Model, record: &Record, is_chosen: bool) {
    let pane = &model.logs;
    let (role, level) = level(record.level);
    let is_match = pane.is_match(record);
    let mark = match (is_chosen, is_match) {
        (true, _) => "> ",
        (false, true) => "* ",
        (false, false) => "  ",
    };
    let time = time_of_day(record.time_ms, model.ahead_of_utc_sec);
    let worker = cell(&record.worker, 18);
    let said = match (is_match, record.level) {
        (true, _) => Role::Accent,
        (false, Level::Error) => Role::Strong,
        (false, Level::Debug) => Role::Faint,
        (false, _) => Role::Normal,
    };
    canvas.row(
        area,
        row,
        &[
            (Role::Accent, mark),
            (Role::Faint, &time),
            (Role::Normal, " "),
            (role, level),
            (Role::Faint, &worker),
            (said, &record.message),
        ],
    );
    if is_chosen && !pane.follows {
        canvas.select(area, row);
    }
}

fn level(level: Level) -> (Role, &'static str) {
    match level {
        Level::Debug => (Role::Faint, "   debug "),
        Level::Info => (Role::Normal, "   info  "),
        Level::Warning => (Role::Warning, " ! warn  "),
        Level::Error => (Role::Alarm, "!! ERROR "),
    }
}

/// The chosen record in full, if its row has no room for it: a rule's text, and at most three rows.
fn in_full(record: &Record, area: Rect) -> Vec<String> {
    let message = clean(&record.message);
    if width(&message) <= usize::from(area.width.saturating_sub(MESSAGE)) {
        return Vec::new();
    }
    let mut lines = vec![format!("── {} says in full: ", record.worker)];
    lines.extend(wrap(&message, usize::from(area.width.saturating_sub(2)), 3));
    lines
}
