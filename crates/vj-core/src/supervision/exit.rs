//! How a process ended.

use std::fmt;

/// How the last process of a worker ended. It is shown to users; the law treats all of them alike, exit code 0 too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
    /// It is gone, nobody knows how: the exit status of an adopted process goes to another parent.
    Vanished,
    /// It could not be started at all.
    NotStarted,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Vanished => f.write_str("vanished"),
            Self::NotStarted => f.write_str("could not be started"),
        }
    }
}
