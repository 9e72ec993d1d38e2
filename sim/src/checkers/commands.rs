//! Commands and their answers.

use std::collections::{BTreeMap, VecDeque};

use super::Violation;
use crate::history::{Entry, What};

/// The mark of an answer that came to no command, or to one that was answered already.
pub const STRAY: &str = "stray answer";

/// Every command of every client ends exactly once, in the order in which it was sent (D8, D13).
#[must_use]
pub fn every_command_answered_once_in_order(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "every command is answered once, in order";
    let mut pending: BTreeMap<(&str, &str), VecDeque<(&str, f64)>> = BTreeMap::new();
    let mut violations = Vec::new();
    for Entry { t, what } in history {
        match what {
            What::Command { client, to, id, .. } => {
                pending.entry((client, to)).or_default().push_back((id, *t));
            }
            What::Answer { client, to, id, .. } => {
                let next = pending.entry((client, to)).or_default().pop_front();
                if next.is_none_or(|(expected, _)| expected != id) {
                    let detail = format!("{client} got the answer to {id} from {to} when {next:?} was next");
                    violations.push(Violation::safety(PROPERTY, *t, detail));
                }
            }
            What::Mark { name, detail } if name == STRAY => {
                violations.push(Violation::safety(PROPERTY, *t, format!("answers to nothing: {detail}")));
            }
            _ => {}
        }
    }
    for ((client, to), left) in pending {
        for (id, t) in left {
            let detail = format!("{client} never heard of {id} to {to}");
            violations.push(Violation::liveness(PROPERTY, t, detail));
        }
    }
    violations
}

/// After each kill of a worker, a client is answered by its successor within `sec`.
#[must_use]
pub fn answered_within_of_kill(history: &[Entry], sec: f64) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, Entry { t, what }) in history.iter().enumerate() {
        let What::Fault { kind, target, .. } = what else { continue };
        if kind != "kill" || target == "process_manager" {
            continue;
        }
        let back = history[index..].iter().find_map(|later| match &later.what {
            What::Answer { to, outcome, .. } if to == target && outcome == "replied" => Some(later.t),
            _ => None,
        });
        let took = back.map(|back| back - t);
        if took.is_none_or(|took| took > sec) {
            let detail = match took {
                Some(took) => format!("{target} answered {took:.3} s after it was killed"),
                None => format!("{target} never answered again"),
            };
            violations.push(Violation::liveness("a killed worker is back and answers in time", *t, detail));
        }
    }
    violations
}

/// Every command of `client` is answered within `sec`, but for those that were under way at the end; and there were some.
#[must_use]
pub fn answers_within(history: &[Entry], client: &str, sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "whoever behaves is answered in time";
    let mut asked: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let (mut violations, mut count) = (Vec::new(), 0);
    for Entry { t, what } in history {
        match what {
            What::Command { client: who, to, id, .. } if who == client => {
                asked.insert((to, id), *t);
            }
            What::Answer { client: who, to, id, .. } if who == client => {
                count += 1;
                let took = asked.remove(&(to.as_str(), id.as_str())).map_or(f64::INFINITY, |at| t - at);
                if took > sec {
                    let detail = format!("{to} took {took:.3} s for {id} of {client}, {sec} s are allowed");
                    violations.push(Violation::liveness(PROPERTY, *t, detail));
                }
            }
            _ => {}
        }
    }
    let end = history.last().map_or(0.0, |entry| entry.t);
    for ((to, id), at) in asked.into_iter().filter(|(_, at)| end - at > sec) {
        violations.push(Violation::liveness(PROPERTY, at, format!("{client} never heard of {id} to {to}")));
    }
    if count == 0 {
        violations.push(Violation::liveness(PROPERTY, 0.0, format!("{client} was never answered")));
    }
    violations
}

/// At least `count` commands were sent, and each was done.
#[must_use]
pub fn all_replied(history: &[Entry], count: usize) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut replied = 0;
    for Entry { t, what } in history {
        let What::Answer { to, id, outcome, detail, .. } = what else { continue };
        if outcome == "replied" {
            replied += 1;
        } else {
            let detail = format!("{id} to {to} ended {outcome}: {detail}");
            violations.push(Violation::safety("every command is done", *t, detail));
        }
    }
    if replied < count {
        let detail = format!("{replied} of {count}");
        violations.push(Violation::liveness("every command is done", 0.0, detail));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{answer, command, fault, mark};
    use super::*;

    #[test]
    fn a_missing_a_second_and_a_swapped_answer_are_seen() {
        let check = every_command_answered_once_in_order;
        let good = [command(0.0, "a", "1"), command(0.0, "a", "2"), answer(1.0, "a", "1", "replied")];
        let both = [&good[..], &[answer(1.0, "a", "2", "unknown")]].concat();
        assert_eq!(check(&both), []);
        assert_eq!(check(&good).len(), 1, "one is missing");
        let twice = [&both[..], &[answer(1.0, "a", "2", "replied")]].concat();
        assert_eq!(check(&twice).len(), 1, "one came twice");
        let swapped = [command(0.0, "a", "1"), command(0.0, "a", "2"), answer(1.0, "a", "2", "replied")];
        assert!(!check(&swapped).is_empty(), "out of order");
        let stray = [&both[..], &[mark(2.0, STRAY, "1 of a")]].concat();
        assert_eq!(check(&stray).len(), 1, "one came to no command");
    }

    #[test]
    fn a_late_answer_is_seen() {
        let took = |sec: f64| [command(1.0, "a", "1"), answer(1.0 + sec, "a", "1", "replied")];
        assert_eq!(answers_within(&took(0.1), "probe", 0.2), []);
        assert_eq!(answers_within(&took(0.3), "probe", 0.2).len(), 1);
        assert_eq!(answers_within(&took(0.1), "another", 0.2).len(), 1, "that one was never answered");
        let open = |end: f64| [&took(0.1)[..], &[command(1.2, "a", "2"), command(end, "b", "1")]].concat();
        assert_eq!(answers_within(&open(1.3), "probe", 0.2), []);
        assert_eq!(answers_within(&open(1.5), "probe", 0.2).len(), 1);
    }

    #[test]
    fn a_command_that_was_not_done_is_seen() {
        let good = [answer(1.0, "a", "1", "replied"), answer(1.0, "a", "2", "replied")];
        assert_eq!(all_replied(&good, 2), []);
        assert_eq!(all_replied(&good, 3).len(), 1);
        assert_eq!(all_replied(&[answer(1.0, "a", "1", "unknown")], 0).len(), 1);
    }

    #[test]
    fn a_worker_that_is_late_or_never_back_is_seen() {
        let check = |history: &[Entry]| answered_within_of_kill(history, 1.5).len();
        assert_eq!(check(&[fault(10.0, "kill", "a", 1), answer(11.4, "a", "1", "replied")]), 0);
        assert_eq!(check(&[fault(10.0, "kill", "a", 1), answer(11.6, "a", "1", "replied")]), 1);
        assert_eq!(check(&[fault(10.0, "kill", "a", 1), answer(11.0, "a", "1", "unknown")]), 1);
        assert_eq!(check(&[fault(10.0, "kill", "a", 1), answer(11.0, "b", "1", "replied")]), 1);
    }
}
