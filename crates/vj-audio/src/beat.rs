//! Beats: the pointer's position made into announcements, ahead of the beat.

use crate::bar_pointer::{BarPointer, Pointer};
use crate::limits::HOP_SEC;
use crate::tempo::BeatRun;

/// From a beat to the hop at which the pointer has it at position 0: half of the 46 ms window, less the first
/// rise of the attack in it. Calibrated on renderings with exact beats, where beats then come out within ±2
/// ms on average; people annotate some 15 to 20 ms later, at the loudest point of the attack.
const DELAY_SEC: f64 = 0.018;
/// Beats of an unbroken run before the first is announced.
const RUN_BEFORE_ANNOUNCING: usize = 3;
/// The line through the last beats is trusted while it agrees with the pointer within this share of a beat.
const LINE_TOLERANCE: f64 = 0.12;
/// An interval that differs from the run's period by more than this share ends the run.
const RUN_TOLERANCE: f64 = 0.15;
/// Beats of a run whose tempo is told without further questions.
const RUN_TRUSTED: usize = 8;
/// Beats of a run that is told already if its tempo differs from the one told by more than [`NEW_TEMPO`].
const RUN_OF_NEW_TEMPO: usize = 5;
/// See [`RUN_OF_NEW_TEMPO`].
const NEW_TEMPO: f64 = 0.04;
/// Announced beats lie at least this share of a period apart, whatever the pointer does.
const PERIODS_BETWEEN: f64 = 0.6;
/// A beat missed because the pointer jumped is still announced when it lies back no more than this.
const LATE_SEC: f64 = 0.03;
/// The beat free-wheels this many hops through silence: 8 s.
const FREE_WHEEL_HOPS: u32 = 800;
/// Hops that the contrast of the activation on and off the beat is averaged over.
const CONTRAST_PER_HOP: f32 = 0.004;

/// The beat tracker: feeds the bar pointer and announces each beat on the last tick before it.
#[derive(Debug, Clone)]
pub(crate) struct BeatTracker {
    model: BarPointer,
    run: BeatRun,
    /// Next beat in seconds and period, as predicted at the last hop; `None` before there is any.
    prediction: Option<(f64, f64)>,
    announced: Option<f64>,
    /// Beat period in seconds that is told as the tempo: that of the run once it is long enough, else that of
    /// the run before.
    told_period: Option<f64>,
    /// It was told by the run that is still going on.
    told_by_run: bool,
    /// Beats of the run that it was told by.
    trust: usize,
    silent_hops: u32,
    on_beat: f32,
    off_beat: f32,
}

impl BeatTracker {
    pub(crate) fn new() -> Self {
        Self {
            model: BarPointer::new(),
            run: BeatRun::new(),
            prediction: None,
            announced: None,
            told_period: None,
            told_by_run: false,
            trust: 0,
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
            self.model.coast();
            self.free_wheel(now);
        }
    }

