//! Bars: which of four beats is the first.
//!
//! Almost all dance music counts to four, so the stage keeps four scores, one per beat class (beat number
//! modulo 4), and asks which class looks most like a bar's first beat. Kicks against snares tell the odd
//! beats from the even ones. Of the two odd ones the first is told by harmony: compared over two beats before
//! and two beats after, bass and chords change there, and not on the third. Beside these scores a small network votes, which
//! sees the last bars laid over each other: it knows the drum patterns of other styles. The choice has hysteresis: a
//! visual that counts bars must not hop about.

use crate::beat_fold::{BeatFold, FOLD_INPUTS};
use crate::beat_listener::{BeatEvidence, CHANGES, HeardBeat};
use crate::net::Net;

/// Beats per bar.
pub const BEATS_PER_BAR: usize = 4;

/// Forgetting per beat: the scores look back over about four bars.
const FORGET_PER_BEAT: f32 = 0.93;
/// Another class must lead by this much, relative to the spread of the scores, for the bar to move there ...
const LEAD: f32 = 0.15;
/// ... and by this much at least.
const LEAD_MIN: f32 = 0.5;
/// What a beat louder than usual counts for being the first, against a kick without a snare.
const ACCENT_WEIGHT: f32 = 0.5;
/// What a change of harmony counts, in multiples of the usual change.
const CHANGE_WEIGHT: f32 = 0.4;
/// Changes smaller than this are noise.
const CHANGE_MIN: f32 = 0.005;
/// One change counts for no more than this many usual ones.
const CHANGE_LIMIT: f32 = 3.0;
/// Share taken of each beat into what is usual.
const USUAL_PER_BEAT: f32 = 0.1;
/// The network sees the fold and the changes of harmony on the four beats.
const INPUTS: usize = FOLD_INPUTS + BEATS_PER_BAR * CHANGES;
const SIZES: [usize; 3] = [INPUTS, 64, 1];
const WEIGHTS: &[u8] = include_bytes!("weights/bar.bin");
/// Forgetting per beat of what it sees: it looks back over about six bars.
const FOLD_FORGET_PER_BEAT: f32 = 0.96;
/// What its logit counts, against a kick without a snare ...
const VOTE_WEIGHT: f32 = 1.0;
/// ... within these bounds.
const VOTE_LIMIT: f32 = 6.0;
/// Beats heard before the first bar line may be placed by evidence.
const BEATS_BEFORE_CHOICE: u64 = 4;

/// The bar counter.
#[derive(Debug, Clone)]
pub(crate) struct BarCounter {
    /// Accents and changes per class.
    scores: [f32; BEATS_PER_BAR],
    /// Kick against snare on the classes 0 and 2, and 1 and 3.
    parity: [f32; 2],
    /// Beats since the start of the run.
    beats: u64,
    /// Class of the beat that is counted as the first.
    first: usize,
    beat_in_bar: u8,
    bars: u32,
    /// Running means of changes and accent, against which one beat's are weighed.
    usual_changes: [f32; CHANGES],
    usual_accent: f32,
    fold: BeatFold,
    /// Changes of harmony on each class, in multiples of the usual one, summed, and the weight of each sum.
    changes: [([f32; CHANGES], f32); BEATS_PER_BAR],
    net: Net,
    /// What the network says of each class as the first.
    votes: [f32; BEATS_PER_BAR],
}

impl BarCounter {
    pub(crate) fn new() -> Self {
        Self {
            scores: [0.0; BEATS_PER_BAR],
            parity: [0.0; 2],
            beats: 0,
            first: 0,
            beat_in_bar: 1,
            bars: 0,
            usual_changes: [0.0; CHANGES],
            usual_accent: 0.0,
            fold: BeatFold::new(FOLD_FORGET_PER_BEAT),
            changes: [([0.0; CHANGES], 0.0); BEATS_PER_BAR],
            net: Net::from_bytes(&SIZES, WEIGHTS),
            votes: [0.0; BEATS_PER_BAR],
        }
    }

    /// Counts an announced beat; returns its number in the bar, 1..=4.
    pub(crate) fn beat(&mut self) -> u8 {
        let class = (self.beats % BEATS_PER_BAR as u64) as usize;
        self.beats += 1;
        self.beat_in_bar = ((class + BEATS_PER_BAR - self.first) % BEATS_PER_BAR) as u8 + 1;
        if self.beat_in_bar == 1 {
            self.bars = self.bars.saturating_add(1);
        }
        self.beat_in_bar
    }

