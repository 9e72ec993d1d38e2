//! What can be set while the sound plays: it takes effect at once, and neither socket nor process is lost by it.

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::support::{Library, Show, Sound, audio, play, words};

fn drums(more: Value) -> Stage {
    let mut table = json!({"source": "file:drums", "loop": true});
    table.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    Stage::new(1, Tapes::new()).with(AudioAnalyzer, table)
}

#[test]
fn a_switched_off_feature_is_gone_at_once_and_comes_back_over_the_same_connection() {
    play(drums(json!({})), |show| async move {
        let pid = show.start(AudioAnalyzer).await;
        let mut client = show.client(AudioAnalyzer).await;
        for (key, addr) in [("enable_pitch", "/audio/pitch"), ("enable_spectrum", "/audio/spectrum")] {
            for (on, expected) in [(false, 0..=0), (true, 119..=121)] {
                client.call("set_config", json!({key: on})).await.ok().unwrap();
                let set_at = show.now();
                show.pause(2.0).await;
                let count = show.osc_of(addr, set_at + 0.001, set_at + 2.0).len();
                assert!(expected.contains(&count), "{key} = {on}: {count}");
                let levels = show.osc_of("/audio/levels", set_at + 0.001, set_at + 2.0).len();
                assert!((119..=121).contains(&levels), "{key} = {on}: {levels} ticks");
            }
        }
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!((&state["pid"], show.starts(AudioAnalyzer).len()), (&json!(pid), 1));
    });
}

#[test]
fn without_tempo_there_is_no_beat_and_without_structure_no_drop() {
    play(drums(json!({})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(15.0).await;
        let beats = |from: f64| {
            show.osc_of("/audio/beat", from, f64::MAX).iter().filter(|line| line.args[0] == 1).count()
        };
        assert!(beats(5.0) > 15, "or the test would prove nothing");
        show.done(AudioAnalyzer, "set_config", json!({"enable_bpm": false, "enable_structure": false})).await;
        show.until(25.0).await;
        assert_eq!(beats(15.02), 0);
        let tempi = show.osc_of("/audio/bpm", 15.02, 25.0);
        assert!(tempi.len() >= 9 && tempi.iter().all(|line| line.args == [0.0, 0.0]), "{tempi:?}");
        let structure = show.osc_of("/audio/structure", 15.02, 25.0);
        assert!(structure.len() >= 99 && structure.iter().all(|line| line.args[..2] == [0, 0]));
        let onsets = show.osc_of("/audio/beat", 15.02, 25.0);
        assert!(onsets.iter().any(|line| line.args[1].as_f64() > Some(0.1)), "onsets go on without tempo");
        show.done(AudioAnalyzer, "set_config", json!({"enable_bpm": null})).await;
        show.until(45.0).await;
        assert!(beats(30.0) > 20, "they come back");
    });
}

/// When beats are told, in the second half of a minute of drums.
fn beats_with(latency_ms: i32) -> Vec<f64> {
    play(drums(json!({"latency_ms": latency_ms})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(28.0).await;
        let beats = show.osc_of("/audio/beat", 12.0, 28.0);
        beats.into_iter().filter(|line| line.args[0] == 1).map(|line| line.t).collect()
    })
}

#[test]
fn latency_ms_announces_everything_earlier_or_later() {
    let plain = beats_with(0);
    assert!(plain.len() > 25);
    for latency_ms in [100, -100, 200, -200] {
        let shifted = beats_with(latency_ms);
        let expected = f64::from(latency_ms) / -1e3;
        // A beat at 124 BPM is 484 ms long: the nearest beat of the other run is the same one.
        let mut offs: Vec<f64> = plain
            .iter()
            .filter_map(|beat| {
                let off = shifted.iter().map(|other| other - beat - expected);
                off.min_by(|a, b| a.abs().total_cmp(&b.abs()))
            })
            .collect();
        offs.sort_by(f64::total_cmp);
        let median = offs[offs.len() / 2];
        assert!(median.abs() < 0.025, "{latency_ms} ms: off by {median} s");
    }
}

#[test]
fn latency_ms_counts_while_the_sound_plays_and_is_no_jump_of_the_show() {
    let library = Library::with("a", Sound::of(60.0));
    let sounds = library.clone();
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(10.0).await;
        let begins = show.osc()[0].t - 1.0 / 60.0;
        for latency_ms in [500, -500, 0] {
            let into_sec = show.now() - begins + f64::from(latency_ms) / 1e3;
            show.done(AudioAnalyzer, "set_config", json!({"latency_ms": latency_ms})).await;
            show.pause(2.0).await;
            let needle = sounds.needles().last().unwrap().1 as f64 / 8_000.0;
            assert!((needle - into_sec).abs() < 0.01, "{latency_ms} ms: {needle} s, not {into_sec} s");
        }
        let levels = show.osc_of("/audio/levels", 8.0, 16.0).len();
        assert!((479..=481).contains(&levels), "{levels}: it goes on as before");
    });
}

#[test]
fn a_sound_that_is_held_back_begins_later() {
    let library = Library::with("a", Sound::of(5.0));
    play(audio(&library, json!({"source": "file:a", "latency_ms": -1500})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(10.0).await;
        let levels = show.osc_of("/audio/levels", 0.0, 10.0);
        let (first, last) = (levels[0].t, levels[levels.len() - 1].t);
        assert!((1.5..1.6).contains(&first), "{first}");
        assert!((6.5..6.6).contains(&last), "{last}");
        assert!((300..=302).contains(&levels.len()), "{}", levels.len());
    });
}

