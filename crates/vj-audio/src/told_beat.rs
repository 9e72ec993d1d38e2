//! The beat as it is told: runs of beats decide it, and it outlives their breaks.

/// Beats of an unbroken run before the first is announced.
const RUN_BEFORE_ANNOUNCING: usize = 3;
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

/// Where the beats lie from here on.
#[derive(Debug, Clone, Copy)]
struct Beats {
    /// Next beat in seconds.
    next: f64,
    /// From that beat to the one after it, in seconds.
    period: f64,
    /// Beats of the run that they were told by ...
    trust: usize,
    /// ... and the last of them, in seconds.
    last: f64,
}

/// What a run of pulses predicts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prediction {
    /// The next pulse in seconds.
    pub(crate) pulse: f64,
    /// From it to the one after it, in seconds.
    pub(crate) period: f64,
    /// The same by more pulses than those that predict the next one: what is told as the tempo.
    pub(crate) tempo_period: f64,
    /// Pulses of the run.
    pub(crate) pulses: usize,
}

/// The beat as it is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToldBeat {
    /// `None` before there is a beat, and when it is lost.
    beats: Option<Beats>,
    /// They are told by the run that is still going on; otherwise by one before, and go on as they went.
    by_run: bool,
    /// Once it was judged whether the beats lie at the pulses that the model follows or half way between them: whether they lie
    /// between them now.
    between: Option<bool>,
    announced: Option<f64>,
    /// Beat period in seconds that is told as the tempo.
    tempo_period: Option<f64>,
    /// A run at another tempo has begun to be told, or the beat was forgotten, since this was last asked.
    is_other_music: bool,
}

impl ToldBeat {
    /// The run is over: the next pulse begins another.
    pub(crate) fn end_run(&mut self) {
        self.by_run = false;
    }

    /// The beat goes on as it went until `at`.
    pub(crate) fn go_on(&mut self, at: f64) {
        if let Some(beats) = &mut self.beats {
            while beats.next < at {
                beats.next += beats.period;
            }
        }
    }

    /// The beat after `at`, where a run predicts `pulse`. Where a new run at this tempo has begun since the
    /// place of the beat was judged, it is taken to have the beats where they are told: a pulse that moves by half a beat is more often the
    /// tracker's mistake than the music's, and where it is the music's, it will be judged.
    fn beat_of(&mut self, Prediction { pulse, period, .. }: Prediction, at: f64) -> f64 {
        if let (Some(between), Some(told)) = (&mut self.between, self.beats)
            && !self.by_run
        {
            let beats_away = (pulse - told.next) / told.period;
            *between = (beats_away - libm::round(beats_away)).abs() > 0.25;
        }
        match self.is_between() {
            true if pulse - 0.5 * period > at => pulse - 0.5 * period,
            true => pulse + 0.5 * period,
            false => pulse,
        }
    }

