//! Beats: the pointer's position made into announcements, ahead of the beat.

use crate::bar_pointer::{BarPointer, INTERVAL_MAX, INTERVAL_MIN, Pointer, USUAL_BPM};
use crate::limits::HOP_SEC;
use crate::octave::Verdict;
use crate::tempo::BeatRun;
use crate::told_beat::{Prediction, ToldBeat};

/// From a beat to the hop at which the pointer has it at position 0: half of the 46 ms window, less the first
/// rise of the attack in it, and 5 ms less than renderings with exact beats ask for: people annotate some 15 to 20 ms later, at
/// the loudest point of the attack.
const DELAY_SEC: f64 = 0.013;
/// The line through the last beats is trusted while it agrees with the pointer within this share of a beat.
const LINE_TOLERANCE: f64 = 0.12;
/// An interval that differs from the run's period by more than this share ends the run.
const RUN_TOLERANCE: f64 = 0.15;
/// The beat free-wheels this many hops through silence: 8 s.
const FREE_WHEEL_HOPS: u32 = 800;
/// Hops that the contrast of the activation on and off the beat is averaged over.
const CONTRAST_PER_HOP: f32 = 0.004;

/// The beat tracker: feeds the bar pointer and announces each beat on the last tick before it.
#[derive(Debug, Clone)]
pub(crate) struct BeatTracker {
    model: BarPointer,
    run: BeatRun,
    told: ToldBeat,
    silent_hops: u32,
    on_beat: f32,
    off_beat: f32,
}

impl BeatTracker {
    pub(crate) fn new() -> Self {
        Self::with_model(BarPointer::new(USUAL_BPM))
    }

    /// A tracker whose beats are those of this model.
    pub(crate) fn with_model(model: BarPointer) -> Self {
        Self {
            model,
            run: BeatRun::new(),
            told: ToldBeat::default(),
            silent_hops: FREE_WHEEL_HOPS,
            on_beat: 0.0,
            off_beat: 0.0,
        }
    }

    /// One hop that ends at `now` seconds. `gate` is 0 in silence.
    pub(crate) fn hop(&mut self, activation: f32, gate: f32, now: f64) {
        if gate > 0.0 {
            self.silent_hops = 0;
        } else if self.silent_hops < FREE_WHEEL_HOPS {
            self.silent_hops += 1;
            if self.silent_hops == FREE_WHEEL_HOPS {
                self.reset();
            }
        }
        if self.silent_hops == FREE_WHEEL_HOPS {
            return;
        }
        if gate > 0.0 {
            let pointer = self.model.hop(activation);
            self.measure_contrast(pointer, activation);
            self.follow(pointer, now - DELAY_SEC);
        } else {
            // Silence says nothing about the beat.
            self.model.coast();
            self.told.go_on(now);
        }
    }

    /// Updates the run of beats and the prediction from the pointer, which tells of the sound at `at`
    /// seconds.
    fn follow(&mut self, pointer: Pointer, at: f64) {
        let period = pointer.interval as f64 * HOP_SEC;
        let beat = at - pointer.position as f64 * HOP_SEC;
        match self.run.last() {
            None => self.run.push(beat),
            Some(last) => {
                let since = beat - last;
                let expected = self.run.period().unwrap_or(period);
                if since.abs() < 0.3 * expected {
                    // The same beat seen again. Only soon after it is the pointer still about that beat.
                    if pointer.position * 4 < pointer.interval {
                        self.run.amend(beat);
                    }
                } else {
                    if (since - expected).abs() > RUN_TOLERANCE * expected {
                        self.run.clear();
                        self.told.end_run();
                    }
                    self.run.push(beat);
                }
            }
        }
        let (pulse, smooth) = match self.run.smoothed_last() {
            Some((last, smooth)) if (last + smooth - beat - period).abs() < LINE_TOLERANCE * period => {
                (last + smooth, smooth)
            }
            _ => (beat + period, period),
        };
        let tempo_period = self.run.period().unwrap_or(period);
        let run = Prediction { pulse, period: smooth, tempo_period, pulses: self.run.len() };
        self.told.tell(run, at);
    }

    /// Whether a run at another tempo has begun to be told, or the beat was forgotten, since this was last asked.
    pub(crate) fn take_other_music(&mut self) -> bool {
        self.told.take_other_music()
    }

