//! The screen of sets.

use std::time::Duration;

use vj_core::At;

use super::list::List;
use crate::event::{Recording, SetEntry};

/// Between two looks whether a recording runs, and how far it is.
const LOOK: Duration = Duration::from_secs(1);

/// What it holds.
#[derive(Debug, Clone, Default)]
pub struct SetsPane {
    /// The sets, or why there are none; none before the first answer.
    pub found: Option<Result<Vec<SetEntry>, String>>,
    /// Among them.
    pub list: List,
    /// The set that is being rehearsed.
    pub rehearsing: Option<String>,
    /// How the last rehearsal went, and of which set.
    pub last: Option<(String, Result<String, String>)>,
    /// The recordings that run, whoever began them.
    pub recordings: Vec<Recording>,
    /// One is being begun, and does not run yet.
    pub begins_recording: bool,
    /// How the last recording of this console ended.
    pub last_recording: Option<Result<String, String>>,
    /// When it was asked last what runs; whether the answer is still to come.
    looked: Option<(At, bool)>,
}

impl SetsPane {
    /// The sets.
    #[must_use]
    pub fn entries(&self) -> &[SetEntry] {
        self.found.as_ref().and_then(|found| found.as_ref().ok()).map_or(&[], Vec::as_slice)
    }

    /// Whether it is time to ask for the recordings; then it counts as asked.
    pub fn looks(&mut self, now: At) -> bool {
        let is_time = self.looked.is_none_or(|(at, waits)| !waits && now.since(at) >= LOOK);
        if is_time {
            self.looked = Some((now, true));
        }
        is_time
    }

    /// Takes in what runs. Returns whether the list of sets is another now.
    pub fn take(&mut self, recordings: Vec<Recording>) -> bool {
        if let Some((_, waits)) = &mut self.looked {
            *waits = false;
        }
        let paths = |all: &[Recording]| all.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
        let is_other = paths(&self.recordings) != paths(&recordings);
        self.begins_recording &= recordings.is_empty();
        self.recordings = recordings;
        is_other
    }
}
