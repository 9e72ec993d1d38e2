//! The table of the workers.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Part};
use super::styles::Role;
use super::text::{ago, cell, duration, width, wrap};
use crate::model::Model;
use crate::model::workers::{Row, rows};

/// Columns of the table before the note: chosen, sign, name, health, pid, uptime, restarts.
const NAME: usize = 18;
const HEALTH: usize = 13;
const PID: usize = 8;
const UPTIME: usize = 9;
const RESTARTS: usize = 9;
/// Where the note begins.
const NOTE: u16 = (4 + NAME + HEALTH + PID + UPTIME + RESTARTS + 2) as u16;

/// How many rows the table takes, all in all, without its rule.
pub(super) fn height(model: &Model) -> u16 {
    (1 + rows(model).len()) as u16
}

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let head = format!(
        "    {}{}{:>PID$}{:>UPTIME$}{:>RESTARTS$}  {}",
        cell("worker", NAME),
        cell("health", HEALTH),
        "pid",
        "up",
        "restarts",
        "note"
    );
    canvas.row(area, 0, &[(Role::Faint, &head)]);
    let rows = rows(model);
    let room = usize::from(area.height.saturating_sub(1));
    let chosen = model.master.at(rows.len());
    let first = model.master.first_shown(rows.len(), room);
    for (at, row) in rows.iter().enumerate().skip(first).take(room) {
        let y = (at - first + 1) as u16;
        draw(canvas, area, y, row, at == chosen);
    }
}

/// All that there is to say of the chosen worker, where its row has no room for it.
pub(super) fn chosen_note(model: &Model, area: Rect) -> Vec<String> {
    let rows = rows(model);
    let Some(row) = rows.get(model.master.at(rows.len())) else { return Vec::new() };
    let note = note(row);
    if width(&note) + usize::from(NOTE) <= usize::from(area.width) {
        return Vec::new();
    }
    wrap(&format!("{}: {note}", row.name), usize::from(area.width.saturating_sub(4)), 2)
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, y: u16, row: &Row, is_chosen: bool) {
    let (sign, role) = sign(&row.health);
    let pid = row.pid.map_or_else(String::new, |pid| pid.to_string());
    let uptime = row.uptime.map_or_else(String::new, duration);
    let restarts = row.restarts.map_or_else(String::new, |count| count.to_string());
    let name = cell(row.name.as_str(), NAME);
    let health = row.health.replace('_', " ");
    let fill = " ".repeat(HEALTH.saturating_sub(width(&health)));
    let figures = format!("{pid:>PID$}{uptime:>UPTIME$}{restarts:>RESTARTS$}  ");
    let mark = if is_chosen { ">" } else { " " };
    let note = note(row);
    let parts: [Part<'_>; 7] = [
        (Role::Accent, mark),
        (role, sign),
        (if row.is_enabled { Role::Normal } else { Role::Faint }, &name),
        (role, &health),
        (Role::Normal, &fill),
        (Role::Normal, &figures),
        (if role == Role::Alarm { Role::Strong } else { Role::Normal }, &note),
    ];
    canvas.row(area, y, &parts);
    if row.stale.is_some() {
        // Who it is and that it is lost stays in sight.
        let from = (4 + NAME + HEALTH) as u16;
        canvas.fade(Rect {
            x: area.x + from.min(area.width),
            y: area.y + y,
            width: area.width.saturating_sub(from),
            height: 1,
        });
    }
    if is_chosen {
        canvas.select(Rect { width: area.width.min(4 + NAME as u16), ..area }, y);
    }
}

fn note(row: &Row) -> String {
    let age = row.stale.map(|age| format!("as of {}", ago(age)));
    let parts: Vec<&str> =
        age.as_deref().into_iter().chain([row.note.as_str()]).filter(|it| !it.is_empty()).collect();
    super::text::clean(&parts.join("; ")).into_owned()
}

/// What stands before the name, also for those who see no colours.
fn sign(health: &str) -> (&'static str, Role) {
    match health {
        "healthy" => ("   ", Role::Good),
        "stopped" | "not running" => (" - ", Role::Faint),
        "given_up" | "unhealthy" | "lost" | "failed" => ("!! ", Role::Alarm),
        _ => (" ! ", Role::Warning),
    }
}
