//! A file of lines that grows by whole lines.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

/// Bytes that may wait to be written.
const BUFFER: usize = 64 * 1024;

/// See the module. What is added goes out once a second, or when there is much of it: an end of the process costs at most that,
/// and the last line that is in the file may be torn. Readers leave a torn one out ([`whole_lines`]).
pub struct LineFile {
    file: File,
    waiting: Vec<u8>,
    bytes: u64,
}

impl LineFile {
    /// Makes an empty one.
    ///
    /// # Errors
    /// What the system said.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self { file, waiting: Vec::new(), bytes: 0 })
    }

    /// Bytes that it has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a line of JSON.
    ///
    /// # Errors
    /// What the system said.
    pub fn add(&mut self, line: &impl Serialize) -> io::Result<()> {
        let before = self.waiting.len();
        serde_json::to_writer(&mut self.waiting, line)?;
        self.waiting.push(b'\n');
        self.bytes += (self.waiting.len() - before) as u64;
        if self.waiting.len() >= BUFFER { self.settle() } else { Ok(()) }
    }

    /// Brings what was added into the file.
    ///
    /// # Errors
    /// What the system said. A line may be torn then.
    pub fn settle(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.waiting);
        self.waiting.clear();
        written
    }

    /// The file, to wait for the disk.
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

/// A file of lines without what its writer did not come to the end of: a last line without a line end that is no JSON.
#[must_use]
pub fn whole_lines(text: &str) -> &str {
    let (whole, rest) = text.split_at(text.rfind('\n').map_or(0, |at| at + 1));
    let is_torn = serde_json::from_str::<serde::de::IgnoredAny>(rest).is_err();
    if is_torn && !rest.trim().is_empty() { whole } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_settled_is_there_and_a_torn_end_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("osc.jsonl");
        let mut lines = LineFile::create(&path).unwrap();
        lines.add(&json!({"t": 1})).unwrap();
        lines.add(&json!({"t": 2})).unwrap();
        lines.settle().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"t\":1}\n{\"t\":2}\n");
        assert_eq!(lines.bytes(), text.len() as u64);
        for cut in 0..text.len() {
            let whole = whole_lines(&text[..cut]);
            assert!(
                whole.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
                "{whole}"
            );
            assert!(
                whole.lines().count() == usize::from(cut >= 7) + usize::from(cut >= 15),
                "{cut}: {whole}"
            );
        }
        assert_eq!(whole_lines("{\"t\":1}\n{\"t\":2}"), "{\"t\":1}\n{\"t\":2}", "no line end is no tear");
    }
}
