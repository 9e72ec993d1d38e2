//! What comes faster than anybody reads: datagrams at a port, answers and heartbeats for a client that is deaf.

use serde_json::Value;

use super::Violation;
use super::marks::marks;
use crate::history::Entry;
use crate::osc_log::OscLine;

/// The mark of a heartbeat that a client heard: the process.
pub const HEARTBEAT: &str = "heartbeat";

/// The mark of a deaf client that was dropped: the process that did.
pub const DROPPED: &str = "dropped";

/// The mark of a flood that is over: `sent`, `refused` by the sender's system, `lost` (null where the system does not tell),
/// `counted` and `malformed` by the receiver, as JSON.
pub const FLOOD: &str = "flood";

/// The mark of how many messages of a process were captured: its name and the count.
pub const CAPTURED: &str = "captured";

/// Between two heartbeats of `process` no more than `sec` pass, from the first to `until`.
#[must_use]
pub fn heartbeats_go_on(history: &[Entry], process: &str, sec: f64, until: f64) -> Vec<Violation> {
    const PROPERTY: &str = "heartbeats go on";
    let beats = marks(history, HEARTBEAT).filter(|(_, of)| *of == process).map(|(t, _)| t);
    let times: Vec<f64> = beats.filter(|t| *t <= until).chain([until]).collect();
    if times.len() < 2 {
        return vec![Violation::liveness(PROPERTY, 0.0, format!("not one of {process}"))];
    }
    let gaps = times.windows(2).filter(|pair| pair[1] - pair[0] > sec);
    gaps.map(|pair| {
        let detail = format!("{process}: none for {:.3} s, {sec} s are allowed", pair[1] - pair[0]);
        Violation::liveness(PROPERTY, pair[0], detail)
    })
    .collect()
}

/// Each of these processes drops the watcher that never reads.
#[must_use]
pub fn deaf_are_dropped(history: &[Entry], processes: &[&str]) -> Vec<Violation> {
    let kept = processes.iter().filter(|process| !marks(history, DROPPED).any(|(_, by)| by == **process));
    let violation = |process: &&str| {
        let detail = format!("{process} still keeps it");
        Violation::liveness("a watcher that never reads is dropped", 0.0, detail)
    };
    kept.map(violation).collect()
}

/// Whatever was sent in a flood is counted by its receiver, or is known to be lost; and the malformed are counted as such.
#[must_use]
pub fn all_is_counted(history: &[Entry]) -> Vec<Violation> {
    const PROPERTY: &str = "what is dropped is counted";
    let Some((t, detail)) = marks(history, FLOOD).last() else {
        return vec![Violation::liveness(PROPERTY, 0.0, "the flood did not come to its end")];
    };
    let flood: Value = serde_json::from_str(detail).unwrap_or_default();
    let figure = |name: &str| flood[name].as_u64();
    let told = ["sent", "refused", "counted", "malformed"].map(figure);
    let [Some(sent), Some(refused), Some(counted), Some(malformed)] = told else {
        return vec![Violation::liveness(PROPERTY, t, format!("a figure is missing: {flood}"))];
    };
    let adds_up = match figure("lost") {
        Some(lost) => counted + lost + refused == sent,
        None => counted > 0 && counted + refused <= sent,
    };
    if adds_up && malformed > 0 {
        return Vec::new();
    }
    vec![Violation::safety(PROPERTY, t, flood.to_string())]
}

/// How many datagrams of the flood found no room, where the system tells.
#[must_use]
pub fn lost_in_flood(history: &[Entry]) -> Option<u64> {
    let (_, detail) = marks(history, FLOOD).last()?;
    serde_json::from_str::<Value>(detail).ok()?["lost"].as_u64()
}

/// Of what a process sent, at least this share was captured, to the moment of the mark.
#[must_use]
pub fn captured_as_sent(history: &[Entry], osc: &[OscLine], share: f64) -> Vec<Violation> {
    const PROPERTY: &str = "a flood hides nothing of what the workers send";
    let mut captured = marks(history, CAPTURED).peekable();
    if captured.peek().is_none() {
        return vec![Violation::liveness(PROPERTY, 0.0, "nobody looked")];
    }
    let violations = captured.filter_map(|(t, detail)| {
        let (process, count) = detail.split_once(' ')?;
        let sent = osc.iter().filter(|line| line.t <= t && line.from == process).count() as f64;
        let count = count.parse::<f64>().unwrap_or(0.0);
        let detail = format!("{process}: {count} of {sent} messages");
        (count < sent * share || sent == 0.0).then(|| Violation::safety(PROPERTY, t, detail))
    });
    violations.collect()
}

#[cfg(test)]
mod tests {
    use super::super::bad_history::mark;
    use super::*;

    #[test]
    fn silence_and_a_deaf_client_that_is_kept_are_seen() {
        let beats =
            |times: &[f64]| -> Vec<Entry> { times.iter().map(|t| mark(*t, HEARTBEAT, "a")).collect() };
        assert_eq!(heartbeats_go_on(&beats(&[1.0, 6.0, 11.0]), "a", 5.5, 15.0), []);
        assert_eq!(heartbeats_go_on(&beats(&[1.0, 11.0]), "a", 5.5, 15.0).len(), 1);
        assert_eq!(heartbeats_go_on(&beats(&[1.0, 6.0]), "a", 5.5, 15.0).len(), 1, "they ended");
        assert_eq!(heartbeats_go_on(&beats(&[1.0]), "b", 5.5, 15.0).len(), 1);
        let dropped = [mark(1.0, DROPPED, "a")];
        assert_eq!(deaf_are_dropped(&dropped, &["a"]), []);
        assert_eq!(deaf_are_dropped(&dropped, &["a", "b"]).len(), 1);
    }

    #[test]
    fn a_flood_that_does_not_add_up_is_seen() {
        let judge = |detail: &str| all_is_counted(&[mark(1.0, FLOOD, detail)]).len();
        assert_eq!(judge(r#"{"sent": 10, "refused": 1, "lost": 2, "counted": 7, "malformed": 1}"#), 0);
        assert_eq!(judge(r#"{"sent": 10, "refused": 1, "lost": 2, "counted": 6, "malformed": 1}"#), 1);
        assert_eq!(judge(r#"{"sent": 10, "refused": 1, "lost": 2, "counted": 7, "malformed": 0}"#), 1);
        assert_eq!(judge(r#"{"sent": 10, "refused": 0, "lost": null, "counted": 7, "malformed": 1}"#), 0);
        assert_eq!(judge(r#"{"sent": 10, "refused": 0, "lost": null, "counted": 11, "malformed": 1}"#), 1);
        assert_eq!(judge(r#"{"sent": 10}"#), 1);
        assert_eq!(all_is_counted(&[]).len(), 1);
    }

    #[test]
    fn a_worker_that_is_not_captured_is_seen() {
        let line = |t| OscLine {
            t,
            from: "a".to_owned(),
            addr: "/a".to_owned(),
            tags: String::new(),
            args: Vec::new(),
        };
        let osc: Vec<_> = (0..100).map(|n| line(f64::from(n) / 100.0)).collect();
        let judge = |detail: &str| captured_as_sent(&[mark(1.0, CAPTURED, detail)], &osc, 0.9).len();
        assert_eq!((judge("a 95"), judge("a 50"), judge("b 0")), (0, 1, 1));
        assert_eq!(captured_as_sent(&[], &osc, 0.9).len(), 1);
    }
}
