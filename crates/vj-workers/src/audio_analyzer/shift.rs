//! Announces live sound earlier or later.
//!
//! Later is a queue. Earlier cannot be had of sound that has not come yet, but the beat can be predicted: the place in
//! the bar is moved on by as much of a beat as the tempo makes in that time.

use std::collections::VecDeque;

use vj_audio::FeatureFrame;

/// Ticks in a second of sample time.
const TICKS_PER_SEC: f64 = 60.0;

/// Beats in a bar, as everywhere.
const BEATS: i64 = 4;

/// Below this the tempo is a guess, and a beat predicted by it would be worse than a late one.
const CONFIDENCE_MIN: f32 = 0.2;

/// Moves what is announced by a fixed time.
pub(super) struct Shift {
    /// Positive: earlier.
    ms: f64,
    waiting: VecDeque<FeatureFrame>,
    /// How far into its beat the tick before this one was announced; none while beats go out as heard.
    before: Option<f64>,
    /// Ticks since a beat was announced.
    since_beat: u32,
}

impl Shift {
    /// By `ms`, earlier if positive.
    pub(super) fn new(ms: f64) -> Self {
        Self { ms, waiting: VecDeque::new(), before: None, since_beat: u32::MAX }
    }

    /// Takes a tick in; hands out the tick that is to be announced now, if there is one.
    pub(super) fn pass(&mut self, frame: &FeatureFrame) -> Option<FeatureFrame> {
        if self.ms >= 0.0 {
            return Some(self.earlier(frame));
        }
        self.waiting.push_back(*frame);
        let delay = (-self.ms / 1e3 * TICKS_PER_SEC).round() as usize;
        if self.waiting.len() > delay { self.waiting.pop_front() } else { None }
    }

    fn earlier(&mut self, frame: &FeatureFrame) -> FeatureFrame {
        let mut frame = *frame;
        let is_sure = frame.tempo_bpm > 0.0 && frame.tempo_confidence >= CONFIDENCE_MIN && frame.bars > 0;
        self.before = if self.ms == 0.0 || !is_sure { None } else { Some(self.predict(&mut frame)) };
        self.since_beat = if frame.beat { 1 } else { self.since_beat.saturating_add(1) };
        frame
    }

    /// Moves the frame's place in the bar on, and returns how far into its beat it is then.
    fn predict(&self, frame: &mut FeatureFrame) -> f64 {
        let beat_sec = 60.0 / f64::from(frame.tempo_bpm);
        let heard = i64::from(frame.bars) * BEATS + i64::from(frame.beat_in_bar) - 1;
        let place = heard as f64 + f64::from(frame.beat_phase) + self.ms / 1e3 / beat_sec;
        let beat = place.floor() as i64;
        let phase = place - beat as f64;
        // A beat is where the phase comes round, not where its number goes up: the tracker may count its bars anew. And it
        // may take its place back a little, over the edge of a beat, and come over it again: that is no second beat.
        let came_round = self.before.is_some_and(|before| before - phase > 0.5);
        frame.beat = match self.before {
            Some(_) => came_round && f64::from(self.since_beat) > beat_sec * TICKS_PER_SEC / 2.0,
            None => frame.beat,
        };
        frame.beat_phase = phase as f32;
        frame.beat_in_bar = u8::try_from(beat.rem_euclid(BEATS) + 1).unwrap_or(1);
        frame.bars = u32::try_from(beat.div_euclid(BEATS)).unwrap_or(0);
        phase
    }
}

#[cfg(test)]
pub(super) mod tests {
    use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock};

    use super::*;

    /// A tick at this place in the bar, at 120 BPM.
    pub(in crate::audio_analyzer) fn frame(phase: f32, beat_in_bar: u8, bars: u32) -> FeatureFrame {
        let mut analyzer = Analyzer::new(48_000, AnalyzerConfig::default()).unwrap();
        let mut made = None;
        analyzer.push_with(AudioBlock::interleaved(&[0.0; 800], 1), |frame| made = Some(*frame));
        let mut frame = made.expect("a tick has 800 samples");
        (frame.tempo_bpm, frame.tempo_confidence) = (120.0, 0.9);
        (frame.beat_phase, frame.beat_in_bar, frame.bars) = (phase, beat_in_bar, bars);
        frame
    }

    /// Ticks of a steady 120 BPM: 30 to the beat.
    fn steady(ticks: u32) -> impl Iterator<Item = FeatureFrame> {
        (0..ticks).map(|n| {
            let beat = n / 30;
            let mut tick = frame((n % 30) as f32 / 30.0, u8::try_from(beat % 4).unwrap() + 1, 1 + beat / 4);
            tick.beat = n % 30 == 0;
            tick
        })
    }

    fn beats(ms: f64) -> Vec<u32> {
        let mut shift = Shift::new(ms);
        let out = (0..).zip(steady(300)).filter_map(|(n, tick)| Some((n, shift.pass(&tick)?)));
        out.filter(|(_, tick)| tick.beat).map(|(n, _)| n).collect()
    }

    #[test]
    fn beats_come_earlier_by_the_latency_and_each_once() {
        assert_eq!(beats(0.0)[..3], [0, 30, 60]);
        // 100 ms are 6 ticks.
        assert_eq!(beats(100.0)[1..4], [24, 54, 84]);
        // More than a beat: still one a beat.
        assert_eq!(beats(700.0)[1..4], [18, 48, 78]);
        let mut shift = Shift::new(100.0);
        let moved = steady(31).map(|tick| shift.pass(&tick).unwrap()).last().unwrap();
        assert_eq!((moved.beat_in_bar, moved.bars), (2, 1));
        assert!((moved.beat_phase - 0.2).abs() < 1e-5, "{}", moved.beat_phase);
    }

    #[test]
    fn bars_that_are_counted_anew_cost_no_beat() {
        let mut shift = Shift::new(100.0);
        let ticks = steady(300).enumerate().map(|(n, mut tick)| {
            // From the 131st tick on the third beat is the first.
            if n > 130 {
                let beat = u32::from(tick.beat_in_bar) + 1;
                (tick.beat_in_bar, tick.bars) =
                    (u8::try_from(beat % 4).unwrap() + 1, tick.bars - 1 + beat / 4);
            }
            shift.pass(&tick).unwrap().beat
        });
        let beats: Vec<_> = (0..).zip(ticks).filter_map(|(n, is_beat)| is_beat.then_some(n)).collect();
        assert!(beats[1..].windows(2).all(|pair| pair[1] - pair[0] == 30), "{beats:?}");
    }

    #[test]
    fn negative_is_later_for_all() {
        assert_eq!(beats(-100.0)[..3], [6, 36, 66]);
    }

    #[test]
    fn without_a_tempo_nothing_is_predicted() {
        let mut shift = Shift::new(100.0);
        let mut tick = frame(0.9, 4, 2);
        tick.tempo_confidence = 0.0;
        assert_eq!(shift.pass(&tick), Some(tick));
    }

    #[test]
    fn a_place_that_is_taken_back_a_little_makes_no_second_beat() {
        let mut shift = Shift::new(100.0);
        let fired: Vec<_> = [(0.7, 1), (0.85, 1), (0.75, 1), (0.9, 1), (0.0, 2)]
            .map(|(phase, beat)| shift.pass(&frame(phase, beat, 1)).unwrap().beat)
            .into();
        assert_eq!(fired, [false, true, false, false, false]);
    }
}
