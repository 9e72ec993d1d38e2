//! A service that says of a paused player that it plays.

use std::time::Duration;

use super::{Playback, Track};

/// So many answers with the same place, and nothing moves. Fewer may be one answer that was kept somewhere and given again.
const SAME_ANSWERS: u32 = 4;

/// Notices that the place which a service reports stands still while it says that it plays.
///
/// It is for a service that computes the place for each answer. Some devices say 0 all the time: that is no place.
#[derive(Debug, Clone, Default)]
pub struct StuckPosition {
    last: Option<(Track, Duration)>,
    answers: u32,
}

impl StuckPosition {
    /// No answer yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Mends the next answer: a place that is given again is none, and one that is given again and again is that of a
    /// player that stands.
    pub fn mend(&mut self, playback: &mut Playback) {
        let place = playback.track.clone().zip(playback.position).filter(|(_, position)| !position.is_zero());
        self.answers = if place.is_some() && place == self.last { self.answers.saturating_add(1) } else { 1 };
        self.last = place;
        if !playback.is_playing || self.answers == 1 {
            return;
        }
        if self.answers < SAME_ANSWERS {
            playback.position = None;
        } else {
            playback.is_playing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(stuck: &mut StuckPosition, sec: u64, is_playing: bool) -> (Option<u64>, bool) {
        let track = Some(Track::new("Björk", "Jóga"));
        let position = Some(Duration::from_secs(sec));
        let mut playback = Playback { track, position, is_playing, ..Playback::default() };
        stuck.mend(&mut playback);
        (playback.position.map(|it| it.as_secs()), playback.is_playing)
    }

    #[test]
    fn a_place_that_stands_still_is_that_of_a_paused_player() {
        let mut stuck = StuckPosition::new();
        let answers = [58, 60, 60, 60, 60, 60, 62].map(|sec| mended(&mut stuck, sec, true));
        let expected = [
            (Some(58), true),
            (Some(60), true),
            (None, true),
            (None, true),
            (Some(60), false),
            (Some(60), false),
            (Some(62), true),
        ];
        assert_eq!(answers, expected);
    }

    #[test]
    fn a_device_that_always_says_0_and_a_player_that_is_paused_are_left_alone() {
        let mut stuck = StuckPosition::new();
        for _ in 0..6 {
            assert_eq!(mended(&mut stuck, 0, true), (Some(0), true));
        }
        for _ in 0..6 {
            assert_eq!(mended(&mut stuck, 60, false), (Some(60), false));
        }
        let mut nothing = Playback::default();
        stuck.mend(&mut nothing);
        assert_eq!(nothing, Playback::default());
    }
}
