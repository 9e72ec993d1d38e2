//! A comparison as people read it.

use std::fmt;

use serde_json::Value;

use super::comparison::{AddressComparison, Comparison, Example};

const HEADINGS: [&str; 8] =
    ["ADDRESS", "EXPECTED", "GOT", "MISSING", "EXTRA", "OTHER VALUE", "OTHER TIME", "LARGEST DIFFERENCE"];

/// Text of an argument is not shown longer than this.
const TEXT_CHARS_MAX: usize = 40;

/// Of a message so many arguments are shown.
const ARGS_MAX: usize = 8;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 8]> = self.addresses.iter().map(|(name, found)| row(name, found)).collect();
        let mut widths = HEADINGS.map(|heading| heading.chars().count());
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        line(f, &HEADINGS.map(str::to_owned), &widths)?;
        for row in &rows {
            line(f, row, &widths)?;
        }
        for (address, found) in self.addresses.iter().filter(|(_, found)| !found.holds) {
            for example in &found.first {
                writeln!(f, "{} {}", harmless(address), example)?;
            }
        }
        write!(f, "{}", self.headline())
    }
}

fn row(address: &str, found: &AddressComparison) -> [String; 8] {
    let largest = match (found.value_max > 0.0, found.time_max_sec > 0.0) {
        (true, true) => format!("{}, {}", number(found.value_max), ms(found.time_max_sec)),
        (true, false) => number(found.value_max),
        (false, true) => ms(found.time_max_sec),
        (false, false) => String::new(),
    };
    let mark = if found.holds { "" } else { " !" };
    [
        harmless(address) + mark,
        found.expected.to_string(),
        found.got.to_string(),
        count(found.missing),
        count(found.extra),
        count(found.value),
        count(found.time),
        largest,
    ]
}

/// The first cell and the last from the left, numbers from the right; nothing trails.
fn line(f: &mut fmt::Formatter<'_>, cells: &[String; 8], widths: &[usize; 8]) -> fmt::Result {
    let mut text = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let pad = " ".repeat(width - cell.chars().count());
        let padded = if at == 0 || at == 7 { format!("{cell}{pad}") } else { format!("{pad}{cell}") };
        text += &padded;
        text += "  ";
    }
    writeln!(f, "{}", text.trim_end())
}

fn count(count: usize) -> String {
    if count == 0 { "-".to_owned() } else { count.to_string() }
}

fn number(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn ms(sec: f64) -> String {
    if sec < 1.0 { format!("{:.1} ms", sec * 1e3) } else { format!("{sec:.2} s") }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = |args: &Option<Vec<Value>>| args.as_deref().map_or_else(String::new, shown);
        let (expected, got) = (args(&self.expected), args(&self.got));
        match self.kind {
            "missing" => write!(f, "at {:.3} s: missing {expected}", self.t),
            "extra" => write!(f, "at {:.3} s: not expected {got}", self.t),
            "time" => {
                let by_sec = self.got_t.unwrap_or(self.t) - self.t;
                let word = if by_sec < 0.0 { "early" } else { "late" };
                write!(f, "at {:.3} s: {} too {word} {expected}", self.t, ms(by_sec.abs()))
            }
            _ => write!(f, "at {:.3} s: expected {expected}, got {got}", self.t),
        }
    }
}

fn shown(args: &[Value]) -> String {
    let one = |arg: &Value| {
        let text = arg.to_string();
        match text.char_indices().nth(TEXT_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    let mut shown: Vec<String> = args.iter().take(ARGS_MAX).map(one).collect();
    shown.extend((args.len() > ARGS_MAX).then(|| "…".to_owned()));
    harmless(&format!("[{}]", shown.join(", ")))
}

/// What would move the cursor is shown and not done: a log may hold anything.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Tolerance, compare};
    use crate::osc_log::OscLine;
    use serde_json::json;

    #[test]
    fn people_read_a_line_for_each_address_and_the_first_difference_of_each_kind() {
        let line = |t: f64, addr: &str, value: serde_json::Value| OscLine {
            t,
            from: "audio_analyzer".into(),
            addr: addr.into(),
            tags: if value.is_string() { "s" } else { "f" }.into(),
            args: vec![value],
        };
        let expected = [
            line(1.0, "/audio/bpm", json!(120.0)),
            line(2.0, "/audio/bpm", json!(126.5)),
            line(3.0, "/karaoke/mood", json!("happy\u{1b}[31m")),
            line(4.0, "/karaoke/mood", json!("calm")),
        ];
        let got = [
            line(1.25, "/audio/bpm", json!(120.0)),
            line(2.0, "/audio/bpm", json!(128.0)),
            line(4.0, "/karaoke/mood", json!("calm")),
            line(9.0, "/karaoke/mood", json!("a".repeat(60))),
        ];
        insta::assert_snapshot!(compare(&expected, &got, &Tolerance::default()).to_string());
    }
}
