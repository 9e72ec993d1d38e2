//! What two players showed to whoever asked, told from the marks of what they did.

use std::collections::BTreeMap;

use vj_core::playback::Player;

use super::marks::marks;
use super::stretches::{Stretch, stretches};
use crate::history::Entry;
use crate::player_tape::PLAYS;

/// A track of unknown length that VirtualDJ tells nothing after is taken to be over after so long.
const LONGEST_SEC: f64 = 900.0;

/// What whoever asks is shown of a player.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) from: f64,
    pub(super) to: f64,
    /// `Artist - Title`, empty for nothing.
    pub(super) what: String,
    pub(super) is_playing: bool,
    /// Where in the track it was at `from`.
    pub(super) at_sec: f64,
    /// Whether the player shows how things are.
    pub(super) is_fresh: bool,
}

impl Shown {
    /// Where in the track it is at `t`.
    pub(super) fn at(&self, t: f64) -> f64 {
        self.at_sec + if self.is_playing { t - self.from } else { 0.0 }
    }
}

/// What each of them showed, in order.
pub(super) fn shown(history: &[Entry]) -> BTreeMap<Player, Vec<Shown>> {
    let spotify = stretches(history).iter().scan(Stretch::default(), shown_by_spotify).collect();
    BTreeMap::from([(Player::Spotify, spotify), (Player::VirtualDj, shown_by_virtualdj(history))])
}

/// A service that does not answer, or not as things are, shows what it last did.
fn shown_by_spotify(last: &mut Stretch, now: &Stretch) -> Option<Shown> {
    if now.is_told {
        *last = now.clone();
    }
    let at_sec = if last.is_playing { last.at_sec + now.from - last.from } else { last.at_sec };
    Some(Shown {
        from: now.from,
        to: now.to,
        what: last.truth.clone().unwrap_or_default(),
        is_playing: last.is_playing,
        at_sec,
        is_fresh: now.is_told,
    })
}

fn shown_by_virtualdj(history: &[Entry]) -> Vec<Shown> {
    let nothing = Shown {
        from: 0.0,
        to: history.last().map_or(0.0, |entry| entry.t),
        what: String::new(),
        is_playing: false,
        at_sec: 0.0,
        is_fresh: true,
    };
    let end = nothing.to;
    let mut all = vec![nothing];
    let mut begins = |from: f64, what: &str, at_sec: f64, is_playing: bool| {
        if let Some(last) = all.last_mut() {
            last.to = from;
        }
        all.push(Shown { from, to: end, what: what.to_owned(), is_playing, at_sec, is_fresh: true });
    };
    let plays: Vec<(f64, &str)> = marks(history, PLAYS).collect();
    for (index, (t, what)) in plays.iter().enumerate() {
        begins(*t, what, 0.0, !what.is_empty());
        let next = plays.get(index + 1).map_or(end, |(next, _)| *next);
        if !what.is_empty() && next > t + LONGEST_SEC {
            begins(t + LONGEST_SEC, what, LONGEST_SEC, false);
        }
    }
    all
}
