//! The bar-pointer model: where in the beat are we, and how long is it?
//!
//! A hidden Markov model after Whiteley, Cemgil and Godsill (ISMIR 2006) in the efficient state space of
//! Krebs, Boeck and Widmer (ISMIR 2015). A state is a beat interval of `n` hops and a position `0..n` in it,
//! one state per hop. Within a beat the pointer moves on by one state per hop and cannot do otherwise; only
//! at the end of a beat may it change to another interval. The forward algorithm is therefore a rotation of
//! every interval's row, plus a small matrix product for the few states that end a beat, plus an observation
//! that touches only the first sixteenth of each beat.

use crate::limits::HOPS_PER_SECOND;

/// Shortest interval in hops: 222 BPM.
pub(crate) const INTERVAL_MIN: usize = 27;
/// Longest interval in hops: 59.4 BPM.
pub(crate) const INTERVAL_MAX: usize = 101;
/// Number of intervals.
pub(crate) const INTERVALS: usize = INTERVAL_MAX - INTERVAL_MIN + 1;

/// How reluctant the tempo is to change: the λ of Krebs et al., `p ∝ exp(-λ |n'/n - 1|)`.
const RELUCTANCE: f32 = 150.0;
/// Changes less likely than `exp(-this)` are left out.
const PRUNED_EXPONENT: f32 = 12.0;
/// The first `1/BEAT_SHARE` of an interval is "on the beat": the observation λ of the same paper.
const BEAT_SHARE: usize = 16;
/// The share that the odds of an activation are reckoned with: one above `1/9` speaks for a beat. More
/// sceptical than `1/16`, or every hat on the "and" would speak for the double tempo.
const OBSERVATION_SHARE: f32 = 9.0;
/// The broad prior over the tempo: a Gaussian over octaves around this tempo, once a beat. It is far too weak
/// to move a tempo by a few per cent against what is heard; it decides between octaves, where what is heard
/// is ambiguous.
pub(crate) const USUAL_BPM: f32 = 110.0;
/// Exponent of the prior at one octave from the usual tempo.
const OCTAVE_EXPONENT: f32 = 2.0;
/// The same around a tempo whose octave was judged: it holds.
const JUDGED_OCTAVE_EXPONENT: f32 = 4.0;
/// The same of a model that is held near a tempo, right or wrong.
const HELD_EXPONENT: f32 = 40.0;
/// States less likely than this share of the best do not follow a change of octave.
const FOLLOWING_SHARE: f32 = 1e-12;
/// The beat that was judged to be it lies within this share of an interval, and of its length ...
const JUDGED_PHASE: f32 = 0.125;
/// ... within this ...
const JUDGED_INTERVAL: f32 = 0.06;
/// ... and all other states keep this share.
const ELSEWHERE_SHARE: f32 = 1e-6;
/// Activations are kept off 0 and 1, so that one hop alone never decides.
const ACTIVATION_RANGE: (f32, f32) = (0.05, 0.95);
/// Share of the probability that arrives at the start of a beat of any tempo, per hop: lets a lost tempo be
/// found again.
const INJECTION: f32 = 1e-11;
/// Probabilities are rescaled to sum 1 when their maximum leaves this range; rescaling at every hop would
/// cost more than the rest.
const SCALE_RANGE: (f32, f32) = (1e-12, 1e6);

/// The most probable state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// Hops since the last beat, `0..interval`.
    pub(crate) position: usize,
    /// Beat interval in hops.
    pub(crate) interval: usize,
}

/// One possible change of tempo at the end of a beat.
#[derive(Debug, Clone, Copy)]
struct Change {
    from: u16,
    probability: f32,
}

