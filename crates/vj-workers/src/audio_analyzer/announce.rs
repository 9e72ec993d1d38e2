//! One tick of features as OSC messages.

use vj_audio::{AnalyzerConfig, FeatureFrame, LEVEL_BANDS, SPECTRUM_BANDS};
use vj_bus::Emitter;
use vj_bus::osc::Osc;
use vj_core::mutants::{self, Mutant};

/// The addresses that the analyser sends.
pub(super) const ADDRESSES: [&str; 7] = [
    "/audio/levels",
    "/audio/spectrum",
    "/audio/beat",
    "/audio/beat/phase",
    "/audio/bpm",
    "/audio/pitch",
    "/audio/structure",
];

/// Sends what one tick has to say.
pub(super) fn tick(out: &Emitter, frame: &FeatureFrame, has_pitch: bool) {
    let mut levels = [0.0; LEVEL_BANDS + 1];
    levels[..LEVEL_BANDS].copy_from_slice(&frame.levels);
    levels[LEVEL_BANDS] = frame.rms;
    out.emit(&Osc::Levels(&levels));
    if let Some(spectrum) = &frame.spectrum {
        out.emit(&Osc::Spectrum(spectrum));
    }
    let is_dropped = mutants::is_on(Mutant::TenthBeatDropped)
        && frame.bars.is_multiple_of(5)
        && frame.beat_in_bar.is_multiple_of(2);
    out.emit(&Osc::Beat { is_beat: frame.beat && !is_dropped, strength: frame.onset_strength });
    out.emit(&Osc::BeatPhase {
        phase: frame.beat_phase,
        beat_in_bar: i32::from(frame.beat_in_bar),
        bars: i32::try_from(frame.bars).unwrap_or(i32::MAX),
    });
    if frame.tempo_due {
        out.emit(&Osc::Bpm { bpm: frame.tempo_bpm, confidence: frame.tempo_confidence });
    }
    if has_pitch {
        out.emit(&Osc::Pitch { hz: frame.pitch_hz, confidence: frame.pitch_confidence });
    }
    if frame.structure_due {
        out.emit(&Osc::Structure {
            build_up: frame.build_up,
            drop: frame.drop,
            energy_trend: frame.energy_trend,
            brightness: frame.brightness,
        });
    }
    out.end_of_tick();
}

/// Says once that there is no sound any more, so that no visual stays lit by the last tick.
pub(super) fn silence(out: &Emitter, config: AnalyzerConfig) {
    out.emit(&Osc::Levels(&[0.0; LEVEL_BANDS + 1]));
    if config.enable_spectrum {
        out.emit(&Osc::Spectrum(&[0.0; SPECTRUM_BANDS]));
    }
    out.emit(&Osc::Beat { is_beat: false, strength: 0.0 });
    if config.enable_pitch {
        out.emit(&Osc::Pitch { hz: 0.0, confidence: 0.0 });
    }
    out.emit(&Osc::Structure { build_up: false, drop: false, energy_trend: 0.0, brightness: 0.0 });
    out.end_of_tick();
}
