//! Consoles: what they show, and when.

use std::collections::BTreeMap;

use super::Violation;
use super::marks::marks;
use crate::console::Answers;
use crate::history::{Entry, What};

/// The mark of a console that was opened; the detail is its name.
pub const OPENED: &str = "console opened";
/// The mark of a console that shows all that runs as it is; the detail is its name.
pub const COMPLETE: &str = "console complete";
/// The mark of one that does not any more.
pub const INCOMPLETE: &str = "console incomplete";
/// The target of a fault that strikes a console; the detail is its name.
pub const CONSOLE: &str = "console";
/// The mark of how its commands ended: its name, a blank, and [`answers`].
pub const ANSWERS: &str = "console answers";
/// The mark of a setting that somebody asked a console for: its name, a blank, and the value.
pub const WISHED: &str = "setting wished";
/// The mark of what the setting is with the worker.
pub const FOUND: &str = "setting found";
/// The mark of a value that the worker acknowledged before it was killed.
pub const ACKNOWLEDGED: &str = "setting acknowledged";
/// The mark of what a console shows of it: its name, a blank, and the value.
pub const SHOWN: &str = "setting shown";
/// The mark of a wish that a console shows as it should: its name, a blank, and how.
pub const STAGE: &str = "wish shown";

/// How commands ended, as a detail.
#[must_use]
pub fn answers(answers: &Answers) -> String {
    format!("{} {:?}", answers.sent, answers.answered)
}

fn struck(history: &[Entry], name: &str) -> Vec<f64> {
    let kills = history.iter().filter(|entry| {
        matches!(&entry.what, What::Fault { target, detail, .. } if target == CONSOLE && detail == name)
    });
    kills.map(|entry| entry.t).collect()
}

fn next(history: &[Entry], mark: &str, name: &str, from: f64) -> Option<f64> {
    marks(history, mark).filter(|(t, detail)| *t >= from && *detail == name).map(|(t, _)| t).next()
}

/// A console that is opened shows all that runs within `sec`, unless it is killed before.
#[must_use]
pub fn complete_within_of_opening(history: &[Entry], sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "a console that is opened is soon complete";
    let mut violations = Vec::new();
    for (opened, name) in marks(history, OPENED) {
        let killed = struck(history, name).into_iter().find(|t| *t >= opened).unwrap_or(f64::MAX);
        let complete = next(history, COMPLETE, name, opened);
        if complete.unwrap_or(f64::MAX) - opened > sec && killed - opened > sec {
            let detail = format!("{name}: complete at {complete:?}");
            violations.push(Violation::liveness(PROPERTY, opened, detail));
        }
    }
    violations
}

/// A live console sees within `notice_sec` that a process has died, and shows all that runs within `sec` of its return.
#[must_use]
pub fn complete_within_of_return(history: &[Entry], name: &str, notice_sec: f64, sec: f64) -> Vec<Violation> {
    let from = next(history, COMPLETE, name, 0.0).unwrap_or(f64::MAX);
    let mut violations = Vec::new();
    let deaths = history.iter().filter(|entry| entry.t >= from);
    for Entry { t, what } in deaths {
        let What::Exit { process, .. } = what else { continue };
        let back = history.iter().find_map(|later| match &later.what {
            What::Bound { process: other, .. } if later.t > *t && other == process => Some(later.t),
            _ => None,
        });
        // One that is back before anybody could see that it was away was never away for the console.
        let noticed = next(history, INCOMPLETE, name, *t - 0.001);
        if noticed.is_none_or(|at| at - t > notice_sec) {
            let detail = format!("{process} died, and {name} showed nothing of it: {noticed:?}");
            violations.push(Violation::liveness("a live console sees a death", *t, detail));
            continue;
        }
        let Some(back) = back else { continue };
        let complete = next(history, COMPLETE, name, back);
        if complete.is_none_or(|at| at - back > sec) {
            let detail = format!("{process} was back, and {name} complete at {complete:?}");
            violations.push(Violation::liveness("a live console sees a return", back, detail));
        }
    }
    violations
}

