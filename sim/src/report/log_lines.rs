//! What the processes warned of.

use serde::Serialize;
use vj_env::Level;

use super::units::rounded;
use crate::history::{Entry, What};

/// As many lines are kept; the counts go on. A process that warns at every tick must not make the report unreadable.
const LINES_MAX: usize = 500;

/// Warnings and errors.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LogLines {
    /// How many warnings there were.
    pub warnings: usize,
    /// How many errors there were, panics among them.
    pub errors: usize,
    /// The first 500 of both; the rest stands in `history.jsonl`.
    pub lines: Vec<LogLine>,
}

/// One warning or error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogLine {
    /// In seconds since the start of the run.
    pub t: f64,
    /// Who said it.
    pub process: String,
    /// `warning` or `error`.
    pub level: Level,
    /// What it said.
    pub message: String,
}

impl LogLines {
    /// What was warned of in `entries`.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut log = Self::default();
        for Entry { t, what } in entries {
            let (process, level, message) = match what {
                What::Log { process, level: level @ (Level::Warning | Level::Error), message, .. } => {
                    (process, *level, message.clone())
                }
                What::Panic { process, message, .. } => {
                    (process, Level::Error, format!("panicked: {message}"))
                }
                _ => continue,
            };
            if level == Level::Error {
                log.errors += 1;
            } else {
                log.warnings += 1;
            }
            if log.lines.len() < LINES_MAX {
                log.lines.push(LogLine { t: rounded(*t), process: process.clone(), level, message });
            }
        }
        log
    }

    /// How many were left out of `lines`.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.warnings + self.errors - self.lines.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{entry, log};

    #[test]
    fn warnings_errors_and_panics_are_told_and_the_rest_is_not() {
        let panic = What::Panic { process: "a".into(), pid: 2, message: "index out of range".into() };
        let entries = [
            log(1.0, Level::Info, "i"),
            log(2.0, Level::Warning, "w"),
            log(3.0, Level::Error, "e"),
            entry(4.0, panic),
        ];
        let told = LogLines::of(&entries);
        assert_eq!((told.warnings, told.errors, told.left_out()), (1, 2, 0));
        assert_eq!(told.lines[2].message, "panicked: index out of range");
    }

    #[test]
    fn a_flood_is_counted_and_cut() {
        let entries = vec![log(1.0, Level::Warning, "again"); 700];
        let told = LogLines::of(&entries);
        assert_eq!((told.warnings, told.lines.len(), told.left_out()), (700, 500, 200));
    }
}
