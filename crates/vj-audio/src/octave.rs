//! Octave: is the pulse that is followed the beat, or twice or half as fast? And the other usual mistakes: is it half a beat
//! off, or are four pulses three beats, as where kick and snare follow each other by three sixteenths?
//!
//! The bar pointer hears a pulse; which multiple of it people tap to is a matter of style, of where kick and snare are. A small network judges it of
//! the last bars laid over each other, as each beat is heard. What it says counts once it has said so for a while: at first a
//! few beats, later some bars.

use crate::bar::BEATS_PER_BAR;
use crate::beat_fold::{BeatFold, FOLD_INPUTS};
use crate::beat_listener::Cells;
use crate::net::{Net, probability};

/// The tempo is given to the network by these many bumps over the octaves from 240 to 60 BPM.
const BUMPS: usize = 7;
/// Width of a bump in octaves.
const BUMP_WIDTH: f32 = 0.25;
/// Period in seconds in the middle of the bumps.
const MIDDLE_PERIOD_SEC: f32 = 0.5;
const INPUTS: usize = FOLD_INPUTS + BUMPS;
/// Twice too fast, half too slow, neither (which is only there for the training), half a beat off, four thirds too fast;
/// then which pulses are beats: [every second one](EVEN), or [every fourth](FOURTH).
const OUTPUTS: usize = 7;
/// If it is twice too fast, whether the first and third of four are beats.
const EVEN: usize = 5;
/// If it is four thirds too fast, whether the first of four is one.
const FOURTH: usize = 6;
const SIZES: [usize; 3] = [INPUTS, 96, OUTPUTS];
const WEIGHTS: &[u8] = include_bytes!("weights/octave.bin");

/// It looks back over about five bars.
const FORGET_PER_BEAT: f32 = 0.95;
/// A beat in which every signal is weaker than this was not heard.
const AUDIBLE: f32 = 0.3;
/// Beats before the first judgement.
const BEATS_BEFORE: u32 = 4;
/// Beats at this octave after which it takes longer to be persuaded.
const BEATS_UNTIL_SURE: u32 = 24;
/// Share taken of each judgement into their mean before that ...
const SHARE: f32 = 0.4;
/// ... and after it; ...
const SHARE_ONCE_SURE: f32 = 0.05;
/// ... and before it, but once the beat was moved by a half: some music seems half a beat off from either side.
const SHARE_ONCE_MOVED: f32 = 0.15;
/// Mean from which on the pulse is halved. Too fast a pulse is the bar pointer's usual mistake ...
const TOO_FAST: f32 = 0.8;
/// ... from which on it is doubled: too slow a one is rare ...
const TOO_SLOW: f32 = 0.9;
/// ... from which on four become three ...
const FOUR_FOR_THREE: f32 = 0.8;
/// ... and from which on the beats move by a half: no tempo is lost by that, and what was wrong is soon put right.
const HALF_A_BEAT_OFF: f32 = 0.5;

/// The judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Only every second pulse is a beat: the next one, or the one after it.
    TwiceTooFast { is_next_a_beat: bool },
    /// Between two pulses there is another beat.
    HalfTooSlow,
    /// The beats lie half way between the pulses.
    HalfABeatOff,
    /// Four pulses are three beats, and the pulse so many before the last is a beat.
    FourForThree { pulses_ago: usize },
}

/// Judges the octave.
#[derive(Debug, Clone)]
pub(crate) struct OctaveJudge {
    fold: BeatFold,
    /// Beats that were heard; they are numbered by it.
    beats: u32,
    /// It has moved the beat by a half before: it is not moved back on a first impression.
    has_moved: bool,
    /// Beats not heard since the last that was.
    silent_beats: u32,
    net: Net,
    means: [f32; OUTPUTS],
    /// Of each class, that its pulses are beats if four are three.
    are_beats: [f32; BEATS_PER_BAR],
}