    /// Silence says nothing about the beat: it goes on as it went.
    fn free_wheel(&mut self, now: f64) {
        if let Some((beat, period)) = &mut self.prediction {
            while *beat < now {
                *beat += *period;
            }
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
                        self.break_run();
                    }
                    self.run.push(beat);
                }
            }
        }
        self.prediction = Some(match self.run.smoothed_last() {
            Some((last, smooth)) if (last + smooth - beat - period).abs() < LINE_TOLERANCE * period => {
                (last + smooth, smooth)
            }
            _ => (beat + period, period),
        });
        self.update_tempo(period);
    }

    fn measure_contrast(&mut self, pointer: Pointer, activation: f32) {
        if pointer.position * 8 < pointer.interval {
            self.on_beat += (activation - self.on_beat) * CONTRAST_PER_HOP * 8.0;
        } else {
            self.off_beat += (activation - self.off_beat) * CONTRAST_PER_HOP;
        }
    }

    /// The beat to announce on the tick at `now`, when the next tick is at `next_tick`: at most one, and
    /// never one twice.
    pub(crate) fn tick(&mut self, now: f64, next_tick: f64) -> Option<f64> {
        let (mut beat, period) = self.prediction?;
        if self.run.len() < RUN_BEFORE_ANNOUNCING {
            return None;
        }
        // The beat before the predicted one may still be due, if the pointer has only now moved there.
        if beat - period >= now - LATE_SEC {
            beat -= period;
        }
        if let Some(announced) = self.announced {
            while beat < announced + PERIODS_BETWEEN * period {
                beat += period;
            }
        }
        if beat >= next_tick || beat < now - LATE_SEC {
            return None;
        }
        self.announced = Some(beat);
        Some(beat)
    }

    /// Position in the beat at `now`, 0..1.
    pub(crate) fn phase(&self, now: f64) -> f32 {
        let Some((beat, period)) = self.prediction else { return 0.0 };
        let beats = (now - beat) / period;
        ((beats - libm::floor(beats)) as f32).min(0.999_999)
    }

    /// Tempo in BPM, 0 = none yet.
    pub(crate) fn tempo_bpm(&self) -> f32 {
        self.told_period.map_or(0.0, |period| (60.0 / period) as f32)
    }

    /// Updates the tempo. A break in the run (a stumble of the drummer, a beat misread) does not change it at
    /// once: a new run must first be as long as two bars, or as one and clearly at another tempo. But a tempo
    /// that was itself told after a few beats gives way to a run as long as the one that it came from: the
    /// first guess must not stand for ten seconds.
    fn update_tempo(&mut self, pointer_period: f64) {
        let beats = self.run.len();
        if beats < RUN_BEFORE_ANNOUNCING {
            return;
        }
        let period = self.run.period().unwrap_or(pointer_period);
        let needed = match self.told_period {
            None => RUN_BEFORE_ANNOUNCING,
            // A line through fewer beats is no better than what the pointer said first.
            Some(_) if self.told_by_run => RUN_OF_NEW_TEMPO,
            Some(told) if (period / told - 1.0).abs() < NEW_TEMPO => RUN_TRUSTED.min(self.trust),
            Some(_) => RUN_OF_NEW_TEMPO.min(self.trust),
        };
        if beats < needed {
            return;
        }
        self.trust = if self.told_by_run { self.trust.max(beats) } else { beats };
        self.told_by_run = true;
        self.told_period = Some(period);
    }

    /// The run of beats is broken; the tempo that it told stays for the time being.
    fn break_run(&mut self) {
        self.run.clear();
        self.told_by_run = false;
    }

    /// How much the activation stands out on the beat, 0..1.
    pub(crate) fn confidence(&self) -> f32 {
        if self.run.len() < RUN_BEFORE_ANNOUNCING {
            return 0.0;
        }
        let contrast = (self.on_beat - 1.5 * self.off_beat) / (self.on_beat + self.off_beat + 0.01);
        contrast.clamp(0.0, 1.0)
    }

    pub(crate) fn reset(&mut self) {
        self.model.reset();
        self.break_run();
        self.prediction = None;
        self.announced = None;
        self.told_period = None;
        self.trust = 0;
        self.silent_hops = FREE_WHEEL_HOPS;
        self.on_beat = 0.0;
        self.off_beat = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::BeatTracker;

    /// A new run of `beats` beats at `bpm`.
    fn play(tracker: &mut BeatTracker, beats: u32, bpm: f64) {
        tracker.break_run();
        for beat in 0..beats {
            tracker.run.push(f64::from(beat) * 60.0 / bpm);
            tracker.update_tempo(60.0 / bpm);
        }
    }

    fn told(tracker: &BeatTracker) -> u32 {
        libm::roundf(tracker.tempo_bpm()) as u32
    }

    #[test]
    fn a_first_guess_gives_way_to_a_run_as_long() {
        let mut tracker = BeatTracker::new();
        play(&mut tracker, 3, 128.0);
        assert_eq!(told(&tracker), 128);
        play(&mut tracker, 3, 96.0);
        assert_eq!(told(&tracker), 96);
    }

    #[test]
    fn a_tempo_long_held_stands_through_a_stumble() {
        let mut tracker = BeatTracker::new();
        play(&mut tracker, 20, 120.0);
        play(&mut tracker, 4, 90.0);
        assert_eq!(told(&tracker), 120);
        play(&mut tracker, 7, 122.0);
        assert_eq!(told(&tracker), 120);
        play(&mut tracker, 5, 90.0);
        assert_eq!(told(&tracker), 90);
    }
}
