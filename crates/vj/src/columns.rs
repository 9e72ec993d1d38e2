//! Rows of words in columns, as people read them.

use std::fmt::Write;

use crate::terminal::{Paint, harmless};

/// The rows below their headings, each column as wide as it must be. Headings are faint; nothing trails.
pub(crate) fn columns(headings: &[&str], rows: &[Vec<String>], paint: Paint) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let _ = write!(line, "{cell:<width$}  ", width = width(column));
        }
        line.trim_end().to_owned()
    };
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let mut text = paint.faint(&line(&headings)) + "\n";
    for row in &rows {
        text += &line(row);
        text.push('\n');
    }
    text
}

/// Seconds as people say them: `4.2 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(sec: f64) -> String {
    let whole = sec.max(0.0).round() as u64;
    match whole {
        _ if sec < 9.95 => format!("{:.1} s", sec.max(0.0)),
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
    }
}

/// Bytes as people say them: `812 B`, `4.2 kB`, `31 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut unit = 0;
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    // Before it would be rounded up to a thousand.
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && size < 9.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be_and_nothing_trails() {
        let rows = [vec!["a".to_owned(), "long cell".to_owned(), String::new()]];
        let text = columns(&["NAME", "X", "NOTE"], &rows, Paint::never());
        assert_eq!(text, "NAME  X          NOTE\na     long cell\n");
    }

    #[test]
    fn what_would_move_the_cursor_is_shown_and_not_done() {
        let text = columns(&["A"], &[vec!["a\u{1b}[31mb\nc".to_owned()]], Paint::never());
        assert_eq!(text, "A\na\\u{1b}[31mb\\nc\n");
    }

    #[test]
    fn durations_are_said_in_two_parts_at_most() {
        let said: Vec<_> = [0.0, 9.94, 9.96, 59.4, 200.0, 7_500.0].map(duration).into();
        assert_eq!(said, ["0.0 s", "9.9 s", "10 s", "59 s", "3 min 20 s", "2 h 5 min"]);
    }

    #[test]
    fn sizes_are_said_in_two_or_three_digits() {
        let said: Vec<_> =
            [0, 812, 1_000, 9_949, 9_951, 999_499, 999_501, 31_000_000, 5_000_000_000_000].map(bytes).into();
        assert_eq!(
            said,
            ["0 B", "812 B", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "31 MB", "5000 GB"]
        );
    }
}
