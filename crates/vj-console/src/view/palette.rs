//! Commands by name: what is typed, and what fits it.

use ratatui::layout::Rect;

use super::canvas::{Canvas, rows};
use super::input;
use super::styles::Role;
use super::text::{clean, clip, width};
use crate::model::Model;
use crate::model::list::List;
use crate::update::palette::fitting;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model, typed: &str, list: List) {
    let inside = canvas.window(
        area,
        (area.width * 3 / 4).max(76),
        (area.height * 3 / 4).max(16),
        "Commands",
        "Enter runs, Tab takes over, Esc leaves",
    );
    let (line, below) = rows(inside, 2);
    input::line(canvas, line, ": ", typed);
    let entries = fitting(model, typed);
    if entries.is_empty() {
        return canvas.row(below, 0, &[(Role::Faint, "no command fits")]);
    }
    let room = usize::from(below.height);
    let chosen = list.at(entries.len());
    let first = list.first_shown(entries.len(), room);
    for (at, entry) in entries.iter().enumerate().skip(first).take(room) {
        let row = (at - first) as u16;
        let mark = if at == chosen { "> " } else { "  " };
        let about = usize::from(below.width).saturating_sub(width(entry.about) + 2);
        let words = clean(&entry.words);
        let words = clip(&words, about.saturating_sub(3)).into_owned();
        canvas.row(below, row, &[(Role::Accent, mark), (Role::Normal, &words)]);
        canvas.right(below, row, &[(Role::Faint, entry.about)]);
        if at == chosen {
            canvas.select(below, row);
        }
    }
}
