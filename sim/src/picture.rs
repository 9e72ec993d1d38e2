//! A picture of a terminal: what its screen shows, as SVG.

use std::fmt::Write;

use vt100::{Cell, Color, Screen};

use crate::report::html_text;

/// A cell in px: the shape of most fonts of terminals.
const WIDE: f32 = 8.4;
const HIGH: f32 = 17.0;

/// Around the screen.
const MARGIN: f32 = 10.0;

/// What has no colour of its own.
const INK: &str = "#d8d8d8";
const PAPER: &str = "#16181d";

/// The sixteen colours that terminals have names for.
const NAMED: [&str; 16] = [
    "#16181d", "#e05561", "#8cc265", "#d18f52", "#4aa5f0", "#c162de", "#42b3c2", "#d7dae0", "#5f6672",
    "#ff616e", "#a5e075", "#f0a45d", "#4dc4ff", "#de73ff", "#4cd1e0", "#ffffff",
];

/// Steps of each colour of the cube from 16 on.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// How a run of cells looks.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    ink: String,
    paper: Option<String>,
    is_bold: bool,
    is_dim: bool,
    is_underlined: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut ink, mut paper) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
        if cell.inverse() {
            (ink, paper) = (
                Some(paper.unwrap_or_else(|| PAPER.to_owned())),
                Some(ink.unwrap_or_else(|| INK.to_owned())),
            );
        }
        Self {
            ink: ink.unwrap_or_else(|| INK.to_owned()),
            paper,
            is_bold: cell.bold(),
            is_dim: cell.dim(),
            is_underlined: cell.underline(),
        }
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Idx(index @ 0..16) => Some(NAMED[usize::from(index)].to_owned()),
        Color::Idx(index @ 16..232) => {
            let step = |of: u8| CUBE[usize::from((index - 16) / of % 6)];
            Some(format!("#{:02x}{:02x}{:02x}", step(36), step(6), step(1)))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}

/// The picture. `about` says what it shows, for who cannot see it.
#[must_use]
pub fn svg(screen: &Screen, about: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let wide = f32::from(columns) * WIDE + 2.0 * MARGIN;
    let high = f32::from(rows) * HIGH + 2.0 * MARGIN;
    let about = html_text(about);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" role=\"img\" aria-label=\"{about}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{PAPER}\"/>\n\
         <style>text{{white-space:pre}}</style>\n\
         <g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for row in 0..rows {
        for (from, cells, look, text) in runs(screen, row, columns) {
            draw(&mut svg, row, from, cells, &look, &text);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Cells of a row that look the same: where they begin, how many they are, how they look, and their text.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<(u16, u16, Look, String)> {
    let mut runs: Vec<(u16, u16, Look, String)> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { continue };
        let look = Look::of(cell);
        let text = if cell.is_wide_continuation() {
            ""
        } else if cell.contents().is_empty() {
            " "
        } else {
            cell.contents()
        };
        match runs.last_mut() {
            Some((_, cells, before, line)) if *before == look => {
                *cells += 1;
                line.push_str(text);
            }
            _ => runs.push((column, 1, look, text.to_owned())),
        }
    }
    runs
}

fn draw(svg: &mut String, row: u16, from: u16, cells: u16, look: &Look, text: &str) {
    let (x, y) = (MARGIN + f32::from(from) * WIDE, MARGIN + f32::from(row) * HIGH);
    let wide = f32::from(cells) * WIDE;
    if let Some(paper) = &look.paper {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{HIGH}\" fill=\"{paper}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if look.is_bold {
        style.push_str(" font-weight=\"bold\"");
    }
    if look.is_dim {
        style.push_str(" opacity=\"0.6\"");
    }
    if look.is_underlined {
        style.push_str(" text-decoration=\"underline\"");
    }
    // As wide as its cells, whatever font there is.
    let base = y + HIGH * 0.76;
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{base:.1}\" fill=\"{}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\"{style}>{}</text>",
        look.ink,
        html_text(text)
    );
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    fn screen(bytes: &[u8]) -> vt100::Parser {
        let size = |n| NonZero::new(n).unwrap();
        let mut parser = vt100::Parser::new(size(2), size(10), 0);
        parser.process(bytes);
        parser
    }

    #[test]
    fn a_picture_holds_what_the_screen_shows_in_its_colours() {
        let parser = screen("ab\x1b[1;31m<&\x1b[0m\r\n\x1b[7mno\x1b[0m \x1b[2mfaint\x1b[0m".as_bytes());
        let picture = svg(parser.screen(), "a \"test\"");
        for part in [
            "aria-label=\"a &quot;test&quot;\"",
            "fill=\"#e05561\" textLength=\"16.8\" lengthAdjust=\"spacingAndGlyphs\" font-weight=\"bold\">&lt;&amp;</text>",
            ">ab</text>",
            "opacity=\"0.6\">faint</text>",
            "fill=\"#d8d8d8\"/>",
        ] {
            assert!(picture.contains(part), "{part}: {picture}");
        }
    }
}