    /// Decides whether what the run predicts is told. A break in the run (a stumble of the drummer, a beat
    /// misread) does not change at once what is told: it goes on as it went until a new run is long enough. But what was itself told by a
    /// few beats gives way to a run as long as the one that it came from: the first guess must not stand for ten seconds.
    pub(crate) fn tell(&mut self, run: Prediction, at: f64) {
        let mut next = self.beat_of(run, at);
        let tempo_told = self.tempo_period.unwrap_or(run.tempo_period);
        let is_new_tempo = (run.tempo_period / tempo_told - 1.0).abs() > NEW_TEMPO;
        let needed = match self.beats {
            // Before there is a line through its beats the pointer may still waver between tempi.
            Some(_) if self.by_run && is_new_tempo => RUN_OF_NEW_TEMPO,
            Some(told) if !self.by_run && at < told.last + HELD_SEC => {
                let beats_away = (next - told.next) / told.period;
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
        if run.pulses >= needed {
            if !self.by_run && is_new_tempo {
                // Which place was judged is of no use for it.
                self.is_other_music = true;
                self.between = None;
                next = run.pulse;
            }
            let told = self.beats.filter(|_| self.by_run);
            let trust = told.map_or(run.pulses, |told| told.trust.max(run.pulses));
            self.beats = Some(Beats { next, period: run.period, trust, last: next - run.period });
            self.by_run = true;
            self.tempo_period = Some(run.tempo_period);
        } else if self.beats.is_some_and(|told| at > told.last + LOST_SEC) {
            self.beats = None;
            self.between = None;
            self.is_other_music = true;
        } else {
            self.go_on(at);
        }
    }

    /// Whether a run at another tempo has begun to be told, or the beat was forgotten, since this was last asked.
    pub(crate) fn take_other_music(&mut self) -> bool {
        std::mem::take(&mut self.is_other_music)
    }

    /// The beats lie half a beat later from here on.
    pub(crate) fn move_by_half(&mut self) {
        if let Some(told) = &mut self.beats {
            told.next += 0.5 * told.period;
            self.between = Some(!self.is_between());
        }
    }

    /// The next beat is at `next`, and the period is this many times as long.
    pub(crate) fn stretch(&mut self, next: f64, times: f64) {
        let Some(told) = &mut self.beats else { return };
        (told.next, told.period, told.trust) = (next, told.period * times, RUN_OF_NEW_PLACE);
        self.tempo_period = self.tempo_period.map(|period| period * times);
        self.between = None;
        self.by_run = false;
        // If they are denser, there is one before it, too, unless it is over.
        let before = next - told.period;
        if times < 1.0
            && self.announced.is_none_or(|announced| before > announced + PERIODS_BETWEEN * told.period)
        {
            told.next = before;
        }
    }

    /// The beat to announce on the tick at `now`, when the next tick is at `next_tick`: at most one, and
    /// never one twice.
    pub(crate) fn tick(&mut self, now: f64, next_tick: f64) -> Option<f64> {
        let Beats { next: mut beat, period, .. } = self.beats?;
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

    /// The next beat, and the period from it on, in seconds.
    pub(crate) fn next(&self) -> Option<(f64, f64)> {
        self.beats.map(|told| (told.next, told.period))
    }

    /// Whether the beats were judged to lie half way between the pulses.
    pub(crate) fn is_between(&self) -> bool {
        self.between == Some(true)
    }

    /// Period in seconds of the tempo, which stands while there is no beat.
    pub(crate) fn tempo_period(&self) -> Option<f64> {
        self.tempo_period
    }

    /// Forgets the beat and the tempo: what comes is other music.
    pub(crate) fn forget(&mut self) {
        *self = Self { is_other_music: true, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::{Prediction, ToldBeat};

    /// A new run of `pulses` pulses at `bpm` that begins at `start`; returns when the next would be.
    fn play(beat: &mut ToldBeat, start: f64, pulses: u32, bpm: f64) -> f64 {
        beat.end_run();
        let period = 60.0 / bpm;
        for pulse in 0..pulses {
            let at = start + f64::from(pulse) * period;
            let pulses = pulse as usize + 1;
            beat.tell(Prediction { pulse: at + period, period, tempo_period: period, pulses }, at);
        }
        start + f64::from(pulses) * period
    }

    fn bpm(beat: &ToldBeat) -> u32 {
        libm::round(60.0 / beat.tempo_period().expect("there is a tempo")) as u32
    }

    /// Where the next beat lies between those of 120 BPM from 0 on, 0..1.
    fn place(beat: &ToldBeat) -> f64 {
        let beats = beat.next().expect("it goes on").0 / 0.5;
        beats - libm::floor(beats + 1e-9)
    }

    #[test]
    fn a_first_guess_gives_way_to_a_run_as_long() {
        let mut beat = ToldBeat::default();
        let end = play(&mut beat, 0.0, 3, 128.0);
        assert_eq!(bpm(&beat), 128);
        play(&mut beat, end, 3, 96.0);
        assert_eq!(bpm(&beat), 96);
    }

    #[test]
    fn a_beat_long_held_stands_through_a_stumble() {
        let mut beat = ToldBeat::default();
        let end = play(&mut beat, 0.0, 20, 120.0);
        // Three beats at another tempo, and four in another place, are not believed ...
        let end = play(&mut beat, end, 3, 150.0);
        assert_eq!(bpm(&beat), 120);
        let end = play(&mut beat, end + 0.15, 4, 120.0);
        assert!(place(&beat).abs() < 1e-6, "{} is not where the beats were", place(&beat));
        // ... but a bar at another tempo is.
        play(&mut beat, end, 4, 90.0);
        assert_eq!(bpm(&beat), 90);
    }

    #[test]
    fn a_beat_that_nothing_confirms_goes_on_for_a_while_and_stops() {
        let mut beat = ToldBeat::default();
        let end = play(&mut beat, 0.0, 20, 120.0);
        beat.end_run();
        let none = |pulse: f64| Prediction { pulse, period: 0.5, tempo_period: 0.5, pulses: 0 };
        beat.tell(none(end + 7.7), end + 7.2);
        let (next, _) = beat.next().expect("it goes on");
        assert!(next >= end + 7.2 && next < end + 7.7, "{next}");
        beat.tell(none(end + 9.0), end + 8.5);
        assert_eq!(beat.next(), None);
        assert!(beat.take_other_music());
        assert_eq!(bpm(&beat), 120, "the tempo stands until another is found");
    }

    #[test]
    fn beats_that_were_half_a_beat_off_stay_where_they_were_moved_to() {
        let mut beat = ToldBeat::default();
        let end = play(&mut beat, 0.0, 20, 120.0);
        beat.move_by_half();
        assert!((place(&beat) - 0.5).abs() < 1e-6, "{}", place(&beat));
        // The same pulses go on, and others that lie between them: a run of either has the beats at the same place.
        for at in [end, end + 4.25] {
            play(&mut beat, at, 8, 120.0);
            assert!((place(&beat) - 0.5).abs() < 1e-6, "{}", place(&beat));
        }
        // It may be judged again, and other music begins with its pulses.
        beat.move_by_half();
        assert!(place(&beat).abs() < 1e-6, "{}", place(&beat));
        beat.move_by_half();
        let next = play(&mut beat, end + 9.0, 4, 90.0);
        assert!(!beat.is_between());
        assert_eq!(beat.next().map(|(beat, _)| beat), Some(next));
        assert!(beat.take_other_music());
    }
}