    /// Goes on as it was judged at `now` to be right, after the beat at `heard` was heard; false where there is no such
    /// tempo.
    pub(crate) fn change_beat(&mut self, verdict: Verdict, heard: f64, now: f64) -> bool {
        let Some((next, period)) = self.told.next() else { return false };
        let hops = |period: f64| libm::round(period / HOP_SEC) as usize;
        let hops_told = hops(period);
        let (next, stretch) = match verdict {
            Verdict::TwiceTooFast { is_next_a_beat } if 2 * hops_told <= INTERVAL_MAX => {
                let next = next + if is_next_a_beat { 0.0 } else { period };
                if self.told.is_between() {
                    // At half the tempo, half way between its pulses would be another place.
                    let beats_until = (next - now + DELAY_SEC) / (2.0 * period);
                    self.model.go_to(2 * hops_told, -beats_until as f32);
                } else {
                    self.model.change_octave(true, hops_told);
                }
                (next, 2.0)
            }
            Verdict::HalfTooSlow if hops_told / 2 >= INTERVAL_MIN => {
                self.model.change_octave(false, hops_told);
                (next, 0.5)
            }
            Verdict::FourForThree { pulses_ago } if hops(4.0 / 3.0 * period) <= INTERVAL_MAX => {
                let beat = heard - pulses_ago as f64 * period;
                let longer = 4.0 / 3.0 * period;
                let beats = (now - DELAY_SEC - beat) / longer;
                let whole = libm::floor(beats);
                self.model.go_to(hops(longer), (beats - whole) as f32);
                (beat + (whole + 1.0) * longer, 4.0 / 3.0)
            }
            Verdict::HalfABeatOff => {
                self.told.move_by_half();
                return true;
            }
            _ => return false,
        };
        self.told.stretch(next, stretch);
        self.run.clear();
        true
    }

    fn measure_contrast(&mut self, pointer: Pointer, activation: f32) {
        let moved = if self.told.is_between() { pointer.interval / 2 } else { 0 };
        if (pointer.position + moved) % pointer.interval * 8 < pointer.interval {
            self.on_beat += (activation - self.on_beat) * CONTRAST_PER_HOP * 8.0;
        } else {
            self.off_beat += (activation - self.off_beat) * CONTRAST_PER_HOP;
        }
    }

    /// The beat to announce on the tick at `now`, when the next tick is at `next_tick`: at most one, and
    /// never one twice.
    pub(crate) fn tick(&mut self, now: f64, next_tick: f64) -> Option<f64> {
        self.told.tick(now, next_tick)
    }

    /// Position in the beat at `now`, 0..1.
    pub(crate) fn phase(&self, now: f64) -> f32 {
        let Some((next, period)) = self.told.next() else { return 0.0 };
        let beats = (now - next) / period;
        ((beats - libm::floor(beats)) as f32).min(0.999_999)
    }

    /// Period in seconds of the beats that are announced; 0 = there are none.
    pub(crate) fn period(&self) -> f64 {
        self.told.next().map_or(0.0, |(_, period)| period)
    }

    /// Tempo in BPM, 0 = none yet.
    pub(crate) fn tempo_bpm(&self) -> f32 {
        self.told.tempo_period().map_or(0.0, |period| (60.0 / period) as f32)
    }

    /// How much the activation stands out on the beat, 0..1.
    pub(crate) fn confidence(&self) -> f32 {
        if self.told.next().is_none() {
            return 0.0;
        }
        let contrast = (self.on_beat - 1.5 * self.off_beat) / (self.on_beat + self.off_beat + 0.01);
        contrast.clamp(0.0, 1.0)
    }

