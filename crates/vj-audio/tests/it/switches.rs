//! Each stage can be switched off, at any time, without harm to the others.

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{RATE, frames, house};

const OFF: AnalyzerConfig = AnalyzerConfig {
    enable_bpm: false,
    enable_pitch: false,
    enable_structure: false,
    enable_spectrum: false,
    attack_ms: 0,
    release_ms: 120,
};

#[test]
fn what_is_off_is_neutral_and_the_rest_is_unchanged() {
    let (music, _) = house(RATE, 8.0, 124.0, 0.0);
    let mut analyzer = Analyzer::new(RATE, OFF).unwrap();
    for (off, on) in analyzer.push(AudioBlock::mono(&music)).zip(frames(RATE, &music)) {
        assert!(
            !off.beat
                && off.beat_event.is_none()
                && off.tempo_bpm == 0.0
                && off.tempo_confidence == 0.0
                && off.beat_phase == 0.0
        );
        assert_eq!((off.beat_in_bar, off.bars), (1, 0));
        assert_eq!((off.pitch_hz, off.pitch_confidence), (0.0, 0.0));
        assert_eq!((off.build_up, off.drop, off.energy_trend, off.brightness), (false, false, 0.0, 0.0));
        assert_eq!(off.spectrum, None);
        assert!(off.structure.is_empty());
        assert_eq!((off.levels, off.rms, off.onset_strength), (on.levels, on.rms, on.onset_strength));
        assert_eq!(off.onsets, on.onsets);
    }
}

#[test]
fn toggling_while_music_plays_is_safe_and_leaves_the_others_alone() {
    let (music, _) = house(RATE, 16.0, 124.0, 0.0);
    let steady = frames(RATE, &music);
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let mut toggled: Vec<FeatureFrame> = Vec::new();
    for (i, block) in music.chunks(512).enumerate() {
        let on = i / 100 % 2 == 0;
        analyzer.set_config(AnalyzerConfig {
            enable_pitch: on,
            enable_structure: on,
            enable_spectrum: on,
            enable_bpm: true,
            ..AnalyzerConfig::default()
        });
        analyzer.push_with(AudioBlock::mono(block), |frame| toggled.push(*frame));
    }
    for (a, b) in toggled.iter().zip(&steady) {
        assert_eq!(
            (a.levels, a.beat_event, a.tempo_bpm, a.bars),
            (b.levels, b.beat_event, b.tempo_bpm, b.bars)
        );
    }
}

#[test]
fn beats_come_back_after_bpm_was_off() {
    let (music, _) = house(RATE, 24.0, 124.0, 0.0);
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let half = music.len() / 2;
    let _ = analyzer.push(AudioBlock::mono(&music[..half]));
    analyzer.set_config(AnalyzerConfig { enable_bpm: false, ..AnalyzerConfig::default() });
    assert!(analyzer.push(AudioBlock::mono(&music[half..half + 44_100])).all(|frame| frame.tempo_bpm == 0.0));
    analyzer.set_config(AnalyzerConfig::default());
    let last = analyzer.push(AudioBlock::mono(&music[half + 44_100..])).last().unwrap();
    assert!((last.tempo_bpm - 124.0).abs() < 1.3, "{}", last.tempo_bpm);
}
