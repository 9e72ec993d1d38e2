//! The mouse: a click on a tab shows its screen, the wheel moves through the list.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::keys;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::list::Step;
use crate::view::head;

/// Lines that one notch of the wheel moves.
const NOTCH: isize = 3;

pub(super) fn mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) if mouse.row == 0 && model.overlay.is_none() => {
            head::tab_at(mouse.column).map(|screen| keys::show(model, screen)).unwrap_or_default()
        }
        MouseEventKind::ScrollDown => keys::step(model, Step::By(NOTCH)),
        MouseEventKind::ScrollUp => keys::step(model, Step::By(-NOTCH)),
        _ => Vec::new(),
    }
}
