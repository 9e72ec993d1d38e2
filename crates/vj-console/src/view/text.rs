//! Text as it may stand on a screen: what comes from outside is made harmless, and everything has a width.

use std::borrow::Cow;
use std::time::Duration;

use ratatui::buffer::CellWidth;
use ratatui::style::Style;
use ratatui::text::Span;

/// Marks that one letter may carry: more of them are drawn over the lines above and below.
const MARKS_MAX: usize = 2;

/// Before this, each letter stands by itself and takes one column.
const MARKS_BEGIN: char = '\u{300}';

/// The text without anything that could move the cursor, turn the direction of writing or be drawn wider than it is counted:
/// control characters become visible, marks of direction become `?`, and joiners are left out.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut marks = 0;
    for letter in text.chars() {
        let is_mark = letter >= MARKS_BEGIN && Span::raw(&*letter.encode_utf8(&mut [0; 4])).width() == 0;
        marks = if is_mark { marks + 1 } else { 0 };
        match letter {
            '\0'..='\u{1f}' => cleaned.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\u{7f}' => cleaned.push('\u{2421}'),
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => cleaned.push('?'),
            // Marks of direction.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' => cleaned.push('?'),
            // What joins, varies or colours the letter before it: terminals disagree on the width of the whole.
            '\u{ad}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{e0fff}' => {}
            // Flags are pairs of these letters, which some terminals draw as one picture and some as two.
            '\u{1f1e6}'..='\u{1f1ff}' => {
                cleaned.extend(char::from_u32(u32::from(letter) - 0x1f1e6 + u32::from('A')));
            }
            _ if is_mark && (marks > MARKS_MAX || cleaned.is_empty()) => {}
            letter => cleaned.push(letter),
        }
    }
    Cow::Owned(cleaned)
}

/// How many columns a text takes that is clean.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { graphemes(text).map(|(_, width)| width).sum() }
}

/// At most `columns` of a clean text; what is left out is told by `…`.
#[must_use]
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let mut clipped = String::with_capacity(columns + 3);
    let mut used = 0;
    for (symbol, width) in graphemes(text) {
        if used + width > room {
            break;
        }
        clipped.push_str(symbol);
        used += width;
    }
    clipped.push('…');
    Cow::Owned(clipped)
}

/// Exactly `columns` of a text from anywhere: cleaned, clipped, and filled with blanks on the right.
#[must_use]
pub fn cell(text: &str, columns: usize) -> String {
    let cleaned = clean(text);
    let clipped = clip(&cleaned, columns);
    let fill = columns.saturating_sub(width(&clipped));
    format!("{clipped}{:fill$}", "")
}

/// The lines into which a clean text falls at `columns`, at most `rows` of them; breaks at blanks where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize, rows: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < rows {
        if lines.len() + 1 == rows || width(rest) <= columns {
            lines.push(clip(rest, columns).into_owned());
            break;
        }
        let (mut used, mut end, mut blank) = (0, 0, None);
        for (symbol, width) in graphemes(rest) {
            if symbol == " " {
                blank = Some(end);
            }
            if used + width > columns {
                break;
            }
            used += width;
            end += symbol.len();
        }
        let end = blank.filter(|at| *at > 0).unwrap_or(end);
        if end == 0 {
            break;
        }
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    lines
}

fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    // Borrowed by hand, since those of a `Span` live no longer than it.
    Graphemes { rest: text }
}

/// The letters of a text with the marks that they carry.
struct Graphemes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Graphemes<'a> {
    type Item = (&'a str, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let mut letters = self.rest.chars();
        let first = letters.next()?;
        if (' '..MARKS_BEGIN).contains(&first) && letters.next().is_none_or(|next| next < MARKS_BEGIN) {
            let (symbol, rest) = self.rest.split_at(first.len_utf8());
            self.rest = rest;
            return Some((symbol, 1));
        }
        let len = if first.is_control() {
            first.len_utf8()
        } else {
            let span = Span::raw(self.rest);
            let symbol = span.styled_graphemes(Style::new()).next().map_or(0, |it| it.symbol.len());
            symbol.max(first.len_utf8())
        };
        let (symbol, rest) = self.rest.split_at(len);
        self.rest = rest;
        let width = if first.is_control() { 0 } else { usize::from(symbol.cell_width()) };
        Some((symbol, width))
    }
}

