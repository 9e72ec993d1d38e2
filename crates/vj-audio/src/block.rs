//! What goes in: a block of interleaved samples, mixed to mono and made harmless.

use crate::limits::{SAMPLE_MAX, SAMPLE_MIN};

/// A borrowed block of interleaved samples, full scale = ±1.
#[derive(Debug, Clone, Copy)]
pub struct AudioBlock<'a> {
    samples: &'a [f32],
    channels: usize,
}

impl<'a> AudioBlock<'a> {
    /// A block of `channels` interleaved channels; 0 is taken as 1. Samples after the last whole frame are
    /// ignored.
    pub fn interleaved(samples: &'a [f32], channels: u16) -> Self {
        let channels = usize::from(channels.max(1));
        Self { samples: &samples[..samples.len() - samples.len() % channels], channels }
    }

    /// A block of one channel.
    pub fn mono(samples: &'a [f32]) -> Self {
        Self { samples, channels: 1 }
    }

    /// Number of sample frames (one sample per channel each).
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels
    }

    /// Appends what the analyser hears of this block: one channel, made harmless. A block of that one channel gives the
    /// same frames, bit for bit.
    pub fn mix_into(&self, out: &mut Vec<f32>) {
        let from = out.len();
        out.resize(from + self.frames(), 0.0);
        self.mix_down(0, &mut out[from..]);
    }

    /// True when every sample of every channel is exactly zero.
    pub(crate) fn is_digital_silence(&self) -> bool {
        // An OR over the bits of a long stretch has no branch and vectorises; a sound ends it at its first
        // stretch.
        self.samples.chunks(1_024).all(|stretch| {
            let (chunks, rest) = stretch.as_chunks::<16>();
            let mut lanes = [0u32; 16];
            for chunk in chunks {
                for lane in 0..16 {
                    lanes[lane] |= chunk[lane].to_bits();
                }
            }
            let bits = lanes.iter().fold(0, |bits, lane| bits | lane);
            let bits = rest.iter().fold(bits, |bits, x| bits | x.to_bits());
            // The sign does not count: minus zero is silence too.
            bits << 1 == 0
        })
    }

    /// Mixes frames `from..from + out.len()` down to mono.
    ///
    /// The mean over all channels: a signal in one channel only comes out quieter, which the adaptive ranges
    /// of the later stages take back.
    pub(crate) fn mix_down(&self, from: usize, out: &mut [f32]) {
        match self.channels {
            1 => {
                for (y, x) in out.iter_mut().zip(&self.samples[from..]) {
                    *y = sanitized(*x);
                }
            }
            2 => {
                let (frames, _) = self.samples.as_chunks::<2>();
                for (y, [left, right]) in out.iter_mut().zip(&frames[from..]) {
                    *y = harmless(0.5 * (sanitized(*left) + sanitized(*right)));
                }
            }
            channels => {
                let share = 1.0 / channels as f32;
                for (y, frame) in out.iter_mut().zip(self.samples.chunks_exact(channels).skip(from)) {
                    *y = harmless(share * frame.iter().map(|x| sanitized(*x)).sum::<f32>());
                }
            }
        }
    }
}

/// NaN and infinities become 0, the rest is clipped to ±[`SAMPLE_MAX`], and what is too small to matter
/// becomes exactly 0.
fn sanitized(x: f32) -> f32 {
    if x.is_finite() { harmless(x.clamp(-SAMPLE_MAX, SAMPLE_MAX)) } else { 0.0 }
}

fn harmless(x: f32) -> f32 {
    if x.abs() < SAMPLE_MIN { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::AudioBlock;

    #[test]
    fn what_is_no_sample_becomes_silence() {
        let poison =
            [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 2.0, 1e30, -1e30, 0.25];
        let mut out = [1.0; 8];
        AudioBlock::mono(&poison).mix_down(0, &mut out);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, 8.0, -8.0, 0.25]);
    }

    #[test]
    fn a_torn_frame_at_the_end_is_ignored() {
        let block = AudioBlock::interleaved(&[1.0, 0.0, 1.0], 2);
        assert_eq!(block.frames(), 1);
        let mut out = [0.0];
        block.mix_down(0, &mut out);
        assert_eq!(out, [0.5]);
    }
}
