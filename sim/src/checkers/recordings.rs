//! What a recording holds, and what a rehearsal of it sends.

use super::Violation;
use crate::compare::{Comparison, Tolerance, compare};
use crate::osc_log::OscLine;

/// A recording holds all that the visuals got, `later_sec` after the recording began, as the tolerance says.
#[must_use]
pub fn everything_is_recorded(
    sent: &[OscLine],
    recorded: &[OscLine],
    later_sec: f64,
    tolerance: &Tolerance,
) -> Vec<Violation> {
    const PROPERTY: &str = "a recording holds every message that the visuals got";
    let sent: Vec<OscLine> =
        sent.iter().map(|line| OscLine { t: line.t + later_sec, ..line.clone() }).collect();
    told(PROPERTY, &compare(&sent, recorded, tolerance))
}

/// A rehearsal sends what was recorded, every message, as the tolerance says.
#[must_use]
pub fn rehearsed_as_recorded(
    recorded: &[OscLine],
    rehearsed: &[OscLine],
    tolerance: &Tolerance,
) -> Vec<Violation> {
    const PROPERTY: &str = "a rehearsal of a recording sends what was sent on that night";
    let compared = compare(recorded, rehearsed, tolerance);
    if compared.addresses.is_empty() {
        return vec![Violation::liveness(PROPERTY, 0.0, "there is nothing that could be compared")];
    }
    told(PROPERTY, &compared)
}

fn told(property: &'static str, compared: &Comparison) -> Vec<Violation> {
    let broken = compared.addresses.iter().filter(|(_, found)| !found.holds);
    let violations = broken.map(|(address, found)| {
        let detail = format!(
            "{address}: {} expected, {} got; {} missing, {} extra, {} other in value, {} in time; {:?}",
            found.expected, found.got, found.missing, found.extra, found.value, found.time, found.first
        );
        Violation::safety(property, found.first.first().map_or(0.0, |first| first.t), detail)
    });
    violations.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn beats(count: usize) -> Vec<OscLine> {
        let line = |at: usize| OscLine {
            t: 1.0 + at as f64 / 60.0,
            from: "audio_analyzer".to_owned(),
            addr: "/audio/beat".to_owned(),
            tags: "if".to_owned(),
            args: vec![json!(0), json!(at as f64 / 1_000.0)],
        };
        (0..count).map(line).collect()
    }

    #[test]
    fn a_message_that_is_missing_or_another_is_found_in_a_recording_and_in_a_rehearsal() {
        let (all, exact) = (beats(600), Tolerance { value: 0.0, ..Tolerance::default() });
        assert_eq!(rehearsed_as_recorded(&all, &all, &exact), []);
        assert_eq!(everything_is_recorded(&all, &all, 0.0, &exact), []);
        let mut without = all.clone();
        without.remove(300);
        assert_eq!(rehearsed_as_recorded(&all, &without, &exact).len(), 1);
        assert_eq!(everything_is_recorded(&all, &without, 0.0, &exact).len(), 1);
        let mut other = all.clone();
        other[300].args[1] = json!(0.5);
        assert_eq!(rehearsed_as_recorded(&all, &other, &exact).len(), 1);
        let late: Vec<_> = all.iter().map(|line| OscLine { t: line.t + 0.5, ..line.clone() }).collect();
        assert_eq!(rehearsed_as_recorded(&all, &late, &exact).len(), 1);
        assert_eq!(everything_is_recorded(&all, &late, 0.5, &exact), []);
        assert_eq!(rehearsed_as_recorded(&[], &[], &exact).len(), 1, "nothing proves nothing");
    }
}
