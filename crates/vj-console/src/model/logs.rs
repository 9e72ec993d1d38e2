//! The log screen: what all processes say.

use std::collections::VecDeque;

use serde_json::Value;
use vj_env::Level;

use super::list::{List, Step};
use super::messages::passes;
use crate::limits::LOGS_MAX;

/// One record, as the debugger kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number with the debugger.
    pub seq: u64,
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// Who said it.
    pub worker: String,
    /// How much it matters.
    pub level: Level,
    /// What was said.
    pub message: String,
}

/// What the screen holds.
#[derive(Debug, Clone)]
pub struct LogPane {
    /// In the order in which it was said, oldest first.
    pub records: VecDeque<Record>,
    /// The number of the newest that was asked for.
    pub since: u64,
    /// The life of the debugger that gave that number.
    run: Option<u64>,
    /// This and worse is shown.
    pub level: Level,
    /// Only of this process; of all without one.
    pub worker: Option<String>,
    /// What is searched for: matches are marked, and `n` and `N` go through them.
    pub search: String,
    /// Whether the newest record is always in sight.
    pub follows: bool,
    /// Among what is shown.
    pub list: List,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            records: VecDeque::new(),
            since: 0,
            run: None,
            level: Level::Info,
            worker: None,
            search: String::new(),
            follows: true,
            list: List::default(),
        }
    }
}

impl LogPane {
    /// Takes up an answer of the debugger. Another life of it counts from the beginning again, and is asked anew; what the one
    /// before it told stays, since it has happened, and is not told twice.
    pub fn take(&mut self, data: &Value) {
        let newest = data["seq"].as_u64().unwrap_or_default();
        let run = data["run"].as_u64();
        if newest < self.since || (self.since > 0 && run != self.run) {
            self.since = 0;
            return;
        }
        self.run = run;
        let held = self.shown().nth(self.list.selected).cloned();
        for record in data["logs"].as_array().into_iter().flatten().map(read) {
            if record.seq > self.since {
                self.since = record.seq;
                self.add(record);
            }
        }
        self.since = self.since.max(newest);
        let len = self.shown().count();
        if self.follows {
            self.list.step(Step::Last, len);
        } else if let Some(at) = held.and_then(|held| self.shown().position(|record| *record == held)) {
            // Whoever reads does not want the text to slide away.
            self.list.selected = at;
        }
    }

    /// Each process tells what it said with its next heartbeat: it arrives in another order than it was said in.
    fn add(&mut self, record: Record) {
        let at = self.records.iter().rposition(|known| known.time_ms <= record.time_ms);
        let is_known = |known: &&Record| {
            known.time_ms == record.time_ms
                && known.worker == record.worker
                && known.message == record.message
        };
        let same_time = self.records.iter().rev().skip_while(|known| known.time_ms > record.time_ms);
        if same_time.take_while(|known| known.time_ms == record.time_ms).any(|known| is_known(&known)) {
            return;
        }
        let at = at.map_or(0, |at| at + 1);
        self.records.insert(at, record);
        if self.records.len() > LOGS_MAX {
            self.records.pop_front();
        }
    }

    /// The records that are let through, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.iter().filter(|record| {
            record.level >= self.level && self.worker.as_ref().is_none_or(|worker| *worker == record.worker)
        })
    }

    /// Whether it is what is searched for.
    #[must_use]
    pub fn is_match(&self, record: &Record) -> bool {
        !self.search.is_empty() && passes(&self.search, &[&record.message, &record.worker])
    }

    /// Goes to the next match, or the one before, round the corner; false where there is none.
    pub fn to_match(&mut self, is_forward: bool) -> bool {
        let matches: Vec<usize> =
            self.shown().enumerate().filter(|(_, record)| self.is_match(record)).map(|(at, _)| at).collect();
        let here = self.list.selected;
        let found = if is_forward {
            matches.iter().find(|at| **at > here).or(matches.first())
        } else {
            matches.iter().rev().find(|at| **at < here).or(matches.last())
        };
        if let Some(at) = found.copied() {
            self.list.selected = at;
            self.follows = false;
        }
        found.is_some()
    }

    /// Whose records there are, in order.
    #[must_use]
    pub fn workers(&self) -> Vec<String> {
        let mut names: Vec<String> = self.records.iter().map(|record| record.worker.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn read(record: &Value) -> Record {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    Record {
        seq: record["seq"].as_u64().unwrap_or_default(),
        time_ms: record["time_ms"].as_u64().unwrap_or_default(),
        worker: text("worker"),
        level: serde_json::from_value(record["level"].clone()).unwrap_or(Level::Info),
        message: text("message"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pane() -> LogPane {
        let mut pane = LogPane::default();
        let said = |(seq, (worker, level, message)): (usize, &(&str, &str, &str))| json!({"seq": seq + 1, "time_ms": 1, "worker": worker, "level": level, "message": message});
        let logs: Vec<_> = [
            ("audio_analyzer", "info", "listening"),
            ("audio_analyzer", "warning", "silence"),
            ("lyrics_fetcher", "error", "LRCLIB is not there"),
            ("process_manager", "info", "silence of audio_analyzer"),
        ]
        .iter()
        .enumerate()
        .map(said)
        .collect();
        pane.take(&json!({"seq": 4, "logs": logs}));
        pane
    }

    #[test]
    fn level_and_worker_let_through_what_is_wanted() {
        let mut pane = pane();
        assert_eq!(pane.shown().count(), 4);
        pane.level = Level::Warning;
        assert_eq!(pane.shown().map(|it| it.seq).collect::<Vec<_>>(), [2, 3]);
        pane.worker = Some("lyrics_fetcher".to_owned());
        assert_eq!(pane.shown().map(|it| it.seq).collect::<Vec<_>>(), [3]);
        assert_eq!(pane.workers(), ["audio_analyzer", "lyrics_fetcher", "process_manager"]);
    }

    #[test]
    fn records_stand_in_the_order_in_which_they_were_said() {
        let mut pane = LogPane::default();
        let said = |(seq, time_ms): (u64, u64)| json!({"seq": seq, "time_ms": time_ms, "worker": "w", "level": "info", "message": ""});
        let logs: Vec<_> = [(1, 50), (2, 70), (3, 10), (4, 75), (5, 60)].into_iter().map(said).collect();
        pane.take(&json!({"seq": 5, "run": 1, "logs": logs}));
        let order = |pane: &LogPane| pane.records.iter().map(|it| it.time_ms).collect::<Vec<_>>();
        assert_eq!(order(&pane), [10, 50, 60, 70, 75]);
        // Another life of the debugger: it is asked anew, and what is known stands there once.
        pane.take(&json!({"seq": 9, "run": 2, "logs": []}));
        assert_eq!(pane.since, 0);
        let again: Vec<_> = [(1, 60), (2, 70), (3, 80)].into_iter().map(said).collect();
        pane.take(&json!({"seq": 9, "run": 2, "logs": again}));
        assert_eq!((order(&pane), pane.since), (vec![10, 50, 60, 70, 75, 80], 9));
    }

    #[test]
    fn a_search_goes_round_and_stops_following() {
        let mut pane = pane();
        assert_eq!((pane.list.selected, pane.follows), (3, true));
        pane.search = "Silence".to_owned();
        let mut visited = Vec::new();
        for is_forward in [true, true, true, false, false] {
            assert!(pane.to_match(is_forward));
            visited.push(pane.list.selected);
        }
        assert_eq!((visited, pane.follows), (vec![1, 3, 1, 3, 1], false));
        pane.search = "nowhere".to_owned();
        assert!(!pane.to_match(true));
    }
}
