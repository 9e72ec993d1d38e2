//! Numbers as the report shows them.

use serde_json::Value;

use crate::osc_log::OscLine;

/// To the microsecond, which is what both logs hold: a difference of two times then has no digits of rounding behind it.
pub(super) fn rounded(value: f64) -> f64 {
    to_decimals(value, 1e6)
}

/// To the thousandth: enough for a level, a rate or a tempo.
pub(super) fn coarse(value: f64) -> f64 {
    to_decimals(value, 1e3)
}

fn to_decimals(value: f64, scale: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (value * scale).round() / scale + 0.0
}

/// The argument at `index` as a number.
pub(super) fn number(line: &OscLine, index: usize) -> Option<f64> {
    line.args.get(index)?.as_f64()
}

/// The argument at `index` as a whole number.
pub(super) fn integer(line: &OscLine, index: usize) -> Option<i64> {
    line.args.get(index)?.as_i64()
}

/// The argument at `index` as text; empty if it is none.
pub(super) fn text(line: &OscLine, index: usize) -> String {
    line.args.get(index).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The first `chars_max` characters, with a sign if there are more.
pub(super) fn clipped(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The middle of the values, the upper of two.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// `1:02.35`, or `1:01:02.35` from an hour on.
pub(super) fn clock(t: f64) -> String {
    let hundredths = (t.max(0.0) * 100.0).round() as u64;
    let (minutes, rest) = (hundredths / 6_000, hundredths % 6_000);
    let seconds = format!("{:02}.{:02}", rest / 100, rest % 100);
    if minutes < 60 {
        format!("{minutes}:{seconds}")
    } else {
        format!("{}:{:02}:{seconds}", minutes / 60, minutes % 60)
    }
}

/// `1.02 s`, with as many digits as one would say.
pub(super) fn seconds(sec: f64) -> String {
    match sec {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 100.0 => format!("{s:.1} s"),
        s => long_time(s),
    }
}

/// `2 min 16 s`, `2 h 05 min`.
pub(super) fn long_time(sec: f64) -> String {
    let whole = sec.max(0.0).round() as u64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

/// `12,345`.
pub(super) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 fault`, `2 faults`.
pub(super) fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// Share in percent, which is never said to be 100 or 0 if it is not.
pub(super) fn percent(part: usize, whole: usize) -> String {
    let share = if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 };
    match share {
        s if part == whole || s == 0.0 => format!("{s:.0} %"),
        s => format!("{:.1} %", s.clamp(0.1, 99.9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(clock(62.349), "1:02.35");
        assert_eq!(clock(59.999), "1:00.00");
        assert_eq!(clock(3_662.0), "1:01:02.00");
        assert_eq!(
            [seconds(0.0167), seconds(1.02), seconds(34.0), seconds(136.2)],
            ["17 ms", "1.02 s", "34.0 s", "2 min 16 s"]
        );
        assert_eq!([long_time(7_500.0), long_time(180.0), long_time(5.2)], ["2 h 05 min", "3 min", "5 s"]);
        assert_eq!([thousands(0), thousands(999), thousands(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!(
            [percent(1, 1), percent(9_999, 10_000), percent(0, 5), percent(1, 0)],
            ["100 %", "99.9 %", "0 %", "0 %"]
        );
        assert_eq!([counted(1, "fault"), counted(2, "fault")], ["1 fault", "2 faults"]);
    }

    #[test]
    fn differences_of_times_have_no_digits_of_rounding() {
        assert_eq!(rounded(61.02 - 60.0), 1.02);
        assert_eq!(rounded(-0.000_000_01).to_string(), "0");
    }
}
