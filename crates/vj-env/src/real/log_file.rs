//! A process's log file: one line a record, turned over when it is full.

use std::cell::{Cell, RefCell};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use crate::{Level, LogRecord, WallMillis};

/// A log file is turned over when it is longer than this: days of a normal show, and an editor still opens it.
pub const LOG_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Old log files that are kept beside the present one: a night that went wrong is still there the day after.
pub const LOG_FILES_KEPT: u32 = 3;

/// Stamps of records: whole milliseconds, in UTC.
const STAMPS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// The log file of one process: `NAME.log` of its name on the bus, with `NAME.log.1` to `NAME.log.3` before it.
///
/// Nothing here ever fails a process: what cannot be written is lost. The file may be moved or removed by anybody at any
/// time, and the next record starts a new one.
pub struct LogFile {
    path: PathBuf,
    pid: u32,
    file: RefCell<Option<File>>,
    bytes_max: Cell<u64>,
    /// The standard error stream goes to the file too (panics, complaints of C libraries), and has to follow it.
    carries_stderr: Cell<bool>,
}

impl LogFile {
    /// The log file of `name` in `dir`, which is made if there is none.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let path = Self::path_of(dir, name);
        let file = open(&path)?;
        let carries_stderr = same(&file, &io::stderr());
        Ok(Self {
            path,
            pid: std::process::id(),
            file: RefCell::new(Some(file)),
            bytes_max: Cell::new(LOG_FILE_BYTES_MAX),
            carries_stderr: Cell::new(carries_stderr),
        })
    }

    /// Where the log file of `name` stands in `dir`.
    #[must_use]
    pub fn path_of(dir: &Path, name: &str) -> PathBuf {
        dir.join(format!("{name}.log"))
    }

    /// Opens the log file of `name` for the standard streams of a process that is about to be started.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn for_streams(dir: &Path, name: &str) -> io::Result<File> {
        open(&Self::path_of(dir, name))
    }

    /// Whether what is written to the standard error stream lands in the file.
    #[must_use]
    pub fn carries_stderr(&self) -> bool {
        self.carries_stderr.get()
    }

    /// Writes one record.
    pub fn write(&self, record: &LogRecord) {
        let line = line(record, self.pid);
        let mut file = self.file.borrow_mut();
        if !file.as_ref().is_some_and(|file| self.is_current(file)) {
            self.reopen(&mut file);
        } else if file.as_ref().and_then(|file| file.metadata().ok()).is_some_and(|meta| {
            meta.len() > 0 && meta.len().saturating_add(line.len() as u64) > self.bytes_max.get()
        }) {
            self.turn_over();
            self.reopen(&mut file);
        }
        if let Some(file) = file.as_mut() {
            // One call a line: lines of two processes do not mix.
            let _ = file.write_all(line.as_bytes());
        }
    }

    fn is_current(&self, file: &File) -> bool {
        match (file.metadata(), fs::metadata(&self.path)) {
            (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }

    fn turn_over(&self) {
        let old = |n: u32| match n {
            0 => self.path.clone(),
            n => PathBuf::from(format!("{}.{n}", self.path.display())),
        };
        for n in (0..LOG_FILES_KEPT).rev() {
            let _ = fs::rename(old(n), old(n + 1));
        }
    }

    fn reopen(&self, file: &mut Option<File>) {
        *file = open(&self.path).ok();
        if let Some(file) = file.as_ref().filter(|_| self.carries_stderr.get()) {
            let _ = rustix::stdio::dup2_stdout(file);
            let _ = rustix::stdio::dup2_stderr(file);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if let Some(dir) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(named)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(named)
}

/// Whether two descriptors are of the same file.
fn same(file: &File, stream: &impl std::os::fd::AsFd) -> bool {
    match (rustix::fs::fstat(file), rustix::fs::fstat(stream)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}

/// One record as it stands in a log file: `2026-11-22T21:03:07.120Z warning 4711 what was said`. Further lines of what
/// was said are indented.
fn line(record: &LogRecord, pid: u32) -> String {
    let message = record.message.trim_end().replace('\n', "\n    ");
    format!("{} {} {pid} {message}\n", stamp(WallMillis(record.time_ms)), record.level)
}

/// A date as log files hold it: RFC 3339, UTC, whole milliseconds.
#[must_use]
pub fn stamp(at: WallMillis) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let stamp = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    STAMPS.timestamp_to_string(&stamp)
}

/// A line of a log file that begins a record, taken apart; none for any other line (the rest of a longer record, or
/// what a library wrote to the standard error stream).
#[must_use]
pub fn parse_line(line: &str) -> Option<(u32, LogRecord)> {
    let mut parts = line.splitn(4, ' ');
    let stamp: Timestamp = parts.next()?.parse().ok()?;
    let level = match parts.next()? {
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warning" => Level::Warning,
        "error" => Level::Error,
        _ => return None,
    };
    let pid = parts.next()?.parse().ok()?;
    let message = parts.next().unwrap_or_default().to_owned();
    let time_ms = u64::try_from(stamp.as_millisecond()).ok()?;
    Some((pid, LogRecord { time_ms, level, message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message: &str) -> LogRecord {
        LogRecord { time_ms: 1_795_381_387_120, level: Level::Warning, message: message.to_owned() }
    }

    fn small(dir: &Path, bytes_max: u64) -> LogFile {
        let log = LogFile::open(dir, "audio_analyzer").unwrap();
        log.bytes_max.set(bytes_max);
        log
    }

    #[test]
    fn a_line_reads_back() {
        let written = line(&record("no sound"), 4711);
        assert_eq!(written, "2026-11-22T21:03:07.120Z warning 4711 no sound\n");
        assert_eq!(parse_line(written.trim_end()), Some((4711, record("no sound"))));
        let (first, rest) =
            line(&record("one\ntwo"), 1).split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(parse_line(&first), Some((1, record("one"))));
        assert_eq!((rest.as_str(), parse_line(rest.trim_end())), ("    two\n", None));
    }

    #[test]
    fn it_turns_over_and_keeps_three() {
        let dir = tempfile::tempdir().unwrap();
        let log = small(dir.path(), 100);
        for n in 0..20 {
            log.write(&record(&format!("{n:020}")));
        }
        let mut names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let name = "audio_analyzer.log";
        assert_eq!(names, [name.to_owned(), format!("{name}.1"), format!("{name}.2"), format!("{name}.3")]);
        for name in names {
            assert!(fs::metadata(dir.path().join(name)).unwrap().len() <= 100);
        }
        let last = fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(last.ends_with("00000000000000000019\n"), "{last}");
    }

    #[test]
    fn a_file_that_was_taken_away_comes_again() {
        let dir = tempfile::tempdir().unwrap();
        let log = small(dir.path(), 1_000);
        log.write(&record("one"));
        let path = LogFile::path_of(dir.path(), "audio_analyzer");
        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        log.write(&record("two"));
        assert!(fs::read_to_string(&path).unwrap().ends_with("two\n"));
    }
}
