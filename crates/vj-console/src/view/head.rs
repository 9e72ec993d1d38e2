//! The head line: the screens with their keys, and how much of the show is in sight.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::model::Model;
use crate::model::screen::Screen;

/// Where the first tab begins.
const FIRST_TAB: u16 = 4;

/// The tabs as they stand in the head line.
fn tabs() -> impl Iterator<Item = (Screen, String)> {
    Screen::ALL.into_iter().map(|screen| (screen, format!(" {} {} ", screen.key(), screen.title())))
}

/// The screen whose tab is in this column of the head line.
#[must_use]
pub fn tab_at(column: u16) -> Option<Screen> {
    let mut begins = FIRST_TAB;
    for (screen, tab) in tabs() {
        let ends = begins + tab.chars().count() as u16;
        if (begins..ends).contains(&column) {
            return Some(screen);
        }
        begins = ends;
    }
    None
}

pub(super) fn render(frame: &mut Frame<'_>, model: &Model) {
    let text: String = tabs().map(|(_, tab)| tab).collect();
    let (fresh, expected) = model.connected();
    let area = Rect { height: 1, ..frame.area() };
    frame.render_widget(Line::from(format!(" vj {text} {fresh}/{expected}")), area);
}
