//! A line that is typed. What of it is longer than its place is left out at its beginning: the end is where one types.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::styles::Role;
use super::text::{clean, width};
use crate::model::Model;
use crate::model::screen::Screen;

/// The filter, or the search, at the foot of the screen.
pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model, typed: &str) {
    let (prompt, help) = if model.screen == Screen::Logs {
        (" search: ", "  Enter finds, Esc leaves ")
    } else {
        (" filter: ", "  !text hides, Enter keeps, Esc leaves ")
    };
    let taken = canvas.right(area, 0, &[(Role::Faint, help)]);
    line(canvas, Rect { width: taken, ..area }, prompt, typed);
}

/// A prompt, what is typed, and a mark where the next letter goes.
pub(super) fn line(canvas: &mut Canvas<'_>, area: Rect, prompt: &str, typed: &str) {
    let cleaned = clean(typed);
    let room = usize::from(area.width).saturating_sub(width(prompt) + 1);
    let mut shown = &*cleaned;
    let is_cut = width(shown) > room;
    while width(shown) > room.saturating_sub(usize::from(is_cut)) {
        let mut letters = shown.chars();
        if letters.next().is_none() {
            break;
        }
        shown = letters.as_str();
    }
    let cut = if is_cut { "…" } else { "" };
    canvas.row(
        area,
        0,
        &[(Role::Accent, prompt), (Role::Faint, cut), (Role::Strong, shown), (Role::Selected, " ")],
    );
}
