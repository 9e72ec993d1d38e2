//! Lives and deaths.

use std::collections::BTreeMap;

use super::marks::marks;
use super::{Class, Violation};
use crate::history::{Entry, What};

/// At no moment do two live processes serve the same name (D15, D22).
#[must_use]
pub fn never_two_of_one(history: &[Entry]) -> Vec<Violation> {
    let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
    let mut violations = Vec::new();
    for Entry { t, what } in history {
        match what {
            What::Bound { process, pid } => {
                if let Some(other) = holders.insert(process, *pid) {
                    let detail = format!("pid {pid} serves {process} while pid {other} does");
                    violations.push(Violation::safety("never two of one worker", *t, detail));
                }
            }
            What::Exit { process, pid, .. } if holders.get(process.as_str()) == Some(pid) => {
                holders.remove(process.as_str());
            }
            _ => {}
        }
    }
    violations
}

/// Who ends removes his socket first; so long after that he is gone.
const GONE_WITHIN_SEC: f64 = 1.0;

/// Nobody removes the socket of a process that lives on. Who removed it is not known on a real machine (pid 0).
#[must_use]
pub fn only_holders_unlink(history: &[Entry]) -> Vec<Violation> {
    let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
    let mut violations = Vec::new();
    for (index, Entry { t, what }) in history.iter().enumerate() {
        match what {
            What::Bound { process, pid } => {
                holders.insert(process, *pid);
            }
            What::Exit { process, pid, .. } if holders.get(process.as_str()) == Some(pid) => {
                holders.remove(process.as_str());
            }
            What::Unbound { process, pid } => {
                let Some(holder) = holders.get(process.as_str()).copied().filter(|holder| holder != pid)
                else {
                    continue;
                };
                let later = history[index..].iter().take_while(|later| later.t <= t + GONE_WITHIN_SEC);
                let is_gone = later
                    .filter_map(|later| match &later.what {
                        What::Exit { pid, .. } => Some(*pid),
                        _ => None,
                    })
                    .any(|gone| gone == holder);
                if !is_gone {
                    let detail =
                        format!("the socket of {process} (pid {holder}, alive) was removed by pid {pid}");
                    violations.push(Violation::safety("only its holder removes a socket", *t, detail));
                }
            }
            _ => {}
        }
    }
    violations
}

/// The script of the run came to its end: it has no mark of that name.
#[must_use]
pub fn comes_to_its_end(history: &[Entry], stuck: &str) -> Vec<Violation> {
    marks(history, stuck)
        .map(|(t, detail)| Violation::liveness("a run comes to its end", t, detail))
        .collect()
}

/// No process panics.
#[must_use]
pub fn no_panic(history: &[Entry]) -> Vec<Violation> {
    let panics = history.iter().filter_map(|Entry { t, what }| match what {
        What::Panic { process, message, .. } => Some(Violation {
            class: Class::Panic,
            property: "no process panics",
            t: *t,
            detail: format!("{process}: {message}"),
        }),
        _ => None,
    });
    panics.collect()
}

/// Who stood still or was clogged has drawn the manager's anger for so long after that is over, and no longer.
const EXPLAINED_SEC: f64 = 35.0;

/// Only those processes end that a fault struck: the death of one is no other's (D18, D22). A signal explains an end for good, a fault
/// that lasts does so for as long as it lasts and a while; connections that break explain none.
#[must_use]
pub fn only_victims_end(history: &[Entry]) -> Vec<Violation> {
    let mut struck: Vec<Struck<'_>> = Vec::new();
    let mut violations = Vec::new();
    for Entry { t, what } in history {
        match what {
            What::Fault { kind, target, detail } if kind != "cut" => {
                struck.push(Struck { kind, target, by: detail, until: f64::MAX });
            }
            What::Mended { kind, target } => {
                let is_over =
                    |it: &&mut Struck<'_>| it.kind == kind && it.target == target && it.until == f64::MAX;
                struck.iter_mut().filter(is_over).for_each(|it| it.until = t + EXPLAINED_SEC);
            }
            What::Exit { process, pid, how } => {
                let by = format!("pid {pid}");
                if !struck.iter().any(|it| *it.by == by && *t <= it.until) {
                    let detail = format!("{process} (pid {pid}) ended ({how}), and nothing struck it");
                    violations.push(Violation::safety("only victims of faults end", *t, detail));
                }
            }
            _ => {}
        }
    }
    violations
}