impl OctaveJudge {
    pub(crate) fn new() -> Self {
        Self {
            fold: BeatFold::new(FORGET_PER_BEAT),
            beats: 0,
            has_moved: false,
            silent_beats: 0,
            net: Net::from_bytes(&SIZES, WEIGHTS),
            means: UNKNOWN,
            are_beats: [0.0; BEATS_PER_BAR],
        }
    }

    /// Takes a beat that was heard, `period` seconds after the one before. Beats that go on through silence tell
    /// nothing.
    pub(crate) fn hear(&mut self, cells: &Cells, period: f64) -> Option<Verdict> {
        let is_audible = cells.as_flattened().iter().any(|signal| *signal >= AUDIBLE);
        self.silent_beats = if is_audible { 0 } else { self.silent_beats + 1 };
        if self.silent_beats >= BEATS_BEFORE {
            return None;
        }
        self.fold.add(self.beats as usize % BEATS_PER_BAR, cells);
        self.beats += 1;
        if self.beats < BEATS_BEFORE {
            return None;
        }
        let share = match (self.beats >= BEATS_UNTIL_SURE, self.has_moved) {
            (true, _) => SHARE_ONCE_SURE,
            (false, true) => SHARE_ONCE_MOVED,
            (false, false) => SHARE,
        };
        self.judge(period as f32, share);
        let verdict = self.verdict();
        if verdict.is_some() {
            self.reset();
            self.has_moved = verdict == Some(Verdict::HalfABeatOff);
        }
        verdict
    }

    fn verdict(&self) -> Option<Verdict> {
        let [too_fast, too_slow, _, off, four_for_three, even, _] = self.means;
        if too_fast > TOO_FAST {
            let is_next_even = self.beats.is_multiple_of(2);
            return Some(Verdict::TwiceTooFast { is_next_a_beat: (even >= 0.5) == is_next_even });
        }
        if too_slow > TOO_SLOW {
            return Some(Verdict::HalfTooSlow);
        }
        if four_for_three > FOUR_FOR_THREE {
            let newest = self.beats as usize - 1;
            let is_beat = |pulses_ago: &usize| self.are_beats[(newest - pulses_ago) % BEATS_PER_BAR];
            let pulses_ago = (0..BEATS_PER_BAR).max_by(|one, two| is_beat(one).total_cmp(&is_beat(two)));
            return pulses_ago.map(|pulses_ago| Verdict::FourForThree { pulses_ago });
        }
        (off > HALF_A_BEAT_OFF).then_some(Verdict::HalfABeatOff)
    }

    /// Takes a `share` of what the network makes of it into the means. Where the bar begins is not known: the mean of all four.
    fn judge(&mut self, period: f32, share: f32) {
        let mut inputs = [0.0; INPUTS];
        let octaves = libm::log2f(period / MIDDLE_PERIOD_SEC);
        for (bump, value) in inputs[FOLD_INPUTS..].iter_mut().enumerate() {
            let away = (octaves + 1.0 - bump as f32 / 3.0) / BUMP_WIDTH;
            *value = libm::expf(-0.5 * away * away);
        }
        let mut judged = [0.0; OUTPUTS];
        for first in 0..BEATS_PER_BAR {
            self.fold.inputs(first, &mut inputs[..FOLD_INPUTS]);
            let mut now = self.net.run::<OUTPUTS>(&inputs).map(probability);
            self.are_beats[first] += share * (now[FOURTH] - self.are_beats[first]);
            if first % 2 == 1 {
                now[EVEN] = 1.0 - now[EVEN];
            }
            judged.iter_mut().zip(now).for_each(|(mean, now)| *mean += now / BEATS_PER_BAR as f32);
        }
        for (mean, now) in self.means.iter_mut().zip(judged) {
            *mean += share * (now - *mean);
        }
    }

    pub(crate) fn reset(&mut self) {
        self.fold.reset();
        self.beats = 0;
        self.has_moved = false;
        self.silent_beats = 0;
        self.means = UNKNOWN;
        self.are_beats.fill(0.0);
    }
}

