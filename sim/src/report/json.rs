//! `report.json` as people like to read it: one key or entry a line down to the second level, everything deeper on one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Down to here each value gets a line of its own.
const LINES_DOWN_TO: usize = 2;

/// The text of `value`. Object keys come in the order of their fields, maps in the order of their keys.
pub(super) fn text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Shallow::default());
    value
        .serialize(&mut serializer)
        .expect("a report holds only values that JSON has, and memory takes every byte");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("the serializer writes UTF-8")
}

#[derive(Default)]
struct Shallow {
    depth: usize,
    any: bool,
}

impl Shallow {
    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.any = false;
        out.write_all(bracket)
    }

    /// What stands before an item; `apart` between two on one line.
    fn item<W: ?Sized + Write>(&mut self, out: &mut W, first: bool, apart: &[u8]) -> io::Result<()> {
        let on_a_line_of_its_own = self.depth <= LINES_DOWN_TO;
        if !first {
            out.write_all(if on_a_line_of_its_own { b"," } else { apart })?;
        }
        if on_a_line_of_its_own { newline(out, self.depth) } else { Ok(()) }
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.any && self.depth <= LINES_DOWN_TO {
            newline(out, self.depth - 1)?;
        }
        self.depth -= 1;
        self.any = true;
        out.write_all(bracket)
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.item(out, first, b",")
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.any = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.item(out, first, b", ")
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.any = true;
        Ok(())
    }
}

fn newline<W: ?Sized + Write>(out: &mut W, depth: usize) -> io::Result<()> {
    out.write_all(b"\n")?;
    (0..depth).try_for_each(|_| out.write_all(b"  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_levels_of_lines_and_no_more() {
        let value = serde_json::json!({"a": 1, "b": {"c": [1, 2], "d": []}, "e": [{"f": {"g": 0.5}, "i": 1}], "h": {}});
        let expected = r#"{
  "a": 1,
  "b": {
    "c": [1,2],
    "d": []
  },
  "e": [
    {"f": {"g": 0.5}, "i": 1}
  ],
  "h": {}
}
"#;
        assert_eq!(text(&value), expected);
    }
}
