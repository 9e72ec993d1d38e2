//! What the manager does to the workers, seen from outside.

use super::Violation;
use crate::history::{Entry, What};

/// How closely the moments that the law fixes are kept.
#[derive(Debug, Clone, Copy)]
pub struct Slack {
    /// Nothing comes sooner than this before its moment: whoever looks on hears of the one thing before the other.
    pub early_sec: f64,
    /// Nor later than this after it: a process takes its time to start, and timers count in milliseconds.
    pub late_sec: f64,
}

impl Slack {
    fn holds(self, due_sec: f64, seen_sec: f64) -> bool {
        (due_sec - self.early_sec..due_sec + self.late_sec).contains(&seen_sec)
    }
}

/// Nobody is started more often than `allowed` says, by name.
#[must_use]
pub fn no_restarts(history: &[Entry], allowed: &[(&str, usize)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, count) in allowed {
        let starts: Vec<f64> = starts_of(history, name);
        if starts.len() > *count {
            let detail = format!("{name} was started {} times, {count} were due", starts.len());
            violations.push(Violation::safety("nobody is restarted without need", starts[*count], detail));
        }
    }
    violations
}

/// After each later start of the manager, every one of `workers` is told healthy again within `sec`.
#[must_use]
pub fn adopted_within(history: &[Entry], workers: &[&str], sec: f64) -> Vec<Violation> {
    let mut violations = Vec::new();
    for start in starts_of(history, "process_manager").into_iter().skip(1) {
        for worker in workers {
            let adopted = history.iter().find(|entry| {
                entry.t > start
                    && matches!(&entry.what, What::Health { worker: who, health } if who == worker && health == "healthy")
            });
            if adopted.is_none_or(|entry| entry.t - start > sec) {
                let detail = format!("{worker}: {:?}", adopted.map(|entry| entry.t - start));
                violations.push(Violation::liveness(
                    "a new manager adopts every worker in time",
                    start,
                    detail,
                ));
            }
        }
    }
    violations
}

/// A worker that ends as it starts is started by the law's delays, given up at the sixth exit, and stays so until
/// somebody starts it by hand; `manual` of those starts are somebody's (D18, D19).
#[must_use]
pub fn crash_loop_is_given_up(
    history: &[Entry],
    worker: &str,
    manual: usize,
    slack: Slack,
) -> Vec<Violation> {
    const DELAYS_SEC: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
    let starts = starts_of(history, worker);
    let given_up = history.iter().filter(|entry| {
        matches!(&entry.what, What::Health { worker: who, health } if who == worker && health == "given_up")
    });
    let given_up: Vec<f64> = given_up.map(|entry| entry.t).collect();
    let mut violations = Vec::new();
    let series = DELAYS_SEC.len() + 1;
    if starts.len() != series * (1 + manual) {
        let detail = format!("{worker} was started at {starts:.2?}");
        violations.push(Violation::safety("six starts a series, and not one more", 0.0, detail));
    }
    for series in starts.chunks(series) {
        for (pair, delay) in series.windows(2).zip(DELAYS_SEC) {
            let waited = pair[1] - pair[0];
            if !slack.holds(delay, waited) {
                let detail = format!("{waited:.3} s instead of {delay} s");
                violations.push(Violation::safety("restarts come when the law says", pair[1], detail));
            }
        }
        let last = series.last().copied().unwrap_or_default();
        if !given_up.iter().any(|t| slack.holds(last, *t)) {
            let detail =
                format!("{worker} ended the sixth time at about {last:.3} s, given up at {given_up:.2?}");
            violations.push(Violation::liveness(
                "a crash loop is given up at the sixth exit, and shown",
                last,
                detail,
            ));
        }
    }
    violations
}

/// A silent worker is unhealthy 15 s after its last heartbeat and killed 30 s after it: not sooner, not later; heartbeats
/// are marks `heartbeat`, with the worker as detail, written by somebody who watches. One that speaks again in time is
/// let live (D16).
#[must_use]
pub fn killed_for_silence_on_time(history: &[Entry], worker: &str, slack: Slack) -> Vec<Violation> {
    const UNHEALTHY_SEC: f64 = 15.0;
    const KILL_SEC: f64 = 30.0;
    let mut violations = Vec::new();
    let mut last_heartbeat = 0.0;
    for Entry { t, what } in history {
        match what {
            What::Mark { name, detail } if name == "heartbeat" && detail == worker => last_heartbeat = *t,
            What::Start { process, .. } if process == worker => last_heartbeat = *t,
            What::Health { worker: who, health } if who == worker && health == "unhealthy" => {
                let silent = t - last_heartbeat;
                if !slack.holds(UNHEALTHY_SEC, silent) {
                    let detail = format!("{worker} is unhealthy after {silent:.3} s of silence");
                    violations.push(Violation::safety("unhealthy after 15 s of silence", *t, detail));
                }
            }
            What::Exit { process, how, .. } if process == worker && how == "signal 9" => {
                let silent = t - last_heartbeat;
                if !slack.holds(KILL_SEC, silent) {
                    let detail = format!("{worker} was killed after {silent:.3} s of silence");
                    violations.push(Violation::safety(
                        "killed after 30 s of silence, never before",
                        *t,
                        detail,
                    ));
                }
            }
            _ => {}
        }
    }
    violations
}

