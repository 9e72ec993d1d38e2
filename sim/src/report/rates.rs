//! How many messages came in each part of the run, by the first part of their address: for a lane of the timeline.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::osc_log::OscLine;

/// Parts of a long run; a short one has a part a second.
const PARTS_MAX: f64 = 7_200.0;

/// Rates over the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Rates {
    /// How long a part is, in seconds.
    step_sec: f64,
    /// By the first part of the address: messages in each part of the run.
    counts: BTreeMap<String, Vec<u32>>,
}

impl Rates {
    /// The rates of a run of `end_sec`.
    pub(super) fn of(lines: &[OscLine], end_sec: f64) -> Self {
        let step_sec = (end_sec / PARTS_MAX).ceil().max(1.0);
        let parts = (end_sec / step_sec).ceil().max(1.0) as usize;
        let mut counts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for line in lines {
            let family = family(&line.addr);
            if !counts.contains_key(family) {
                counts.insert(family.to_owned(), vec![0; parts]);
            }
            let part = ((line.t / step_sec).max(0.0) as usize).min(parts - 1);
            if let Some(counts) = counts.get_mut(family) {
                counts[part] += 1;
            }
        }
        Self { step_sec, counts }
    }
}

/// `/audio` of `/audio/beat/phase`.
fn family(address: &str) -> &str {
    let end = address.char_indices().skip(1).find(|(_, c)| *c == '/').map_or(address.len(), |(end, _)| end);
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::ticks;

    #[test]
    fn each_second_has_its_count() {
        let rates = Rates::of(&ticks(2.0, 4.0), 5.0);
        assert_eq!(rates.step_sec, 1.0);
        let counts = &rates.counts["/audio"];
        assert_eq!((counts.len(), counts.iter().sum::<u32>(), counts[0], counts[3]), (5, 120, 0, 60));
        assert_eq!(["/a", "/a/b/c", "", "a"].map(family), ["/a", "/a", "", "a"]);
    }

    #[test]
    fn a_day_has_no_more_parts_than_can_be_drawn() {
        let rates = Rates::of(&ticks(86_000.0, 86_001.0), 86_400.0);
        assert_eq!((rates.step_sec, rates.counts["/audio"].len()), (12.0, 7_200));
        assert!(Rates::of(&[], 0.0).counts.is_empty());
    }
}
