//! What was struck, what went down, and how long until it was back.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pulse::Pulse;
use super::units::rounded;
use crate::history::{Entry, What};

/// Faults that stop a process at once; the others only get in its way.
const STRIKES: [&str; 4] = ["kill", "crash", "freeze", "hang"];
/// Something that the simulator broke.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// In seconds since the start of the run.
    pub t: f64,
    /// What: `kill`, `freeze`, `slice`, ...
    pub kind: String,
    /// Whom or what it struck.
    pub target: String,
    /// Details in words.
    pub detail: String,
    /// Whether the process that it stopped came back; none if it stopped none.
    pub recovered: Option<bool>,
    /// Time until the process had its name again.
    pub recovery_sec: Option<f64>,
    /// How long the visuals got nothing from the process; none if nothing came any more, or never came often.
    pub telemetry_gap_sec: Option<f64>,
    /// Position of what it caused among the outages.
    #[serde(skip)]
    pub(super) outage: Option<usize>,
}

/// A time during which a process could not be reached, from the fault or exit that began it to when the process (or its
/// successor) had its name again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outage {
    /// Whose.
    pub process: String,
    /// In seconds since the start of the run.
    pub start: f64,
    /// None if it lasted to the end of the run.
    pub end: Option<f64>,
    /// The fault, or how the process ended.
    pub cause: String,
    /// From start to end.
    pub recovery_sec: Option<f64>,
    /// How long the visuals got nothing from the process; none if nothing came any more, or never came often.
    pub telemetry_gap_sec: Option<f64>,
}

/// All faults and outages, in the order in which they began.
pub(super) fn faults_and_outages(
    entries: &[Entry],
    pulses: &BTreeMap<&str, Pulse>,
) -> (Vec<Fault>, Vec<Outage>) {
    let mut watch = Watch::default();
    for Entry { t, what } in entries {
        watch.see(rounded(*t), what);
    }
    watch.finish(pulses)
}

#[derive(Default)]
struct Watch<'a> {
    faults: Vec<Fault>,
    outages: Vec<Outage>,
    /// Who is down, with the position of the outage.
    down: BTreeMap<&'a str, usize>,
    /// Who is only frozen: a thaw brings it back.
    frozen: BTreeSet<&'a str>,
    alive: BTreeSet<&'a str>,
    /// Second instances that were turned away: their exit takes nobody down.
    refused: BTreeSet<u32>,
}

impl<'a> Watch<'a> {
    fn see(&mut self, t: f64, what: &'a What) {
        match what {
            What::Start { process, .. } => {
                self.alive.insert(process);
            }
            What::Refused { pid, .. } => {
                self.refused.insert(*pid);
            }
            What::Bound { process, .. } => {
                self.alive.insert(process);
                self.up(t, process);
            }
            What::Exit { process, pid, how } if !self.refused.remove(pid) => {
                self.goes_down(t, process, how);
                self.frozen.remove(process.as_str());
                self.alive.remove(process.as_str());
            }
            What::Fault { kind, target, detail } => self.fault(t, kind, target, detail),
            What::Mended { kind, target } if kind == "freeze" && self.frozen.contains(target.as_str()) => {
                self.up(t, target);
            }
            _ => {}
        }
    }

    fn fault(&mut self, t: f64, kind: &'a str, target: &'a str, detail: &str) {
        let mut outage = None;
        if STRIKES.contains(&kind) && (self.alive.contains(target) || self.down.contains_key(target)) {
            outage = Some(self.goes_down(t, target, kind));
            if kind == "freeze" {
                self.frozen.insert(target);
            }
        }
        let (kind, target, detail) = (kind.to_owned(), target.to_owned(), detail.to_owned());
        let (recovered, recovery_sec, telemetry_gap_sec) = (None, None, None);
        self.faults.push(Fault {
            t,
            kind,
            target,
            detail,
            recovered,
            recovery_sec,
            telemetry_gap_sec,
            outage,
        });
    }

    /// The outage that begins, or the one that goes on: crashing again while down is no second one.
    fn goes_down(&mut self, t: f64, process: &'a str, cause: &str) -> usize {
        let outages = &mut self.outages;
        *self.down.entry(process).or_insert_with(|| {
            outages.push(Outage {
                process: process.to_owned(),
                start: t,
                end: None,
                cause: cause.to_owned(),
                recovery_sec: None,
                telemetry_gap_sec: None,
            });
            outages.len() - 1
        })
    }

    fn up(&mut self, t: f64, process: &str) {
        self.frozen.remove(process);
        if let Some(index) = self.down.remove(process) {
            let outage = &mut self.outages[index];
            outage.end = Some(t);
            outage.recovery_sec = Some(rounded(t - outage.start));
        }
    }