/// A fault that struck a process.
struct Struck<'a> {
    kind: &'a str,
    target: &'a str,
    /// `pid N`.
    by: &'a str,
    /// Until when it explains an end.
    until: f64,
}

/// Of a process that only gets slices of the processor nobody expects that it is in time.
fn stands_still(kind: &str) -> bool {
    ["freeze", "starve"].contains(&kind)
}

/// From when to when a process stood still or did not exist, after it had begun.
pub(super) fn away(history: &[Entry], name: &str) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for Entry { t, what } in history {
        let is_gone = match what {
            What::Fault { kind, target, .. } => (stands_still(kind) && target == name).then_some(true),
            What::Exit { process, .. } => (process == name).then_some(true),
            What::Mended { kind, target } => (stands_still(kind) && target == name).then_some(false),
            What::Start { process, .. } => (process == name).then_some(false),
            _ => None,
        };
        let is_open = spans.last().is_some_and(|(_, to)| *to == f64::MAX);
        match is_gone {
            Some(true) if !is_open => spans.push((*t, f64::MAX)),
            Some(false) if is_open => spans.last_mut().expect("one is open").1 = *t,
            _ => {}
        }
    }
    spans
}

/// A dead process's socket is served again or removed within `sec` of its death (D9, D14).
#[must_use]
pub fn dead_leave_no_socket(history: &[Entry], sec: f64) -> Vec<Violation> {
    let end = history.last().map_or(0.0, |entry| entry.t);
    let mut stale: BTreeMap<&str, f64> = BTreeMap::new();
    let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
    let mut violations = Vec::new();
    let mut judge = |process: &str, since: f64, until: f64| {
        if until - since > sec {
            let detail = format!("the socket of {process} stood stale for {:.3} s", until - since);
            violations.push(Violation::liveness("the dead leave no socket", since, detail));
        }
    };
    for Entry { t, what } in history {
        match what {
            What::Bound { process, pid } => {
                holders.insert(process, *pid);
                stale.remove(process.as_str()).inspect(|since| judge(process, *since, *t));
            }
            What::Unbound { process, .. } => {
                holders.remove(process.as_str());
                stale.remove(process.as_str()).inspect(|since| judge(process, *since, *t));
            }
            What::Exit { process, pid, .. } if holders.get(process.as_str()) == Some(pid) => {
                holders.remove(process.as_str());
                stale.insert(process, *t);
            }
            _ => {}
        }
    }
    for (process, since) in stale {
        judge(process, since, end);
    }
    violations
}

/// The mark of the moment after which nobody is struck any more.
pub const STORM_OVER: &str = "the storm is over";

/// The mark of a process that lives in the end: its name and number.
pub const LIVES: &str = "lives";

/// In the end there is exactly one process of each of these names, and no other but the guardian.
#[must_use]
pub fn one_of_each(history: &[Entry], names: &[&str]) -> Vec<Violation> {
    let mut live: Vec<&str> = marks(history, LIVES).filter_map(|(_, it)| it.split(' ').next()).collect();
    live.retain(|name| *name != "up");
    live.sort_unstable();
    let mut due = names.to_vec();
    due.sort_unstable();
    if live == due {
        return Vec::new();
    }
    let end = history.last().map_or(0.0, |entry| entry.t);
    vec![Violation::safety("no orphan and no duplicate in the end", end, format!("{live:?}"))]
}

