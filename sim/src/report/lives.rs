//! The lives of each process, and the health that the manager saw.

use std::collections::BTreeMap;

use serde::Serialize;

use super::units::rounded;
use crate::history::{Entry, What};

/// What one process lived through, over all of its lives.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Process {
    /// Starts after the first; a second instance that was turned away is none.
    pub restarts: usize,
    /// In the order of their starts.
    pub lives: Vec<Life>,
    /// What the manager said of it, one span after the other. Empty for the manager.
    pub health: Vec<HealthSpan>,
}

/// From start to exit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Life {
    /// Number of the process.
    pub pid: u32,
    /// In seconds since the start of the run. Of a process that was there before: when it was first heard of.
    pub start: f64,
    /// When it took its name, and so could be reached.
    pub bound: Option<f64>,
    /// None if it outlived the run.
    pub end: Option<f64>,
    /// `exit code N` or `signal N`.
    pub how: Option<String>,
    /// What it said when it panicked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panic: Option<String>,
    /// Whether it was turned away since another held its name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// A time during which the manager held a worker to be in one health.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HealthSpan {
    /// As in the manager's state.
    pub health: String,
    /// In seconds since the start of the run.
    pub start: f64,
    /// In seconds since the start of the run.
    pub end: f64,
}

/// Every process of a run of `end_sec`, by name.
pub(super) fn processes(entries: &[Entry], end_sec: f64) -> BTreeMap<String, Process> {
    let mut all: BTreeMap<String, Process> = BTreeMap::new();
    for Entry { t, what } in entries {
        let t = rounded(*t);
        let mut life = |name: &String, pid: u32, change: &dyn Fn(&mut Life)| {
            change(all.entry(name.clone()).or_default().life(pid, t));
        };
        match what {
            What::Start { process, pid } => life(process, *pid, &|_| {}),
            What::Bound { process, pid } => life(process, *pid, &|life| life.bound = life.bound.or(Some(t))),
            What::Refused { process, pid, .. } => life(process, *pid, &|life| life.refused = true),
            What::Panic { process, pid, message } => {
                life(process, *pid, &|life| life.panic = Some(message.clone()));
            }
            What::Exit { process, pid, how } => life(process, *pid, &|life| {
                life.end = Some(t);
                life.how = Some(how.clone());
            }),
            What::Health { worker, health } => {
                all.entry(worker.clone()).or_default().becomes(health, t);
            }
            _ => {}
        }
    }
    for process in all.values_mut() {
        process.end_run(end_sec);
    }
    all
}

impl Process {
    /// The life of `pid` that goes on, or a new one: a number may come again.
    fn life(&mut self, pid: u32, t: f64) -> &mut Life {
        let known = self.lives.iter().rposition(|life| life.pid == pid && life.end.is_none());
        let index = known.unwrap_or(self.lives.len());
        if known.is_none() {
            self.lives.push(Life {
                pid,
                start: t,
                bound: None,
                end: None,
                how: None,
                panic: None,
                refused: false,
            });
        }
        &mut self.lives[index]
    }

    fn becomes(&mut self, health: &str, t: f64) {
        match self.health.last_mut() {
            Some(last) if last.health == health => return,
            Some(last) => last.end = t,
            None => {}
        }
        self.health.push(HealthSpan { health: health.to_owned(), start: t, end: t });
    }

    fn end_run(&mut self, end_sec: f64) {
        if let Some(last) = self.health.last_mut() {
            last.end = end_sec;
        }
        self.health.retain(|span| span.end > span.start);
        self.restarts = self.lives.iter().filter(|life| !life.refused).count().saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{bound, entry, exit, health, start};

    #[test]
    fn a_killed_worker_has_two_lives_and_one_restart() {
        let entries = [
            start(0.0, "audio_analyzer", 2),
            bound(0.02, "audio_analyzer", 2),
            exit(60.0, "audio_analyzer", 2, "signal 9"),
            start(61.0, "audio_analyzer", 3),
            bound(61.02, "audio_analyzer", 3),
        ];
        let all = processes(&entries, 100.0);
        let worker = &all["audio_analyzer"];
        assert_eq!(worker.restarts, 1);
        assert_eq!((worker.lives[0].bound, worker.lives[0].end), (Some(0.02), Some(60.0)));
        assert_eq!(worker.lives[0].how.as_deref(), Some("signal 9"));
        assert_eq!((worker.lives[1].start, worker.lives[1].end), (61.0, None));
    }

    #[test]
    fn health_spans_follow_each_other_to_the_end_of_the_run() {
        let entries = [
            health(0.0, "audio_analyzer", "starting"),
            health(0.5, "audio_analyzer", "healthy"),
            health(5.0, "audio_analyzer", "healthy"),
            health(60.0, "audio_analyzer", "backoff"),
        ];
        let all = processes(&entries, 90.0);
        let spans: Vec<_> =
            all["audio_analyzer"].health.iter().map(|s| (s.health.as_str(), s.start, s.end)).collect();
        assert_eq!(spans, [("starting", 0.0, 0.5), ("healthy", 0.5, 60.0), ("backoff", 60.0, 90.0)]);
    }

    #[test]
    fn a_second_instance_that_was_turned_away_is_no_restart() {
        let refused = What::Refused { process: "audio_analyzer".into(), pid: 9, holder: 2 };
        let entries = [
            start(0.0, "audio_analyzer", 2),
            start(4.0, "audio_analyzer", 9),
            entry(4.5, refused),
            exit(4.5, "audio_analyzer", 9, "exit code 3"),
        ];
        let all = processes(&entries, 10.0);
        assert_eq!((all["audio_analyzer"].restarts, all["audio_analyzer"].lives.len()), (0, 2));
    }

    #[test]
    fn a_number_may_come_again() {
        let entries = [start(0.0, "a", 2), exit(1.0, "a", 2, "signal 9"), start(2.0, "a", 2)];
        assert_eq!(processes(&entries, 3.0)["a"].lives.len(), 2);
    }
}
