//! Files of a JSON document a line: the history and the OSC log of a run.

use std::io::{self, BufRead, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes them.
pub(crate) fn write(lines: &[impl Serialize], mut out: impl Write) -> io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// The lines of a tape, in order of time, with their numbers; blank ones are passed over. Says what is wrong, with the line.
pub(crate) fn in_order<T: DeserializeOwned>(
    text: &str,
    at_sec: impl Fn(&T) -> f64,
) -> impl Iterator<Item = Result<(usize, T), String>> {
    let (lines, mut last) = ((1..).zip(text.lines()), 0.0);
    lines.filter(|(_, line)| !line.trim().is_empty()).map(move |(number, line)| {
        let line: T = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        let t = at_sec(&line);
        if t.is_nan() || t < last {
            return Err(format!("line {number}: its t is before the one of the line above"));
        }
        last = t;
        Ok((number, line))
    })
}

/// Reads them; the first line that is not `what` is named by its number.
pub(crate) fn read<T: DeserializeOwned>(mut input: impl BufRead, what: &str) -> io::Result<Vec<T>> {
    let (mut lines, mut text) = (Vec::new(), String::new());
    for number in 1_u64.. {
        text.clear();
        if input.read_line(&mut text)? == 0 {
            break;
        }
        match serde_json::from_str(&text) {
            Ok(line) => lines.push(line),
            // A recorder that was killed may have left a torn line behind.
            Err(_) if number > 1 && !text.ends_with('\n') => break,
            Err(error) => {
                let why = format!("line {number} is no {what}: {error}");
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
    }
    Ok(lines)
}
