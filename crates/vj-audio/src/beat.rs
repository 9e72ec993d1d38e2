//! Beats: the pointer's position made into announcements, ahead of the beat.

use crate::bar_pointer::{BarPointer, INTERVAL_MAX, INTERVAL_MIN, Pointer, USUAL_BPM};
use crate::limits::HOP_SEC;
use crate::octave::Verdict;
use crate::tempo::BeatRun;

/// From a beat to the hop at which the pointer has it at position 0: half of the 46 ms window, less the first
/// rise of the attack in it, and 5 ms less than renderings with exact beats ask for: people annotate some 15 to 20 ms later, at
/// the loudest point of the attack.
const DELAY_SEC: f64 = 0.013;
/// Beats of an unbroken run before the first is announced.
const RUN_BEFORE_ANNOUNCING: usize = 3;
/// The line through the last beats is trusted while it agrees with the pointer within this share of a beat.
const LINE_TOLERANCE: f64 = 0.12;
/// An interval that differs from the run's period by more than this share ends the run.
const RUN_TOLERANCE: f64 = 0.15;
/// Beats of a new run at another tempo after which it is told ...
const RUN_OF_NEW_TEMPO: usize = 4;
/// ... which is one that differs by more than this share.
const NEW_TEMPO: f64 = 0.04;
/// Beats of a new run at the same tempo after which it is told ...
const RUN_OF_NEW_PLACE: usize = 6;
/// ... unless it falls on the beats that were told, within this share of a beat.
const SAME_PLACE: f64 = 0.2;
/// The beat goes on this long without a run before any run may be told.
const HELD_SEC: f64 = 4.0;
/// It goes on this long before it stops, if there is none.
const LOST_SEC: f64 = 8.0;
/// Announced beats lie at least this share of a period apart, whatever the pointer does.
const PERIODS_BETWEEN: f64 = 0.6;
/// A beat missed because the pointer jumped is still announced when it lies back no more than this.
const LATE_SEC: f64 = 0.03;
/// The beat free-wheels this many hops through silence: 8 s.
const FREE_WHEEL_HOPS: u32 = 800;
/// Hops that the contrast of the activation on and off the beat is averaged over.
const CONTRAST_PER_HOP: f32 = 0.004;

/// The beat as it is told.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Next beat in seconds.
    beat: f64,
    /// From that beat to the next, in seconds.
    period: f64,
    /// Beats of the run that it was told by ...
    trust: usize,
    /// ... and the last of them, in seconds.
    last: f64,
}