/// Each command of a console ends exactly once.
#[must_use]
pub fn console_commands_end_once(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "each command of a console ends once";
    let mut violations = Vec::new();
    for (t, detail) in marks(history, ANSWERS) {
        let Some((name, told)) = detail.split_once(' ') else { continue };
        let (sent, answered) = told.split_once(' ').unwrap_or((told, "[]"));
        let mut answered: Vec<u64> = serde_json::from_str(answered).unwrap_or_default();
        answered.sort_unstable();
        let expected: Vec<u64> = (1..=sent.parse().unwrap_or_default()).collect();
        // A console that sent nothing proves nothing.
        if answered != expected || expected.is_empty() {
            let detail = format!("{name} sent {sent}; answered were {answered:?}");
            violations.push(Violation::safety(PROPERTY, t, detail));
        }
    }
    violations
}

/// In the end each console shows the setting that the worker has; and that is, if it may be any, one that was wished for.
#[must_use]
pub fn consoles_show_the_truth(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "consoles show the worker's truth";
    let wished: Vec<&str> =
        marks(history, WISHED).filter_map(|(_, detail)| Some(detail.split_once(' ')?.1)).collect();
    let mut truth: Option<&str> = None;
    let mut violations = Vec::new();
    for Entry { t, what } in history {
        match what {
            What::Mark { name, detail } if name == FOUND => {
                truth = Some(detail);
                if !wished.contains(&detail.as_str()) {
                    let detail = format!("the worker has {detail}, which nobody wished for");
                    violations.push(Violation::safety(PROPERTY, *t, detail));
                }
            }
            What::Mark { name, detail } if name == SHOWN => {
                let shown = detail.split_once(' ').map_or("", |(_, value)| value);
                if truth != Some(shown) {
                    let detail = format!("shown is {detail}, and the worker has {truth:?}");
                    violations.push(Violation::safety(PROPERTY, *t, detail));
                }
            }
            _ => {}
        }
    }
    if truth.is_none() {
        violations.push(Violation::liveness(PROPERTY, 0.0, "nobody looked"));
    }
    violations
}

/// What a worker has acknowledged it still has when it was killed and is back.
#[must_use]
pub fn acknowledged_survives(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "what is acknowledged survives a kill";
    let mut violations = Vec::new();
    for (t, value) in marks(history, ACKNOWLEDGED) {
        let found = marks(history, FOUND).find(|(later, _)| *later >= t).map(|(_, found)| found);
        if found != Some(value) {
            let detail = format!("{value} was acknowledged, and after a kill the worker had {found:?}");
            violations.push(Violation::safety(PROPERTY, t, detail));
        }
    }
    if marks(history, ACKNOWLEDGED).next().is_none() {
        violations.push(Violation::liveness(PROPERTY, 0.0, "nothing was acknowledged"));
    }
    violations
}

/// Of what was wished for while a worker was away it applies the newest, once, when it is back; and whatever comes between an
/// acknowledgement and its kill, each wish is applied at most once. `log` is what a worker says of a change.
#[must_use]
pub fn applied_once(history: &[Entry], worker: &str, log: &str, wishes: &[&str]) -> Vec<Violation> {
    const PROPERTY: &str = "the newest wish is applied, once";
    let told: BTreeMap<&str, f64> =
        marks(history, WISHED).filter_map(|(t, detail)| Some((detail.split_once(' ')?.1, t))).collect();
    let changes: Vec<f64> = history
        .iter()
        .filter(|entry| {
            matches!(&entry.what, What::Log { process, message, .. } if process == worker && message.contains(log))
        })
        .map(|entry| entry.t)
        .collect();
    let mut violations = Vec::new();
    for wish in wishes {
        let Some(from) = told.get(wish).copied() else {
            violations.push(Violation::liveness(PROPERTY, 0.0, format!("{wish} was never wished for")));
            continue;
        };
        let to = told.values().copied().filter(|t| *t > from).fold(f64::MAX, f64::min);
        let count = changes.iter().filter(|t| (from..to).contains(*t)).count();
        if count != 1 {
            let detail = format!("{worker} changed {count} times after {wish} was wished for");
            violations.push(Violation::safety(PROPERTY, from, detail));
        }
    }
    violations
}

