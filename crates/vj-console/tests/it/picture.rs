//! A screen as text, and what of it looks how.

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};
use vj_console::{Model, view};

/// The cells of a model at this size.
pub(crate) fn buffer(model: &Model, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::render(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}

/// What stands on the screen.
pub(crate) fn text(buffer: &Buffer) -> String {
    rows(buffer, |cell, _| cell.symbol().to_owned())
}

/// What stands in one row.
pub(crate) fn row(model: &Model, width: u16, height: u16, row: usize) -> String {
    text(&buffer(model, width, height)).lines().nth(row).unwrap_or_default().to_owned()
}

/// How it looks: `r` reversed, `d` dim (stale), `A` alarm, `b` bold, `_` dark grey, `c` coloured, `.` as it is.
pub(crate) fn looks(buffer: &Buffer) -> String {
    rows(buffer, |cell, width| look(cell).to_string().repeat(width))
}

/// Both.
pub(crate) fn both(buffer: &Buffer) -> String {
    format!("{}\n{}\n{}", text(buffer), "=".repeat(buffer.area.width.into()), looks(buffer))
}

fn look(cell: &Cell) -> char {
    let has = |modifier| cell.modifier.contains(modifier);
    match cell {
        _ if has(Modifier::REVERSED) => 'r',
        _ if has(Modifier::DIM) => 'd',
        _ if has(Modifier::BOLD | Modifier::UNDERLINED) => 'A',
        _ if cell.symbol() == " " => '.',
        _ if has(Modifier::BOLD) => 'b',
        cell if cell.fg == Color::DarkGray => '_',
        cell if cell.fg != Color::Reset => 'c',
        _ => '.',
    }
}

fn rows(buffer: &Buffer, of: impl Fn(&Cell, usize) -> String) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut row = String::new();
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let width = cell.symbol().cell_width().max(1);
            row.push_str(&of(cell, usize::from(width)));
            x += width;
        }
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}
