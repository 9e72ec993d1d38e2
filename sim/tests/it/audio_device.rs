//! A live audio input that is missing, goes, stalls, falls silent and comes back: the worker says so, waits, and never
//! listens to another one.

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};
use vj_env::Level;
use vj_sim::sound_cards::{Gives, SoundCards};
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::support::{Show, play, words};

const MONITOR: &str = "Monitor of Speakers";
const MIC: &str = "Microphone";

/// The audio worker alone, beside a monitor and a microphone.
fn live(table: Value) -> (Stage, SoundCards) {
    let stage = Stage::new(1, Tapes::new()).with(AudioAnalyzer, table);
    let cards = stage.cards.clone();
    cards.add(MIC, 44_100, 1, false);
    cards.add(MONITOR, 48_000, 2, true);
    (stage, cards)
}

async fn device(show: &Show) -> Value {
    show.state(AudioAnalyzer).await["device"].clone()
}

fn listened_to(show: &Show) -> Vec<String> {
    let said = show.said(AudioAnalyzer, Level::Info);
    said.into_iter().filter(|message| message.starts_with("listening to")).collect()
}

fn loud(show: &Show, from: f64, to: f64) -> usize {
    show.osc_of("/audio/levels", from, to).iter().filter(|line| line.args[7].as_f64() > Some(0.0)).count()
}

#[test]
fn a_monitor_is_heard_in_its_own_format_and_its_tempo_is_found() {
    let (stage, _cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(30.0).await;
        let state = show.state(AudioAnalyzer).await;
        let shown = ["device", "sample_rate_hz", "channels", "signal"].map(|field| state[field].clone());
        assert_eq!(shown, [json!(MONITOR), json!(48_000), json!(2), json!("ok")]);
        let bpm = state["stats"]["bpm"].as_f64().unwrap();
        assert!((bpm - 124.0).abs() < 1.0, "{bpm}");
        assert_eq!(state["stats"]["overruns"], 0);
        let ticks = show.osc_of("/audio/levels", 5.0, 25.0).len();
        assert!((1_199..=1_201).contains(&ticks), "{ticks} ticks in 20 s");
        assert!(show.said(AudioAnalyzer, Level::Warning).is_empty());
    });
}

/// D31: what was absent was never looked for again.
#[test]
fn d31_a_device_that_is_gone_is_said_once_and_heard_when_it_is_back_in_another_format() {
    let (stage, cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        cards.unplug(&show.world, MONITOR);
        show.health_within(AudioAnalyzer, "degraded", 0.1).await;
        show.until(30.0).await;
        let state = show.state(AudioAnalyzer).await;
        assert!(words(state["last_error"].as_str().unwrap(), &[MONITOR]), "{state}");
        for field in ["device", "signal", "sample_rate_hz", "channels"] {
            assert!(state[field].is_null(), "{field} is {}", state[field]);
        }
        assert_eq!(loud(&show, 10.1, 30.0), 0);
        // That it is gone, and that it is not there: not each of the twenty attempts.
        let said = show.said(AudioAnalyzer, Level::Warning);
        assert!(said.len() <= 2, "{said:?}");
        cards.plug(&show.world, MONITOR, 22_050, 6);
        show.health_within(AudioAnalyzer, "healthy", 2.0).await;
        show.until(60.0).await;
        let state = show.state(AudioAnalyzer).await;
        assert_eq!((&state["sample_rate_hz"], &state["channels"]), (&json!(22_050), &json!(6)));
        let bpm = state["stats"]["bpm"].as_f64().unwrap();
        assert!((bpm - 124.0).abs() < 1.0, "{bpm}");
        let ticks = show.osc_of("/audio/levels", 35.0, 55.0).len();
        assert!((1_199..=1_201).contains(&ticks), "{ticks} ticks in 20 s");
        assert_eq!(show.starts(AudioAnalyzer).len(), 1);
    });
}