/// Each wish was shown in these ways, in this order.
#[must_use]
pub fn wishes_are_shown(history: &[Entry], expected: &[&str]) -> Vec<Violation> {
    let shown: Vec<&str> = marks(history, STAGE).map(|(_, detail)| detail).collect();
    if shown == expected {
        return Vec::new();
    }
    let detail = format!("shown were {shown:?}, not {expected:?}");
    vec![Violation::liveness("a wish is shown as it stands", 0.0, detail)]
}

/// When there is a mark of that name, if there is one.
#[must_use]
pub fn marked_at(history: &[Entry], name: &str) -> Option<f64> {
    marks(history, name).map(|(t, _)| t).next()
}

/// Whether a console was killed before it was complete.
#[must_use]
pub fn killed_before_complete(history: &[Entry]) -> bool {
    marks(history, OPENED).any(|(opened, name)| {
        let killed = struck(history, name).into_iter().find(|t| *t >= opened);
        killed.is_some_and(|killed| next(history, COMPLETE, name, opened).is_none_or(|at| at > killed))
    })
}

/// Whether a worker was killed after a wish, before it said of a change.
#[must_use]
pub fn killed_before_change(history: &[Entry], worker: &str, log: &str, wish: &str) -> bool {
    let wished = marks(history, WISHED).find(|(_, detail)| detail.ends_with(&format!(" {wish}")));
    let Some((from, _)) = wished else { return false };
    let next = history.iter().filter(|entry| entry.t >= from).find_map(|entry| match &entry.what {
        What::Log { process, message, .. } if process == worker && message.contains(log) => Some(false),
        What::Exit { process, .. } if process == worker => Some(true),
        _ => None,
    });
    next == Some(true)
}

