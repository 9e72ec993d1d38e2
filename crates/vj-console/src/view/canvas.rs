//! What the screens draw with: rows of text, rules, bars. Nothing is ever drawn outside of an area, whatever its size.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

use super::styles::{Role, Styles};
use super::text;

/// A piece of text and what it is.
pub(super) type Part<'a> = (Role, &'a str);

/// Eighths of a cell, from the left.
const ACROSS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
/// Eighths of a cell, from below.
const UP: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The cells of a screen, and how roles look on it.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    styles: Styles,
}

impl<'a> Canvas<'a> {
    pub(super) const fn new(buffer: &'a mut Buffer, styles: Styles) -> Self {
        Self { buffer, styles }
    }

    /// Text of any origin in row `row` of `area`, from its left edge: what does not fit ends in `…`.
    pub(super) fn row(&mut self, area: Rect, row: u16, parts: &[Part<'_>]) {
        self.row_at(area, row, 0, parts);
    }

    /// The same, from column `column` of the area.
    /// Gives the column after it.
    pub(super) fn row_at(&mut self, area: Rect, row: u16, column: u16, parts: &[Part<'_>]) -> u16 {
        let area = area.intersection(self.buffer.area);
        if row >= area.height || column >= area.width {
            return column;
        }
        let y = area.y + row;
        let (mut x, mut left) = (area.x + column, usize::from(area.width - column));
        for (role, part) in parts {
            let cleaned = text::clean(part);
            let shown = text::clip(&cleaned, left);
            (x, _) = self.buffer.set_stringn(x, y, &shown, left, self.styles.of(*role));
            left = left.saturating_sub(text::width(&shown));
            if left == 0 {
                break;
            }
        }
        x - area.x
    }

    /// Text at the right edge of row `row`; gives the columns that are left before it.
    pub(super) fn right(&mut self, area: Rect, row: u16, parts: &[Part<'_>]) -> u16 {
        let wanted: usize = parts.iter().map(|(_, part)| text::width(&text::clean(part))).sum();
        let column = area.width.saturating_sub(u16::try_from(wanted).unwrap_or(u16::MAX));
        self.row_at(area, row, column, parts);
        column
    }

    /// A rule with a name at the left and a word at the right; gives what is left below it.
    pub(super) fn pane(&mut self, area: Rect, name: &str, word: Part<'_>) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return area;
        }
        let style = self.styles.of(Role::Title);
        for x in area.left()..area.right() {
            self.buffer[(x, area.y)].set_symbol("─").set_style(style);
        }
        let name_width = area.width.saturating_sub(2);
        let name = format!(" {name} ");
        self.row_at(Rect { width: name_width, ..area }, 0, 1, &[(Role::Strong, &name)]);
        let used = u16::try_from(text::width(&text::clean(&name))).unwrap_or(u16::MAX).saturating_add(2);
        if !word.1.is_empty() && used < area.width {
            let rest = Rect { x: area.x + used, width: area.width - used, ..area };
            let cleaned = text::clean(word.1);
            let clipped = text::clip(&cleaned, usize::from(rest.width).saturating_sub(3)).into_owned();
            if !clipped.is_empty() {
                self.right(rest, 0, &[(word.0, &format!(" {clipped} ")), (Role::Title, "─")]);
            }
        }
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    /// A bar from the left, `share` (0..1) of `columns` long, in eighths of a cell.
    pub(super) fn bar(&mut self, area: Rect, row: u16, column: u16, columns: u16, share: f64) {
        let area = area.intersection(self.buffer.area);
        if row >= area.height {
            return;
        }
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let eighths = (share * f64::from(columns) * 8.0).round() as usize;
        let (bar, track) = (self.styles.of(Role::Bar), self.styles.of(Role::Faint));
        for at in 0..columns.min(area.width.saturating_sub(column)) {
            let (symbol, style) = match eighths.saturating_sub(usize::from(at) * 8) {
                0 => ("·", track),
                filled => (ACROSS[filled.min(8)], bar),
            };
            self.buffer[(area.x + column + at, area.y + row)].set_symbol(symbol).set_style(style);
        }
    }

    /// Bars from below, one after the other, each `columns` wide with a gap of `gap`.
    pub(super) fn bars_up(&mut self, area: Rect, columns: u16, gap: u16, shares: impl Iterator<Item = f32>) {
        let area = area.intersection(self.buffer.area);
        let style = self.styles.of(Role::Bar);
        let faint = self.styles.of(Role::Faint);
        let mut x = area.x;
        for share in shares {
            if x + columns > area.right() {
                break;
            }
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
            let eighths = (share * f32::from(area.height) * 8.0).round() as usize;
            for row in 0..area.height {
                let filled = eighths.saturating_sub(usize::from(row) * 8).min(8);
                let is_ground = row == 0 && filled == 0;
                let (symbol, style) = if is_ground { ("▁", faint) } else { (UP[filled], style) };
                for column in 0..columns {
                    let cell = &mut self.buffer[(x + column, area.bottom() - 1 - row)];
                    cell.set_symbol(symbol).set_style(style);
                }
            }
            x += columns + gap;
        }
    }

    /// Marks a row as chosen.
    pub(super) fn select(&mut self, area: Rect, row: u16) {
        if row < area.height {
            let row = Rect { y: area.y + row, height: 1, ..area };
            // In one piece: reversed, each colour of its parts would be a block of its own.
            self.buffer.set_style(row, ratatui::style::Style::reset().patch(self.styles.of(Role::Selected)));
        }
    }

    /// Greys all of it: it is not known any more whether it is still so.
    pub(super) fn fade(&mut self, area: Rect) {
        self.buffer.set_style(area, self.styles.stale());
    }

    /// An empty box with a name in the middle of `area`; gives what is inside.
    pub(super) fn window(&mut self, area: Rect, width: u16, height: u16, name: &str, word: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        let (width, height) = (width.min(area.width), height.min(area.height));
        let at = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 2,
            width,
            height,
        };
        if width < 4 || height < 3 {
            return Rect { width: 0, height: 0, ..at };
        }
        let style = self.styles.of(Role::Title);
        for y in at.top()..at.bottom() {
            // A wide letter that reaches into the box would hide its edge.
            if at.x > self.buffer.area.x && self.buffer[(at.x - 1, y)].symbol().cell_width() > 1 {
                self.buffer[(at.x - 1, y)].set_symbol(" ");
            }
            for x in at.left()..at.right() {
                let is_edge = (x == at.left() || x == at.right() - 1, y == at.top() || y == at.bottom() - 1);
                let symbol = match is_edge {
                    (true, true) => match (x == at.left(), y == at.top()) {
                        (true, true) => "┌",
                        (false, true) => "┐",
                        (true, false) => "└",
                        (false, false) => "┘",
                    },
                    (true, false) => "│",
                    (false, true) => "─",
                    (false, false) => " ",
                };
                let cell = &mut self.buffer[(x, y)];
                cell.reset();
                cell.set_symbol(symbol).set_style(style);
            }
        }
        let edge = Rect { x: at.x + 1, width: width - 2, ..at };
        self.row_at(edge, 0, 1, &[(Role::Strong, &format!(" {name} "))]);
        if !word.is_empty() {
            self.right(edge, height - 1, &[(Role::Faint, &format!(" {word} "))]);
        }
        Rect { x: at.x + 2, y: at.y + 1, width: width - 4, height: height - 2 }
    }
}

/// Two areas side by side, with two columns between them.
pub(super) fn split(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    let taken = left.saturating_add(2).min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + taken, width: area.width - taken, ..area })
}

/// The uppermost rows of an area, and the rest of it.
pub(super) fn rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}
