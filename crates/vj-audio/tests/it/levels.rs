//! Levels: a silence that is silent, bands that resolve, ranges that hold.

use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};

use crate::signal::{RATE, add_hat, frames, house, noise, silence, sine};

/// D33: sub-bass (20 to 60 Hz) was always 0 because no FFT bin lay in it.
#[test]
fn d33_a_40_hz_sine_shows_in_sub_bass_and_nowhere_else() {
    for rate in [22_050, RATE, 48_000, 96_000] {
        let last = *frames(rate, &sine(rate, 2.0, 40.0, 0.5)).last().unwrap();
        assert!(last.levels[0] > 0.9, "{rate} Hz: {:?}", last.levels);
        assert!(last.levels[1..].iter().all(|level| *level < 0.15), "{rate} Hz: {:?}", last.levels);
    }
}

#[test]
fn each_band_shows_a_tone_of_its_own() {
    for (band, hz) in [40.0, 120.0, 350.0, 1_000.0, 3_000.0, 5_000.0, 10_000.0].into_iter().enumerate() {
        let last = *frames(RATE, &sine(RATE, 1.0, hz, 0.3)).last().unwrap();
        for (other, level) in last.levels.iter().enumerate() {
            assert!(if other == band { *level > 0.9 } else { *level < 0.15 }, "{hz} Hz: {:?}", last.levels);
        }
    }
}

/// D34: the centroid was normalised twice and came out as 1e-6.
#[test]
fn d34_brightness_is_normalised_once() {
    let (music, _) = house(RATE, 8.0, 124.0, 0.0);
    let music = frames(RATE, &music).last().unwrap().brightness;
    assert!((0.03..0.5).contains(&music), "{music}");
    let dark = frames(RATE, &sine(RATE, 2.0, 440.0, 0.3)).last().unwrap().brightness;
    let bright = frames(RATE, &noise(RATE, 2.0, 0.3)).last().unwrap().brightness;
    assert!((0.03..0.06).contains(&dark) && (0.5..0.9).contains(&bright), "{dark} {bright}");
}

/// D35 and D36: noise at -96 dBFS read as full scale, and every frame of it was a beat.
#[test]
fn d36_noise_at_minus_96_dbfs_is_silence() {
    for frame in frames(RATE, &noise(RATE, 20.0, 1.585e-5)) {
        assert_eq!((frame.levels, frame.rms), ([0.0; 7], 0.0));
        assert!(
            !frame.beat && frame.tempo_bpm == 0.0 && frame.onset_strength == 0.0 && frame.onsets.is_empty()
        );
        assert_eq!((frame.pitch_hz, frame.brightness), (0.0, 0.0));
        assert_eq!(frame.spectrum, Some([0.0; 32]));
    }
}

#[test]
fn noise_just_above_the_gate_reads_as_small() {
    // -56 dBFS RMS: uniform noise has an RMS of its amplitude over the square root of three.
    let last = *frames(RATE, &noise(RATE, 2.0, 0.002_75)).last().unwrap();
    assert!(last.rms > 0.0 && last.rms < 0.25, "{}", last.rms);
}

#[test]
fn a_quieter_track_fills_the_range_again_within_half_a_minute() {
    let (loud, _) = house(RATE, 10.0, 124.0, 0.0);
    let (quiet, _) = house(RATE, 30.0, 124.0, 0.0);
    let samples: Vec<f32> = loud.into_iter().chain(quiet.into_iter().map(|x| 0.1 * x)).collect();
    let frames = frames(RATE, &samples);
    let peak = |from: usize, to: usize| {
        frames[from * 60..to * 60].iter().fold(0.0f32, |peak, frame| peak.max(frame.rms))
    };
    assert!(peak(5, 10) > 0.95);
    assert!(peak(11, 13) < 0.3, "{}", peak(11, 13));
    assert!(peak(35, 40) > 0.9, "{}", peak(35, 40));
}

#[test]
fn a_signal_in_one_channel_only_gives_the_same_picture() {
    let (music, _) = house(RATE, 6.0, 124.0, 0.0);
    let one_sided: Vec<f32> = music.iter().flat_map(|x| [*x, 0.0]).collect();
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    let one_sided: Vec<_> = analyzer.push(AudioBlock::interleaved(&one_sided, 2)).collect();
    let mono = frames(RATE, &music);
    for (stereo, mono) in one_sided.iter().zip(&mono).skip(60) {
        assert!((stereo.rms - mono.rms).abs() < 0.05 && (stereo.levels[1] - mono.levels[1]).abs() < 0.05);
    }
    let beats = |frames: &[FeatureFrame]| -> Vec<f64> {
        frames.iter().filter_map(|frame| Some(frame.beat_event?.time)).collect()
    };
    let (stereo, mono) = (beats(&one_sided), beats(&mono));
    assert_eq!(stereo.len(), mono.len());
    assert!(stereo.iter().zip(&mono).all(|(a, b)| (a - b).abs() < 0.01), "{stereo:?} {mono:?}");
}

