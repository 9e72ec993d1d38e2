//! A question that wants a yes.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::styles::Role;
use super::text::{clean, width, wrap};

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, question: &str) {
    let question = clean(question);
    let columns = (width(&question) + 6).clamp(46, 72) as u16;
    let lines = wrap(&question, usize::from(columns) - 6, 4);
    let inside = canvas.window(area, columns, lines.len() as u16 + 5, "Sure?", "");
    for (row, line) in lines.iter().enumerate() {
        canvas.row_at(inside, row as u16 + 1, 1, &[(Role::Strong, line)]);
    }
    let last = inside.height.saturating_sub(1);
    let answers = [
        (Role::Accent, "y"),
        (Role::Normal, " yes"),
        (Role::Faint, " (also Enter)   "),
        (Role::Accent, "any other key"),
        (Role::Normal, " no"),
    ];
    canvas.row_at(inside, last, 1, &answers);
}