#[test]
fn the_choice_outlives_the_worker_so_a_crash_never_means_the_microphone() {
    let (stage, cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        assert_eq!(show.world.file("device.json").unwrap(), json!({"name": MONITOR}).to_string().as_bytes());
        cards.unplug(&show.world, MONITOR);
        show.pause(1.0).await;
        show.kill(AudioAnalyzer).await;
        show.until(20.0).await;
        show.health_within(AudioAnalyzer, "degraded", 5.0).await;
        assert_eq!(device(&show).await, Value::Null);
        cards.plug(&show.world, MONITOR, 48_000, 2);
        show.health_within(AudioAnalyzer, "healthy", 2.0).await;
        assert_eq!(device(&show).await, json!(MONITOR));
        let heard = listened_to(&show);
        assert!(heard.len() == 2 && heard.iter().all(|said| words(said, &[MONITOR])), "{heard:?}");
    });
}

#[test]
fn a_named_device_is_the_only_one_and_its_name_can_change_in_full_run() {
    let (stage, cards) = live(json!({"device": "Line In"}));
    play(stage, |show| async move {
        show.world.start(ProcessManager);
        show.health_within(AudioAnalyzer, "degraded", 2.0).await;
        show.until(20.0).await;
        assert!(
            listened_to(&show).is_empty(),
            "the monitor and the microphone are there, and were not asked for"
        );
        cards.add("Line In", 96_000, 2, false);
        show.health_within(AudioAnalyzer, "healthy", 2.0).await;
        assert_eq!(show.world.file("device.json"), None, "the user's choice is in the settings");
        show.done(AudioAnalyzer, "set_config", json!({"device": MIC})).await;
        show.wait_until(2.0, "the microphone is heard", || listened_to(&show).len() == 2).await;
        assert_eq!(device(&show).await, json!(MIC));
        // What does not concern the device leaves it alone.
        let changes = json!({"latency_ms": 50, "enable_pitch": false, "loop": true});
        show.done(AudioAnalyzer, "set_config", changes).await;
        show.pause(5.0).await;
        assert_eq!(listened_to(&show).len(), 2);
        assert_eq!(show.last_health(AudioAnalyzer).unwrap(), "healthy");
    });
}

#[test]
fn a_device_that_delivers_nothing_is_noticed_and_opened_anew() {
    let (stage, cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        cards.let_give(&show.world, MONITOR, Gives::Nothing);
        show.health_within(AudioAnalyzer, "degraded", 2.2).await;
        assert!(show.now() > 11.9, "a short gap is no fault: {}", show.now());
        show.until(60.0).await;
        assert_eq!(
            show.last_health(AudioAnalyzer).unwrap(),
            "degraded",
            "an opening without sound is no return"
        );
        let said = show.said(AudioAnalyzer, Level::Warning);
        assert!(said.len() == 1 && words(&said[0], &[MONITOR, "delivers nothing"]), "{said:?}");
        cards.let_give(&show.world, MONITOR, Gives::Sound);
        show.health_within(AudioAnalyzer, "healthy", 2.0).await;
        assert_eq!(show.starts(AudioAnalyzer).len(), 1);
    });
}

#[test]
fn a_sound_system_that_does_not_answer_hangs_nobody() {
    let (stage, cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        cards.let_give(&show.world, MONITOR, Gives::NoAnswer);
        show.health_within(AudioAnalyzer, "degraded", 2.2).await;
        // Longer than a worker may be silent.
        show.until(100.0).await;
        assert_eq!(show.starts(AudioAnalyzer).len(), 1);
        let state = show.state(AudioAnalyzer).await;
        assert!(words(state["last_error"].as_str().unwrap(), &[MONITOR, "too long"]), "{state}");
        cards.let_give(&show.world, MONITOR, Gives::Sound);
        // One attempt hangs for up to 10 s, the next is due a second later.
        show.health_within(AudioAnalyzer, "healthy", 11.5).await;
    });
}

