//! A sound file keeps its place: whatever happens to the worker, it goes on where the show is.

use std::rc::Rc;

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};

use crate::support::{Library, Show, Sound, audio, play};

const RATE: f64 = 8_000.0;

fn position(state: &Value) -> f64 {
    state["position_sec"].as_f64().unwrap()
}

/// The first frame was due when the worker first put the needle down: soon after it served.
async fn epoch(show: &Show, library: &Library) -> f64 {
    show.served_within(AudioAnalyzer, 1.0).await;
    show.wait_until(1.0, "nothing plays", || !library.needles().is_empty()).await;
    show.now()
}

/// Where the needle was put down last, in seconds of the sound.
fn needle(library: &Library) -> f64 {
    library.needles().last().unwrap().1 as f64 / RATE
}

#[test]
fn a_killed_worker_goes_on_where_the_show_is_and_the_end_comes_when_it_would_have_come() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.world.start(ProcessManager);
        let epoch = epoch(&show, &library).await;
        for (kills, at) in [(1, 20.3), (2, 41.7)] {
            show.until(at).await;
            show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
            show.wait_until(3.0, "it is not back", || library.needles().len() > kills).await;
            assert!(
                (needle(&library) - (show.now() - epoch)).abs() < 0.02,
                "{} at {}",
                needle(&library),
                show.now()
            );
            show.pause(3.0).await;
            let state = show.state(AudioAnalyzer).await;
            // Shown once a second.
            let behind = show.now() - epoch - position(&state);
            assert!((-0.02..1.05).contains(&behind), "{behind}");
            assert_eq!((&state["source_ended"], &state["duration_sec"]), (&json!(false), &json!(60.0)));
        }
        show.until(epoch + 59.9).await;
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], false);
        show.until(epoch + 60.1).await;
        let state = show.state(AudioAnalyzer).await;
        assert_eq!((&state["source_ended"], &state["status"]), (&json!(true), &json!("running")));
        assert_eq!(position(&state), 60.0);
        assert!(show.osc_of("/audio/levels", epoch + 60.1, f64::MAX).is_empty());
        // Also one that is killed after the end does not begin again.
        show.kill(AudioAnalyzer).await;
        show.health_within(AudioAnalyzer, "healthy", 5.0).await;
        show.pause(1.0).await;
        let state = show.state(AudioAnalyzer).await;
        assert_eq!((&state["source_ended"], &state["status"]), (&json!(true), &json!("running")));
        assert!(show.osc_of("/audio/levels", epoch + 60.5, f64::MAX).len() <= 2);
    });
}

#[test]
fn a_loop_comes_round_and_a_killed_worker_comes_back_into_the_same_round() {
    let library = Library::with("a", Sound::of(10.0));
    play(audio(&library, json!({"source": "file:a", "loop": true})), |show| async move {
        show.world.start(ProcessManager);
        let epoch = epoch(&show, &library).await;
        show.until(epoch + 24.5).await;
        assert_eq!(library.needles(), vec![("a".to_owned(), 0); 3], "the start, and two rounds");
        show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
        show.wait_until(2.0, "it is not back", || library.needles().len() > 3).await;
        assert!((needle(&library) - (show.now() - epoch - 20.0)).abs() < 0.02, "{}", needle(&library));
        show.until(epoch + 30.2).await;
        assert_eq!(library.needles().len(), 5);
        assert_eq!(needle(&library), 0.0);
        show.until(epoch + 36.0).await;
        let state = show.state(AudioAnalyzer).await;
        assert!((4.9..=6.1).contains(&position(&state)), "{}", position(&state));
        assert_eq!(state["source_ended"], false);
        let levels = show.osc_of("/audio/levels", epoch + 26.0, epoch + 36.0).len();
        assert!((599..=601).contains(&levels), "{levels}: coming round leaves nothing out");
    });
}

#[test]
fn a_restart_in_place_keeps_the_process_the_connection_and_the_place() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        let pid = show.start(AudioAnalyzer).await;
        let epoch = epoch(&show, &library).await;
        show.until(15.25).await;
        let mut client = show.client(AudioAnalyzer).await;
        client.call("restart", Value::Null).await.ok().unwrap();
        show.pause(0.1).await;
        assert!((needle(&library) - (15.25 - epoch)).abs() < 0.01, "{}", needle(&library));
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!((&state["pid"], &state["status"]), (&json!(pid), &json!("running")));
    });
}

#[test]
fn the_wall_clock_does_not_move_the_show() {
    for by_ms in [-3_600_000, 3_600_000] {
        let library = Library::with("a", Sound::of(60.0));
        play(audio(&library, json!({"source": "file:a"})), |show| async move {
            show.world.start(ProcessManager);
            let epoch = epoch(&show, &library).await;
            show.until(10.0).await;
            show.world.step_wall_clock(by_ms);
            show.until(20.0).await;
            show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
            show.wait_until(2.0, "it is not back", || library.needles().len() > 1).await;
            assert!((needle(&library) - (show.now() - epoch)).abs() < 0.02, "{}", needle(&library));
            let levels = show.osc_of("/audio/levels", 5.0, 15.0).len();
            assert!((599..=601).contains(&levels), "{levels}");
        });
    }
}

#[test]
fn another_sound_begins_at_its_beginning() {
    let library = Library::with("a", Sound::of(60.0));
    library.put("b", Sound::of(30.0));
    let sounds: Rc<Library> = library.clone();
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        let pid = show.start(AudioAnalyzer).await;
        let mut client = show.client(AudioAnalyzer).await;
        show.until(20.0).await;
        client.call("set_config", json!({"source": "file:b"})).await.ok().unwrap();
        show.until(32.0).await;
        assert_eq!(sounds.needles()[1], ("b".to_owned(), 0));
        // On the connection of before, from the process of before.
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!((&state["pid"], &state["duration_sec"]), (&json!(pid), &json!(30.0)));
        assert_eq!(
            (&state["config"]["source"], &state["config_source"]["source"]),
            (&json!("file:b"), &json!("override"))
        );
        assert!((10.9..=12.0).contains(&position(&state)), "{}", position(&state));
        let levels = show.osc_of("/audio/levels", 15.0, 25.0).len();
        assert!((599..=601).contains(&levels), "{levels}: not a tick is lost");
    });
}