/// How long ago, in words: `12 s ago`.
#[must_use]
pub fn ago(age: Duration) -> String {
    match age.as_secs() {
        0 => "just now".to_owned(),
        sec @ 1..120 => format!("{sec} s ago"),
        sec @ 120..7_200 => format!("{} min ago", sec / 60),
        sec => format!("{} h ago", sec / 3_600),
    }
}

/// How long: `21 s`, `4:05`, `1:02:03`, `3 d 04 h`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let sec = duration.as_secs();
    match sec {
        0..60 => format!("{sec} s"),
        60..3_600 => format!("{}:{:02}", sec / 60, sec % 60),
        3_600..86_400 => format!("{}:{:02}:{:02}", sec / 3_600, sec / 60 % 60, sec % 60),
        _ => format!("{} d {:02} h", sec / 86_400, sec / 3_600 % 24),
    }
}

/// A place in a track: `1:05`.
#[must_use]
pub fn place(sec: f64) -> String {
    // A float cast saturates and turns NaN into 0.
    let sec = (sec.max(0.0) as u64).min(359_999);
    format!("{}:{:02}", sec / 60, sec % 60)
}

/// The time of day of a moment in milliseconds since the Unix epoch, on clocks that are so many seconds ahead of UTC.
#[must_use]
pub fn time_of_day(time_ms: u64, ahead_sec: i32) -> String {
    let ms = (i128::from(time_ms) + i128::from(ahead_sec) * 1_000).rem_euclid(86_400_000);
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_a_screen_is_taken_out() {
        for (text, expect) in [
            ("plain ~", "plain ~"),
            ("a\x1b[31mred\x07\r\n", "a␛[31mred␇␍␊"),
            ("del\u{7f} c1\u{9b}5m", "del␡ c1?5m"),
            ("\u{202e}gnp.exe\u{2066}\u{200f}", "?gnp.exe??"),
            ("👩\u{200d}🎤 ❤\u{fe0f} 👍\u{1f3fd}", "👩🎤 ❤ 👍"),
            ("Köln 🇩🇪", "Köln DE"),
            ("z\u{301}\u{302}\u{303}\u{304}", "z\u{301}\u{302}"),
            ("\u{301}x", "x"),
            ("宇多田 שלום", "宇多田 שלום"),
        ] {
            assert_eq!(clean(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_cut_by_what_it_takes_on_the_screen() {
        for (text, columns, expect) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("abcdef", 1, "…"),
            ("abcdef", 0, ""),
            ("宇多田ヒカル", 12, "宇多田ヒカル"),
            ("宇多田ヒカル", 7, "宇多田…"),
            ("宇多田ヒカル", 6, "宇多…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ] {
            assert_eq!(clip(text, columns), expect, "{text} at {columns}");
            assert_eq!(width(&cell(text, columns)), columns, "{text} at {columns}");
        }
    }

    #[test]
    fn long_texts_are_wrapped_at_blanks() {
        assert_eq!(wrap("one two three", 8, 3), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 8, 2), ["one two", "three f…"]);
        assert_eq!(wrap("abcdefghij", 4, 9), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("宇多田", 1, 9), [""; 0], "nothing fits, and it ends");
        assert_eq!(wrap("", 4, 9), [""; 0]);
    }

    #[test]
    fn times_are_read_at_a_glance() {
        let of = |sec| duration(Duration::from_secs(sec));
        assert_eq!([of(21), of(245), of(3_723), of(273_600)], ["21 s", "4:05", "1:02:03", "3 d 04 h"]);
        for (ahead_sec, expect) in [(0, "23:59:59.007"), (7_200, "01:59:59.007"), (-34_200, "14:29:59.007")] {
            assert_eq!(time_of_day(1_767_225_599_007, ahead_sec), expect);
        }
        assert_eq!([place(65.9), place(-1.0), place(f64::NAN)], ["1:05", "0:00", "0:00"]);
        assert_eq!(ago(Duration::from_secs(12)), "12 s ago");
    }
}