    /// Takes the last beat, as it was heard.
    pub(crate) fn hear(&mut self, beat: &HeardBeat) {
        let Some(last) = self.beats.checked_sub(1) else { return };
        self.fold.add((last % BEATS_PER_BAR as u64) as usize, &beat.cells);
        if let (Some(evidence), Some(second_before)) = (beat.evidence, last.checked_sub(2)) {
            self.weigh((second_before % BEATS_PER_BAR as u64) as usize, evidence);
        }
        self.vote();
        if beat.evidence.is_some() && self.beats >= BEATS_BEFORE_CHOICE {
            self.choose();
        }
    }

    /// Weighs what is known of a beat of this class.
    fn weigh(&mut self, class: usize, evidence: BeatEvidence) {
        let accent = evidence.kick + evidence.snare;
        let accented = accent - self.usual_accent;
        // Of the first there is nothing usual yet to compare it with.
        let is_compared = self.usual_changes[0] > 0.0;
        let changes: [f32; CHANGES] = std::array::from_fn(|of| {
            let usual = self.usual_changes[of] + CHANGE_MIN;
            if is_compared { (evidence.changes[of] / usual - 1.0).min(CHANGE_LIMIT) } else { 0.0 }
        });
        for (sums, weight) in &mut self.changes {
            sums.iter_mut().for_each(|sum| *sum *= FOLD_FORGET_PER_BEAT);
            *weight *= FOLD_FORGET_PER_BEAT;
        }
        let (sums, weight) = &mut self.changes[class];
        for (sum, change) in sums.iter_mut().zip(changes) {
            *sum += change;
        }
        *weight += 1.0;
        for (usual, change) in self.usual_changes.iter_mut().zip(evidence.changes) {
            *usual += (change - *usual) * USUAL_PER_BEAT;
        }
        self.usual_accent += (accent - self.usual_accent) * USUAL_PER_BEAT;
        let backbeat = evidence.kick - evidence.snare;
        // Each score forgets only when it learns: otherwise the class heard last would always look best.
        let parity = &mut self.parity[class % 2];
        *parity = *parity * FORGET_PER_BEAT * FORGET_PER_BEAT + backbeat;
        let score = &mut self.scores[class];
        *score = *score * FORGET_PER_BEAT * FORGET_PER_BEAT * FORGET_PER_BEAT * FORGET_PER_BEAT
            + ACCENT_WEIGHT * accented
            + CHANGE_WEIGHT * changes[0];
    }

    /// Asks the network of each class whether it is the first.
    fn vote(&mut self) {
        let mut inputs = [0.0; INPUTS];
        for first in 0..BEATS_PER_BAR {
            self.fold.inputs(first, &mut inputs[..FOLD_INPUTS]);
            for (place, values) in inputs[FOLD_INPUTS..].as_chunks_mut::<CHANGES>().0.iter_mut().enumerate() {
                let (sums, weight) = self.changes[(first + place) % BEATS_PER_BAR];
                *values = sums.map(|sum| sum / weight.max(1e-6));
            }
            let [vote] = self.net.run::<1>(&inputs);
            self.votes[first] = vote.clamp(-VOTE_LIMIT, VOTE_LIMIT);
        }
    }

    /// Moves the bar line if another class leads clearly.
    fn choose(&mut self) {
        let totals: [f32; BEATS_PER_BAR] = std::array::from_fn(|class| {
            self.scores[class] + self.parity[class % 2] + VOTE_WEIGHT * self.votes[class]
        });
        let mut leader = self.first;
        for class in 0..BEATS_PER_BAR {
            if totals[class] > totals[leader] {
                leader = class;
            }
        }
        let spread = totals.iter().fold(0.0f32, |spread, total| spread.max(total.abs()));
        if totals[leader] > totals[self.first] + LEAD * spread + LEAD_MIN {
            self.first = leader;
        }
    }

    /// The running beat's number in the bar, 1..=4.
    pub(crate) fn beat_in_bar(&self) -> u8 {
        self.beat_in_bar
    }

    /// Bars begun since the start of the stream.
    pub(crate) fn bars(&self) -> u32 {
        self.bars
    }

    /// Forgets the beats and the evidence; the count of bars goes on.
    pub(crate) fn reset(&mut self) {
        self.begin_anew();
        self.beat_in_bar = 1;
    }

    /// Forgets the evidence: the beats to come are others than those before. The running beat keeps its number; the next is
    /// the first of a bar until something speaks against it.
    pub(crate) fn begin_anew(&mut self) {
        self.scores = [0.0; BEATS_PER_BAR];
        self.parity = [0.0; 2];
        self.beats = 0;
        self.first = 0;
        self.usual_changes = [0.0; CHANGES];
        self.usual_accent = 0.0;
        self.fold.reset();
        self.changes = [([0.0; CHANGES], 0.0); BEATS_PER_BAR];
        self.votes = [0.0; BEATS_PER_BAR];
    }
}