    pub(crate) fn reset(&mut self) {
        self.model.reset();
        self.run.clear();
        self.told.forget();
        self.silent_hops = FREE_WHEEL_HOPS;
        self.on_beat = 0.0;
        self.off_beat = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{BeatTracker, DELAY_SEC, Prediction, Verdict};

    /// A new run of `beats` beats at `bpm` that begins at `start`; returns when the next would be.
    fn play(tracker: &mut BeatTracker, start: f64, beats: u32, bpm: f64) -> f64 {
        tracker.run.clear();
        tracker.told.end_run();
        let period = 60.0 / bpm;
        for beat in 0..beats {
            let at = start + f64::from(beat) * period;
            tracker.run.push(at);
            let pulses = tracker.run.len();
            tracker.told.tell(Prediction { pulse: at + period, period, tempo_period: period, pulses }, at);
        }
        start + f64::from(beats) * period
    }

    fn told(tracker: &BeatTracker) -> u32 {
        libm::roundf(tracker.tempo_bpm()) as u32
    }

    #[test]
    fn a_pulse_twice_too_fast_is_halved_to_the_beats_that_were_judged_to_be_it() {
        for is_next_a_beat in [true, false] {
            let mut tracker = BeatTracker::new();
            let end = play(&mut tracker, 0.0, 20, 180.0);
            assert!(tracker.change_beat(Verdict::TwiceTooFast { is_next_a_beat }, end, end));
            let (after, _) = tracker.told.next().expect("it goes on");
            let next = if is_next_a_beat { end } else { end + 60.0 / 180.0 };
            assert!((after - next).abs() < 1e-9, "{after} for {next}");
            assert_eq!((told(&tracker), tracker.run.len()), (90, 0));
        }
    }

    #[test]
    fn what_is_twice_too_fast_between_the_pulses_is_halved_between_them() {
        let mut tracker = BeatTracker::new();
        // Pulses that the model hears, so that it has a place.
        let mut hop = 0_u32;
        let mut pulse = |tracker: &mut BeatTracker, hops: u32, period: u32| {
            for _ in 0..hops {
                tracker.hop(if hop.is_multiple_of(period) { 1.0 } else { 0.0 }, 1.0, f64::from(hop) / 100.0);
                hop += 1;
            }
            f64::from(hop) / 100.0
        };
        let now = pulse(&mut tracker, 36 * 20, 36);
        assert!(tracker.change_beat(Verdict::HalfABeatOff, now - 0.1, now));
        let (between, _) = tracker.told.next().expect("there is a beat");
        assert!(tracker.change_beat(Verdict::TwiceTooFast { is_next_a_beat: true }, now - 0.1, now));
        let (beat, _) = tracker.told.next().expect("there is a beat");
        assert!((beat - between).abs() < 1e-9);
        // The next pulse of the model is that beat.
        let hops = (1..144).find(|_| tracker.model.hop(0.0).position == 0).expect("it comes");
        let next = now - DELAY_SEC + f64::from(hops) / 100.0;
        assert!((next - beat).abs() < 0.1, "{next} for {beat}");
    }

    #[test]
    fn four_pulses_become_three_beats_from_the_one_that_was_judged_to_be_a_beat() {
        for pulses_ago in 0..4 {
            let mut tracker = BeatTracker::new();
            // At 120 BPM a pulse a half second.
            let end = play(&mut tracker, 0.0, 20, 120.0);
            let heard = end - 0.5;
            assert!(tracker.change_beat(Verdict::FourForThree { pulses_ago }, heard, heard + 0.08));
            let (next, period) = tracker.told.next().expect("it goes on");
            let beats = (next - (heard - pulses_ago as f64 * 0.5)) / period;
            assert!((beats - libm::round(beats)).abs() < 1e-9, "{next} is no beat");
            assert!(next > heard && next < heard + 0.08 + period, "{next}");
            assert_eq!(told(&tracker), 90);
        }
    }

    #[test]
    fn an_octave_out_of_range_changes_nothing() {
        let mut tracker = BeatTracker::new();
        play(&mut tracker, 0.0, 20, 70.0);
        assert!(!tracker.change_beat(Verdict::TwiceTooFast { is_next_a_beat: true }, 0.0, 0.0));
        assert!(!tracker.change_beat(Verdict::FourForThree { pulses_ago: 0 }, 0.0, 0.0));
        assert_eq!((told(&tracker), tracker.run.len()), (70, 20));
        let mut tracker = BeatTracker::new();
        play(&mut tracker, 0.0, 20, 180.0);
        assert!(!tracker.change_beat(Verdict::HalfTooSlow, 0.0, 0.0));
        assert_eq!((told(&tracker), tracker.run.len()), (180, 20));
    }
}
