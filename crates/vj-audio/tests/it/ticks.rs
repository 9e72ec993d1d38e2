//! Sixty ticks per second of sample time, for ever, at any rate.

use vj_audio::{Analyzer, AnalyzerConfig, AnalyzerError};

#[test]
fn every_rate_gives_sixty_ticks_a_second_at_exact_positions() {
    for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000] {
        let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
        let mut ticks = 0u64;
        analyzer.push_silence(u64::from(rate) * 3, |frame| {
            ticks += 1;
            assert_eq!(frame.tick, ticks);
            assert_eq!(frame.time_sec, (ticks * u64::from(rate) / 60) as f64 / f64::from(rate));
        });
        assert_eq!(ticks, 180, "{rate} Hz");
    }
}

#[test]
fn ticks_do_not_drift_over_hours() {
    let rate = 44_117;
    let mut analyzer = Analyzer::new(rate, AnalyzerConfig::default()).unwrap();
    let mut last = (0, 0.0);
    analyzer.push_silence(u64::from(rate) * 3_600 * 12, |frame| last = (frame.tick, frame.time_sec));
    assert_eq!(last, (60 * 3_600 * 12, 3_600.0 * 12.0));
    assert_eq!(analyzer.samples_seen(), u64::from(rate) * 3_600 * 12);
}

#[test]
fn tempo_is_due_once_a_second_and_structure_ten_times() {
    let mut analyzer = Analyzer::new(48_000, AnalyzerConfig::default()).unwrap();
    let (mut tempo, mut structure) = (0, 0);
    analyzer.push_silence(48_000 * 5, |frame| {
        tempo += u32::from(frame.tempo_due);
        structure += u32::from(frame.structure_due);
    });
    assert_eq!((tempo, structure), (5, 50));
}

#[test]
fn a_rate_that_no_stage_is_made_for_is_refused() {
    for sample_rate in [0, 7_999, 384_001] {
        assert_eq!(
            Analyzer::new(sample_rate, AnalyzerConfig::default()).err(),
            Some(AnalyzerError::SampleRate { sample_rate })
        );
    }
}
