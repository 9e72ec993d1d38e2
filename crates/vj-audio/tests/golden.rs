//! What the analyser hears of the bundled sets, written down: whoever changes what it hears sees in the diff what has changed, and where.
//!
//! After a wanted change: `cargo insta review`, or `INSTA_UPDATE=always cargo test -p vj-audio --test golden`. `cargo xtask fixtures` makes
//! the sound. One scalar path everywhere, so that the hash of all bits is the same on every machine.
#![allow(clippy::unwrap_used, reason = "clippy allows it in tests, but not in what tests share")]

use std::fmt::Write;
use std::path::Path;

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame, LEVEL_BANDS};

/// Ticks that one line tells of: 2 s.
const TICKS_PER_LINE: usize = 120;

#[test]
fn first_night() {
    insta::assert_snapshot!(features("first-night"));
}

#[test]
fn eight_rooms() {
    insta::assert_snapshot!(features("eight-rooms"));
}

fn features(set: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sets").join(set).join("audio.wav");
    let mut wav = hound::WavReader::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask fixtures` makes it", path.display()));
    let spec = wav.spec();
    let full_scale = (1u64 << (spec.bits_per_sample - 1)) as f32;
    let samples: Vec<f32> = wav.samples::<i32>().map(|sample| sample.unwrap() as f32 / full_scale).collect();
    let mut analyzer = Analyzer::new(spec.sample_rate, AnalyzerConfig::default()).unwrap();
    let frames: Vec<FeatureFrame> = analyzer.push(AudioBlock::interleaved(&samples, spec.channels)).collect();
    let mut text =
        "from    BPM  beats in bar  onsets kicks snares hats   rms levels                bright  pitch  sections   bits\n"
            .to_owned();
    for frames in frames.chunks(TICKS_PER_LINE) {
        let _ = writeln!(text, "{}", line(frames));
    }
    text
}

/// What some frames say.
fn line(frames: &[FeatureFrame]) -> String {
    let mean = |of: &dyn Fn(&FeatureFrame) -> f32| frames.iter().map(of).sum::<f32>() / frames.len() as f32;
    let count = |is: &dyn Fn(&FeatureFrame) -> bool| frames.iter().filter(|frame| is(frame)).count();
    let beats: String =
        frames.iter().filter_map(|frame| Some(frame.beat_event?.beat_in_bar.to_string())).collect();
    let onsets: usize = frames.iter().map(|frame| frame.onsets.iter().count()).sum();
    let levels: Vec<String> =
        (0..LEVEL_BANDS).map(|band| format!("{:.0}", 99.0 * mean(&|frame| frame.levels[band]))).collect();
    let mut pitches: Vec<f32> = frames.iter().map(|frame| frame.pitch_hz).filter(|hz| *hz > 0.0).collect();
    pitches.sort_by(f32::total_cmp);
    let pitch = pitches.get(pitches.len() / 2).map_or_else(String::new, |hz| format!("{hz:.1}"));
    let sections: String = [
        (count(&|frame| frame.breakdown), "breakdown "),
        (count(&|frame| frame.build_up), "build-up "),
        (count(&|frame| frame.drop), "drop "),
    ]
    .into_iter()
    .filter_map(|(count, name)| (count > 0).then_some(name))
    .collect();
    format!(
        "{:5.0} {:6.1}  {beats:12}  {onsets:6} {:5} {:6} {:4}  {:.2} {:21} {:6.3} {pitch:>6}  {sections:10} {:016x}",
        frames[0].time_sec,
        frames[frames.len() - 1].tempo_bpm,
        count(&|frame| frame.kick > 0.0),
        count(&|frame| frame.snare > 0.0),
        count(&|frame| frame.hat > 0.0),
        mean(&|frame| frame.rms),
        levels.join(" "),
        mean(&|frame| frame.brightness),
        frames.iter().fold(FNV_OFFSET, bits),
    )
    .trim_end()
    .to_owned()
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// The hash, and now of every number in this frame, too, to the bit.
fn bits(hash: u64, frame: &FeatureFrame) -> u64 {
    let floats = [
        frame.rms,
        frame.onset_strength,
        frame.kick,
        frame.snare,
        frame.hat,
        frame.beat_phase,
        frame.tempo_bpm,
        frame.tempo_confidence,
        frame.pitch_hz,
        frame.pitch_confidence,
        frame.build_up_confidence,
        frame.breakdown_confidence,
        frame.drop_confidence,
        frame.energy_trend,
        frame.brightness,
    ];
    let beat = frame.beat_event.map_or(0, |beat| beat.time.to_bits());
    let onsets = frame.onsets.iter().map(|onset| onset.time.to_bits());
    floats
        .iter()
        .chain(&frame.levels)
        .chain(frame.spectrum.iter().flatten())
        .map(|number| u64::from(number.to_bits()))
        .chain([beat, u64::from(frame.beat_in_bar), u64::from(frame.bars)])
        .chain(onsets)
        .fold(hash, |hash, bits| (hash ^ bits).wrapping_mul(FNV_PRIME))
}
