//! The whole screen.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::styles::{Role, Styles};
use super::{
    audio, confirm, details, devices, foot, head, help, input, logs, master, osc, palette, sets, song,
};
use crate::limits::{COLUMNS_MIN, ROWS_MIN};
use crate::model::Model;
use crate::model::overlay::Overlay;
use crate::model::screen::Screen;

/// Draws the whole screen.
pub fn render(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut(), Styles::new(model.theme));
    if area.width < COLUMNS_MIN || area.height < ROWS_MIN {
        return too_small(&mut canvas, area);
    }
    let line = Rect { height: 1, ..area };
    let body = Rect { y: 1, height: area.height - 2, ..area };
    let last = Rect { y: area.height - 1, ..line };
    head::render(&mut canvas, line, model);
    match model.screen {
        Screen::Master => master::render(&mut canvas, body, model),
        Screen::Osc => osc::render(&mut canvas, body, model),
        Screen::Song => song::render(&mut canvas, body, model),
        Screen::Logs => logs::render(&mut canvas, body, model),
        Screen::Audio => audio::render(&mut canvas, body, model),
        Screen::Sets => sets::render(&mut canvas, body, model),
    }
    match &model.overlay {
        Some(Overlay::Filter { input, .. }) => return input::render(&mut canvas, last, model, input),
        Some(Overlay::Help) => help::render(&mut canvas, body, model),
        Some(Overlay::Palette { input, list }) => palette::render(&mut canvas, body, model, input, *list),
        Some(Overlay::Confirm { question, .. }) => confirm::render(&mut canvas, body, question),
        Some(Overlay::Devices { found, list }) => devices::render(&mut canvas, body, found.as_ref(), *list),
        Some(Overlay::Details(name, list)) => details::render(&mut canvas, body, model, *name, *list),
        None => {}
    }
    foot::render(&mut canvas, last, model);
}

fn too_small(canvas: &mut Canvas<'_>, area: Rect) {
    let size = format!("This terminal has {} x {}.", area.width, area.height);
    let needed = format!("vj needs {COLUMNS_MIN} x {ROWS_MIN}.");
    for (row, (role, text)) in
        [(Role::Alarm, "Too small"), (Role::Strong, &*needed), (Role::Normal, &*size)].into_iter().enumerate()
    {
        canvas.row(area, row as u16, &[(role, text)]);
    }
}
