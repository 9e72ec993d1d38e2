//! Colour, where there is somebody to see it.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write, stderr, stdout};

/// Paints words if the stream is a terminal and `NO_COLOR` is not set (<https://no-color.org>).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// For what goes to standard output.
    pub(crate) fn for_stdout() -> Self {
        Self { on: stdout().is_terminal() && colours_wanted() }
    }

    /// For what goes to standard error.
    pub(crate) fn for_stderr() -> Self {
        Self { on: stderr().is_terminal() && colours_wanted() }
    }

    /// Never paints.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self { on: false }
    }

    /// A heading.
    pub(crate) fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What is beside the point.
    pub(crate) fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// What is wrong.
    pub(crate) fn alarm(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// `code` as in ECMA-48, select graphic rendition.
    fn wrap(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Prints one line. Unlike `println!` it does not panic when the reader, `head` say, has seen enough.
pub(crate) fn print_line(line: impl Display) -> io::Result<()> {
    writeln!(stdout(), "{line}")
}

/// What others wrote, without what would move the cursor or ring the bell.
pub(crate) fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