/// Nothing is the matter, and either beat may be the beat.
const UNKNOWN: [f32; OUTPUTS] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0];

#[cfg(test)]
mod tests {
    use super::{OUTPUTS, OctaveJudge, Verdict};
    use crate::beat_listener::Cells;

    /// The cells of a beat at the start of which `kick` or `snare` is struck, with a hat there, and half way if `eighths`.
    fn cells(kick: bool, snare: bool, eighths: bool) -> Cells {
        let mut cells = [[0.02, 0.02, 0.05, 0.05, 0.02, 0.02]; 4];
        let (kick, snare) = (f32::from(kick), f32::from(snare));
        cells[0] = [0.9 * kick, 0.9 * snare, 0.5, 0.9, 0.9 * kick, 0.7 * snare + 0.2 * kick];
        if eighths {
            cells[2] = [0.02, 0.05, 0.7, 0.8, 0.02, 0.05];
        }
        cells
    }

    /// What is said of `beats` beats at `bpm`, of which the cells of the last four repeat.
    fn judged(pattern: [Cells; 4], bpm: f64, beats: usize) -> Option<(usize, Verdict)> {
        let mut judge = OctaveJudge::new();
        (0..beats).find_map(|beat| Some((beat, judge.hear(&pattern[beat % 4], 60.0 / bpm)?)))
    }

    #[test]
    fn each_mistake_is_told_and_which_pulse_is_a_beat() {
        let judge = |beats: u32, means: [f32; OUTPUTS]| {
            let mut judge = OctaveJudge::new();
            (judge.beats, judge.means) = (beats, means);
            // The second of each four pulses is a beat.
            judge.are_beats = [0.2, 0.9, 0.1, 0.3];
            judge.verdict()
        };
        // Of four pulses the newest is number 3, of five number 4, which is a first one again.
        for (beats, pulses_ago) in [(4, 2), (5, 3), (6, 0), (7, 1), (8, 2)] {
            let verdict = judge(beats, [0.0, 0.0, 0.0, 0.0, 0.9, 0.5, 0.0]);
            assert_eq!(verdict, Some(Verdict::FourForThree { pulses_ago }), "{beats}");
        }
        for (beats, even, is_next_a_beat) in
            [(4, 0.9, true), (5, 0.9, false), (4, 0.1, false), (5, 0.1, true)]
        {
            let verdict = judge(beats, [0.9, 0.0, 0.0, 0.0, 0.0, even, 0.0]);
            assert_eq!(verdict, Some(Verdict::TwiceTooFast { is_next_a_beat }), "{beats} {even}");
        }
        assert_eq!(judge(4, [0.0, 0.95, 0.0, 0.0, 0.0, 0.5, 0.0]), Some(Verdict::HalfTooSlow));
        assert_eq!(judge(4, [0.0, 0.0, 0.9, 0.6, 0.0, 0.5, 0.0]), Some(Verdict::HalfABeatOff));
        assert_eq!(judge(4, [0.7, 0.8, 0.9, 0.4, 0.7, 0.5, 0.0]), None);
    }

    #[test]
    fn a_rock_beat_is_left_alone_and_noticed_when_it_is_counted_twice_as_fast() {
        let [kick, snare] = [cells(true, false, true), cells(false, true, true)];
        let rock = [kick, snare, kick, snare];
        assert_eq!(judged(rock, 110.0, 64), None);
        // The same, but the pulse is that of the eighths: something is struck at every second one.
        let [kick, snare, hat] =
            [(true, false), (false, true), (false, false)].map(|(k, s)| cells(k, s, false));
        let double = [kick, hat, snare, hat];
        let (beat, verdict) = judged(double, 184.0, 24).expect("it is noticed");
        assert!(beat < 12, "only after {beat} beats");
        // Cells are of the way to a beat: the first begins with a kick, so the beat is where it began, the one before the first.
        let is_next_a_beat = beat % 2 == 0;
        assert_eq!(verdict, Verdict::TwiceTooFast { is_next_a_beat });
    }
}
