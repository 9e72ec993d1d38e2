//! What reaches the visuals.

use super::Violation;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// How evenly the ticks come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The longest time between two of them. Seconds.
    pub gap_sec: f64,
    /// By how many the count may be off, where a run begins and ends between two.
    pub off: f64,
}

/// Between two messages of `addr` no more than `sec` pass, from the first to `until`.
#[must_use]
pub fn no_gap_over(osc: &[OscLine], addr: &str, sec: f64, until: f64) -> Vec<Violation> {
    let times = osc.iter().filter(|line| line.addr == addr && line.t <= until).map(|line| line.t);
    let times: Vec<f64> = times.chain([until]).collect();
    if times.len() < 2 {
        return vec![Violation::liveness("telemetry flows", 0.0, format!("not one message of {addr}"))];
    }
    let gaps = times.windows(2).filter(|pair| pair[1] - pair[0] > sec);
    let violation = |pair: &[f64]| {
        let detail = format!("{addr}: nothing for {:.3} s, {sec} s are allowed", pair[1] - pair[0]);
        Violation::liveness("telemetry has no long gap", pair[0], detail)
    };
    gaps.map(violation).collect()
}

/// From its first message to `until`, `addr` comes with every tick: none is lost.
#[must_use]
pub fn no_packet_lost(osc: &[OscLine], addr: &str, until: f64, pace: Pace) -> Vec<Violation> {
    let mut violations = no_gap_over(osc, addr, pace.gap_sec, until);
    let count = osc.iter().filter(|line| line.addr == addr && line.t <= until).count();
    let first = osc.iter().find(|line| line.addr == addr).map_or(until, |line| line.t);
    let due = (until - first) * 60.0;
    if (count as f64 - due).abs() > pace.off {
        let detail = format!("{addr}: {count} messages, {due:.1} were due");
        violations.push(Violation::safety("every tick is sent once", until, detail));
    }
    violations
}

/// In the tick in which the beats of the bar are counted on, a beat is told.
#[must_use]
pub fn every_beat_is_told(osc: &[OscLine]) -> Vec<Violation> {
    let (mut is_told, mut before) = (false, None);
    let mut violations = Vec::new();
    for line in osc {
        let number = |arg: usize| line.args.get(arg).and_then(serde_json::Value::as_i64).unwrap_or_default();
        if line.addr == "/audio/beat" {
            is_told = number(0) == 1;
        } else if line.addr == "/audio/beat/phase" {
            let (beat, bar) = (number(1), number(2));
            let is_next =
                before.replace((beat, bar)).is_some_and(|(last, bars)| bars > 0 && beat == last % 4 + 1);
            if is_next && bar > 0 && !is_told {
                let detail = format!("beat {beat} of bar {bar} is counted and not told");
                violations.push(Violation::safety("no beat is lost", line.t, detail));
            }
        }
    }
    violations
}

/// A receiver that begins to listen gets its first packet within one tick, at that pace.
#[must_use]
pub fn flows_within_one_tick(history: &[Entry], pace: Pace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, Entry { t, what }) in history.iter().enumerate() {
        let What::Receiver { address, listens: true } = what else { continue };
        let first = history[index..].iter().find_map(|later| match &later.what {
            What::FirstPacket { address: to } if to == address => Some(later.t),
            _ => None,
        });
        if first.is_none_or(|first| first - t > pace.gap_sec) {
            let detail = format!("{address} got its first packet at {first:?}");
            violations.push(Violation::liveness("flowing within one tick", *t, detail));
        }
    }
    violations
}

/// No process has anything to complain of.
#[must_use]
pub fn no_complaints(history: &[Entry]) -> Vec<Violation> {
    let complaints = history.iter().filter_map(|Entry { t, what }| match what {
        What::Log { process, level, message, .. } if *level >= vj_env::Level::Warning => {
            Some(Violation::safety("nothing to complain of", *t, format!("{process}: {message}")))
        }
        _ => None,
    });
    complaints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { gap_sec: 1.0 / 60.0 + 0.002, off: 2.0 };

    fn levels(times: impl IntoIterator<Item = f64>) -> Vec<OscLine> {
        let line = |t| OscLine {
            t,
            from: "audio_analyzer".to_owned(),
            addr: "/audio/levels".to_owned(),
            tags: String::new(),
            args: Vec::new(),
        };
        times.into_iter().map(line).collect()
    }

    #[test]
    fn a_gap_a_lost_and_a_doubled_packet_are_seen() {
        let whole = levels((1..=600).map(|tick| f64::from(tick) / 60.0));
        assert_eq!(no_packet_lost(&whole, "/audio/levels", 10.0, PACE), []);
        let mut lost = whole.clone();
        lost.remove(300);
        assert_eq!(no_packet_lost(&lost, "/audio/levels", 10.0, PACE).len(), 1);
        let doubled = [whole.clone(), whole.clone()].concat();
        assert!(!no_packet_lost(&doubled, "/audio/levels", 10.0, PACE).is_empty());
        assert_eq!(no_gap_over(&whole, "/audio/levels", 1.6, 12.0).len(), 1, "it ended too early");
        assert_eq!(no_gap_over(&whole, "/audio/bpm", 1.6, 10.0).len(), 1, "it never came");
    }

    #[test]
    fn a_beat_that_is_counted_and_not_told_is_seen() {
        let tick = |t: f64, beat: u8, place: i64| {
            let line = |addr: &str, args: serde_json::Value| OscLine {
                t,
                from: "audio_analyzer".to_owned(),
                addr: addr.to_owned(),
                tags: String::new(),
                args: args.as_array().cloned().unwrap_or_default(),
            };
            [
                line("/audio/beat", serde_json::json!([beat, 0.5])),
                line("/audio/beat/phase", serde_json::json!([0.1, place, 3])),
            ]
        };
        let right = [tick(1.0, 0, 3), tick(1.5, 1, 4), tick(2.0, 1, 1), tick(2.1, 0, 1)].concat();
        assert_eq!(every_beat_is_told(&right), []);
        let lost = [tick(1.0, 0, 3), tick(1.5, 1, 4), tick(2.0, 0, 1)].concat();
        let [violation] = &every_beat_is_told(&lost)[..] else { panic!("it is seen once") };
        assert_eq!((violation.t, violation.property), (2.0, "no beat is lost"));
    }

    #[test]
    fn a_receiver_that_waits_is_seen() {
        let address = "127.0.0.1:9000".to_owned();
        let listens = Entry { t: 1.0, what: What::Receiver { address: address.clone(), listens: true } };
        let first = |t| Entry { t, what: What::FirstPacket { address: address.clone() } };
        assert_eq!(flows_within_one_tick(&[listens.clone(), first(1.016)], PACE), []);
        assert_eq!(flows_within_one_tick(&[listens.clone(), first(1.1)], PACE).len(), 1);
        assert_eq!(flows_within_one_tick(&[listens], PACE).len(), 1);
    }

    #[test]
    fn a_complaint_is_seen() {
        let level = vj_env::Level::Warning;
        let what = What::Log { process: "a".to_owned(), pid: 1, level, message: "no".to_owned() };
        assert_eq!(no_complaints(&[Entry { t: 0.0, what }]).len(), 1);
    }
}
