//! The head line: the screens with their keys, how much of the show is in sight, and the beat.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::styles::Role;
use crate::model::Model;
use crate::model::screen::Screen;

/// The tabs as they stand in the head line, from its first column.
fn tabs() -> impl Iterator<Item = (Screen, String)> {
    Screen::ALL.into_iter().map(|screen| (screen, format!(" {} {} ", screen.key(), screen.title())))
}

/// The screen whose tab is in this column of the head line.
#[must_use]
pub fn tab_at(column: u16) -> Option<Screen> {
    let mut begins = 0;
    for (screen, tab) in tabs() {
        let ends = begins + tab.chars().count() as u16;
        if (begins..ends).contains(&column) {
            return Some(screen);
        }
        begins = ends;
    }
    None
}

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mut column = 0;
    for (screen, tab) in tabs() {
        let role = if screen == model.screen { Role::Selected } else { Role::Normal };
        canvas.row_at(area, 0, column, &[(role, &tab)]);
        column += tab.chars().count() as u16;
    }
    let rest = Rect { x: area.x + column, width: area.width.saturating_sub(column), ..area };
    let is_roomy = rest.width >= 45;
    let (role, connected) = connected(model, is_roomy);
    let light = if model.heard.is_on_beat(model.now) { "●" } else { "○" };
    let (tempo_role, tempo) = tempo(model);
    let unit = if is_roomy { " BPM" } else { "" };
    canvas.right(
        rest,
        0,
        &[
            (role, &connected),
            (Role::Normal, " "),
            (Role::Accent, light),
            (tempo_role, &tempo),
            (tempo_role, unit),
        ],
    );
}

/// How many processes are in sight of those that should be, and a word if that is not all.
fn connected(model: &Model, is_roomy: bool) -> (Role, String) {
    let (fresh, expected) = model.connected();
    if !model.is_fresh(vj_core::ProcessName::ProcessManager) {
        let of = if is_roomy {
            format!("no manager, {fresh} of {expected} connected")
        } else {
            format!("no manager {fresh}/{expected}")
        };
        (Role::Alarm, format!("!!{of}"))
    } else if model.is_complete() {
        (Role::Good, format!("{fresh}/{expected} connected"))
    } else {
        (Role::Warning, format!("! {fresh}/{expected} incomplete"))
    }
}

fn tempo(model: &Model) -> (Role, String) {
    let heard = &model.heard;
    let is_known = heard.at("/audio/bpm").is_some() && heard.bpm > 0.0;
    match (is_known, heard.is_live("/audio/bpm", model.now)) {
        (false, _) => (Role::Faint, " ---.-".to_owned()),
        (true, true) => (Role::Strong, format!(" {:>5.1}", heard.bpm.min(999.9))),
        (true, false) => (Role::Faint, format!(" {:>5.1}", heard.bpm.min(999.9))),
    }
}
