//! Which line was active, and when.

use super::tellings::{INVOLVED, TimedLine, float, int, tellings};
use crate::checkers::Violation;
use crate::checkers::lives::away;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// Who was away has found the others again, and everything is as it was, after this.
const BACK_WITHIN_SEC: f64 = 2.0;

/// Links that were bad have delivered what was under way, a long state in slices of some bytes, after this.
const LINKS_SETTLE_SEC: f64 = 5.0;

/// So late a line may come over bad links, but never early.
const LINKS_LATE_SEC: f64 = 3.0;

/// While the links are bad the worker learns late by how much a position is corrected.
fn bad_links(history: &[Entry]) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for Entry { t, what } in history {
        match what {
            What::Fault { kind, .. } if kind == "weather" => spans.push((*t, f64::MAX)),
            What::Mended { kind, .. } if kind == "weather" => {
                spans.iter_mut().filter(|(_, to)| *to == f64::MAX).for_each(|(_, to)| *to = *t);
            }
            _ => {}
        }
    }
    spans.into_iter().map(|(from, to)| (from, to + LINKS_SETTLE_SEC)).collect()
}

/// A word of a monitor on the position.
#[derive(Debug, Clone, Copy)]
struct Pos {
    t: f64,
    sec: f64,
    is_playing: bool,
}

impl Pos {
    fn at(&self, t: f64) -> f64 {
        self.sec + if self.is_playing { t - self.t } else { 0.0 }
    }
}

fn positions(osc: &[OscLine]) -> Vec<Pos> {
    let pos = osc.iter().filter(|line| line.addr == "/karaoke/pos");
    pos.map(|line| Pos { t: line.t, sec: float(line, 0), is_playing: int(line, 1) == 1 }).collect()
}

/// The index of the line that is on at this position.
fn line_at(lines: &[TimedLine], sec: f64) -> i64 {
    lines.partition_point(|line| line.time_sec <= sec) as i64 - 1
}

/// By which share of a second a second of the song may be longer or shorter while an error is worked off.
const PACE_OFF_MAX: f64 = 0.5;

/// Where the song is by the last two reports, if it goes on at the pace of these: a small error may be being corrected. Where
/// it stood still until the last one, no pace is known yet, and it is at most there: what was reported meanwhile is worked off.
fn on_at_its_pace(reports: &[Pos], t: f64) -> f64 {
    let [.., one, two] = reports else { return reports.last().map_or(0.0, |pos| pos.at(t)) };
    let pace = (two.sec - one.sec) / (two.t - one.t);
    let elapsed = t - two.t;
    match (one.is_playing, two.is_playing) {
        (true, true) if (pace - 1.0).abs() <= PACE_OFF_MAX => two.sec + pace * elapsed,
        (false, true) if one.sec == two.sec => two.sec + (1.0 + PACE_OFF_MAX) * elapsed,
        _ => two.at(t),
    }
}

/// The active line is the one that is due at the position that the player's monitor reports, within `slack_sec`: no other is
/// told, and none is forgotten between two reports. While somebody is away, and until all is as it was again, nothing is said of it;
/// over bad links a line may be late.
pub(super) fn active_lines_are_on_time(history: &[Entry], osc: &[OscLine], slack_sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "the active line is the one that is due";
    let (positions, mut violations) = (positions(osc), Vec::new());
    let away: Vec<(f64, f64)> = INVOLVED
        .iter()
        .flat_map(|it| away(history, it))
        .map(|(from, to)| (from, to + BACK_WITHIN_SEC))
        .collect();
    let bad_links = bad_links(history);
    let is_within = |spans: &[(f64, f64)], t: f64| spans.iter().any(|(from, to)| (*from..=*to).contains(&t));
    let is_judged = |t: f64| !is_within(&away, t);
    for telling in tellings(osc).iter().filter(|it| !it.lines.is_empty()) {
        let lines = &telling.lines;
        let all_told = lines.last().map_or(0.0, |line| line.t);
        for (t, index) in
            telling.active.iter().filter(|(t, index)| *index >= 0 && *t >= all_told && is_judged(*t))
        {
            let after = positions.partition_point(|pos| pos.t <= *t);
            let near = after.saturating_sub(2)..(after + 1).min(positions.len());
            let late_sec = if is_within(&bad_links, *t) { LINKS_LATE_SEC } else { slack_sec };
            let fits = |from: f64, to: f64| {
                let (from, to) = (from.min(to) - late_sec, from.max(to) + slack_sec);
                (line_at(lines, from)..=line_at(lines, to)).contains(index)
            };
            // What was reported a moment before or after may not have arrived, or have arrived already. And where the two
            // beside it differ by a small error, the position is being corrected between them.
            let is_near = |pos: &&Pos| (pos.t - t).abs() <= slack_sec;
            let last = after.checked_sub(1).map(|at| &positions[at]);
            let is_so = last.is_some_and(|last| {
                let next = positions.get(after).filter(|next| {
                    let off_sec = (next.sec - last.at(next.t)).abs();
                    last.is_playing && next.is_playing && off_sec < PACE_OFF_MAX * (next.t - last.t)
                });
                let ahead = next.map_or_else(|| on_at_its_pace(&positions[..after], *t), |next| next.at(*t));
                fits(last.at(*t), ahead)
            });
            let before =
                after.checked_sub(2).map(|at| &positions[at]).filter(|_| last.is_some_and(|it| is_near(&it)));
            let is_so = is_so || before.is_some_and(|pos| fits(pos.at(*t), pos.at(*t)));
            if !is_so && !positions[near].iter().filter(is_near).any(|pos| fits(pos.at(*t), pos.at(*t))) {
                let detail = format!(
                    "line {index} was active at {:.3} s of the song",
                    last.map_or(-1.0, |it| it.at(*t))
                );
                violations.push(Violation::safety(PROPERTY, *t, detail));
            }
        }
        for pair in positions.windows(2) {
            let [one, two] = pair else { continue };
            // Only between two reports that agree it is known where the song is.
            let agree = one.is_playing && (one.at(two.t) - two.sec).abs() < slack_sec;
            if !agree || one.t < all_told + slack_sec || two.t >= telling.to || two.t - one.t > 1.0 {
                continue;
            }
            let before = |sec: f64| lines.partition_point(|line| line.time_sec < sec);
            for index in before(one.sec)..before(one.at(two.t)) {
                let due = one.t + lines[index].time_sec - one.sec;
                let next = lines.get(index + 1).map_or(f64::MAX, |it| it.time_sec);
                let judged = due + 2.0 * slack_sec;
                let then = positions[..positions.partition_point(|pos| pos.t <= judged)].last();
                let goes_on = then
                    .is_some_and(|pos| (pos.at(judged) - one.at(judged)).abs() < slack_sec && pos.is_playing);
                if judged > telling.to
                    || !goes_on
                    || one.at(judged) >= next
                    || !is_judged(judged)
                    || is_within(&bad_links, judged)
                {
                    continue;
                }
                let index = index as i64;
                let last = telling.active.iter().rev().find(|(t, _)| *t <= judged).map(|(_, index)| *index);
                // A small step back is no seek, and the active line does not go back for it.
                let is_ahead = last.is_some_and(|last| {
                    last > index
                        && lines[last as usize].time_sec < one.at(judged) + vj_core::playback::SEEK_SEC
                });
                if last != Some(index) && !is_ahead {
                    let detail = format!("line {index} was due at {due:.3}, and {last:?} was active");
                    violations.push(Violation::liveness(PROPERTY, judged, detail));
                }
            }
        }
    }
    violations
}
