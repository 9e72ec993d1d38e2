//! The foot of the screen: what there is to say, else the keys; and how many changes are under way.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Part};
use super::help;
use super::styles::Role;
use crate::model::Model;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let under_way = match model.wishes.under_way() {
        0 => String::new(),
        1 => " 1 change under way ".to_owned(),
        more => format!(" {more} changes under way "),
    };
    let taken = canvas.right(area, 0, &[(Role::Warning, &under_way)]);
    let area = Rect { width: taken, ..area };
    if let Some(notice) = &model.notice {
        let (role, sign) = if notice.is_alarm { (Role::Alarm, "!!") } else { (Role::Strong, "") };
        return canvas.row(area, 0, &[(role, sign), (Role::Normal, " "), (role, &notice.text)]);
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    let hints = help::hints(model.screen);
    let room = usize::from(area.width).saturating_sub(help::COMMON.iter().map(columns).sum());
    // What does not fit is in the help, which always does.
    let fitting = hints.iter().scan(0, |used, hint| {
        *used += columns(hint);
        (*used <= room).then_some(hint)
    });
    for (key, word) in fitting.chain(&help::COMMON) {
        parts.extend([
            (Role::Normal, " "),
            (Role::Accent, *key),
            (Role::Normal, " "),
            (Role::Faint, *word),
            (Role::Normal, " "),
        ]);
    }
    canvas.row(area, 0, &parts);
}

/// What a hint takes, with the blanks around it.
fn columns((key, word): &help::Key) -> usize {
    key.len() + word.len() + 3
}
