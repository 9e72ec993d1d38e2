//! The screen of sets: which there are, what is being recorded, and what a rehearsal says.

use ratatui::layout::Rect;

use super::canvas::{Canvas, rows};
use super::styles::Role;
use super::text::{cell, clean, wrap};
use crate::model::Model;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (top, below) = rows(area, area.height.saturating_sub(9));
    list(canvas, top, model);
    let (middle, below) = rows(below, 3);
    recording(canvas, middle, model);
    rehearsal(canvas, below, model);
}

fn list(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let sets = &model.sets;
    let entries = sets.entries();
    let count = if entries.is_empty() {
        String::new()
    } else {
        format!("{} of {}", sets.list.at(entries.len()) + 1, entries.len())
    };
    let inside = canvas.pane(area, "Sets", (Role::Faint, &count));
    match &sets.found {
        None => return canvas.row(inside, 0, &[(Role::Faint, "looking for sets ...")]),
        Some(Err(why)) => {
            canvas.row(inside, 0, &[(Role::Alarm, "!! the sets could not be read: "), (Role::Normal, why)]);
            return canvas.row(inside, 1, &[(Role::Faint, "r reads them again")]);
        }
        Some(Ok(list)) if list.is_empty() => {
            return canvas.row(inside, 0, &[(Role::Faint, "there are no sets; r looks again")]);
        }
        Some(Ok(_)) => {}
    }
    let chosen = sets.list.at(entries.len());
    // Two rows a set: its title and what is in it, and where it stands.
    let room = usize::from(inside.height / 2);
    let first = sets.list.first_shown(entries.len(), room);
    let title = usize::from(inside.width / 3).max(24);
    for (at, entry) in entries.iter().enumerate().skip(first).take(room) {
        let row = ((at - first) * 2) as u16;
        let mark = if at == chosen { "> " } else { "  " };
        let name = cell(&entry.title, title);
        let runs = sets.rehearsing.as_ref() == Some(&entry.path);
        let is_recorded = sets.recordings.iter().any(|recording| recording.path == entry.path);
        let state = match (is_recorded, runs) {
            (true, _) => "recording ...  ",
            (false, true) => "rehearsing ...  ",
            (false, false) => "",
        };
        canvas.row(
            inside,
            row,
            &[
                (Role::Accent, mark),
                (Role::Strong, &name),
                (Role::Normal, "  "),
                (Role::Warning, state),
                (Role::Normal, &entry.about),
            ],
        );
        canvas.row_at(inside, row + 1, 2, &[(Role::Faint, &entry.path)]);
        if at == chosen {
            canvas.select(inside, row);
        }
    }
}

fn recording(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let sets = &model.sets;
    let hint = if sets.recordings.is_empty() { "R records the show" } else { "R ends it" };
    let inside = canvas.pane(area, "Recording", (Role::Faint, hint));
    if let Some(runs) = sets.recordings.first() {
        let (hours, minutes, seconds) = (runs.for_sec / 3_600, runs.for_sec / 60 % 60, runs.for_sec % 60);
        let far = format!("{hours}:{minutes:02}:{seconds:02}  {:.1} MB  ", runs.bytes as f64 / 1e6);
        let more = match sets.recordings.len() {
            1 => String::new(),
            count => format!("  and {} more", count - 1),
        };
        return canvas.row(
            inside,
            0,
            &[(Role::Alarm, "* "), (Role::Strong, &far), (Role::Normal, &runs.path), (Role::Faint, &more)],
        );
    }
    match &sets.last_recording {
        _ if sets.begins_recording => canvas.row(inside, 0, &[(Role::Warning, "begins ...")]),
        None => canvas.row(inside, 0, &[(Role::Faint, "none runs")]),
        Some(Ok(said)) => canvas.row(inside, 0, &[(Role::Good, "done      "), (Role::Normal, &clean(said))]),
        Some(Err(why)) => canvas.row(inside, 0, &[(Role::Alarm, "!! failed "), (Role::Normal, &clean(why))]),
    }
}

fn rehearsal(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inside =
        canvas.pane(area, "Rehearsal", (Role::Faint, "Enter rehearses the chosen set, r looks again"));
    let mut row = 0;
    if let Some(path) = &model.sets.rehearsing {
        canvas.row(inside, row, &[(Role::Warning, "running   "), (Role::Normal, path)]);
        row += 1;
    }
    let Some((path, ended)) = &model.sets.last else {
        if row == 0 {
            canvas.row(inside, 0, &[(Role::Faint, "none was rehearsed yet")]);
        }
        return;
    };
    let (role, word, said) = match ended {
        Ok(said) => (Role::Good, "done      ", said),
        Err(why) => (Role::Alarm, "!! failed ", why),
    };
    canvas.row(inside, row, &[(role, word), (Role::Normal, path)]);
    let room = usize::from(inside.height.saturating_sub(row + 1));
    for (at, line) in wrap(&clean(said), usize::from(inside.width.saturating_sub(2)), room).iter().enumerate()
    {
        canvas.row_at(inside, row + 1 + at as u16, 2, &[(Role::Normal, line)]);
    }
}