#[test]
fn exact_zeros_are_worth_a_word_and_no_fault() {
    let (stage, cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        for round in 1..=2 {
            show.pause(10.0).await;
            cards.let_give(&show.world, MONITOR, Gives::Zeros);
            show.pause(9.0).await;
            assert_eq!(show.said(AudioAnalyzer, Level::Warning).len(), round - 1);
            show.pause(20.0).await;
            let said = show.said(AudioAnalyzer, Level::Warning);
            assert!(said.len() == round && words(&said[0], &["silence", "vj devices"]), "{said:?}");
            let state = show.state(AudioAnalyzer).await;
            assert_eq!((&state["signal"], &state["status"]), (&json!("silence"), &json!("running")));
            cards.let_give(&show.world, MONITOR, Gives::Sound);
            show.pause(1.0).await;
            assert_eq!(show.state(AudioAnalyzer).await["signal"], "ok");
        }
        assert_eq!(show.healths(AudioAnalyzer).pop().unwrap().1, "healthy");
        assert_eq!(listened_to(&show).len(), 1);
    });
}

#[test]
fn a_worker_that_stood_still_counts_what_it_lost_and_goes_on_with_the_same_stream() {
    let (stage, _cards) = live(json!({}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        let pid = show.world.pid_of(AudioAnalyzer).unwrap();
        show.world.freeze(pid);
        show.until(16.0).await;
        show.world.thaw(pid);
        show.pause(3.0).await;
        let state = show.state(AudioAnalyzer).await;
        let lost = state["stats"]["overruns"].as_f64().unwrap() / 96_000.0;
        assert!((5.3..5.7).contains(&lost), "{lost} s were lost, half a second is kept");
        assert_eq!((listened_to(&show).len(), state["status"].as_str()), (1, Some("running")));
        assert!(
            show.osc_of("/audio/levels", 16.0, 16.1).len() < 60,
            "nobody needs the sound of five seconds ago"
        );
    });
}

#[test]
fn the_beats_of_live_sound_can_be_announced_earlier_and_later() {
    let beats = |latency_ms: f64| {
        let (stage, _cards) = live(json!({"latency_ms": latency_ms}));
        play(stage, |show| async move {
            show.begin(&[AudioAnalyzer]).await;
            show.until(60.0).await;
            let beats = show.osc_of("/audio/beat", 40.0, 59.0);
            beats.into_iter().filter(|line| line.args[0] == 1).map(|line| line.t).collect::<Vec<_>>()
        })
    };
    let heard = beats(0.0);
    assert!((38..=40).contains(&heard.len()), "{} beats in 19 s of 124 BPM", heard.len());
    for ms in [100.0, -100.0] {
        let moved = beats(ms);
        assert!((38..=40).contains(&moved.len()), "{ms} ms: {} beats", moved.len());
        // Of each beat the nearest to where it should be now.
        let mut off: Vec<f64> = heard[1..38]
            .iter()
            .map(|beat| moved.iter().map(|t| (t - (beat - ms / 1e3)).abs()).fold(f64::INFINITY, f64::min))
            .collect();
        off.sort_by(f64::total_cmp);
        // One tick more or less, as the log rounds to 10 ms.
        assert!(off[off.len() / 2] < 0.025, "{ms} ms: {off:?}");
    }
}

#[test]
fn a_damaged_choice_is_set_aside_with_a_word_and_another_is_made() {
    let (stage, _cards) = live(json!({}));
    play(stage, |show| async move {
        show.world.put_file("device.json", b"{\"name\": 7");
        show.begin(&[AudioAnalyzer]).await;
        let said = show.said(AudioAnalyzer, Level::Warning);
        assert!(said.len() == 1 && words(&said[0], &["device.json", "set aside"]), "{said:?}");
        show.pause(1.0).await;
        assert_eq!(show.world.file("device.json.damaged").as_deref(), Some(&b"{\"name\": 7"[..]));
        assert_eq!(device(&show).await, json!(MONITOR));
    });
}