    fn finish(mut self, pulses: &BTreeMap<&str, Pulse>) -> (Vec<Fault>, Vec<Outage>) {
        for outage in &mut self.outages {
            let gap = pulses.get(outage.process.as_str()).and_then(|pulse| pulse.gap_around(outage.start));
            outage.telemetry_gap_sec = gap.map(|gap| gap.sec);
        }
        for fault in &mut self.faults {
            if let Some(outage) = fault.outage.and_then(|index| self.outages.get(index)) {
                fault.recovered = Some(outage.end.is_some());
                fault.recovery_sec = outage.end.map(|end| rounded(end - fault.t));
                fault.telemetry_gap_sec = outage.telemetry_gap_sec;
            }
        }
        // Who left in peace and did not come back was told to: that is how a set ends.
        self.outages.retain(|outage| outage.end.is_some() || outage.cause != "exit code 0");
        (self.faults, self.outages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{bound, entry, exit, fault, mended, start, ticks};

    const WORKER: &str = "audio_analyzer";

    fn seen(entries: &[Entry]) -> (Vec<Fault>, Vec<Outage>) {
        faults_and_outages(entries, &BTreeMap::new())
    }

    #[test]
    fn a_kill_is_over_when_the_successor_has_the_name() {
        let entries = [
            start(0.0, WORKER, 2),
            bound(0.02, WORKER, 2),
            fault(60.0, "kill", WORKER),
            exit(60.0, WORKER, 2, "signal 9"),
            start(61.0, WORKER, 3),
            bound(61.02, WORKER, 3),
        ];
        let mut lines = ticks(0.0, 60.0);
        lines.extend(ticks(61.05, 70.0));
        let (faults, outages) = faults_and_outages(&entries, &Pulse::all(&lines));
        assert_eq!((faults[0].recovered, faults[0].recovery_sec), (Some(true), Some(1.02)));
        assert_eq!(faults[0].telemetry_gap_sec, Some(1.066_667));
        assert_eq!(outages.len(), 1);
        assert_eq!((outages[0].cause.as_str(), outages[0].recovery_sec), ("kill", Some(1.02)));
    }

    #[test]
    fn who_never_came_back_is_said_to() {
        let entries = [
            start(0.0, WORKER, 2),
            bound(0.0, WORKER, 2),
            fault(5.0, "kill", WORKER),
            exit(5.0, WORKER, 2, "signal 9"),
        ];
        let (faults, outages) = seen(&entries);
        assert_eq!((faults[0].recovered, faults[0].recovery_sec), (Some(false), None));
        assert_eq!((outages[0].end, outages[0].recovery_sec), (None, None));
    }

    #[test]
    fn a_crash_without_a_fault_is_an_outage_and_crashing_again_is_the_same_one() {
        let entries = [
            start(0.0, WORKER, 2),
            bound(0.0, WORKER, 2),
            exit(1.0, WORKER, 2, "exit code 101"),
            start(2.0, WORKER, 3),
            exit(2.1, WORKER, 3, "exit code 101"),
            start(4.1, WORKER, 4),
            bound(4.2, WORKER, 4),
        ];
        let (faults, outages) = seen(&entries);
        assert!(faults.is_empty());
        assert_eq!(outages.len(), 1);
        assert_eq!((outages[0].cause.as_str(), outages[0].recovery_sec), ("exit code 101", Some(3.2)));
    }

    #[test]
    fn a_frozen_process_is_back_when_it_is_thawed() {
        let frozen = [start(0.0, WORKER, 2), bound(0.0, WORKER, 2), fault(5.0, "freeze", WORKER)];
        let thawed = [frozen.as_slice(), &[mended(9.0, "freeze", WORKER)]].concat();
        let killed = [
            frozen.as_slice(),
            &[
                exit(35.0, WORKER, 2, "signal 9"),
                mended(36.0, "freeze", WORKER),
                start(36.0, WORKER, 3),
                bound(36.5, WORKER, 3),
            ],
        ]
        .concat();
        assert_eq!(seen(&thawed).0[0].recovery_sec, Some(4.0));
        assert_eq!(seen(&killed).0[0].recovery_sec, Some(31.5));
        assert_eq!(seen(&killed).1.len(), 1);
    }

    #[test]
    fn the_end_of_a_set_and_a_second_instance_are_no_outages() {
        let refused = What::Refused { process: WORKER.into(), pid: 9, holder: 2 };
        let entries = [
            start(0.0, WORKER, 2),
            bound(0.0, WORKER, 2),
            start(3.0, WORKER, 9),
            entry(3.5, refused),
            exit(3.5, WORKER, 9, "exit code 3"),
            exit(10.0, WORKER, 2, "exit code 0"),
        ];
        assert!(seen(&entries).1.is_empty());
    }

    #[test]
    fn a_fault_that_stops_nobody_has_nothing_to_recover_from() {
        let entries =
            [start(0.0, WORKER, 2), bound(0.0, WORKER, 2), fault(5.0, "slice", "console -> audio_analyzer")];
        let (faults, outages) = seen(&entries);
        assert_eq!((faults[0].recovered, outages.len()), (None, 0));
    }
}
