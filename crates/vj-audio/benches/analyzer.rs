//! What a block of sound costs: the whole analyser, and the same with groups of stages off, beside a bare FFT
//! as control.
//!
//! `cargo bench -p vj-audio`. A block is 512 samples at 44.1 kHz, 11.6 ms: 116 µs would be one per cent of a
//! core.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use realfft::RealFftPlanner;
use vj_audio::stage_bench::StageBench;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock};

const RATE: u32 = 44_100;
const BLOCK: usize = 512;

/// Twenty seconds of kicks and a chord in noise, so that all stages have something to do.
fn music() -> Vec<f32> {
    let mut state = 1u32;
    (0..RATE * 20)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 16_777_216.0 - 0.5;
            let t = (i % (RATE / 2)) as f32 / RATE as f32;
            let kick = libm::expf(-t * 12.0) * libm::sinf(std::f32::consts::TAU * 55.0 * t);
            let second = i as f32 / RATE as f32;
            let chord: f32 =
                [220.0, 277.2, 329.6].iter().map(|hz| libm::sinf(std::f32::consts::TAU * hz * second)).sum();
            0.6 * kick + 0.08 * chord + 0.02 * noise
        })
        .collect()
}

fn whole(c: &mut Criterion, name: &str, config: AnalyzerConfig, music: &[f32]) {
    let mut analyzer = Analyzer::new(RATE, config).expect("a usual rate");
    let mut at = 0;
    c.bench_function(name, |b| {
        b.iter(|| {
            let block = &music[at..at + BLOCK];
            at = (at + BLOCK) % (music.len() - BLOCK);
            analyzer.push_with(AudioBlock::mono(black_box(block)), |frame| {
                black_box(frame);
            });
        });
    });
}

fn benches(c: &mut Criterion) {
    let music = music();
    let mut plan = RealFftPlanner::<f32>::new();
    let fft = plan.plan_fft_forward(2_048);
    let (mut input, mut output, mut scratch) =
        (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
    c.bench_function("control/real_fft_2048", |b| {
        b.iter(|| {
            input.copy_from_slice(&music[..2_048]);
            fft.process_with_scratch(&mut input, &mut output, &mut scratch).expect("buffers fit");
            black_box(&output);
        });
    });

    let all = AnalyzerConfig::default();
    let none = AnalyzerConfig {
        enable_bpm: false,
        enable_pitch: false,
        enable_structure: false,
        enable_spectrum: false,
        ..AnalyzerConfig::default()
    };
    whole(c, "block_512/all", all, &music);
    whole(c, "block_512/levels_and_onsets", none, &music);
    whole(c, "block_512/without_bpm", AnalyzerConfig { enable_bpm: false, ..all }, &music);
    whole(c, "block_512/without_pitch", AnalyzerConfig { enable_pitch: false, ..all }, &music);
    whole(c, "block_512/without_structure", AnalyzerConfig { enable_structure: false, ..all }, &music);
    whole(c, "block_512/without_spectrum", AnalyzerConfig { enable_spectrum: false, ..all }, &music);

    let mut stages = StageBench::new(RATE, &music[..RATE as usize]);
    c.bench_function("stage/main_fft", |b| b.iter(|| stages.main_fft()));
    c.bench_function("stage/low_fft", |b| b.iter(|| stages.low_fft()));
    c.bench_function("stage/levels", |b| b.iter(|| stages.levels()));
    c.bench_function("stage/spectrum", |b| b.iter(|| stages.spectrum()));
    c.bench_function("stage/onset_step", |b| b.iter(|| stages.onset_step()));
    c.bench_function("stage/activation", |b| b.iter(|| stages.activation()));
    c.bench_function("stage/beats", |b| b.iter(|| stages.beats()));
    c.bench_function("stage/pitch", |b| b.iter(|| stages.pitch()));
    c.bench_function("stage/brightness", |b| b.iter(|| stages.brightness()));
    c.bench_function("stage/structure", |b| b.iter(|| stages.structure()));

    let mut resting = Analyzer::new(RATE, all).expect("a usual rate");
    resting.push_silence(30 * u64::from(RATE), |_| {});
    let zeros = [0.0f32; 735];
    c.bench_function("rest/tick_of_zeros", |b| {
        b.iter(|| {
            resting.push_with(AudioBlock::mono(black_box(&zeros)), |frame| {
                black_box(frame);
            });
        });
    });
    c.bench_function("rest/tick_of_push_silence", |b| {
        b.iter(|| {
            resting.push_silence(735, |frame| {
                black_box(frame);
            });
        });
    });
}

criterion_group!(analyzer, benches);
criterion_main!(analyzer);
