//! What the visuals are told to be playing.

use super::Violation;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::player_tape::PLAYS;

/// What is told: when, and `Artist - Title`, empty for nothing.
fn told<'a>(osc: &'a [OscLine], source: &'a str) -> impl Iterator<Item = (f64, String)> + 'a {
    let text =
        |line: &OscLine, at: usize| line.args.get(at).and_then(|it| it.as_str()).unwrap_or("").to_owned();
    let tracks = osc.iter().filter(|line| line.addr == "/karaoke/track");
    tracks.filter(move |line| text(line, 1) == source).map(move |line| {
        let (artist, title) = (text(line, 2), text(line, 3));
        (line.t, if artist.is_empty() { title } else { format!("{artist} - {title}") })
    })
}

/// Each play is told exactly once, in order, and within `sec`; nothing else is told of this source.
#[must_use]
pub fn each_play_is_told_once(history: &[Entry], osc: &[OscLine], source: &str, sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "each track exactly once, in time";
    let plays: Vec<_> = history
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Mark { name, detail } if name == PLAYS => Some((entry.t, detail.clone())),
            _ => None,
        })
        .collect();
    let told: Vec<_> = told(osc, source).collect();
    for (index, (t, told)) in told.iter().enumerate() {
        let Some((played, what)) = plays.get(index) else {
            return vec![Violation::safety(
                PROPERTY,
                *t,
                format!("'{told}' was told, and nothing new was played"),
            )];
        };
        if told != what {
            let detail = format!("'{told}' was told, and it was '{what}' that was played at {played:.3} s");
            return vec![Violation::safety(PROPERTY, *t, detail)];
        }
        if *t > played + sec {
            let detail = format!("'{what}' was told {:.3} s late", t - played);
            return vec![Violation::liveness(PROPERTY, *t, detail)];
        }
    }
    let missing = plays.get(told.len());
    missing
        .map(|(t, what)| Violation::liveness(PROPERTY, *t, format!("'{what}' was never told")))
        .into_iter()
        .collect()
}
