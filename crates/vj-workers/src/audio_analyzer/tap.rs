//! What the analyser hears, noted block by block for whoever records the show.

use serde_json::json;
use vj_audio::AudioBlock;
use vj_bus::Tape;
use vj_core::{At, base64};

/// Between the sound and the analyser: it only looks.
pub(super) struct Tap {
    tape: Tape,
    /// The moment at which the first sample of this stretch of sound is heard: a recording of it that begins then is told of
    /// as the sound was.
    began: At,
    rate_hz: u32,
    /// Samples since then.
    heard: u64,
    mono: Vec<f32>,
}

impl Tap {
    pub(super) fn new(tape: Tape) -> Self {
        let (began, rate_hz, heard, mono) = Default::default();
        Self { tape, began, rate_hz, heard, mono }
    }

    /// A new stretch of sound begins: what was before it does not join on.
    pub(super) fn begin(&mut self, began: At, rate_hz: u32) {
        (self.began, self.rate_hz, self.heard) = (began, rate_hz, 0);
    }

    /// The analyser hears this at `now`.
    pub(super) fn hear(&mut self, now: At, block: AudioBlock<'_>) {
        let frames = block.frames() as u64;
        if frames == 0 {
            return;
        }
        let index = self.heard;
        self.heard += frames;
        let Self { tape, began, rate_hz, mono, .. } = self;
        tape.note_if_wanted(now, || {
            mono.clear();
            block.mix_into(mono);
            let bytes: Vec<u8> = mono.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let pcm = base64::encode(&bytes);
            json!({"sound": {"began_ns": began.as_nanos(), "index": index, "rate_hz": *rate_hz, "pcm": pcm}})
        });
    }
}
