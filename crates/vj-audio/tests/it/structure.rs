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
    let only = |section| spans.iter().find(|span| span.section == section).expect("counted above");
    let (breakdown, build_up) = (only(Section::Breakdown), only(Section::BuildUp));
    assert!(breakdown.end <= build_up.start, "a breakdown ends where a build-up begins: {spans:?}");
    let count = spans.iter().filter(|span| span.section == Section::Breakdown).count();
    assert_eq!(count, 1, "and does not begin again in it: {spans:?}");
}

/// When drops were told in a groove, these quiet seconds, and a groove again.
fn drops_after(quiet: &[f32]) -> Vec<f64> {
    let (mut music, _) = house(RATE, 20.0, 128.0, 0.0);
    music.extend(quiet);
    music.extend(house(RATE, 12.0, 128.0, 0.0).0);
    let spans = transcript(RATE, &music).structure.into_iter();
    spans.filter(|span| span.section == Section::Drop).map(|span| span.announced_at).collect()
}

#[test]
fn what_comes_after_the_bridge_of_a_song_is_no_drop_and_after_sixteen_bars_without_drums_it_is() {
    assert_eq!(drops_after(&saw(RATE, 7.5, 220.0, 0.05)), [0.0; 0]);
    let drops = drops_after(&saw(RATE, 30.0, 220.0, 0.05));
    assert!(matches!(drops[..], [at] if (50.0..52.0).contains(&at)), "{drops:?}");
}

#[test]
fn a_build_up_that_nothing_follows_has_no_drop() {
    let (mut music, _) = house(RATE, 20.0, 128.0, 0.0);
    let mut noise = Noise::new(5);
    music.extend((0..10 * RATE).map(|i| {
        let t = f64::from(i) / f64::from(RATE);
        (0.01 * libm::pow(10.0, t / 10.0) * f64::from(noise.next())) as f32
    }));
    music.extend(saw(RATE, 12.0, 220.0, 0.05));
    let spans = transcript(RATE, &music).structure;
    let count = |section| spans.iter().filter(|span| span.section == section).count();
    assert_eq!((count(Section::BuildUp), count(Section::Drop)), (1, 0), "{spans:?}");
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