/// The beat tracker: feeds the bar pointer and announces each beat on the last tick before it.
#[derive(Debug, Clone)]
pub(crate) struct BeatTracker {
    model: BarPointer,
    run: BeatRun,
    /// `None` before there is a beat, and when it is lost.
    told: Option<Told>,
    /// It is told by the run that is still going on; otherwise by one before, and goes on as it went.
    told_by_run: bool,
    /// Once it was judged whether the beats lie at the pulses that the model follows or half way between them: whether they lie
    /// between them now.
    between: Option<bool>,
    announced: Option<f64>,
    /// Beat period in seconds that is told as the tempo: by more beats than those that predict the next one.
    tempo_period: Option<f64>,
    /// A run at another tempo has begun to be told, or the beat was forgotten, since this was last asked.
    is_other_music: bool,
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
            told: None,
            told_by_run: false,
            between: None,
            announced: None,
            tempo_period: None,
            is_other_music: false,
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
                self.is_other_music = true;
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
            self.free_wheel(now);
        }
    }

    /// The beat goes on as it went until `at`.
    fn free_wheel(&mut self, at: f64) {
        if let Some(told) = &mut self.told {
            while told.beat < at {
                told.beat += told.period;
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
                        self.run.clear();
                        self.told_by_run = false;
                    }
                    self.run.push(beat);
                }
            }
        }
        let (next, smooth) = match self.run.smoothed_last() {
            Some((last, smooth)) if (last + smooth - beat - period).abs() < LINE_TOLERANCE * period => {
                (last + smooth, smooth)
            }
            _ => (beat + period, period),
        };
        self.tell(next, smooth, self.run.period().unwrap_or(period), at);
    }

    /// The beat after `at`, when the next pulse is expected at `pulse`. Where a new run at this tempo has begun since the
    /// place of the beat was judged, it is taken to have the beats where they are told: a pulse that moves by half a beat is more often the
    /// tracker's mistake than the music's, and where it is the music's, it will be judged.
    fn next_beat(&mut self, pulse: f64, period: f64, at: f64) -> f64 {
        if let (Some(between), Some(told)) = (&mut self.between, self.told)
            && !self.told_by_run
        {
            let beats_away = (pulse - told.beat) / told.period;
            *between = (beats_away - libm::round(beats_away)).abs() > 0.25;
        }
        match self.between {
            Some(true) if pulse - 0.5 * period > at => pulse - 0.5 * period,
            Some(true) => pulse + 0.5 * period,
            _ => pulse,
        }
    }

    /// Decides whether the run, which predicts the next `pulse`, is told. A break in the run (a stumble of the drummer, a beat
    /// misread) does not change at once what is told: it goes on as it went until a new run is long enough. But what was itself told by a
    /// few beats gives way to a run as long as the one that it came from: the first guess must not stand for ten seconds.
    fn tell(&mut self, pulse: f64, period: f64, tempo_period: f64, at: f64) {
        let mut beat = self.next_beat(pulse, period, at);
        let beats = self.run.len();
        let tempo_told = self.tempo_period.unwrap_or(tempo_period);
        let is_new_tempo = (tempo_period / tempo_told - 1.0).abs() > NEW_TEMPO;
        let needed = match self.told {
            // Before there is a line through its beats the pointer may still waver between tempi.
            Some(_) if self.told_by_run && is_new_tempo => RUN_OF_NEW_TEMPO,
            Some(told) if !self.told_by_run && at < told.last + HELD_SEC => {
                let beats_away = (beat - told.beat) / told.period;
                let is_new_place = (beats_away - libm::round(beats_away)).abs() > SAME_PLACE;
                let needed = match (is_new_tempo, is_new_place) {
                    (true, _) => RUN_OF_NEW_TEMPO,
                    (false, true) => RUN_OF_NEW_PLACE,
                    (false, false) => RUN_BEFORE_ANNOUNCING,
                };
                needed.min(told.trust)
            }
            _ => RUN_BEFORE_ANNOUNCING,
        };
        if beats >= needed {
            if !self.told_by_run && is_new_tempo {
                // Which place was judged is of no use for it.
                self.is_other_music = true;
                self.between = None;
                beat = pulse;
            }
            let trust = self.told.filter(|_| self.told_by_run).map_or(beats, |told| told.trust.max(beats));
            self.told = Some(Told { beat, period, trust, last: beat - period });
            self.told_by_run = true;
            self.tempo_period = Some(tempo_period);
        } else if self.told.is_some_and(|told| at > told.last + LOST_SEC) {
            self.told = None;
            self.between = None;
            self.is_other_music = true;
        } else {
            self.free_wheel(at);
        }
    }

    /// Whether a run at another tempo has begun to be told, or the beat was forgotten, since this was last asked.
    pub(crate) fn take_other_music(&mut self) -> bool {
        std::mem::take(&mut self.is_other_music)
    }

    /// Goes on as it was judged at `now` to be right, after the beat at `heard` was heard; false where there is no such
    /// tempo.
    pub(crate) fn change_beat(&mut self, verdict: Verdict, heard: f64, now: f64) -> bool {
        let Some(told) = &mut self.told else { return false };
        let hops = |period: f64| libm::round(period / HOP_SEC) as usize;
        let hops_told = hops(told.period);
        let stretch = match verdict {
            Verdict::TwiceTooFast { is_next_a_beat } if 2 * hops_told <= INTERVAL_MAX => {
                told.beat += if is_next_a_beat { 0.0 } else { told.period };
                if self.between == Some(true) {
                    // At half the tempo, half way between its pulses would be another place.
                    let beats_until = (told.beat - now + DELAY_SEC) / (2.0 * told.period);
                    self.model.go_to(2 * hops_told, -beats_until as f32);
                } else {
                    self.model.change_octave(true, hops_told);
                }
                2.0
            }
            Verdict::HalfTooSlow if hops_told / 2 >= INTERVAL_MIN => {
                self.model.change_octave(false, hops_told);
                0.5
            }
            Verdict::FourForThree { pulses_ago } if hops(4.0 / 3.0 * told.period) <= INTERVAL_MAX => {
                let beat = heard - pulses_ago as f64 * told.period;
                let period = 4.0 / 3.0 * told.period;
                let beats = (now - DELAY_SEC - beat) / period;
                let whole = libm::floor(beats);
                told.beat = beat + (whole + 1.0) * period;
                self.model.go_to(hops(period), (beats - whole) as f32);
                4.0 / 3.0
            }
            Verdict::HalfABeatOff => {
                told.beat += 0.5 * told.period;
                self.between = Some(self.between != Some(true));
                return true;
            }
            _ => return false,
        };
        self.between = None;
        told.period *= stretch;
        told.trust = RUN_OF_NEW_PLACE;
        self.tempo_period = self.tempo_period.map(|period| period * stretch);
        self.run.clear();
        self.told_by_run = false;
        // Half way to the next beat there is one too, unless it is over.
        if verdict == Verdict::HalfTooSlow
            && self
                .announced
                .is_none_or(|announced| told.beat - told.period > announced + PERIODS_BETWEEN * told.period)
        {
            told.beat -= told.period;
        }
        true
    }

    fn measure_contrast(&mut self, pointer: Pointer, activation: f32) {
        let moved = if self.between == Some(true) { pointer.interval / 2 } else { 0 };
        if (pointer.position + moved) % pointer.interval * 8 < pointer.interval {
            self.on_beat += (activation - self.on_beat) * CONTRAST_PER_HOP * 8.0;
        } else {
            self.off_beat += (activation - self.off_beat) * CONTRAST_PER_HOP;
        }
    }

    /// The beat to announce on the tick at `now`, when the next tick is at `next_tick`: at most one, and
    /// never one twice.
    pub(crate) fn tick(&mut self, now: f64, next_tick: f64) -> Option<f64> {
        let Told { mut beat, period, .. } = self.told?;
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
        let Some(Told { beat, period, .. }) = self.told else { return 0.0 };
        let beats = (now - beat) / period;
        ((beats - libm::floor(beats)) as f32).min(0.999_999)
    }

    /// Period in seconds of the beats that are announced; 0 = there are none.
    pub(crate) fn period(&self) -> f64 {
        self.told.map_or(0.0, |told| told.period)
    }

    /// Tempo in BPM, 0 = none yet.
    pub(crate) fn tempo_bpm(&self) -> f32 {
        self.tempo_period.map_or(0.0, |period| (60.0 / period) as f32)
    }

    /// How much the activation stands out on the beat, 0..1.
    pub(crate) fn confidence(&self) -> f32 {
        if self.told.is_none() {
            return 0.0;
        }
        let contrast = (self.on_beat - 1.5 * self.off_beat) / (self.on_beat + self.off_beat + 0.01);
        contrast.clamp(0.0, 1.0)
    }

    pub(crate) fn reset(&mut self) {
        self.model.reset();
        self.run.clear();
        self.told = None;
        self.told_by_run = false;
        self.between = None;
        self.announced = None;
        self.tempo_period = None;
        self.silent_hops = FREE_WHEEL_HOPS;
        self.on_beat = 0.0;
        self.off_beat = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{BeatTracker, DELAY_SEC, Verdict};

    /// A new run of `beats` beats at `bpm` that begins at `start`; returns when the next would be.
    fn play(tracker: &mut BeatTracker, start: f64, beats: u32, bpm: f64) -> f64 {
        tracker.run.clear();
        tracker.told_by_run = false;
        let period = 60.0 / bpm;
        for beat in 0..beats {
            let at = start + f64::from(beat) * period;
            tracker.run.push(at);
            tracker.tell(at + period, period, period, at);
        }
        start + f64::from(beats) * period
    }

    fn told(tracker: &BeatTracker) -> u32 {
        libm::roundf(tracker.tempo_bpm()) as u32
    }

    #[test]
    fn a_first_guess_gives_way_to_a_run_as_long() {
        let mut tracker = BeatTracker::new();
        let end = play(&mut tracker, 0.0, 3, 128.0);
        assert_eq!(told(&tracker), 128);
        play(&mut tracker, end, 3, 96.0);
        assert_eq!(told(&tracker), 96);
    }

    #[test]
    fn a_beat_long_held_stands_through_a_stumble() {
        let mut tracker = BeatTracker::new();
        let end = play(&mut tracker, 0.0, 20, 120.0);
        // Three beats at another tempo, and four in another place, are not believed ...
        let end = play(&mut tracker, end, 3, 150.0);
        assert_eq!(told(&tracker), 120);
        let end = play(&mut tracker, end + 0.15, 4, 120.0);
        let beat = tracker.told.expect("it goes on").beat;
        assert!((beat / 0.5 - libm::round(beat / 0.5)).abs() < 1e-6, "{beat} is not where the beats were");
        // ... but a bar at another tempo is.
        play(&mut tracker, end, 4, 90.0);
        assert_eq!(told(&tracker), 90);
    }

    #[test]
    fn a_beat_that_nothing_confirms_goes_on_for_a_while_and_stops() {
        let mut tracker = BeatTracker::new();
        let end = play(&mut tracker, 0.0, 20, 120.0);
        tracker.run.clear();
        tracker.told_by_run = false;
        tracker.tell(end + 7.7, 0.5, 0.5, end + 7.2);
        let next = tracker.told.expect("it goes on").beat;
        assert!(next >= end + 7.2 && next < end + 7.7, "{next}");
        tracker.tell(end + 9.0, 0.5, 0.5, end + 8.5);
        assert!(tracker.told.is_none(), "{:?}", tracker.told);
        assert_eq!(told(&tracker), 120, "the tempo stands until another is found");
    }

    #[test]
    fn a_pulse_twice_too_fast_is_halved_to_the_beats_that_were_judged_to_be_it() {
        for is_next_a_beat in [true, false] {
            let mut tracker = BeatTracker::new();
            let end = play(&mut tracker, 0.0, 20, 180.0);
            assert!(tracker.change_beat(Verdict::TwiceTooFast { is_next_a_beat }, end, end));
            let after = tracker.told.expect("it goes on");
            let next = if is_next_a_beat { end } else { end + 60.0 / 180.0 };
            assert!((after.beat - next).abs() < 1e-9, "{} for {next}", after.beat);
            assert_eq!((told(&tracker), tracker.run.len()), (90, 0));
        }
    }

    #[test]
    fn beats_that_were_half_a_beat_off_stay_where_they_were_moved_to() {
        let mut tracker = BeatTracker::new();
        let end = play(&mut tracker, 0.0, 20, 120.0);
        let place = |tracker: &BeatTracker| {
            let beats = tracker.told.expect("it goes on").beat / 0.5;
            beats - libm::floor(beats + 1e-9)
        };
        assert!(tracker.change_beat(Verdict::HalfABeatOff, end - 0.5, end - 0.42));
        assert!((place(&tracker) - 0.5).abs() < 1e-6, "{}", place(&tracker));
        // The same pulses go on, and others that lie between them: a run of either has the beats at the same place.
        for at in [end, end + 4.25] {
            play(&mut tracker, at, 8, 120.0);
            assert!((place(&tracker) - 0.5).abs() < 1e-6, "{}", place(&tracker));
        }
        // It may be judged again, and other music begins with its pulses.
        assert!(tracker.change_beat(Verdict::HalfABeatOff, end + 8.0, end + 8.1));
        assert!(place(&tracker).abs() < 1e-6, "{}", place(&tracker));
        assert!(tracker.change_beat(Verdict::HalfABeatOff, end + 8.0, end + 8.1));
        let next = play(&mut tracker, end + 9.0, 4, 90.0);
        assert_eq!(tracker.between, None);
        assert_eq!(tracker.told.map(|told| told.beat), Some(next));
        assert!(tracker.take_other_music());
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
        let between = tracker.told.expect("there is a beat").beat;
        assert!(tracker.change_beat(Verdict::TwiceTooFast { is_next_a_beat: true }, now - 0.1, now));
        let beat = tracker.told.expect("there is a beat").beat;
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
            let next = tracker.told.expect("it goes on");
            let beats = (next.beat - (heard - pulses_ago as f64 * 0.5)) / next.period;
            assert!((beats - libm::round(beats)).abs() < 1e-9, "{} is no beat", next.beat);
            assert!(next.beat > heard && next.beat < heard + 0.08 + next.period, "{}", next.beat);
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
