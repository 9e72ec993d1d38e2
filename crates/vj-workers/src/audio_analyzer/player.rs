//! A sound file at the pace of the clock.

use std::time::Duration;

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};
use vj_core::At;

use super::show::{Place, frame_at, wrapped};
use super::tap::Tap;
use crate::ports::{AudioError, SoundFile, SoundFormat};

/// Ticks in a second of sample time.
const TICKS_PER_SEC: u64 = 60;

/// A player that is later than this has been frozen, or the machine has: it goes on where the show is now, rather than
/// rush through what nobody hears any more.
const LAG_MAX: Duration = Duration::from_millis(500);

/// Plays a file through an analyser, one tick after the other.
///
/// Time is the count of samples: tick *n* after the anchor is due `n / 60` s after it and takes the samples up to
/// `floor(n * sample_rate / 60)`, so nothing adds up over a night.
pub(super) struct Player {
    file: Box<dyn SoundFile>,
    format: SoundFormat,
    analyzer: Analyzer,
    is_loop: bool,
    place: Place,
    /// Ticks so far.
    ticks: u64,
    /// A tick and the moment at which it was due: that of the start, or of the last jump.
    anchor_tick: u64,
    anchor: At,
    buffer: Vec<f32>,
    tap: Tap,
    ended: bool,
}

impl Player {
    /// Puts the needle where the show is at `now`: at the last tick of the show, so that the ticks of a worker that was
    /// started again are those of the one before, and a show that has just begun begins with its first frame.
    pub(super) fn new(
        mut file: Box<dyn SoundFile>,
        config: AnalyzerConfig,
        is_loop: bool,
        place: Place,
        mut tap: Tap,
        now: At,
    ) -> Result<Self, AudioError> {
        let format = file.format();
        let analyzer =
            Analyzer::new(format.sample_rate_hz, config).map_err(|e| AudioError::Fatal(e.to_string()))?;
        let into = place.into_sound(now);
        let past = into.as_nanos() * u128::from(TICKS_PER_SEC) / 1_000_000_000;
        let past = u64::try_from(past).unwrap_or(u64::MAX);
        let frame = u128::from(past) * u128::from(format.sample_rate_hz) / u128::from(TICKS_PER_SEC);
        file.seek(wrapped(u64::try_from(frame).unwrap_or(u64::MAX), format.frames, is_loop))?;
        let (ticks, anchor_tick, buffer, ended) = (0, 0, Vec::new(), false);
        // A show that is still to begin is waited for.
        let anchor = (now - into.saturating_sub(ticks_long(past))).max(place.begins());
        tap.begin(anchor, format.sample_rate_hz);
        Ok(Self { file, format, analyzer, is_loop, place, ticks, anchor_tick, anchor, buffer, tap, ended })
    }

    /// What the file is made of.
    pub(super) fn format(&self) -> SoundFormat {
        self.format
    }

    /// Whether the file is over.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Seconds into the show at `now`, within the file.
    pub(super) fn position_sec(&self, now: At) -> f64 {
        let SoundFormat { sample_rate_hz, frames, .. } = self.format;
        let frame = frame_at(self.place.into_sound(now), sample_rate_hz, frames, self.is_loop);
        frame.min(frames.unwrap_or(u64::MAX)) as f64 / f64::from(sample_rate_hz)
    }

    /// When the next tick is due; none after the end.
    pub(super) fn due(&self) -> Option<At> {
        (!self.ended).then(|| self.anchor + ticks_long(self.ticks + 1 - self.anchor_tick))
    }

    /// The analyser's switches.
    pub(super) fn config(&self) -> AnalyzerConfig {
        self.analyzer.config()
    }

    /// Changes the analyser's switches in full run.
    pub(super) fn set_config(&mut self, config: AnalyzerConfig) {
        self.analyzer.set_config(config);
    }

    /// Puts the needle where `place` says the show is at `now`. The analyser goes on, as it does when a DJ jumps.
    pub(super) fn jump(&mut self, now: At, place: Place) -> Result<(), AudioError> {
        let SoundFormat { sample_rate_hz, frames, .. } = self.format;
        self.file.seek(frame_at(place.into_sound(now), sample_rate_hz, frames, self.is_loop))?;
        (self.place, self.anchor, self.anchor_tick, self.ended) = (place, now, self.ticks, false);
        self.tap.begin(now, sample_rate_hz);
        Ok(())
    }

    /// Plays up to the tick that is due, and hands out its features. Called late by more than [`LAG_MAX`] it first jumps
    /// to where the show is, and says by how much.
    pub(super) fn tick(
        &mut self,
        now: At,
        each: impl FnMut(&FeatureFrame),
    ) -> Result<Option<Duration>, AudioError> {
        let Some(due) = self.due() else { return Ok(None) };
        let late = now.since(due);
        let jumped = (late > LAG_MAX).then_some(late);
        if jumped.is_some() {
            let SoundFormat { sample_rate_hz, frames, .. } = self.format;
            // The tick that is played now ends now.
            let from = now - ticks_long(1);
            self.file.seek(frame_at(self.place.into_sound(from), sample_rate_hz, frames, self.is_loop))?;
            // The analyser goes on as if nothing had been left out: its own time is that of the samples it was given.
            (self.anchor, self.anchor_tick) = (from, self.ticks);
            self.tap.begin(from, sample_rate_hz);
        }
        self.play_one_tick(now, each)?;
        Ok(jumped)
    }

    fn play_one_tick(&mut self, now: At, each: impl FnMut(&FeatureFrame)) -> Result<(), AudioError> {
        let rate = u128::from(self.format.sample_rate_hz);
        let edge = |tick: u64| u128::from(tick) * rate / u128::from(TICKS_PER_SEC);
        let wanted =
            usize::try_from(edge(self.ticks + 1) - edge(self.ticks)).expect("a tick is less than a second");
        self.ticks += 1;
        self.buffer.clear();
        let mut got = 0;
        let mut came_round = false;
        while got < wanted {
            let read = self.file.read(wanted - got, &mut self.buffer)?;
            got += read;
            if read > 0 {
                came_round = false;
            } else if self.is_loop && !came_round {
                self.file.seek(0)?;
                // A file without a single frame would come round for ever.
                came_round = true;
            } else {
                self.ended = true;
                break;
            }
        }
        let block = AudioBlock::interleaved(&self.buffer, self.format.channels);
        self.tap.hear(now, block);
        self.analyzer.push_with(block, each);
        Ok(())
    }
}

fn ticks_long(ticks: u64) -> Duration {
    let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(TICKS_PER_SEC);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
