//! Whom to believe: VirtualDJ's decks while they tell, and its files where they know something newer. Pure.
//!
//! The files are up to 45 s late. When the decks fall silent, what a file says is often what they told of long ago, so the last
//! word of the decks stands until a file tells of a play that they never told.

use std::collections::VecDeque;
use std::time::Duration;

use vj_core::At;
use vj_core::playback::{Playback, Track};

/// What the decks told of, a file tells again within this. After it, it is another play.
const TOLD_TWICE: Duration = Duration::from_secs(120);

/// Plays that are remembered: more are not loaded and heard in that time.
const TOLD_MAX: usize = 32;

/// Nobody tells any more when a track ends. Slowed down, it has ended by then.
const SLOWEST: f64 = 1.2;
const ENDS_LATER: Duration = Duration::from_secs(30);

/// A track of unknown length has ended after this.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Who told what.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The last word of the decks, and when it was said.
    word: Option<(Playback, At)>,
    /// What the decks told of, and when, until a file has told of it too.
    told: VecDeque<(Track, At)>,
    /// The play that the files told of last.
    by_file: Option<u64>,
    /// The files have told of something since the decks began with theirs.
    is_file_newer: bool,
    /// What was believed last: whether the decks said it, which play of theirs or of the files it was, and the track.
    last: Option<(bool, Option<u64>, Track)>,
    /// Counts the plays of both.
    play: u64,
}

impl Trust {
    /// What plays, by whoever is to be believed. `is_asked` says whether the decks are asked at all; they may be silent.
    pub(super) fn settle(
        &mut self,
        now: At,
        is_asked: bool,
        by_deck: Option<Playback>,
        by_file: Playback,
    ) -> Playback {
        if !is_asked {
            self.word = None;
        }
        // The files first: what stood in them before the decks said anything is no news.
        self.hear_files(now, &by_file);
        if let Some(playback) = &by_deck {
            self.hear_decks(now, playback);
        }
        let is_deck = by_deck.is_some() || self.word.is_some() && !self.is_file_newer;
        let mut playback = match by_deck {
            Some(playback) => playback,
            None if is_deck => self.last_word(now),
            None => by_file,
        };
        self.number(is_deck, &mut playback);
        playback
    }

    fn hear_decks(&mut self, now: At, playback: &Playback) {
        let was = self.word.replace((playback.clone(), now));
        let is_new = was.is_none_or(|(was, _)| was.play != playback.play);
        if let (true, Some(track)) = (is_new, &playback.track) {
            self.is_file_newer = false;
            self.told.push_back((track.clone(), now));
            if self.told.len() > TOLD_MAX {
                self.told.pop_front();
            }
        }
    }

    fn hear_files(&mut self, now: At, playback: &Playback) {
        let (Some(track), true) = (&playback.track, playback.play != self.by_file) else { return };
        self.by_file = playback.play;
        self.told.retain(|(_, at)| now.since(*at) < TOLD_TWICE);
        match self.told.iter().position(|(told, _)| told.may_be(track)) {
            // Files tell in order: what came before it is not told any more.
            Some(at) => drop(self.told.drain(..=at)),
            None => self.is_file_newer = true,
        }
    }

    /// What the decks said last, as it must have gone on.
    fn last_word(&self, now: At) -> Playback {
        let Some((word, said_at)) = &self.word else { return Playback::default() };
        let left = word.track.as_ref().and_then(|track| {
            Some(track.known_duration()?.saturating_sub(word.position.unwrap_or_default()))
        });
        let ends_in = left.map_or(LONGEST, |left| left.mul_f64(SLOWEST) + ENDS_LATER);
        let is_playing = word.is_playing && now.since(*said_at) < ends_in;
        Playback { position: None, is_playing, ..word.clone() }
    }

