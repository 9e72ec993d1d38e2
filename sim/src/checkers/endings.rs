//! The orderly end of a show, and of those who may not begin.

use super::Violation;
use super::marks::marks;
use crate::history::{Entry, What};

/// The mark of the moment at which a show is told to end.
pub const GOING_DOWN: &str = "going down";

/// The mark of the moment at which it has; the detail is the exit code, as `exit code N`.
pub const DOWN: &str = "down";

/// The mark of something that is left of a show that is over.
pub const LEFT: &str = "left";

/// The show ends within `sec` of being told so, and whoever told it hears that all is well.
#[must_use]
pub fn down_within(history: &[Entry], sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "a show that is told to end is over in time";
    let Some(told) = marks(history, GOING_DOWN).next() else {
        return vec![Violation::liveness(PROPERTY, 0.0, "nobody told it to end")];
    };
    match marks(history, DOWN).find(|(t, _)| *t >= told.0) {
        Some((t, code)) if code == "exit code 0" && t - told.0 <= sec => Vec::new(),
        Some((t, code)) => {
            vec![Violation::liveness(PROPERTY, told.0, format!("it took {:.3} s ({code})", t - told.0))]
        }
        None => vec![Violation::liveness(PROPERTY, told.0, "it is not over")],
    }
}

/// These end once each, in this order, after the show was told to end. Of two ends that are at most `apart_sec` apart nobody
/// knows which came first: a real machine may be seen to have lost both at one look.
#[must_use]
pub fn ends_in_order(history: &[Entry], names: &[&str], apart_sec: f64) -> Vec<Violation> {
    let told = marks(history, GOING_DOWN).next().map_or(0.0, |(t, _)| t);
    let ends: Vec<(f64, &str)> = history
        .iter()
        .filter(|entry| entry.t >= told)
        .filter_map(|entry| match &entry.what {
            What::Exit { process, .. } => Some((entry.t, process.as_str())),
            _ => None,
        })
        .collect();
    let mut left = ends.clone();
    let is_next = |name: &&str| {
        let first = left.first().map_or(0.0, |(t, _)| *t);
        let at = left.iter().position(|(t, end)| end == name && t - first <= apart_sec);
        at.map(|at| left.remove(at)).is_some()
    };
    if names.iter().all(is_next) && left.is_empty() {
        return Vec::new();
    }
    let detail = ends.iter().map(|(t, name)| format!("{name} at {t:.3}")).collect::<Vec<_>>().join(", ");
    vec![Violation::safety("all end in the reverse order of their start", told, detail)]
}

/// When the show is over, nothing of it is left.
#[must_use]
pub fn nothing_left(history: &[Entry]) -> Vec<Violation> {
    marks(history, LEFT)
        .map(|(t, what)| Violation::liveness("nothing is left of a show that is over", t, what))
        .collect()
}

/// Whoever starts while another serves its name is refused by the number of that one and ends with exit code 3 within
/// `sec`; there are at least `count` such.
#[must_use]
pub fn second_is_refused(history: &[Entry], count: usize, sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "a second instance is refused in time, by the number of the first";
    let mut violations = Vec::new();
    let mut seen = 0;
    for (index, Entry { t, what }) in history.iter().enumerate() {
        let What::Start { process, pid } = what else { continue };
        let Some(first) = holder(&history[..index], process) else { continue };
        seen += 1;
        let later = || history[index..].iter().take_while(|entry| entry.t - t <= sec);
        let refused = later().any(|entry| {
            matches!(&entry.what, What::Refused { pid: who, holder, .. } if who == pid && *holder == first)
        });
        let ended = later().any(|entry| {
            matches!(&entry.what, What::Exit { pid: who, how, .. } if who == pid && how == "exit code 3")
        });
        if !refused || !ended {
            let detail =
                format!("{process} (pid {pid}) beside pid {first}: refused {refused}, exit 3 {ended}");
            violations.push(Violation::safety(PROPERTY, *t, detail));
        }
    }
    if seen < count {
        let detail = format!("{seen} were started beside another, {count} were to be");
        violations.push(Violation::liveness(PROPERTY, 0.0, detail));
    }
    violations
}

/// Who serves the name at the end of this history.
fn holder(history: &[Entry], name: &str) -> Option<u32> {
    let mut holder = None;
    for entry in history {
        match &entry.what {
            What::Bound { process, pid } if process == name => holder = Some(*pid),
            What::Exit { pid, .. } if holder == Some(*pid) => holder = None,
            _ => {}
        }
    }
    holder
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{bound, exit, mark, start};
    use super::*;

    #[test]
    fn an_end_that_is_late_fails_or_never_comes_is_seen() {
        let judge = |more: &[Entry]| down_within(&[&[mark(5.0, GOING_DOWN, "")], more].concat(), 7.0).len();
        assert_eq!(judge(&[mark(11.0, DOWN, "exit code 0")]), 0);
        assert_eq!(judge(&[mark(13.0, DOWN, "exit code 0")]), 1);
        assert_eq!(judge(&[mark(11.0, DOWN, "exit code 1")]), 1);
        assert_eq!(judge(&[]), 1);
        assert_eq!(down_within(&[], 7.0).len(), 1);
    }

    #[test]
    fn another_order_and_leftovers_are_seen() {
        let ends = [mark(5.0, GOING_DOWN, ""), exit(6.0, "b", 2), exit(7.0, "a", 1)];
        assert_eq!(ends_in_order(&ends, &["b", "a"], 0.0), []);
        assert_eq!(ends_in_order(&ends, &["a", "b"], 0.0).len(), 1);
        assert_eq!(ends_in_order(&ends, &["a", "b"], 0.05).len(), 1, "further apart than can be mistaken");
        assert_eq!(ends_in_order(&ends, &["a", "b"], 100.0), [], "seen in one look");
        assert_eq!(ends_in_order(&ends[..2], &["b", "a"], 100.0).len(), 1, "one lives on");
        assert_eq!(nothing_left(&ends), []);
        assert_eq!(nothing_left(&[mark(1.0, LEFT, "socket of a")]).len(), 1);
    }

    #[test]
    fn a_second_instance_that_is_let_in_or_ends_otherwise_is_seen() {
        let first = [start(0.0, "a", 1), bound(0.1, "a", 1), start(5.0, "a", 2)];
        let refused = Entry { t: 5.4, what: What::Refused { process: "a".to_owned(), pid: 2, holder: 1 } };
        let ends = |t, how: &str| Entry {
            t,
            what: What::Exit { process: "a".to_owned(), pid: 2, how: how.to_owned() },
        };
        let judge = |more: &[Entry]| second_is_refused(&[&first[..], more].concat(), 1, 1.0).len();
        assert_eq!(judge(&[refused.clone(), ends(5.5, "exit code 3")]), 0);
        assert_eq!(judge(&[refused.clone(), ends(5.5, "exit code 1")]), 1);
        assert_eq!(judge(&[refused.clone(), ends(6.5, "exit code 3")]), 1);
        assert_eq!(judge(&[ends(5.5, "exit code 3")]), 1);
        assert_eq!(second_is_refused(&first[..2], 1, 1.0).len(), 1, "nobody tried");
    }
}