/// The forward model over about 4,800 states.
#[derive(Debug, Clone)]
pub(crate) struct BarPointer {
    /// All rows one after another; row `r` has `INTERVAL_MIN + r` states.
    probability: Vec<f32>,
    offsets: [usize; INTERVALS],
    /// Where position 0 of each row stands in it: moving this by one moves the whole row on by one hop.
    heads: [usize; INTERVALS],
    /// Changes into each row.
    changes: Vec<Change>,
    change_ranges: [(usize, usize); INTERVALS],
    best: f32,
    /// Weight of each row's tempo, applied once a beat.
    prior: [f32; INTERVALS],
    /// Room for the states while the octave changes.
    spare: Vec<f32>,
    usual_bpm: f32,
    octave_exponent: f32,
}

impl BarPointer {
    /// A model that prefers beats around `usual_bpm` between octaves.
    pub(crate) fn new(usual_bpm: f32) -> Self {
        Self::with_prior(usual_bpm, OCTAVE_EXPONENT)
    }

    /// A model that hears no beat but near this tempo.
    pub(crate) fn held_near(bpm: f32) -> Self {
        Self::with_prior(bpm, HELD_EXPONENT)
    }

    fn with_prior(usual_bpm: f32, octave_exponent: f32) -> Self {
        let mut offsets = [0; INTERVALS];
        let mut states = 0;
        for (row, offset) in offsets.iter_mut().enumerate() {
            *offset = states;
            states += interval(row);
        }
        let (changes, change_ranges) = changes();
        let mut pointer = Self {
            probability: vec![0.0; states],
            offsets,
            heads: [0; INTERVALS],
            changes,
            change_ranges,
            best: 0.0,
            prior: [1.0; INTERVALS],
            spare: vec![0.0; states],
            usual_bpm,
            octave_exponent,
        };
        pointer.reset();
        pointer
    }

    /// Forgets everything: every tempo and phase is equally likely.
    pub(crate) fn reset(&mut self) {
        let uniform = 1.0 / self.probability.len() as f32;
        self.probability.fill(uniform);
        self.heads = [0; INTERVALS];
        self.best = uniform;
        self.prior = prior(self.usual_bpm, self.octave_exponent);
    }

    /// The beat is twice as long as the most probable one (`slower`), or half as long: every state goes on at that tempo, in
    /// whichever of its places; the sound to come decides between them.
    pub(crate) fn change_octave(&mut self, slower: bool, hops: usize) {
        std::mem::swap(&mut self.probability, &mut self.spare);
        self.probability.fill(0.0);
        let least = FOLLOWING_SHARE * self.best;
        for row in 0..INTERVALS {
            let length = interval(row);
            for position in 0..length {
                let at = self.offsets[row] + (self.heads[row] + position) % length;
                let probability = self.spare[at];
                if probability < least {
                    continue;
                }
                if slower {
                    self.put(2 * length, position, probability);
                    self.put(2 * length, position + length, probability);
                } else {
                    let half = length / 2;
                    self.put(half, position % length.div_ceil(2), probability);
                    if !length.is_multiple_of(2) {
                        self.put(half + 1, position % (half + 1), probability);
                    }
                }
            }
        }
        let judged = if slower { 2 * hops } else { hops / 2 };
        self.prior = prior(bpm(judged), JUDGED_OCTAVE_EXPONENT);
        self.rescale();
    }

    /// The beat is near this interval and at this place in it, 0..1: what else was thought of it all but vanishes.
    pub(crate) fn go_to(&mut self, hops: usize, phase: f32) {
        for row in 0..INTERVALS {
            let length = interval(row);
            let is_near = (length as f32 / hops as f32 - 1.0).abs() <= JUDGED_INTERVAL;
            for position in 0..length {
                let away = position as f32 / length as f32 - phase;
                let is_here = is_near && (away - libm::roundf(away)).abs() <= JUDGED_PHASE;
                let at = self.offsets[row] + (self.heads[row] + position) % length;
                // A pulse that was clear has left nothing of any other: the place that was judged is as likely as the best was.
                self.probability[at] =
                    if is_here { self.best } else { ELSEWHERE_SHARE * self.probability[at] };
            }
        }
        self.prior = prior(bpm(hops), JUDGED_OCTAVE_EXPONENT);
        self.rescale();
    }

