//! What the screen shows of a model: a pure function from the model to cells.

pub mod details;
pub mod head;

use ratatui::Frame;

use crate::model::Model;

/// Draws the whole screen.
pub fn render(frame: &mut Frame<'_>, model: &Model) {
    head::render(frame, model);
}
