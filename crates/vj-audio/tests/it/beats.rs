//! Beats and tempo on drum patterns.

use crate::signal::{RATE, f_measure, frames, house, noise, silence, transcript};

#[test]
fn tempo_within_one_per_cent_and_beats_in_place() {
    for bpm in [90.0, 124.0, 140.0, 174.0] {
        let (music, beats) = house(RATE, 25.0, bpm, 0.3);
        let transcript = transcript(RATE, &music);
        let off = f64::from(transcript.tempo_bpm) / bpm - 1.0;
        assert!(off.abs() < 0.01, "{bpm} BPM came out as {}", transcript.tempo_bpm);
        let told: Vec<f64> = transcript.beats.iter().map(|beat| beat.time).collect();
        let f = f_measure(&beats, &told, 5.0);
        assert!(f > 0.9, "{bpm} BPM: F {f}");
    }
}

/// D35: beats came at frame rate.
#[test]
fn d35_beats_come_at_beat_rate() {
    let (music, beats) = house(RATE, 20.0, 128.0, 0.0);
    let told = frames(RATE, &music).iter().filter(|frame| frame.beat).count();
    assert!(told <= beats.len() + 1 && told + 8 >= beats.len(), "{told} of {}", beats.len());
}

/// D35: hats on the "and" must not move the beat.
#[test]
fn off_beat_hats_do_not_take_the_beat() {
    let (mut music, beats) = house(RATE, 20.0, 126.0, 0.0);
    let period = 60.0 / 126.0;
    for beat in &beats {
        crate::signal::add_hat(&mut music, RATE, beat + period / 2.0, 0.5);
    }
    let told: Vec<f64> = transcript(RATE, &music).beats.iter().map(|beat| beat.time).collect();
    assert!(f_measure(&beats, &told, 5.0) > 0.9);
}

#[test]
fn the_beat_goes_on_through_a_pause_and_stops_in_silence() {
    let (mut music, _) = house(RATE, 12.0, 120.0, 0.0);
    music.extend(silence(RATE, 15.0));
    let frames = frames(RATE, &music);
    let beats_in =
        |from: usize, to: usize| frames[from * 60..to * 60].iter().filter(|frame| frame.beat).count();
    assert!((7..=9).contains(&beats_in(13, 17)), "{}", beats_in(13, 17));
    assert_eq!(beats_in(22, 27), 0);
    assert_eq!(frames.last().unwrap().tempo_bpm, 0.0);
}

#[test]
fn bars_count_to_four() {
    let (music, _) = house(RATE, 30.0, 128.0, 0.0);
    let told: Vec<u8> = frames(RATE, &music)
        .iter()
        .filter_map(|frame| frame.beat_event)
        .map(|beat| beat.beat_in_bar)
        .collect();
    let settled = &told[told.len() / 2..];
    assert!(settled.windows(2).all(|pair| pair[1] == pair[0] % 4 + 1), "{settled:?}");
}

#[test]
fn a_jump_in_tempo_is_followed_and_due_at_once() {
    let (mut music, _) = house(RATE, 15.0, 120.0, 0.0);
    music.extend(house(RATE, 20.0, 140.0, 0.0).0);
    let frames = frames(RATE, &music);
    let last = frames.last().unwrap();
    assert!((last.tempo_bpm - 140.0).abs() < 1.4, "{}", last.tempo_bpm);
    let at_once = frames.iter().filter(|frame| frame.tempo_due && !frame.tick.is_multiple_of(60)).count();
    assert!(at_once >= 1);
}

#[test]
fn loud_noise_is_taken_without_confidence() {
    let last = *frames(RATE, &noise(RATE, 15.0, 0.3)).last().unwrap();
    assert!(last.tempo_confidence < 0.5, "{}", last.tempo_confidence);
}
