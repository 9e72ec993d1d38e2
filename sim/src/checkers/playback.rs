//! What the visuals are told to be playing.

use vj_core::playback::Player;

use super::Violation;
use super::marks::marks;
use super::told::{Told, told};
use crate::history::Entry;
use crate::osc_log::OscLine;
use crate::player_tape::PLAYS;

/// Each play is told exactly once, in order, and within `sec`; nothing else is told of this source.
#[must_use]
pub fn each_play_is_told_once(
    history: &[Entry],
    osc: &[OscLine],
    player: Player,
    sec: f64,
) -> Vec<Violation> {
    const PROPERTY: &str = "each track exactly once, in time";
    let (plays, told) = plays_and_words(history, osc, player);
    for (index, Told { t, what: told, .. }) in told.iter().enumerate() {
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

/// How long after each play it was told, in seconds.
#[must_use]
pub fn each_play_told_after(history: &[Entry], osc: &[OscLine], player: Player) -> Vec<f64> {
    let (plays, told) = plays_and_words(history, osc, player);
    plays.iter().zip(told).map(|((played, _), told)| told.t - played).collect()
}

/// What was played, and what was told of this player, but for "nothing".
fn plays_and_words<'a>(
    history: &'a [Entry],
    osc: &[OscLine],
    player: Player,
) -> (Vec<(f64, &'a str)>, Vec<Told>) {
    let told = told(osc).into_iter().filter(|it| it.player == player && !it.what.is_empty());
    (marks(history, PLAYS).collect(), told.collect())
}
