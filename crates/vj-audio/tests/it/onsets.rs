//! Onsets: one per hit, soon after it.

use crate::signal::{RATE, add_kick, add_snare, silence, sine, transcript};

#[test]
fn each_hit_is_one_onset_told_within_forty_milliseconds() {
    let mut samples = silence(RATE, 6.0);
    let hits: Vec<f64> = (0..20).map(|hit| 0.5 + 0.25 * f64::from(hit)).collect();
    for (i, hit) in hits.iter().enumerate() {
        if i % 2 == 0 {
            add_kick(&mut samples, RATE, *hit, 0.6);
        } else {
            add_snare(&mut samples, RATE, *hit, 0.4);
        }
    }
    let onsets = transcript(RATE, &samples).onsets;
    assert_eq!(onsets.len(), hits.len(), "{onsets:?}");
    for (onset, hit) in onsets.iter().zip(hits) {
        assert!((onset.time - hit).abs() < 0.02, "hit at {hit}: {onset:?}");
        assert!(
            onset.announced_at >= onset.time && onset.announced_at - hit < 0.04,
            "hit at {hit}: {onset:?}"
        );
        assert!(onset.strength > 0.1 && onset.strength <= 1.0);
    }
}

#[test]
fn a_steady_tone_has_one_onset() {
    assert_eq!(transcript(RATE, &sine(RATE, 5.0, 220.0, 0.4)).onsets.len(), 1);
}
