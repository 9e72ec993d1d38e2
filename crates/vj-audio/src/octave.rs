//! Octave: is the pulse that is followed the beat, or twice or half as fast?
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
/// Twice too fast, half too slow, and which of two beats it is; between them what is only there for the training: neither,
/// and half a beat off.
const OUTPUTS: usize = 5;
const SIZES: [usize; 3] = [INPUTS, 48, OUTPUTS];
const WEIGHTS: &[u8] = include_bytes!("weights/octave.bin");

/// It looks back over about five bars.
const FORGET_PER_BEAT: f32 = 0.95;
/// A beat in which every signal is weaker than this was not heard.
const AUDIBLE: f32 = 0.3;
/// Beats before the first judgement.
const BEATS_BEFORE: u32 = 4;
/// Beats at this octave after which it takes longer to be persuaded.
const BEATS_UNTIL_SURE: u32 = 24;
/// Share taken of each judgement into their mean, before and after that.
const SHARE: [f32; 2] = [0.4, 0.05];
/// Mean from which on the pulse is halved. Too fast a pulse is the bar pointer's usual mistake ...
const TOO_FAST: f32 = 0.8;
/// ... and from which on it is doubled: too slow a one is rare.
const TOO_SLOW: f32 = 0.9;

/// The judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Only every second pulse is a beat: the next one, or the one after it.
    TwiceTooFast { is_next_a_beat: bool },
    /// Between two pulses there is another beat.
    HalfTooSlow,
}

/// Judges the octave.
#[derive(Debug, Clone)]
pub(crate) struct OctaveJudge {
    fold: BeatFold,
    beats: u32,
    /// Beats not heard since the last that was.
    silent_beats: u32,
    net: Net,
    means: [f32; OUTPUTS],
}

impl OctaveJudge {
    pub(crate) fn new() -> Self {
        Self {
            fold: BeatFold::new(FORGET_PER_BEAT),
            beats: 0,
            silent_beats: 0,
            net: Net::from_bytes(&SIZES, WEIGHTS),
            means: UNKNOWN,
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
        let share = SHARE[usize::from(self.beats >= BEATS_UNTIL_SURE)];
        let judged = self.judge(period as f32);
        for (mean, now) in self.means.iter_mut().zip(judged) {
            *mean += share * (now - *mean);
        }
        let [too_fast, too_slow, _, _, even] = self.means;
        if too_fast > TOO_FAST {
            let is_next_even = self.beats.is_multiple_of(2);
            self.reset();
            return Some(Verdict::TwiceTooFast { is_next_a_beat: (even >= 0.5) == is_next_even });
        }
        if too_slow > TOO_SLOW {
            self.reset();
            return Some(Verdict::HalfTooSlow);
        }
        None
    }

    /// What the network makes of it. Where the bar begins is not known: the mean of all four.
    fn judge(&mut self, period: f32) -> [f32; OUTPUTS] {
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
            if first % 2 == 1 {
                now[OUTPUTS - 1] = 1.0 - now[OUTPUTS - 1];
            }
            judged.iter_mut().zip(now).for_each(|(mean, now)| *mean += now / BEATS_PER_BAR as f32);
        }
        judged
    }

    pub(crate) fn reset(&mut self) {
        self.fold.reset();
        self.beats = 0;
        self.silent_beats = 0;
        self.means = UNKNOWN;
    }
}

/// Nothing is the matter, and either beat may be the beat.
const UNKNOWN: [f32; OUTPUTS] = [0.0, 0.0, 0.0, 0.0, 0.5];

#[cfg(test)]
mod tests {
    use super::{OctaveJudge, Verdict};
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
