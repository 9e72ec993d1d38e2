//! Audio inputs that go and come.

use super::marks::marks;
use super::{Pace, Violation};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// What the worker says when it begins to hear a device, before the name.
const LISTENS: &str = "listening to \"";

/// The mark of an input that is really gone, where that takes longer than to say so.
pub const UNPLUGGED: &str = "unplugged";

/// After a device is gone, what it delivered before may still be announced: for a buffer and a tick, and as much longer as everything may
/// take longer on a real machine. Of what its return may take, the 2 s of which become 50 ms.
const LAST_TICKS: f64 = 0.025;

/// From the loss of each device to its return, in seconds; the end of the run where it did not return.
fn outages(history: &[Entry]) -> Vec<(f64, f64)> {
    let end = history.last().map_or(0.0, |entry| entry.t);
    let gone = history.iter().filter_map(|entry| match &entry.what {
        What::Fault { kind, target, .. } if kind == "unplug" => Some((entry.t, target)),
        _ => None,
    });
    let back = |since: f64, name: &str| {
        let mut mended = history.iter().filter(|entry| {
            entry.t >= since
                && matches!(&entry.what, What::Mended { kind, target } if kind == "unplug" && target == name)
        });
        mended.next().map_or(end, |entry| entry.t)
    };
    gone.map(|(since, name)| (since, back(since, name))).collect()
}

/// A worker whose device is gone is called degraded within `said_sec`, stays so until the device is back, and is healthy
/// again within `back_sec` of that.
#[must_use]
pub fn degraded_without_its_device(
    history: &[Entry],
    worker: &str,
    said_sec: f64,
    back_sec: f64,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (gone, back) in outages(history) {
        let first = |wanted: &str| {
            history.iter().find_map(|entry| match &entry.what {
                What::Health { worker: who, health } if who == worker && health == wanted => {
                    (entry.t >= gone).then_some(entry.t)
                }
                _ => None,
            })
        };
        let degraded = first("degraded");
        if degraded.is_none_or(|t| t > gone + said_sec) {
            let detail = format!("{worker} was called degraded at {degraded:?}");
            violations.push(Violation::liveness("a worker without its device says so", gone, detail));
        }
        let healthy = first("healthy");
        if healthy.is_some_and(|t| t < back) {
            let detail =
                format!("{worker} was called healthy at {healthy:?}, its device came back at {back}");
            violations.push(Violation::safety("a worker without its device says so", gone, detail));
        } else if healthy.is_none_or(|t| t > back + back_sec) {
            let detail = format!("{worker} was called healthy at {healthy:?}");
            violations.push(Violation::liveness("a device that is back is heard in time", back, detail));
        }
    }
    violations
}

/// While the device is gone nothing is heard, and within `sec` of its return there are levels again.
#[must_use]
pub fn heard_only_with_its_device(history: &[Entry], osc: &[OscLine], sec: f64) -> Vec<Violation> {
    let mut violations = Vec::new();
    let loud: Vec<f64> = osc
        .iter()
        .filter(|line| line.addr == "/audio/levels")
        .filter(|line| line.args.iter().any(|arg| arg.as_f64().is_some_and(|level| level > 0.0)))
        .map(|line| line.t)
        .collect();
    for (told, back) in outages(history) {
        let gone = marks(history, UNPLUGGED).map(|(t, _)| t).find(|t| (told..back).contains(t));
        let gone = gone.unwrap_or(told);
        if let Some(t) = loud.iter().find(|t| (gone + LAST_TICKS * sec..back).contains(*t)) {
            let detail = format!("the device was gone from {gone} to {back} s");
            violations.push(Violation::safety("nothing is heard without the device", *t, detail));
        }
        let first = loud.iter().find(|t| **t >= back);
        if first.is_none_or(|t| t - back > sec) {
            let detail = format!("the first sound came at {first:?}");
            violations.push(Violation::liveness("a device that is back is heard in time", back, detail));
        }
    }
    violations
}

/// The worker never listens to another device than `device`, whatever else is there.
#[must_use]
pub fn listens_only_to(history: &[Entry], device: &str) -> Vec<Violation> {
    let others = history.iter().filter_map(|Entry { t, what }| match what {
        What::Log { message, .. } => {
            let name = message.strip_prefix(LISTENS)?.split('"').next()?;
            (name != device).then(|| Violation::safety("never silently another device", *t, message.as_str()))
        }
        _ => None,
    });
    others.collect()
}

/// From `from` to `until` there are sixty ticks a second, which is what sample time says at the right rate.
#[must_use]
pub fn keeps_pace(osc: &[OscLine], from: f64, until: f64, pace: Pace) -> Vec<Violation> {
    let ticks =
        osc.iter().filter(|line| line.addr == "/audio/levels" && (from..until).contains(&line.t)).count();
    let due = (until - from) * 60.0;
    if (ticks as f64 - due).abs() <= pace.off {
        return Vec::new();
    }
    let detail = format!("{ticks} ticks in {} s, {due:.0} were due", until - from);
    vec![Violation::safety("sample time goes with time", from, detail)]
}

