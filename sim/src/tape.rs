//! Sound without files: tapes for scenarios, made in memory.

use std::path::Path;
use std::rc::Rc;

use vj_core::At;
use vj_workers::ports::{AudioBackend, AudioError, SoundFile, SoundFormat};

use crate::wav_tape::WavTape;

/// Rate of every tape: enough for what scenarios need to hear, and half the work of 44.1 kHz.
const RATE_HZ: u32 = 22_050;

/// A four-on-the-floor beat, in BPM.
const DRUMS_BPM: f64 = 124.0;

/// A library of tapes: `file:drums` (half a minute of kick and hat at 124 BPM, to be looped), `file:silence` (a day of it),
/// `file:day` (a quiet room, but for an hour of drums in the evening), and WAV files as the fixtures are.
pub struct Tapes {
    drums: Rc<[f32]>,
}

impl Tapes {
    /// Makes the tapes.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Self { drums: drums().into() })
    }

    /// What the drums sound like in a room in which they have played since the machine's start: at `frame` of a stream of
    /// this rate that began at `since`.
    pub(crate) fn drums_at(&self, since: At, frame: u64, rate_hz: u32) -> f32 {
        let before = since.as_nanos() as u128 * u128::from(RATE_HZ) / 1_000_000_000;
        let at = before + u128::from(frame) * u128::from(RATE_HZ) / u128::from(rate_hz);
        self.drums[usize::try_from(at % self.drums.len() as u128).unwrap_or(0)]
    }
}

impl AudioBackend for Tapes {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        match path.to_str() {
            Some("drums") => Ok(Box::new(Tape { samples: self.drums.clone(), at: 0 })),
            Some(_) if path.extension().is_some_and(|it| it == "wav") => Ok(Box::new(WavTape::open(path)?)),
            Some("day") => Ok(Box::new(Day { drums: self.drums.clone(), at: 0 })),
            Some("silence") => Ok(Box::new(Silence { left: Silence::FRAMES })),
            _ => Err(AudioError::Retry(format!("no such tape: {}", path.display()))),
        }
    }
}

/// Kicks on the beat, hats between, a little longer than half a minute: a whole number of bars.
fn drums() -> Vec<f32> {
    let beat_frames = (60.0 / DRUMS_BPM * f64::from(RATE_HZ)).round() as usize;
    let mut samples = vec![0.0_f32; beat_frames * 64];
    let mut noise = 0x2545_f491_u32;
    for (frame, sample) in samples.iter_mut().enumerate() {
        let in_beat = (frame % beat_frames) as f32 / RATE_HZ as f32;
        let half = (frame + beat_frames / 2) % beat_frames;
        let in_half = half as f32 / RATE_HZ as f32;
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = (noise >> 8) as f32 / 8_388_608.0 - 1.0;
        // A parabola for a sine: the same bits on every machine.
        let cycle = (in_beat * 55.0).fract();
        let kick = (16.0 * cycle * (cycle - 0.5) * if cycle < 0.5 { -1.0 } else { 1.0 }).clamp(-1.0, 1.0);
        *sample = 0.7 * kick * decay(in_beat, 0.12) + 0.2 * hiss * decay(in_half, 0.03);
    }
    samples
}

/// 1 at 0, falling to 0 at four times `length`, without a transcendental function.
fn decay(t: f32, length: f32) -> f32 {
    (1.0 - t / (4.0 * length)).max(0.0).powi(4)
}

struct Tape {
    samples: Rc<[f32]>,
    at: usize,
}

impl SoundFile for Tape {
    fn format(&self) -> SoundFormat {
        SoundFormat { sample_rate_hz: RATE_HZ, channels: 1, frames: Some(self.samples.len() as u64) }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let len = frames.min(self.samples.len() - self.at);
        out.extend_from_slice(&self.samples[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        self.at = usize::try_from(frame).map_or(self.samples.len(), |frame| frame.min(self.samples.len()));
        Ok(())
    }
}

/// A day in a room in which there is music for an hour.
struct Day {
    drums: Rc<[f32]>,
    at: u64,
}

impl Day {
    const FRAMES: u64 = 86_400 * RATE_HZ as u64;

    /// From eight to nine in the evening.
    const MUSIC: std::ops::Range<u64> = 72_000 * RATE_HZ as u64..75_600 * RATE_HZ as u64;

    fn sample(&self, frame: u64) -> f32 {
        if !Self::MUSIC.contains(&frame) {
            return 0.0;
        }
        let at = (frame - Self::MUSIC.start) % self.drums.len() as u64;
        self.drums[usize::try_from(at).unwrap_or(0)]
    }
}

impl SoundFile for Day {
    fn format(&self) -> SoundFormat {
        SoundFormat { sample_rate_hz: RATE_HZ, channels: 1, frames: Some(Self::FRAMES) }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let len = (frames as u64).min(Self::FRAMES - self.at);
        out.extend((self.at..self.at + len).map(|frame| self.sample(frame)));
        self.at += len;
        Ok(usize::try_from(len).unwrap_or(0))
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        self.at = frame.min(Self::FRAMES);
        Ok(())
    }
}

struct Silence {
    left: u64,
}

impl Silence {
    /// More than a day.
    const FRAMES: u64 = 90_000 * RATE_HZ as u64;
}

impl SoundFile for Silence {
    fn format(&self) -> SoundFormat {
        SoundFormat { sample_rate_hz: RATE_HZ, channels: 1, frames: Some(Self::FRAMES) }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let len = frames.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        out.resize(out.len() + len, 0.0);
        self.left -= len as u64;
        Ok(len)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        self.left = Self::FRAMES.saturating_sub(frame);
        Ok(())
    }
}
