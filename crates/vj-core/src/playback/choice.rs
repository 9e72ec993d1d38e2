//! Which of several players is the current one: the visuals must see one track, not two taking turns.

use std::fmt;
use std::str::FromStr;

use crate::ProcessName;

/// A program that plays music and is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Player {
    /// Spotify.
    Spotify,
    /// VirtualDJ.
    VirtualDj,
}

impl Player {
    /// All of them, in order of start of their monitors.
    pub const ALL: [Self; 2] = [Self::Spotify, Self::VirtualDj];

    /// As in the config and on OSC.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spotify => "spotify",
            Self::VirtualDj => "virtualdj",
        }
    }

    /// The worker that watches it.
    #[must_use]
    pub const fn monitor(self) -> ProcessName {
        match self {
            Self::Spotify => ProcessName::SpotifyMonitor,
            Self::VirtualDj => ProcessName::VirtualDjMonitor,
        }
    }
}

impl fmt::Display for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Player {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|player| player.as_str() == text).ok_or(())
    }
}

/// How much a player has to say. The order is the order of rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Standing {
    /// Its monitor is not there, or knows nothing yet.
    #[default]
    Gone,
    /// Nothing is in it.
    Idle,
    /// A track is in it, and does not run.
    Stopped,
    /// It plays, or did so a moment ago: that moment is the hysteresis.
    Playing,
}

impl Standing {
    /// As in a monitor's heartbeats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Idle => "idle",
            Self::Stopped => "stopped",
            Self::Playing => "playing",
        }
    }
}

impl FromStr for Standing {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Self::Gone, Self::Idle, Self::Stopped, Self::Playing];
        all.into_iter().find(|standing| standing.as_str() == text).ok_or(())
    }
}

/// The current one of these players: one that plays before one that does not, then one that has a track at all, then the one
/// that stands first in `prefer`. `None` if all are gone.
///
/// It looks at nothing but its arguments, and [`Standing`] holds still for a moment by itself. So monitors that know of each
/// other come to the same answer, each for itself, without asking anybody.
#[must_use]
pub fn choose(prefer: &[Player], players: &[(Player, Standing)]) -> Option<Player> {
    let preference = |player: Player| prefer.iter().position(|it| *it == player).unwrap_or(prefer.len());
    let mut there: Vec<_> = players.iter().filter(|(_, standing)| *standing > Standing::Gone).collect();
    there.sort_by_key(|(player, standing)| (std::cmp::Reverse(*standing), preference(*player), *player));
    there.first().map(|(player, _)| *player)
}

#[cfg(test)]
mod tests {
    use super::Player::{Spotify, VirtualDj};
    use super::Standing::{Gone, Idle, Playing, Stopped};
    use super::*;

    #[test]
    fn whoever_plays_wins_then_whoever_has_a_track_then_the_preferred_one() {
        let vdj_first = [VirtualDj, Spotify];
        let spotify_first = [Spotify, VirtualDj];
        for (prefer, spotify, virtualdj, expect) in [
            (vdj_first.as_slice(), Playing, Playing, Some(VirtualDj)),
            (&vdj_first, Playing, Stopped, Some(Spotify)),
            (&vdj_first, Playing, Idle, Some(Spotify)),
            (&vdj_first, Playing, Gone, Some(Spotify)),
            (&vdj_first, Stopped, Playing, Some(VirtualDj)),
            (&vdj_first, Stopped, Stopped, Some(VirtualDj)),
            (&vdj_first, Stopped, Idle, Some(Spotify)),
            (&vdj_first, Idle, Idle, Some(VirtualDj)),
            (&vdj_first, Idle, Gone, Some(Spotify)),
            (&vdj_first, Gone, Idle, Some(VirtualDj)),
            (&vdj_first, Gone, Gone, None),
            (&spotify_first, Playing, Playing, Some(Spotify)),
            (&spotify_first, Stopped, Playing, Some(VirtualDj)),
            (&spotify_first, Idle, Idle, Some(Spotify)),
            // Who is not named comes after who is; with nobody named it is still one of them, always the same.
            (&[VirtualDj], Playing, Playing, Some(VirtualDj)),
            (&[], Playing, Playing, Some(Spotify)),
        ] {
            let there = [(Spotify, spotify), (VirtualDj, virtualdj)];
            let turned = [there[1], there[0]];
            assert_eq!(choose(prefer, &there), expect, "{prefer:?} {there:?}");
            assert_eq!(choose(prefer, &turned), expect, "the order in which they are named is nothing");
        }
    }

    #[test]
    fn every_name_parses_back_to_itself() {
        for player in Player::ALL {
            assert_eq!(player.as_str().parse(), Ok(player));
        }
        for standing in [Gone, Idle, Stopped, Playing] {
            assert_eq!(standing.as_str().parse(), Ok(standing));
        }
    }
}
