//! How much came on each OSC address, and where it stopped coming.

use std::collections::BTreeMap;

use serde::Serialize;

use super::units::{coarse, median, rounded};
use crate::osc_log::OscLine;

/// The address whose messages are the ticks: 60 a second while sound is heard.
const TICK_ADDRESS: &str = "/audio/levels";
/// Ticks a second.
const TICKS_PER_SEC: f64 = 60.0;
/// Points of a rate curve.
const CURVE_POINTS: usize = 120;

/// How much came on each OSC address.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Telemetry {
    /// Messages of `/audio/levels`, which come 60 times a second.
    pub ticks: usize,
    /// How many more would have come without gaps between the first and the last.
    pub ticks_missed: usize,
    /// The longest silence between two ticks.
    pub largest_gap: Option<Gap>,
    /// By address.
    pub addresses: BTreeMap<String, AddressRate>,
}

/// A silence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gap {
    /// When the last message before it was sent, in seconds since the start of the run.
    pub start: f64,
    /// When the next was.
    pub end: f64,
    /// Seconds between the two.
    pub sec: f64,
}

/// The messages of one address.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddressRate {
    /// Who sent them, by name.
    pub from: Vec<String>,
    /// Type tags of the first.
    pub tags: String,
    /// How many.
    pub count: usize,
    /// Mean per second between the first and the last; none if there are not two.
    pub per_sec: Option<f64>,
    /// When the first was sent, in seconds since the start of the run.
    pub first: f64,
    /// When the last was.
    pub last: f64,
    /// The longest silence between two of them.
    pub largest_gap: Option<Gap>,
    /// Messages in each of 120 equal parts of the run: for a small curve.
    #[serde(skip)]
    pub curve: Vec<u32>,
}

impl Telemetry {
    /// What came in a run of `end_sec`.
    pub(super) fn of(lines: &[OscLine], end_sec: f64) -> Self {
        let mut addresses: BTreeMap<String, AddressRate> = BTreeMap::new();
        for line in lines {
            match addresses.get_mut(&line.addr) {
                Some(rate) => rate.add(line, end_sec),
                None => {
                    let mut rate = AddressRate::starting_with(line);
                    rate.add(line, end_sec);
                    addresses.insert(line.addr.clone(), rate);
                }
            }
        }
        addresses.values_mut().for_each(AddressRate::finish);
        let of_ticks = addresses.get(TICK_ADDRESS);
        Self {
            ticks: of_ticks.map_or(0, |rate| rate.count),
            ticks_missed: ticks_missed(lines),
            largest_gap: of_ticks.and_then(|rate| rate.largest_gap),
            addresses,
        }
    }

    /// Messages in all.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.addresses.values().map(|rate| rate.count).sum()
    }
}

impl AddressRate {
    fn starting_with(line: &OscLine) -> Self {
        Self {
            from: Vec::new(),
            tags: line.tags.clone(),
            count: 0,
            per_sec: None,
            first: line.t,
            last: line.t,
            largest_gap: None,
            curve: vec![0; CURVE_POINTS],
        }
    }

    fn add(&mut self, line: &OscLine, end_sec: f64) {
        if let Err(place) = self.from.binary_search(&line.from) {
            self.from.insert(place, line.from.clone());
        }
        let sec = rounded(line.t - self.last);
        if self.count > 0 && self.largest_gap.is_none_or(|largest| sec > largest.sec) {
            self.largest_gap = Some(Gap { start: self.last, end: line.t, sec });
        }
        self.count += 1;
        self.last = line.t;
        let point = (line.t / end_sec * CURVE_POINTS as f64) as usize;
        self.curve[point.min(CURVE_POINTS - 1)] += 1;
    }

    fn finish(&mut self) {
        let lasted = self.last - self.first;
        self.per_sec = (self.count > 1 && lasted > 0.0).then(|| coarse((self.count - 1) as f64 / lasted));
    }
}

/// Counted from the gaps that are longer than one and a half ticks usually are, so that the grid may start anywhere.
fn ticks_missed(lines: &[OscLine]) -> usize {
    let times: Vec<f64> = lines.iter().filter(|line| line.addr == TICK_ADDRESS).map(|line| line.t).collect();
    let spacings: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let long = 1.5 * median(spacings.clone()).unwrap_or(0.0).max(1.0 / TICKS_PER_SEC);
    let missed = |spacing: &f64| ((spacing * TICKS_PER_SEC).round() as usize).saturating_sub(1);
    spacings.iter().filter(|spacing| **spacing > long).map(missed).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{levels, ticks};

    #[test]
    fn a_gap_is_found_and_its_ticks_are_counted() {
        let mut lines = ticks(0.0, 10.0);
        lines.retain(|line| !(4.0..5.0).contains(&line.t));
        let telemetry = Telemetry::of(&lines, 10.0);
        let gap = telemetry.largest_gap.unwrap();
        assert_eq!((gap.end, gap.sec), (5.0, 1.016_667));
        assert_eq!((telemetry.ticks, telemetry.ticks_missed), (540, 60));
        assert_eq!(telemetry.messages(), 540);
    }

    #[test]
    fn the_rate_is_the_mean_between_first_and_last() {
        let telemetry = Telemetry::of(&ticks(5.0, 10.0), 20.0);
        let rate = &telemetry.addresses["/audio/levels"];
        assert_eq!(rate.per_sec, Some(60.0));
        assert_eq!((rate.curve[..30].iter().sum::<u32>(), rate.curve.iter().sum::<u32>()), (0, 300));
        assert_eq!(rate.from, ["audio_analyzer"]);
        assert_eq!(Telemetry::of(&[levels(1.0, 0.5)], 2.0).addresses["/audio/levels"].per_sec, None);
    }

    #[test]
    fn nothing_at_all_is_no_error() {
        assert_eq!(Telemetry::of(&[], 0.0), Telemetry::default());
    }
}