    /// Numbers the plays of both in one row: what one has told of, the other only confirms.
    fn number(&mut self, is_deck: bool, playback: &mut Playback) {
        let Some(track) = &playback.track else { return };
        let is_same = self.last.as_ref().is_some_and(|(was_deck, play, last)| {
            if *was_deck == is_deck { *play == playback.play } else { last.is_same_as(track) }
        });
        self.play += u64::from(!is_same);
        self.last = Some((is_deck, playback.play, track.clone()));
        playback.play = Some(self.play);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plays(title: &str, play: u64) -> Playback {
        let track = (!title.is_empty()).then(|| Track::new("A", title));
        Playback { track, is_playing: true, play: Some(play), ..Playback::default() }
    }

    /// A title, and which play of its teller it is.
    type Told = (&'static str, u64);

    /// Second by second: what the decks say (nothing: they are silent) and what the files say, and what is made of it.
    fn check(story: &[(u32, Option<Told>, Told, &str)]) -> Vec<Option<u64>> {
        let mut trust = Trust::default();
        let believed = story.iter().map(|(sec, deck, (title, play), expect)| {
            let now = At::from_secs_f64(f64::from(*sec));
            let by_deck = deck.map(|(title, play)| plays(title, play));
            let playback = trust.settle(now, true, by_deck, plays(title, *play));
            let title = playback.track.map(|track| track.title).unwrap_or_default();
            assert_eq!(title, *expect, "at {sec} s");
            playback.play
        });
        believed.collect()
    }

    #[test]
    fn silent_decks_have_the_last_word_over_files_that_are_late() {
        let believed = check(&[
            (0, Some(("one", 1)), ("", 0), "one"),
            (30, Some(("one", 1)), ("", 0), "one"),
            (31, Some(("two", 2)), ("", 0), "two"),
            // The decks fall silent, and only now the file tells of what they told first.
            (40, None, ("", 0), "two"),
            (45, None, ("one", 1), "two"),
            (76, None, ("two", 2), "two"),
            (90, None, ("two", 2), "two"),
            (99, None, ("three", 3), "three"),
            // They are back, with what is old by now.
            (100, Some(("three", 9)), ("three", 3), "three"),
            (101, None, ("three", 3), "three"),
        ]);
        let mut plays = believed;
        plays.dedup();
        assert_eq!(plays, [Some(1), Some(2), Some(3)], "each play counts once");
    }

    #[test]
    fn a_file_that_stands_there_from_before_is_no_news() {
        check(&[(0, Some(("one", 1)), ("old", 1), "one"), (9, None, ("old", 1), "one")]);
        check(&[
            (0, None, ("old", 1), "old"),
            (1, Some(("one", 1)), ("old", 1), "one"),
            (9, None, ("old", 1), "one"),
        ]);
    }

    #[test]
    fn a_file_that_told_of_the_next_track_while_two_were_mixed_is_believed() {
        check(&[
            (0, Some(("one", 1)), ("one", 1), "one"),
            (60, Some(("one", 1)), ("two", 2), "one"),
            (64, None, ("two", 2), "two"),
        ]);
    }

    #[test]
    fn the_last_word_does_not_play_for_ever() {
        let mut trust = Trust::default();
        let mut word = plays("one", 1);
        word.track.as_mut().unwrap().duration = Duration::from_secs(200);
        word.position = Some(Duration::from_secs(150));
        trust.settle(At::ZERO, true, Some(word), Playback::default());
        let is_playing = |trust: &mut Trust, sec| {
            let playback = trust.settle(At::from_secs_f64(sec), true, None, Playback::default());
            assert_eq!((playback.track.unwrap().title.as_str(), playback.position), ("one", None));
            playback.is_playing
        };
        assert!(is_playing(&mut trust, 89.0) && !is_playing(&mut trust, 91.0));
        let by_file = plays("old", 1);
        assert_eq!(
            trust.settle(At::ZERO, false, None, by_file.clone()).track,
            by_file.track,
            "nobody asks the decks"
        );
    }
}