    /// Adds to the state at `position` of the interval of `length` hops, if there is such an interval.
    fn put(&mut self, length: usize, position: usize, probability: f32) {
        if let Some(row) = length.checked_sub(INTERVAL_MIN).filter(|row| *row < INTERVALS) {
            let place = (self.heads[row] + position.min(length - 1)) % length;
            self.probability[self.offsets[row] + place] += probability;
        }
    }

    /// One hop with the given activation (0..1); returns the most probable state.
    pub(crate) fn hop(&mut self, activation: f32) -> Pointer {
        self.advance();
        self.observe(activation);
        let pointer = self.most_probable();
        if self.best < SCALE_RANGE.0 || self.best > SCALE_RANGE.1 {
            self.rescale();
        }
        pointer
    }

    /// One hop without an observation.
    pub(crate) fn coast(&mut self) {
        self.advance();
    }

    /// Moves every row on by one hop and passes what has come to the end of a beat on to the next.
    fn advance(&mut self) {
        let mut leaving = [0.0f32; INTERVALS];
        for (row, leaves) in leaving.iter_mut().enumerate() {
            let head = if self.heads[row] == 0 { interval(row) - 1 } else { self.heads[row] - 1 };
            self.heads[row] = head;
            *leaves = self.probability[self.offsets[row] + head];
        }
        let injected = self.best * INJECTION;
        for row in 0..INTERVALS {
            let (start, end) = self.change_ranges[row];
            let arriving: f32 = self.changes[start..end]
                .iter()
                .map(|change| leaving[usize::from(change.from)] * change.probability)
                .sum();
            self.probability[self.offsets[row] + self.heads[row]] = (arriving + injected) * self.prior[row];
        }
    }

    /// Weighs the states on the beat against those off it. Only the odds count, so only the former are
    /// touched.
    fn observe(&mut self, activation: f32) {
        let activation = activation.clamp(ACTIVATION_RANGE.0, ACTIVATION_RANGE.1);
        let ratio = activation * (OBSERVATION_SHARE - 1.0) / (1.0 - activation);
        for row in 0..INTERVALS {
            let length = interval(row);
            let states = &mut self.probability[self.offsets[row]..self.offsets[row] + length];
            for position in 0..length.div_ceil(BEAT_SHARE) {
                let at = self.heads[row] + position;
                states[if at >= length { at - length } else { at }] *= ratio;
            }
        }
    }

    fn most_probable(&mut self) -> Pointer {
        let (mut best, mut best_row) = (-1.0, 0);
        for row in 0..INTERVALS {
            let highest = maximum(&self.probability[self.offsets[row]..self.offsets[row] + interval(row)]);
            if highest > best {
                (best, best_row) = (highest, row);
            }
        }
        self.best = best;
        let length = interval(best_row);
        let states = &self.probability[self.offsets[best_row]..self.offsets[best_row] + length];
        let at = states.iter().position(|p| *p == best).unwrap_or(0);
        Pointer { position: (at + length - self.heads[best_row]) % length, interval: length }
    }

    fn rescale(&mut self) {
        let sum: f32 = self.probability.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            let gain = 1.0 / sum;
            self.probability.iter_mut().for_each(|p| *p *= gain);
            self.best *= gain;
        } else {
            self.reset();
        }
    }
}

/// Interval of a row in hops.
const fn interval(row: usize) -> usize {
    INTERVAL_MIN + row
}

/// Tempo of an interval in hops.
fn bpm(hops: usize) -> f32 {
    60.0 * HOPS_PER_SECOND as f32 / hops as f32
}

/// The prior of each row's tempo: a Gaussian over octaves around `usual_bpm`, with this exponent at one octave.
fn prior(usual_bpm: f32, exponent: f32) -> [f32; INTERVALS] {
    std::array::from_fn(|row| {
        let octaves = libm::log2f(bpm(interval(row)) / usual_bpm);
        libm::expf(-exponent * octaves * octaves)
    })
}

