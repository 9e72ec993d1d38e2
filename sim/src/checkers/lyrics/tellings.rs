//! What the lyrics worker told, from one reset to the next.

use serde_json::Value;

use crate::osc_log::OscLine;

/// Who tells it.
pub(super) const FETCHER: &str = "lyrics_fetcher";

/// Those who tell of lyrics, and those whom they follow.
pub(super) const INVOLVED: [&str; 3] = [FETCHER, "spotify_monitor", "virtualdj_monitor"];

/// From one reset to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Telling {
    /// When the next begins.
    pub(super) to: f64,
    /// The track that was said to have lyrics, and when.
    pub(super) named: Option<(f64, String)>,
    pub(super) lines: Vec<TimedLine>,
    pub(super) active: Vec<(f64, i64)>,
    pub(super) moods: Vec<(f64, String)>,
}

#[derive(Debug, Clone)]
pub(super) struct TimedLine {
    pub(super) t: f64,
    pub(super) index: i64,
    pub(super) time_sec: f64,
    pub(super) text: String,
}

pub(super) fn text(line: &OscLine, at: usize) -> &str {
    line.args.get(at).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn float(line: &OscLine, at: usize) -> f64 {
    line.args.get(at).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

pub(super) fn int(line: &OscLine, at: usize) -> i64 {
    line.args.get(at).and_then(Value::as_i64).unwrap_or(i64::MIN)
}

/// All tellings. What was told before the first reset stands in one of its own.
pub(super) fn tellings(osc: &[OscLine]) -> Vec<Telling> {
    let mut all = vec![Telling::default()];
    for line in osc.iter().filter(|line| line.from == FETCHER) {
        if line.addr == "/karaoke/lyrics/reset" {
            all.last_mut().expect("there is always one").to = line.t;
            all.push(Telling { to: f64::MAX, ..Telling::default() });
            continue;
        }
        let now = all.last_mut().expect("there is always one");
        match line.addr.as_str() {
            // A monitor that says its track again takes the word of the lyrics back: then it is said again, too.
            "/karaoke/track" if now.named.as_ref().is_some_and(|(_, title)| title == text(line, 3)) => {}
            "/karaoke/track" => now.named = Some((line.t, text(line, 3).to_owned())),
            "/karaoke/lyrics/line" => now.lines.push(TimedLine {
                t: line.t,
                index: int(line, 0),
                time_sec: float(line, 1),
                text: text(line, 2).to_owned(),
            }),
            "/karaoke/line/active" => now.active.push((line.t, int(line, 0))),
            "/karaoke/categories/mood" => now.moods.push((line.t, text(line, 0).to_owned())),
            _ => {}
        }
    }
    all
}
