//! The screen of sets.

use super::list::List;
use crate::event::SetEntry;

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
}

impl SetsPane {
    /// The sets.
    #[must_use]
    pub fn entries(&self) -> &[SetEntry] {
        self.found.as_ref().and_then(|found| found.as_ref().ok()).map_or(&[], Vec::as_slice)
    }
}