fn changes() -> (Vec<Change>, [(usize, usize); INTERVALS]) {
    let weight = |from: usize, to: usize| {
        let exponent = RELUCTANCE * (interval(to) as f32 / interval(from) as f32 - 1.0).abs();
        if exponent > PRUNED_EXPONENT { 0.0 } else { libm::expf(-exponent) }
    };
    let mut changes = Vec::new();
    let mut ranges = [(0, 0); INTERVALS];
    for (to, range) in ranges.iter_mut().enumerate() {
        let start = changes.len();
        for from in 0..INTERVALS {
            let total: f32 = (0..INTERVALS).map(|any| weight(from, any)).sum();
            let probability = weight(from, to) / total;
            if probability > 0.0 {
                changes.push(Change { from: from as u16, probability });
            }
        }
        *range = (start, changes.len());
    }
    (changes, ranges)
}

/// The greatest of `values`; eight lanes, and a comparison that vectorises where `f32::max` does not.
fn maximum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0f32; 8];
    for chunk in chunks {
        for lane in 0..8 {
            lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
        }
    }
    lanes.iter().chain(rest).fold(0.0, |highest, x| if *x > highest { *x } else { highest })
}

#[cfg(test)]
mod tests {
    use super::{BarPointer, USUAL_BPM};

    #[test]
    fn an_ideal_pulse_is_followed_in_tempo_and_phase() {
        for period in [35usize, 48, 50, 70] {
            let mut model = BarPointer::new(USUAL_BPM);
            let mut pointer = None;
            for hop in 0..period * 12 + 7 {
                pointer = Some(model.hop(if hop % period == 0 { 1.0 } else { 0.0 }));
            }
            let pointer = pointer.expect("hops were made");
            assert_eq!(pointer.interval, period);
            // A pulse one hop wide fits anywhere in the "on the beat" sixteenth.
            assert!(
                (6..=6 + period.div_ceil(16)).contains(&pointer.position),
                "period {period}: {pointer:?}"
            );
        }
    }

    #[test]
    fn four_pulses_become_three_beats_at_the_place_that_is_told() {
        let pulse = |hop: usize, period: usize| if hop.is_multiple_of(period) { 1.0 } else { 0.0 };
        let mut model = BarPointer::new(USUAL_BPM);
        for hop in 0..=45 * 12 {
            model.hop(pulse(hop, 45));
        }
        // The last pulse was a beat. From here on all beats are heard, and the pulses between them as softly as in sparse drums.
        model.go_to(60, 0.0);
        for hop in 1..=8 * 60 {
            let pointer = model.hop(pulse(hop, 60).max(0.2 * pulse(hop, 45)));
            if hop % 60 == 30 {
                assert!(pointer.interval.abs_diff(60) < 4, "{hop}: {pointer:?}");
                assert!(pointer.position.abs_diff(30) < 8, "{hop}: {pointer:?}");
            }
        }
    }

    #[test]
    fn a_pulse_goes_on_in_another_octave_without_a_beat_lost() {
        let pulse = |hop: usize, period: usize| if hop.is_multiple_of(period) { 1.0 } else { 0.0 };
        let mut model = BarPointer::new(USUAL_BPM);
        let mut pointer = None;
        for hop in 0..36 * 12 {
            pointer = Some(model.hop(pulse(hop, 36)));
        }
        assert_eq!(pointer.map(|pointer| pointer.interval), Some(36));
        model.change_octave(true, 36);
        // Every second pulse is the louder one: within four beats that is where the beat is.
        for hop in 36 * 12..36 * 20 + 7 {
            pointer = Some(model.hop(pulse(hop, 72) + 0.3 * pulse(hop + 36, 72)));
        }
        let pointer = pointer.expect("hops were made");
        assert_eq!(pointer.interval, 72);
        assert!((6..=6 + 72usize.div_ceil(16)).contains(&pointer.position), "{pointer:?}");
        let mut model = BarPointer::new(USUAL_BPM);
        for hop in 0..80 * 8 {
            model.hop(pulse(hop, 80));
        }
        model.change_octave(false, 80);
        let pointer = model.hop(pulse(80 * 8, 80));
        assert_eq!(pointer.interval, 40);
    }
}
