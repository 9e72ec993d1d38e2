//! Structure: a breakdown, a build-up and a drop, told apart and in order.

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, Section, Transcript};

use crate::signal::{Noise, RATE, house, saw, transcript};

#[test]
fn a_breakdown_a_build_up_and_a_drop_are_told() {
    let (mut music, _) = house(RATE, 20.0, 128.0, 0.0);
    // Eight seconds of a quiet chord, then ten of a riser that gains 20 dB, then everything again.
    music.extend(saw(RATE, 8.0, 220.0, 0.05));
    let mut noise = Noise::new(3);
    let riser = (0..10 * RATE).map(|i| {
        let t = f64::from(i) / f64::from(RATE);
        (0.01 * libm::pow(10.0, t / 10.0) * f64::from(noise.next())) as f32
    });
    let chord = saw(RATE, 10.0, 220.0, 0.05);
    music.extend(riser.zip(chord).map(|(riser, chord)| riser + chord));
    music.extend(house(RATE, 12.0, 128.0, 0.0).0);
    let spans = transcript(RATE, &music).structure;
    let told = |section, from: f64, to: f64| {
        spans.iter().filter(|span| span.section == section && (from..to).contains(&span.announced_at)).count()
    };
    assert_eq!(told(Section::Breakdown, 21.0, 25.0), 1, "{spans:?}");
    assert_eq!(told(Section::BuildUp, 28.0, 37.0), 1, "{spans:?}");
    assert_eq!(told(Section::Drop, 38.0, 39.0), 1, "{spans:?}");
    assert_eq!(spans.iter().filter(|span| span.section == Section::Drop).count(), 1, "{spans:?}");
    for span in &spans {
        assert!(span.start <= span.announced_at && span.end >= span.start, "{span:?}");
    }
}

#[test]
fn a_steady_groove_has_no_structure() {
    let (music, _) = house(RATE, 40.0, 124.0, 0.0);
    assert_eq!(transcript(RATE, &music).structure, []);
}

#[test]
fn a_section_ends_when_the_stage_is_switched_off() {
    let (mut music, _) = house(RATE, 20.0, 128.0, 0.0);
    music.extend(saw(RATE, 6.0, 220.0, 0.05));
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let mut transcript = Transcript::new(RATE);
    analyzer.push_with(AudioBlock::mono(&music), |frame| transcript.push(frame));
    analyzer.set_config(AnalyzerConfig { enable_structure: false, ..AnalyzerConfig::default() });
    analyzer.push_with(AudioBlock::mono(&music), |frame| transcript.push(frame));
    let spans = transcript.finish(52.0, 0.0).structure;
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((spans[0].section, spans[0].end), (Section::Breakdown, 26.0));
}