#[test]
fn a_bad_value_is_refused_by_name_and_changes_nothing() {
    let library = Library::with("a", Sound::of(60.0));
    let sounds = library.clone();
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(5.0).await;
        let before = show.state(AudioAnalyzer).await;
        for (values, says) in [
            (json!({"source": "mp3", "loop": true}), &["'source'", "\"device\" or \"file:PATH\""][..]),
            (json!({"loop": true, "source": "file:"}), &["'source'", "file:PATH"]),
            (json!({"latency_ms": 2001}), &["'latency_ms'", "2001", "from -2000 to 2000"]),
            (json!({"enable_bpm": "yes"}), &["'enable_bpm'", "\"yes\"", "true or false"]),
            (json!({"loop": true, "lop": true}), &["'lop'", "loop", "enable_spectrum"]),
            (json!({"enabled": false}), &["'enabled'"]),
        ] {
            let why = show.refused(AudioAnalyzer, "set_config", values.clone()).await;
            assert!(words(&why, says), "{values}: {why}");
        }
        show.pause(1.0).await;
        let after = show.state(AudioAnalyzer).await;
        assert_eq!(
            (&after["config"], &after["config_source"]),
            (&before["config"], &before["config_source"])
        );
        assert_eq!(sounds.needles().len(), 1, "it was not even opened again");
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill_the_moment_after() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.world.start(ProcessManager);
        show.served_within(AudioAnalyzer, 1.0).await;
        show.until(5.0).await;
        show.done(AudioAnalyzer, "set_config", json!({"enable_pitch": false, "latency_ms": 20})).await;
        show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
        show.pause(2.0).await;
        let state = show.state(AudioAnalyzer).await;
        assert_eq!(
            (&state["config"]["enable_pitch"], &state["config"]["latency_ms"]),
            (&json!(false), &json!(20))
        );
        assert_eq!(state["config_source"]["enable_pitch"], "override");
        assert!(show.osc_of("/audio/pitch", 5.02, f64::MAX).is_empty());
        still_plays(&show).await;
    });
}

#[test]
fn a_full_disk_is_told_of_and_the_setting_counts_all_the_same() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.world.start(ProcessManager);
        let pid = show.served_within(AudioAnalyzer, 1.0).await;
        show.until(5.0).await;
        show.world.set_disk_full(true);
        let said = show.done(AudioAnalyzer, "set_config", json!({"enable_pitch": false})).await;
        assert!(words(&said.unwrap(), &["in effect", "not survive a crash"]));
        show.pause(1.0).await;
        assert!(show.osc_of("/audio/pitch", 5.02, f64::MAX).is_empty());
        still_plays(&show).await;
        assert_eq!(show.world.pid_of(AudioAnalyzer), Some(pid));
        // With room again, the next one is kept.
        show.world.set_disk_full(false);
        assert_eq!(show.done(AudioAnalyzer, "set_config", json!({"loop": true})).await, None);
        let kept = show.world.file("overrides/audio_analyzer.json").unwrap();
        assert!(words(&String::from_utf8(kept).unwrap(), &["loop", "enable_pitch"]));
    });
}

async fn still_plays(show: &Show) {
    let from = show.now();
    show.pause(1.0).await;
    let levels = show.osc_of("/audio/levels", from, from + 1.0).len();
    assert!((59..=61).contains(&levels), "{levels}");
}

#[test]
fn a_latency_benchmark_is_accepted_and_shows_how_it_ended() {
    play(drums(json!({})), |show| async move {
        show.start(AudioAnalyzer).await;
        for bad in [json!({"seconds": 0}), json!({"seconds": 61}), json!({"seconds": "ten"})] {
            let why = show.refused(AudioAnalyzer, "benchmark", bad).await;
            assert!(words(&why, &["'seconds'", "1 to 60"]), "{why}");
        }
        show.done(AudioAnalyzer, "benchmark", json!({"seconds": 2})).await;
        let why = show.refused(AudioAnalyzer, "benchmark", json!({})).await;
        assert!(words(&why, &["runs already"]), "{why}");
        let state = || async { show.ask(AudioAnalyzer, "get_state", Value::Null).await.ok().unwrap().data };
        assert_eq!(state().await["benchmark"]["state"], "running");
        show.pause(2.1).await;
        let ended = state().await;
        let result = &ended["benchmark"];
        assert_eq!((&result["state"], result["seconds"].as_u64()), (&json!("done"), Some(2)));
        assert!((119..=121).contains(&result["blocks"].as_u64().unwrap()), "{result}");
        // In virtual time a block takes none but the millisecond that timers round up to.
        assert!(result["max_ms"].as_f64().unwrap() <= 1.0, "{result}");
        let command = &ended["last_commands"][result["msg_id"].as_str().unwrap()];
        assert_eq!((&command["cmd"], &command["state"]), (&json!("benchmark"), &json!("done")));
        show.done(AudioAnalyzer, "benchmark", json!({"seconds": 1})).await;
        show.done(AudioAnalyzer, "restart", json!({})).await;
        show.pause(0.5).await;
        let last = state().await["last_commands"].as_object().unwrap().values().next_back().cloned().unwrap();
        assert_eq!(
            (&last["state"], state().await["benchmark"].is_null()),
            (&json!("failed"), true),
            "{last}"
        );
    });
}