/// Of a count that somebody marked again and again, each is at least the one before.
#[must_use]
pub fn never_counts_back(history: &[Entry], mark: &str) -> Vec<Violation> {
    let counts: Vec<(f64, u64)> =
        marks(history, mark).filter_map(|(t, detail)| Some((t, detail.parse().ok()?))).collect();
    if counts.is_empty() {
        return vec![Violation::liveness(
            "sample time never goes back",
            0.0,
            format!("nobody marked {mark}"),
        )];
    }
    let back = counts.windows(2).filter(|pair| pair[1].1 < pair[0].1);
    back.map(|pair| {
        let detail = format!("{mark}: {} came after {}", pair[1].1, pair[0].1);
        Violation::safety("sample time never goes back", pair[1].0, detail)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::{fault, health, mark};
    use super::*;

    const PACE: Pace = Pace { gap_sec: 0.1, off: 2.0 };
    const WORKER: &str = "audio_analyzer";

    fn mended(t: f64) -> Entry {
        Entry { t, what: What::Mended { kind: "unplug".to_owned(), target: "mic".to_owned() } }
    }

    fn begin() -> [Entry; 2] {
        [health(1.0, WORKER, "healthy"), fault(10.0, "unplug", "mic", 0)]
    }

    fn levels(times: impl IntoIterator<Item = f64>, level: f64) -> Vec<OscLine> {
        let line = |t| OscLine {
            t,
            from: WORKER.to_owned(),
            addr: "/audio/levels".to_owned(),
            tags: "f".to_owned(),
            args: vec![level.into()],
        };
        times.into_iter().map(line).collect()
    }

    #[test]
    fn a_worker_that_hides_the_loss_of_its_device_or_comes_back_late_is_seen() {
        let judge = |more: &[Entry]| {
            let history = [&begin()[..], more, &[mark(60.0, "end", "")]].concat();
            degraded_without_its_device(&history, WORKER, 1.0, 2.0).len()
        };
        let degraded = |t| health(t, WORKER, "degraded");
        let healthy = |t| health(t, WORKER, "healthy");
        assert_eq!(judge(&[degraded(10.1), mended(30.0), healthy(31.5)]), 0);
        assert_eq!(judge(&[degraded(12.0), mended(30.0), healthy(31.5)]), 1, "said too late");
        assert_eq!(judge(&[mended(30.0), healthy(31.5)]), 1, "never said");
        assert_eq!(judge(&[degraded(10.1), healthy(20.0), mended(30.0)]), 1, "another device, perhaps");
        assert_eq!(judge(&[degraded(10.1), mended(30.0), healthy(33.0)]), 1, "back too late");
        assert_eq!(judge(&[degraded(10.1), mended(30.0)]), 1, "never back");
    }

    #[test]
    fn sound_from_nowhere_and_sound_that_stays_away_are_seen() {
        let history = [&begin()[..], &[mended(30.0), mark(60.0, "end", "")]].concat();
        let judge = |times: &[f64]| {
            let mut osc = levels(times.iter().copied(), 0.5);
            osc.extend(levels([15.0], 0.0));
            heard_only_with_its_device(&history, &osc, 2.0).len()
        };
        assert_eq!(judge(&[9.0, 10.02, 31.0]), 0);
        assert_eq!(judge(&[9.0, 10.2, 31.0]), 1);
        let late = [&begin()[..], &[mark(10.2, UNPLUGGED, "mic"), mended(30.0)]].concat();
        let judge_late = |t| heard_only_with_its_device(&late, &levels([t, 31.0], 0.5), 2.0).len();
        assert_eq!((judge_late(10.2), judge_late(10.3)), (0, 1));
        assert_eq!(judge(&[9.0, 20.0, 31.0]), 1);
        assert_eq!(judge(&[9.0, 33.0]), 1);
        assert_eq!(judge(&[9.0]), 1);
    }

    #[test]
    fn another_device_is_seen() {
        let log = |device: &str| {
            let message = format!("listening to \"{device}\" (48000 Hz, 2 channels)");
            let (process, level) = (WORKER.to_owned(), vj_env::Level::Info);
            Entry { t: 1.0, what: What::Log { process, pid: 1, level, message } }
        };
        assert_eq!(listens_only_to(&[log("a"), log("a")], "a"), []);
        assert_eq!(listens_only_to(&[log("a"), log("b")], "a").len(), 1);
    }

    #[test]
    fn sample_time_that_runs_at_another_pace_or_goes_back_is_seen() {
        let at_rate = |rate: f64| levels((0..600).map(|tick| f64::from(tick) / rate), 0.5);
        assert_eq!(keeps_pace(&at_rate(60.0), 0.0, 10.0, PACE), []);
        assert_eq!(
            keeps_pace(&at_rate(60.0 * 48.0 / 44.1), 0.0, 9.0, PACE).len(),
            1,
            "44.1 kHz taken for 48 kHz"
        );
        let counts = |values: &[u64]| {
            let marks = values.iter().map(|value| mark(1.0, "ticks", &value.to_string()));
            never_counts_back(&marks.collect::<Vec<_>>(), "ticks").len()
        };
        assert_eq!((counts(&[1, 1, 60]), counts(&[1, 60, 2]), counts(&[])), (0, 1, 1));
    }
}
