//! Times as LRC writes them.

use crate::words::head;

/// No stamp is longer; a line of nothing but brackets must not be searched to its end at each of them.
const STAMP_BYTES_MAX: usize = 32;

/// A stamp at the start of `text` between `open` and `close`: `[mm:ss]`, `[mm:ss.x]` to `.xxx`, `[mm:ss:xx]`, blanks
/// around allowed. Minutes and seconds above 59 count on. Gives its milliseconds and what comes after it.
pub(super) fn read_stamp(text: &str, open: char, close: char) -> Option<(u32, &str)> {
    let text = text.strip_prefix(open)?;
    let inside = head(text, STAMP_BYTES_MAX).split_once(close)?.0;
    Some((read_time(inside.trim())?, &text[inside.len() + close.len_utf8()..]))
}

/// `mm:ss` with an optional fraction after `.`, `,` or `:`.
fn read_time(text: &str) -> Option<u32> {
    let (minutes, rest) = text.split_once(':')?;
    let (seconds, fraction) = match rest.find(['.', ',', ':']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let minutes = read_digits(minutes, 4)?;
    let seconds = read_digits(seconds, 2)?;
    let millis = match fraction {
        // More than milliseconds is more than anybody can mean.
        Some(digits) if digits.len() <= 6 && read_digits(digits, 6).is_some() => {
            let padded: String = digits.chars().chain("000".chars()).take(3).collect();
            read_digits(&padded, 3)?
        }
        Some(_) => return None,
        None => 0,
    };
    Some((minutes * 60 + seconds) * 1_000 + millis)
}

/// ASCII digits alone, one to `digits_max` of them.
fn read_digits(text: &str, digits_max: usize) -> Option<u32> {
    let is_number = (1..=digits_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The largest time that [`write_time`] and [`read_stamp`] agree on: four digits of minutes.
pub(super) const TIME_MS_MAX: u32 = (9_999 * 60 + 59) * 1_000 + 999;

/// `mm:ss.xxx`: milliseconds, so that nothing is lost.
pub(super) fn write_time(time_ms: u32) -> String {
    let seconds = time_ms / 1_000;
    format!("{:02}:{:02}.{:03}", seconds / 60, seconds % 60, time_ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_in_every_form_that_is_found() {
        for (text, expected) in [
            ("[00:17.12] a", Some((17_120, " a"))),
            ("[00:17]a", Some((17_000, "a"))),
            ("[1:02.5]", Some((62_500, ""))),
            ("[01:02.505]", Some((62_505, ""))),
            ("[01:02:50]", Some((62_500, ""))),
            ("[01:02,50]", Some((62_500, ""))),
            ("[61:00.00]", Some((3_660_000, ""))),
            ("[00:75.00]", Some((75_000, ""))),
            ("[ 00:01.00 ]x", Some((1_000, "x"))),
            ("[00:01.123456]", Some((1_123, ""))),
            ("[00:01.]", None),
            ("[00:-1.00]", None),
            ("[+0:01.00]", None),
            ("[ar:me]", None),
            ("[00:100.00]", None),
            ("[99999:00.00]", None),
            ("[00:01.00", None),
            ("[０0:01.00]", None),
            (" [00:01.00]", None),
        ] {
            assert_eq!(read_stamp(text, '[', ']'), expected, "{text}");
        }
        assert_eq!(read_stamp("<00:01.50>word", '<', '>'), Some((1_500, "word")));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for time_ms in [0, 1, 999, 59_999, 60_000, 3_600_000, TIME_MS_MAX] {
            let written = format!("[{}]", write_time(time_ms));
            assert_eq!(read_stamp(&written, '[', ']'), Some((time_ms, "")), "{written}");
        }
        assert_eq!(read_time("9999:99.999"), Some(TIME_MS_MAX + 40_000), "clamped by the parser");
    }
}