/// How long it took until a console was complete, in s: figures of a run.
#[must_use]
pub fn completions(history: &[Entry]) -> Vec<(&'static str, f64)> {
    let mut figures = Vec::new();
    for (opened, name) in marks(history, OPENED) {
        if let Some(complete) = next(history, COMPLETE, name, opened) {
            figures.push(("a console opened to complete, s", complete - opened));
        }
    }
    for Entry { t, what } in history {
        if matches!(what, What::Bound { .. })
            && let Some(complete) = next(history, COMPLETE, "live", *t)
            && next(history, INCOMPLETE, "live", *t).is_none_or(|at| at > complete)
            && complete - t < 5.0
        {
            figures.push(("a process is back to the live console complete, s", complete - t));
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{bound, exit, mark};
    use super::*;

    fn killed(t: f64, name: &str) -> Entry {
        let (kind, target) = ("kill".to_owned(), CONSOLE.to_owned());
        Entry { t, what: What::Fault { kind, target, detail: name.to_owned() } }
    }

    #[test]
    fn one_that_is_never_complete_is_seen_unless_it_was_killed() {
        let opened = mark(1.0, OPENED, "a");
        assert_eq!(complete_within_of_opening(std::slice::from_ref(&opened), 1.0).len(), 1);
        assert_eq!(complete_within_of_opening(&[opened.clone(), mark(2.1, COMPLETE, "a")], 1.0).len(), 1);
        assert_eq!(complete_within_of_opening(&[opened.clone(), mark(1.9, COMPLETE, "b")], 1.0).len(), 1);
        assert_eq!(complete_within_of_opening(&[opened.clone(), mark(1.9, COMPLETE, "a")], 1.0), []);
        assert_eq!(complete_within_of_opening(&[opened, killed(1.5, "a")], 1.0), []);
    }

    #[test]
    fn one_that_sees_neither_death_nor_return_is_seen() {
        let story = |marks: &[Entry]| {
            let mut story =
                vec![mark(1.0, COMPLETE, "a"), exit(5.0, "test_worker", 7), bound(6.0, "test_worker", 8)];
            story.extend_from_slice(marks);
            story.sort_by(|one, other| one.t.total_cmp(&other.t));
            complete_within_of_return(&story, "a", 1.0, 1.0).len()
        };
        assert_eq!(story(&[]), 1, "it noticed nothing");
        assert_eq!(story(&[mark(5.1, INCOMPLETE, "a")]), 1, "it is never complete again");
        assert_eq!(story(&[mark(5.1, INCOMPLETE, "a"), mark(7.1, COMPLETE, "a")]), 1, "too late");
        assert_eq!(story(&[mark(5.1, INCOMPLETE, "a"), mark(6.4, COMPLETE, "a")]), 0);
    }

    #[test]
    fn an_answer_that_is_missing_or_comes_twice_is_seen() {
        for (detail, expect) in
            [("a 2 [1, 2]", 0), ("a 2 [2, 1]", 0), ("a 2 [1]", 1), ("a 2 [1, 2, 2]", 1), ("a 0 []", 1)]
        {
            assert_eq!(console_commands_end_once(&[mark(1.0, ANSWERS, detail)]).len(), expect, "{detail}");
        }
        let told = answers(&Answers { sent: 2, answered: vec![2, 1] });
        assert_eq!(console_commands_end_once(&[mark(1.0, ANSWERS, &format!("a {told}"))]), []);
    }

    #[test]
    fn a_console_that_shows_something_else_is_seen() {
        let wished = [mark(1.0, WISHED, "a 5"), mark(2.0, FOUND, "5")];
        assert_eq!(consoles_show_the_truth(&wished), []);
        assert_eq!(consoles_show_the_truth(&[&wished[..], &[mark(3.0, SHOWN, "a 5")]].concat()), []);
        assert_eq!(consoles_show_the_truth(&[&wished[..], &[mark(3.0, SHOWN, "b 4")]].concat()).len(), 1);
        assert_eq!(consoles_show_the_truth(&[mark(2.0, FOUND, "5")]).len(), 1, "nobody wished for that");
        assert_eq!(consoles_show_the_truth(&[]).len(), 1, "nobody looked");
    }

    #[test]
    fn a_setting_that_is_acknowledged_and_lost_is_seen() {
        let judge = |found: &[&str]| {
            let mut story = vec![mark(1.0, FOUND, "16"), mark(2.0, ACKNOWLEDGED, "17")];
            story.extend(found.iter().map(|found| mark(3.0, FOUND, found)));
            acknowledged_survives(&story).len()
        };
        assert_eq!((judge(&["17"]), judge(&["16"]), judge(&[])), (0, 1, 1));
        assert_eq!(acknowledged_survives(&[]).len(), 1, "nothing was acknowledged");
    }

    #[test]
    fn a_wish_that_is_applied_twice_or_never_is_seen() {
        let log = |t: f64| Entry {
            t,
            what: What::Log {
                process: "test_worker".to_owned(),
                pid: 1,
                level: vj_env::Level::Info,
                message: "settings changed: value".to_owned(),
            },
        };
        let judge = |logs: &[Entry]| {
            let mut story = vec![mark(1.0, WISHED, "a 5"), mark(4.0, WISHED, "a 6")];
            story.extend_from_slice(logs);
            applied_once(&story, "test_worker", "settings changed", &["5", "6"]).len()
        };
        assert_eq!(judge(&[log(2.0), log(5.0)]), 0);
        assert_eq!(judge(&[log(2.0)]), 1, "the second never");
        assert_eq!(judge(&[log(2.0), log(3.0), log(5.0)]), 1, "the first twice");
    }

    #[test]
    fn a_wish_that_is_not_shown_is_seen() {
        let shown = [mark(1.0, STAGE, "a pending")];
        assert_eq!(wishes_are_shown(&shown, &["a pending"]), []);
        assert_eq!(wishes_are_shown(&shown, &["a pending", "a refused"]).len(), 1);
    }
}
