//! The master screen: how the show stands, at a glance.

use ratatui::layout::Rect;
use vj_core::ProcessName;

use super::canvas::{Canvas, rows, split};
use super::styles::Role;
use super::text::{ago, cell};
use super::{now_playing, standing, workers};
use crate::model::Model;
use crate::model::song::{self, Service};

/// From this width on the screen has two columns.
pub(super) const WIDE: u16 = 110;

/// The levels by name, as short as a bar is wide.
const LEVELS: [&str; 8] = ["sub", "bass", "lowm", "mid", "high", "pres", "air", "rms"];

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mut area = area;
    if !model.is_fresh(ProcessName::ProcessManager) {
        let (banner, rest) = rows(area, 2);
        no_manager(canvas, banner, model);
        area = rest;
    }
    let note = workers::chosen_note(model, area);
    let (table, rest) = rows(area, 1 + workers::height(model) + note.len() as u16);
    let inside = canvas.pane(table, "Workers", (Role::Faint, &format!("bus {}", model.bus)));
    workers::render(canvas, inside, model);
    for (at, line) in note.iter().enumerate() {
        canvas.row_at(inside, workers::height(model) + at as u16, 4, &[(Role::Strong, line)]);
    }
    if area.width >= WIDE {
        let (left, right) = split(rest, rest.width / 2 + 4);
        playing(canvas, left, model);
        let (top, below) = rows(right, (right.height / 2).max(8));
        services(canvas, top, model);
        levels(canvas, below, model);
    } else {
        let (top, below) = rows(rest, (rest.height / 2).clamp(4, 8));
        playing(canvas, top, model);
        let (left, right) = split(below, area.width / 2 - 1);
        services(canvas, left, model);
        levels(canvas, right, model);
    }
}

/// What the screen says before anything else when nobody watches the workers.
fn no_manager(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    if model.is_starting_show {
        canvas.row(area, 0, &[(Role::Warning, " Starting the show ...")]);
    } else {
        canvas.row(area, 0, &[(Role::Alarm, " !! No process manager answers: u starts the show")]);
    }
    let others = model.processes.keys().filter(|name| name.is_worker() && model.is_fresh(**name)).count();
    let found = match others {
        0 => "    No worker answers either.".to_owned(),
        1 => "    1 worker was found. Nobody restarts it if it ends.".to_owned(),
        more => format!("    {more} workers were found. Nobody restarts them if they end."),
    };
    canvas.row(area, 1, &[(Role::Normal, &found)]);
}

fn playing(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_named(model, ProcessName::LyricsFetcher);
    let inside = canvas.pane(area, "Now playing", said.part());
    let (track, rest) = rows(inside, 2);
    now_playing::track(canvas, track, model);
    if !now_playing::is_live(model) {
        canvas.fade(track);
    }
    let has_keywords = rest.height >= 3;
    let (words, _) = rows(rest, rest.height.saturating_sub(u16::from(has_keywords)));
    let taken = now_playing::sung(canvas, words, model);
    let keywords = song::texts(model, "keywords").join(", ");
    if has_keywords && !keywords.is_empty() {
        canvas.row(rest, taken, &[(Role::Faint, "keywords  "), (Role::Normal, &keywords)]);
    }
    if !said.is_live {
        canvas.fade(rest);
    }
}

fn services(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let list = song::services(model);
    let ages =
        list.iter().filter_map(|it| model.processes.get(&owner(it)).filter(|own| !own.is_fresh(model.now)));
    let oldest = ages.map(|own| own.age(model.now)).max();
    let word = oldest.map(|age| format!("! as of {}", ago(age))).unwrap_or_default();
    let inside = canvas.pane(area, "Services found", (Role::Warning, &word));
    if list.is_empty() {
        canvas.row(inside, 0, &[(Role::Faint, "none yet")]);
    }
    for (row, service) in list.iter().take(usize::from(inside.height)).enumerate() {
        let (sign, role, word) =
            if service.answers { ("  ", Role::Good, "ok") } else { ("! ", Role::Warning, "failing") };
        let (name, word) = (cell(&service.name, 11), cell(word, 8));
        canvas.row(
            inside,
            row as u16,
            &[(role, sign), (Role::Normal, &name), (role, &word), (Role::Normal, &service.message)],
        );
        if !model.is_fresh(owner(service)) {
            canvas.fade(Rect { y: inside.y + row as u16, height: 1, ..inside });
        }
    }
}

/// Who says how a service is.
fn owner(service: &Service) -> ProcessName {
    match &*service.name {
        "spotify" => ProcessName::SpotifyMonitor,
        "virtualdj" => ProcessName::VirtualDjMonitor,
        _ => ProcessName::LyricsFetcher,
    }
}

fn levels(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_telemetry(model, "/audio/levels");
    let inside = canvas.pane(area, "Levels", said.part());
    if standing::told_deaf(canvas, inside, model) {
        return;
    }
    let (bars, names) = rows(inside, inside.height.saturating_sub(1));
    let columns = ((inside.width + 1) / LEVELS.len() as u16).saturating_sub(1).clamp(1, 8);
    canvas.bars_up(bars, columns, 1, model.heard.levels.iter().copied());
    for (at, name) in LEVELS.into_iter().enumerate() {
        let column = at as u16 * (columns + 1);
        canvas.row_at(names, 0, column, &[(Role::Faint, &cell(name, usize::from(columns)))]);
    }
    if !said.is_live {
        canvas.fade(inside);
    }
}