/// The manager never says this of any worker.
#[must_use]
pub fn nobody_is_called(history: &[Entry], health: &str) -> Vec<Violation> {
    let called = history.iter().filter_map(|Entry { t, what }| match what {
        What::Health { worker, health: said } if said == health => Some(Violation::safety(
            "nobody is blamed without cause",
            *t,
            format!("{worker} is called {health}"),
        )),
        _ => None,
    });
    called.collect()
}

/// When all faults are over and time has passed, every worker is healthy, or given up as the law says.
#[must_use]
pub fn whole_in_the_end(history: &[Entry], workers: &[&str]) -> Vec<Violation> {
    let end = history.last().map_or(0.0, |entry| entry.t);
    let mut violations = Vec::new();
    for worker in workers {
        let last = history.iter().rev().find_map(|Entry { what, .. }| match what {
            What::Health { worker: who, health } if who == worker => Some(health.as_str()),
            _ => None,
        });
        if !matches!(last, Some("healthy" | "given_up")) {
            let detail = format!("{worker} is {}", last.unwrap_or("unheard of"));
            violations.push(Violation::liveness("all is well in the end", end, detail));
        }
    }
    violations
}

fn starts_of(history: &[Entry], name: &str) -> Vec<f64> {
    let starts =
        history.iter().filter(|entry| matches!(&entry.what, What::Start { process, .. } if process == name));
    starts.map(|entry| entry.t).collect()
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{exit, health, mark, start};
    use super::*;

    const SLACK: Slack = Slack { early_sec: 0.0, late_sec: 0.2 };

    #[test]
    fn a_restart_that_was_not_due_is_seen() {
        let history = [start(0.0, "a", 1), start(5.0, "a", 2)];
        assert_eq!(no_restarts(&history, &[("a", 2)]), []);
        assert_eq!(no_restarts(&history, &[("a", 1)]).len(), 1);
    }

    #[test]
    fn blame_and_a_bad_end_are_seen() {
        let history = [health(1.0, "a", "unhealthy"), health(2.0, "a", "healthy")];
        assert_eq!(nobody_is_called(&history, "unhealthy").len(), 1);
        assert_eq!(nobody_is_called(&history, "given_up"), []);
        assert_eq!(whole_in_the_end(&history, &["a"]), []);
        assert_eq!(whole_in_the_end(&history[..1], &["a"]).len(), 1);
        assert_eq!(whole_in_the_end(&history, &["b"]).len(), 1);
    }

    #[test]
    fn a_worker_that_is_not_adopted_in_time_is_seen() {
        let begin = [start(0.0, "process_manager", 1), start(20.0, "process_manager", 2)];
        let check = |healthy_at: f64| {
            let history = [&begin[..], &[health(healthy_at, "a", "healthy")]].concat();
            adopted_within(&history, &["a"], 2.0).len()
        };
        assert_eq!((check(21.9), check(22.1), check(10.0)), (0, 1, 1));
    }

    #[test]
    fn a_crash_loop_with_a_start_too_many_too_early_or_not_given_up_is_seen() {
        let starts = |times: &[f64]| times.iter().map(|t| start(*t, "a", 1)).collect::<Vec<_>>();
        let good = starts(&[0.0, 1.02, 3.04, 7.06, 15.08, 31.1]);
        let given_up = [health(31.12, "a", "given_up")];
        let check = |history: &[Entry]| crash_loop_is_given_up(history, "a", 0, SLACK).len();
        assert_eq!(check(&[&good[..], &given_up].concat()), 0);
        assert_eq!(check(&good), 1, "never given up");
        let early = starts(&[0.0, 0.9, 3.04, 7.06, 15.08, 31.1]);
        assert!(check(&[&early[..], &given_up].concat()) > 0, "started too early");
        let more = starts(&[0.0, 1.02, 3.04, 7.06, 15.08, 31.1, 61.2]);
        assert!(check(&[&more[..], &given_up].concat()) > 0, "started once more");
    }

    #[test]
    fn a_kill_for_silence_too_early_or_too_late_is_seen() {
        let check = |killed_at: f64| {
            let history = [start(0.0, "a", 1), mark(10.0, "heartbeat", "a"), exit(killed_at, "a", 1)];
            killed_for_silence_on_time(&history, "a", SLACK).len()
        };
        assert_eq!((check(40.01), check(39.9), check(41.0)), (0, 1, 1));
        let early = [start(0.0, "a", 1), mark(10.0, "heartbeat", "a"), health(20.0, "a", "unhealthy")];
        assert_eq!(killed_for_silence_on_time(&early, "a", SLACK).len(), 1);
    }
}
