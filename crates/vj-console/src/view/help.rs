//! The keys, by screen: as hints at the foot, and all of them as what `?` shows.

use ratatui::layout::Rect;

use super::canvas::{Canvas, rows, split};
use super::styles::Role;
use super::text::cell;
use crate::model::Model;
use crate::model::screen::Screen;

/// A key and what it does.
pub(super) type Key = (&'static str, &'static str);

/// At the foot of every screen.
pub(super) const COMMON: [Key; 3] = [("?", "help"), (":", "commands"), ("q", "quit")];

const EVERYWHERE: [Key; 13] = [
    ("1-6", "screens, also Tab and the mouse"),
    ("up down", "move, also j k, pages, g G"),
    (":", "commands by name"),
    ("/", "filter (OSC), search (logs)"),
    ("Esc", "leaves, clears the filter"),
    ("u", "start what is missing"),
    ("+ -", "lyrics earlier, later"),
    ("B", "measure the latency for 10 s"),
    ("T", "theme: dark, light, plain"),
    ("?", "this help, also F1"),
    ("q", "quit: the show goes on"),
    ("y Enter", "yes, where it asks"),
    ("n Esc", "no, where it asks"),
];

/// What the keys of a screen are for; the first ones stand at its foot.
pub(super) const fn hints(screen: Screen) -> &'static [Key] {
    match screen {
        Screen::Master => &[("s", "start"), ("x", "stop"), ("r", "restart"), ("Enter", "details")],
        Screen::Osc => &[("/", "filter"), ("f", "freeze"), ("v", "rates"), ("c", "clear"), ("o", "logging")],
        Screen::Song => &[("+ -", "offset"), ("f", "follow"), ("e", "categories"), ("i", "images")],
        Screen::Logs => &[
            ("/", "search"),
            ("n N", "next"),
            ("l", "level"),
            ("w", "worker"),
            ("f", "follow"),
            ("c", "clear"),
        ],
        Screen::Audio => &[("d", "device"), ("B", "benchmark"), ("b p s x", "switch")],
        Screen::Sets => &[("Enter", "rehearse"), ("R", "record, end"), ("r", "look again")],
    }
}

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inside = canvas.window(area, 78, 22, "Keys", "any key closes");
    let (left, right) = split(inside, inside.width / 2 + 3);
    canvas.row(left, 0, &[(Role::Strong, "Everywhere")]);
    let (_, below) = rows(left, 1);
    for (row, (key, word)) in EVERYWHERE.iter().enumerate() {
        canvas.row(below, row as u16, &[(Role::Accent, &cell(key, 8)), (Role::Normal, word)]);
    }
    let legend = [
        ("!!", "broken: look at it now"),
        ("!", "wrong, and the show goes on"),
        ("grey", "old: its age stands beside it"),
        ("->", "a change that is on its way"),
    ];
    for (row, (sign, word)) in legend.iter().enumerate() {
        canvas.row(left, 15 + row as u16, &[(Role::Warning, &cell(sign, 8)), (Role::Faint, word)]);
    }
    let mut row = 0;
    for screen in Screen::ALL {
        let title = format!("{} {}", screen.key(), screen.title());
        let role = if screen == model.screen { Role::Selected } else { Role::Strong };
        canvas.row(right, row, &[(role, &title)]);
        row += 1;
        for pair in hints(screen).chunks(2) {
            for (at, (key, word)) in pair.iter().enumerate() {
                let column = at as u16 * (right.width / 2);
                canvas.row_at(
                    right,
                    row,
                    column,
                    &[(Role::Accent, *key), (Role::Normal, " "), (Role::Normal, *word)],
                );
            }
            row += 1;
        }
    }
}
