//! The pulse of a process: when it sent the message that it sends most often. Where the pulse stops, the visuals stand
//! still.

use std::collections::BTreeMap;

use super::telemetry::Gap;
use super::units::rounded;
use crate::osc_log::OscLine;

/// A process whose most frequent message comes less often than this has no pulse to lose.
const USUAL_SPACING_SEC_MAX: f64 = 1.0;

/// When a process sent what it sends most often.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    times: Vec<f64>,
}

impl Pulse {
    /// The pulse of every process that has one.
    pub(super) fn all(lines: &[OscLine]) -> BTreeMap<&str, Self> {
        let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for line in lines {
            *counts.entry(&line.from).or_default().entry(&line.addr).or_default() += 1;
        }
        // Of two addresses that are sent equally often the first by name: any would do, but always the same.
        let most_frequent = |counts: &BTreeMap<&str, usize>| {
            let most = counts.values().max().copied()?;
            counts.iter().find(|(_, count)| **count == most).map(|(address, _)| (*address).to_owned())
        };
        let chosen: BTreeMap<&str, String> =
            counts.iter().filter_map(|(from, counts)| Some((*from, most_frequent(counts)?))).collect();
        let mut pulses: BTreeMap<&str, Self> = BTreeMap::new();
        for line in lines.iter().filter(|line| chosen.get(line.from.as_str()) == Some(&line.addr)) {
            pulses.entry(&line.from).or_default().times.push(line.t);
        }
        pulses
            .retain(|_, pulse| pulse.usual_spacing_sec().is_some_and(|usual| usual <= USUAL_SPACING_SEC_MAX));
        pulses
    }

    fn usual_spacing_sec(&self) -> Option<f64> {
        super::units::median(self.times.windows(2).map(|pair| pair[1] - pair[0]).collect())
    }

    /// The silence that lies around or begins at `t`; none if nothing came before or after it.
    pub(super) fn gap_around(&self, t: f64) -> Option<Gap> {
        let before = self.times.partition_point(|sent| *sent <= t);
        let (last, next) = (self.times.get(before.checked_sub(1)?)?, self.times.get(before)?);
        Some(Gap { start: *last, end: *next, sec: rounded(next - last) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{levels, osc};

    #[test]
    fn the_gap_lies_between_the_last_message_before_and_the_first_after() {
        let lines: Vec<_> = [0.0, 0.1, 0.2, 1.3, 1.4].into_iter().map(|t| levels(t, 0.5)).collect();
        let pulses = Pulse::all(&lines);
        let pulse = &pulses["audio_analyzer"];
        assert_eq!(pulse.gap_around(0.2), Some(Gap { start: 0.2, end: 1.3, sec: 1.1 }));
        assert_eq!(pulse.gap_around(0.7).map(|gap| gap.sec), Some(1.1));
        assert_eq!(pulse.gap_around(-1.0), None);
        assert_eq!(pulse.gap_around(1.4), None);
    }

    #[test]
    fn who_speaks_each_five_seconds_has_no_pulse() {
        let lines: Vec<_> =
            (0..10).map(|n| osc(f64::from(n) * 5.0, "process_manager", "/vj/worker/x", Vec::new())).collect();
        assert!(Pulse::all(&lines).is_empty());
    }
}
