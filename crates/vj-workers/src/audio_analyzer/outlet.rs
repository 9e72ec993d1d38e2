//! Thins the ticks to the rate that is wanted, and loses no beat.

use vj_audio::FeatureFrame;

/// Ticks that the analyser makes in a second.
const TICKS_PER_SEC: u64 = 60;

/// Between the analyser and the packets.
#[derive(Default)]
pub(super) struct Outlet {
    ticks: u64,
    held: Option<FeatureFrame>,
}

impl Outlet {
    /// Takes a tick in; hands out what is due at `rate_hz` (1 to 60): the newest tick, with the beat, the strongest onset
    /// and the news of those that were held back.
    pub(super) fn pass(&mut self, frame: &FeatureFrame, rate_hz: u32) -> Option<FeatureFrame> {
        let rate = u64::from(rate_hz).clamp(1, TICKS_PER_SEC);
        let due = |tick: u64| tick * rate / TICKS_PER_SEC;
        self.ticks += 1;
        let mut frame = *frame;
        if let Some(held) = self.held.take() {
            frame.beat |= held.beat;
            frame.onset_strength = frame.onset_strength.max(held.onset_strength);
            frame.tempo_due |= held.tempo_due;
            frame.structure_due |= held.structure_due;
        }
        if due(self.ticks) > due(self.ticks - 1) {
            return Some(frame);
        }
        self.held = Some(frame);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio_analyzer::shift::tests::frame;

    #[test]
    fn no_beat_is_lost_at_any_rate() {
        for rate in [1, 7, 30, 59, 60] {
            let mut outlet = Outlet::default();
            let (mut sent, mut beats) = (0, 0);
            for n in 0..600 {
                let mut tick = frame(0.0, 1, 0);
                tick.beat = n % 30 == 0;
                tick.onset_strength = if tick.beat { 0.9 } else { 0.1 };
                if let Some(out) = outlet.pass(&tick, rate) {
                    sent += 1;
                    beats += u32::from(out.beat);
                    assert_eq!(out.onset_strength > 0.5, out.beat, "the onset goes with its beat");
                }
            }
            assert_eq!(sent, rate * 10);
            // Two beats may fall into one tick of less than 2 Hz.
            assert!(beats == 20 || (rate == 1 && beats == 10), "{rate} Hz: {beats}");
        }
    }
}
