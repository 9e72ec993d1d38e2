//! Nothing is known before it is heard, and what was said stays said.

use crate::signal::{RATE, frames, house};

#[test]
fn a_file_cut_off_gives_exactly_what_the_whole_file_said_until_then() {
    let (music, _) = house(RATE, 12.0, 126.0, 0.2);
    let whole = frames(RATE, &music);
    for cut in [1.0, 4.321, 7.77, 11.99] {
        let samples = (cut * f64::from(RATE)) as usize;
        let part = frames(RATE, &music[..samples]);
        assert_eq!(part.len(), (samples as u64 * 60 / u64::from(RATE)) as usize);
        assert_eq!(part[..], whole[..part.len()]);
    }
}

#[test]
fn a_beat_is_announced_ahead_on_the_last_tick_before_it() {
    let (music, beats) = house(RATE, 20.0, 124.0, 0.0);
    let announced: Vec<_> = frames(RATE, &music)
        .iter()
        .filter_map(|frame| frame.beat_event)
        .filter(|beat| beat.time > 5.0)
        .collect();
    assert!(announced.len() > 28);
    for beat in announced {
        let ahead = beat.time - beat.announced_at;
        assert!((0.0..1.0 / 60.0 + 1e-3).contains(&ahead), "beat at {} told {ahead} s ahead", beat.time);
        let nearest = beats.iter().map(|truth| (truth - beat.time).abs()).fold(f64::MAX, f64::min);
        assert!(nearest < 0.035, "beat at {} is off by {nearest} s", beat.time);
    }
}

#[test]
fn the_beat_flag_the_event_and_the_phase_agree() {
    let (music, _) = house(RATE, 15.0, 128.0, 0.0);
    for frame in frames(RATE, &music) {
        assert_eq!(frame.beat, frame.beat_event.is_some());
        if let Some(beat) = frame.beat_event.filter(|beat| beat.time > 5.0) {
            assert_eq!(frame.time_sec, beat.announced_at);
            assert!(frame.beat_phase > 0.9 || frame.beat_phase < 0.1, "phase {} at a beat", frame.beat_phase);
            assert_eq!(frame.beat_in_bar, beat.beat_in_bar);
        }
    }
}
