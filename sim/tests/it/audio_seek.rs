//! Jumps within a file: heard at once, kept over a crash, refused where there is nothing to jump in.

use serde_json::json;
use vj_core::ProcessName::AudioAnalyzer;

use crate::support::{Library, Sound, audio, play};

#[test]
fn whoever_jumps_hears_that_place_at_once_and_so_does_a_restarted_worker() {
    let library = Library::with("a", Sound::of(120.0));
    let stage = audio(&library, json!({"source": "file:a"}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(5.0).await;
        show.done(AudioAnalyzer, "seek", json!({"position_sec": 90})).await;
        let jumped = show.now();
        show.pause(2.0).await;
        let position = show.state(AudioAnalyzer).await["position_sec"].as_f64().unwrap();
        assert!((position - 92.0).abs() < 1.1, "{position}");
        // Sixty ticks a second as ever, and none that was left out is made up for.
        let ticks = show.osc_of("/audio/levels", jumped, jumped + 2.0).len();
        assert!((118..=121).contains(&ticks), "{ticks}");
        // Further into the sound than the machine is old.
        show.kill(AudioAnalyzer).await;
        show.served_within(AudioAnalyzer, 3.0).await;
        show.pause(1.5).await;
        let needle = library.needles().last().unwrap().1 as f64 / 8_000.0;
        let into = 90.0 + show.now() - jumped;
        assert!((0.0..4.5).contains(&(into - needle)), "at {needle} s, {into} s into the show");
        // Back to the beginning, also after the end.
        show.until(jumped + 40.0).await;
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], true);
        show.done(AudioAnalyzer, "seek", json!({"position_sec": 0.5})).await;
        let again = show.now();
        show.pause(1.0).await;
        assert!(show.osc_of("/audio/levels", again, again + 1.0).len() >= 59);
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], false);
    });
}

#[test]
fn what_cannot_be_jumped_to_is_refused_with_a_word() {
    let stage = audio(&Library::with("a", Sound::of(10.0)), json!({"source": "file:a"}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(2.0).await;
        for (args, why) in [
            (json!({}), "'position_sec' is missing"),
            (json!({"position_sec": -1}), "'position_sec' cannot be -1 (allowed: a number of seconds from 0"),
            (json!({"position_sec": "soon"}), "'position_sec' cannot be \"soon\""),
        ] {
            let said = show.refused(AudioAnalyzer, "seek", args).await;
            assert!(said.starts_with(why), "{said}");
        }
        show.done(AudioAnalyzer, "set_config", json!({"source": "file:nothing"})).await;
        show.pause(1.0).await;
        let said = show.refused(AudioAnalyzer, "seek", json!({"position_sec": 1})).await;
        assert_eq!(said, "no file is played, and nothing else can be jumped in");
    });
}