/// After the first start of `name` somebody serves it within `sec`.
#[must_use]
pub fn serves_within(history: &[Entry], name: &str, sec: f64) -> Vec<Violation> {
    let of = |what: &What| match what {
        What::Start { process, .. } if process == name => Some(false),
        What::Bound { process, .. } if process == name => Some(true),
        _ => None,
    };
    let first = |bound| history.iter().find(|entry| of(&entry.what) == Some(bound)).map(|entry| entry.t);
    match (first(false), first(true)) {
        (Some(start), Some(bound)) if bound - start <= sec => Vec::new(),
        (start, bound) => {
            let detail = format!("{name} started at {start:?}, served at {bound:?}");
            vec![Violation::liveness("what starts serves in time", start.unwrap_or_default(), detail)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{bound, exit, fault, mark};
    use super::*;

    #[test]
    fn two_holders_of_one_name_are_seen() {
        let good = [bound(0.0, "a", 1), exit(1.0, "a", 1), bound(2.0, "a", 2)];
        assert_eq!(never_two_of_one(&good), []);
        let bad = [bound(0.0, "a", 1), bound(2.0, "a", 2)];
        assert_eq!(never_two_of_one(&bad).len(), 1);
    }

    #[test]
    fn a_run_that_is_stuck_is_seen() {
        assert_eq!(comes_to_its_end(&[mark(1.0, "stuck", "")], "stuck").len(), 1);
        assert_eq!(comes_to_its_end(&[mark(1.0, "other", "")], "stuck"), []);
    }

    #[test]
    fn a_panic_is_seen() {
        let what = What::Panic { process: "a".to_owned(), pid: 1, message: "no".to_owned() };
        assert_eq!(no_panic(&[Entry { t: 1.0, what }])[0].class, Class::Panic);
    }

    #[test]
    fn an_end_without_a_cause_is_seen() {
        assert_eq!(only_victims_end(&[fault(1.0, "kill", "a", 1), exit(1.0, "a", 1)]), []);
        assert_eq!(only_victims_end(&[fault(1.0, "kill", "a", 1), exit(1.0, "b", 2)]).len(), 1);
        assert_eq!(only_victims_end(&[fault(1.0, "cut", "a", 1), exit(1.0, "a", 1)]).len(), 1);
        let mended =
            Entry { t: 2.0, what: What::Mended { kind: "freeze".to_owned(), target: "a".to_owned() } };
        let ends =
            |t: f64| only_victims_end(&[fault(1.0, "freeze", "a", 1), mended.clone(), exit(t, "a", 1)]);
        assert_eq!(ends(20.0), []);
        assert_eq!(ends(60.0).len(), 1, "it has long been forgiven");
    }

    #[test]
    fn an_orphan_a_duplicate_and_one_that_is_missing_are_seen() {
        let judge = |live: &[&str]| {
            let history: Vec<_> = live.iter().map(|name| mark(1.0, LIVES, &format!("{name} 7"))).collect();
            one_of_each(&history, &["a", "b"]).len()
        };
        assert_eq!((judge(&["b", "a", "up"]), judge(&["a"]), judge(&["a", "a", "b"])), (0, 1, 1));
        assert_eq!(judge(&["a", "b", "stranger"]), 1);
    }

    #[test]
    fn one_that_serves_late_or_never_is_seen() {
        let judge = |history: &[Entry]| serves_within(history, "a", 1.0).len();
        let start = super::super::bad_history::start(1.0, "a", 1);
        assert_eq!(judge(&[start.clone(), bound(1.5, "a", 1)]), 0);
        assert_eq!((judge(&[start.clone(), bound(2.5, "a", 1)]), judge(&[start])), (1, 1));
    }

    #[test]
    fn a_socket_that_is_taken_from_a_living_process_is_seen() {
        let unbound = |t, pid| Entry { t, what: What::Unbound { process: "a".to_owned(), pid } };
        let seen = |rest: &[Entry]| only_holders_unlink(&[&[bound(1.0, "a", 7)], rest].concat()).len();
        assert_eq!(seen(&[unbound(2.0, 7), exit(2.1, "a", 7)]), 0, "its own, as it ends");
        assert_eq!(seen(&[unbound(2.0, 0), exit(2.1, "a", 7)]), 0, "its own, as far as one can tell");
        assert_eq!(seen(&[exit(2.0, "a", 7), unbound(2.1, 9)]), 0, "a dead one's");
        assert_eq!(seen(&[unbound(2.0, 9), exit(9.0, "a", 7)]), 1);
    }

    #[test]
    fn a_stale_socket_is_seen() {
        let removed = Entry { t: 1.1, what: What::Unbound { process: "a".to_owned(), pid: 0 } };
        let good = [bound(0.0, "a", 1), exit(1.0, "a", 1), removed, mark(9.0, "end", "")];
        assert_eq!(dead_leave_no_socket(&good, 0.5), []);
        let never = [bound(0.0, "a", 1), exit(1.0, "a", 1), mark(9.0, "end", "")];
        assert_eq!(dead_leave_no_socket(&never, 0.5).len(), 1);
        let late = [bound(0.0, "a", 1), exit(1.0, "a", 1), bound(3.0, "a", 2)];
        assert_eq!(dead_leave_no_socket(&late, 0.5).len(), 1);
    }
}
