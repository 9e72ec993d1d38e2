//! What `vj` said and how it ended, where a script ran it.

use super::Violation;
use super::marks::marks;
use crate::history::Entry;

/// The mark of a command of `vj` that has ended; its detail is made by [`command_line`].
pub const COMMAND_LINE: &str = "vj";

/// The detail of that mark.
#[must_use]
pub fn command_line(args: &str, code: Option<i32>, said: &str) -> String {
    let code = code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
    format!("{args}: {code}: {said}")
}

/// `vj ARGS` was run, ended each time with this exit code, and its complaint has all these words.
#[must_use]
pub fn command_line_ends(history: &[Entry], args: &str, code: i32, words: &[&str]) -> Vec<Violation> {
    const PROPERTY: &str = "a command ends as it should and says why";
    let wanted = command_line(args, Some(code), "");
    let own = format!("{args}: ");
    let mut runs = marks(history, COMMAND_LINE).filter(|(_, detail)| detail.starts_with(&own)).peekable();
    if runs.peek().is_none() {
        return vec![Violation::liveness(PROPERTY, 0.0, format!("vj {args} never ended"))];
    }
    runs.filter(|(_, detail)| {
        !detail.starts_with(&wanted) || !words.iter().all(|word| detail[own.len()..].contains(word))
    })
    .map(|(t, detail)| Violation::safety(PROPERTY, t, format!("vj {detail}")))
    .collect()
}

/// There are `count` marks of that name, each with this detail.
#[must_use]
pub fn marked(history: &[Entry], name: &'static str, count: usize, detail: &str) -> Vec<Violation> {
    let found: Vec<_> = marks(history, name).collect();
    let mut violations: Vec<_> = found
        .iter()
        .filter(|(_, seen)| *seen != detail)
        .map(|(t, seen)| Violation::safety("every mark is as it should be", *t, format!("{name}: {seen}")))
        .collect();
    if found.len() != count {
        let detail = format!("{name}: {} marks, {count} were due", found.len());
        violations.push(Violation::liveness("every mark is as it should be", 0.0, detail));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::mark;
    use super::*;

    #[test]
    fn another_exit_code_a_missing_word_and_a_command_that_never_ended_are_seen() {
        let ran = |code, said: &str| [mark(1.0, COMMAND_LINE, &command_line("up", code, said))];
        let judge = |history: &[Entry]| command_line_ends(history, "up", 3, &["pid"]).len();
        assert_eq!(judge(&ran(Some(3), "it is up (pid 7)")), 0);
        assert_eq!(judge(&ran(Some(1), "it is up (pid 7)")), 1);
        assert_eq!(judge(&ran(None, "it is up (pid 7)")), 1);
        assert_eq!(judge(&ran(Some(3), "it is up")), 1);
        assert_eq!(judge(&[]), 1);
    }

    #[test]
    fn marks_that_are_missing_or_say_something_else_are_seen() {
        let two = [mark(1.0, "a", "good"), mark(2.0, "a", "bad")];
        assert_eq!(marked(&two[..1], "a", 1, "good"), []);
        assert_eq!(marked(&two, "a", 2, "good").len(), 1);
        assert_eq!(marked(&two[..1], "a", 2, "good").len(), 1);
    }
}
