//! A console in a show, on either ground: on the simulated machine its model, view and links without a terminal; on a real one the
//! program itself, in a real terminal. A script types keys and reads the screen.

mod simulated;

pub use simulated::SimConsole;

/// Columns and rows of the terminal that a console of a script has.
pub const COLUMNS: u16 = 100;
/// See [`COLUMNS`].
pub const ROWS: u16 = 30;

/// A console that somebody sits in front of. Dropping it kills it.
pub trait Console {
    /// Types: `\r` is Enter, `\x1b` Escape.
    fn keys(&mut self, keys: &str);

    /// What the screen shows, line by line.
    fn text(&self) -> String;

    /// SIGKILL.
    fn kill(&mut self);

    /// The commands that it has sent, and how often each was answered; nothing where that cannot be seen from outside.
    fn answers(&self) -> Option<Answers>;
}

/// How a console's commands ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// So many were sent.
    pub sent: u64,
    /// The number of each answer, in the order in which they came.
    pub answered: Vec<u64>,
}

/// Whether the head of this screen says that all that runs is shown as it is.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    let Some((before, _)) = head.split_once(" connected") else { return false };
    let figures = before.rsplit(' ').next().unwrap_or_default();
    figures
        .split_once('/')
        .is_some_and(|(fresh, expected)| fresh == expected && fresh != "0" && !fresh.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_whether_all_is_in_sight() {
        for (head, expect) in [
            (" 1 Master  2 OSC     6/6 connected ● 124.0\nrest", true),
            (" 1 Master  2 OSC     ! 5/6 incomplete ○ 124.0", false),
            (" 1 Master  2 OSC     !!no manager 5/6 ○ ---.-", false),
            ("    !!no manager, 6 of 6 connected ○ ---.-", false),
            (" 1 Master  2 OSC     0/0 connected ○ ---.-", false),
            ("", false),
        ] {
            assert_eq!(is_complete(head), expect, "{head}");
        }
    }
}