#[test]
fn the_spectrum_rises_where_the_sound_is() {
    let mut hats = silence(RATE, 1.0);
    for hit in 0..10 {
        add_hat(&mut hats, RATE, 0.1 * f64::from(hit), 0.5);
    }
    let spectrum = frames(RATE, &hats)[30].spectrum.unwrap();
    assert!(spectrum[28] > 0.5 && spectrum[28] > spectrum[4] + 0.3, "{spectrum:?}");
}

#[test]
fn levels_rise_and_fall_as_fast_as_they_are_told_to() {
    let mut samples = silence(RATE, 1.0);
    samples.extend(sine(RATE, 2.0, 1_000.0, 0.3));
    samples.extend(silence(RATE, 1.0));
    let run = |attack_ms: u16, release_ms: u16| {
        let config = AnalyzerConfig { attack_ms, release_ms, ..AnalyzerConfig::default() };
        let mut analyzer = Analyzer::new(RATE, config).unwrap();
        analyzer.push(AudioBlock::mono(&samples)).map(|frame| frame.rms).collect::<Vec<f32>>()
    };
    let (quick, slow) = (run(0, 50), run(300, 500));
    // A time constant after the beginning (72: 200 ms) and after the end (192).
    assert!(quick[72] > 0.95 && slow[72] < 0.6, "{} {}", quick[72], slow[72]);
    assert!(quick[192] < 0.1 && slow[192] > 0.5, "{} {}", quick[192], slow[192]);
}

/// What rises slowly is small at first, and must not be taken for nothing each time.
#[test]
fn a_quiet_tone_is_shown_also_where_levels_rise_slowly() {
    let mut samples = sine(RATE, 3.0, 1_000.0, 0.5);
    samples.extend(sine(RATE, 8.0, 1_000.0, 0.004));
    let config = AnalyzerConfig { attack_ms: 1_000, release_ms: 10, ..AnalyzerConfig::default() };
    let mut analyzer = Analyzer::new(RATE, config).unwrap();
    let frames: Vec<_> = analyzer.push(AudioBlock::mono(&samples)).collect();
    let quick = level_at_once(&samples);
    let last = frames[frames.len() - 1].rms;
    assert!(quick > 0.0 && (last - quick).abs() < 0.3 * quick, "{last} where {quick} is shown at once");
}

/// What is shown at the end where levels rise at once.
fn level_at_once(samples: &[f32]) -> f32 {
    let mut analyzer = Analyzer::new(RATE, AnalyzerConfig::default()).unwrap();
    analyzer.push(AudioBlock::mono(samples)).last().map_or(0.0, |frame| frame.rms)
}

/// Beats and onsets that are told of `samples`.
fn told(samples: &[f32]) -> (usize, usize) {
    let frames = frames(RATE, samples);
    let beats = frames.iter().filter(|frame| frame.beat_event.is_some()).count();
    (beats, frames.iter().map(|frame| frame.onsets.iter().count()).sum())
}

/// A microphone that was turned down too far: the levels stay at the bottom, but the beat is heard.
#[test]
fn music_60_db_down_has_its_beats_and_onsets_still() {
    let (music, _) = house(RATE, 20.0, 124.0, 0.0);
    let quiet: Vec<f32> = music.iter().map(|x| 1e-3 * x).collect();
    let ((beats, onsets), (quiet_beats, quiet_onsets)) = (told(&music), told(&quiet));
    assert!(beats > 30 && onsets > 60, "{beats} beats, {onsets} onsets");
    // It takes a few seconds until what is quiet counts as loud.
    assert!(quiet_beats.abs_diff(beats) <= 6, "{quiet_beats} of {beats} beats");
    // The kicks; the hats are below everything now.
    assert!(quiet_onsets >= quiet_beats && quiet_onsets <= onsets, "{quiet_onsets} of {onsets} onsets");
    assert!(frames(RATE, &quiet).iter().all(|frame| frame.rms < 0.1));
}

#[test]
fn hiss_and_hum_below_the_gate_have_neither() {
    let hiss = noise(RATE, 40.0, 4e-4);
    let hum: Vec<f32> =
        sine(RATE, 40.0, 50.0, 4e-4).iter().zip(&hiss).map(|(hum, hiss)| hum + hiss / 4.0).collect();
    for (name, sound) in [("hiss", hiss), ("hum", hum)] {
        // What sets in after silence moves, until it has gone on for a while; and then a beat goes on for eight seconds.
        let late = frames(RATE, &sound).split_off(25 * 60);
        let beats = late.iter().filter(|frame| frame.beat_event.is_some()).count();
        let onsets: usize = late.iter().map(|frame| frame.onsets.iter().count()).sum();
        assert_eq!((beats, onsets), (0, 0), "{name}");
    }
}
