//! Sound that is missing or breaks: the worker says so once, lives on, and takes the sound up when it is there.

use serde_json::json;
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};
use vj_env::Level;

use crate::support::{Library, Show, Sound, audio, play, words};

async fn errors_and_status(show: &Show) -> (Vec<String>, String, String) {
    let state = show.state(AudioAnalyzer).await;
    let text = |field: &str| state[field].as_str().unwrap_or_default().to_owned();
    (show.said(AudioAnalyzer, Level::Warning), text("status"), text("last_error"))
}

/// D31: what was absent at the start was never tried again.
#[test]
fn d31_a_missing_file_is_said_once_and_played_when_it_appears() {
    let library = Library::with("other", Sound::of(1.0));
    let sounds = library.clone();
    play(audio(&library, json!({"source": "file:late"})), |show| async move {
        show.world.start(ProcessManager);
        show.health_within(AudioAnalyzer, "degraded", 1.0).await;
        show.until(31.0).await;
        let (said, status, last_error) = errors_and_status(&show).await;
        assert_eq!((said.len(), status.as_str()), (1, "degraded"), "{said:?}");
        assert!(words(&said[0], &["late"]) && words(&last_error, &["late"]), "{said:?}");
        sounds.put("late", Sound::of(60.0));
        show.health_within(AudioAnalyzer, "healthy", 2.1).await;
        let levels = show.osc_of("/audio/levels", 32.0, 40.0).len();
        show.until(50.0).await;
        assert!(show.osc_of("/audio/levels", 34.0, 44.0).len() >= 599, "{levels}");
        // It begins at its beginning, since that was its beginning.
        assert_eq!(sounds.needles(), [("late".to_owned(), 0)]);
        let shown = show.shown(AudioAnalyzer).await;
        assert_eq!((&shown["restart_count"], show.starts(AudioAnalyzer).len()), (&json!(0), 1));
    });
}

#[test]
fn a_file_that_breaks_in_the_middle_degrades_the_worker_and_kills_nobody() {
    let library = Library::with("a", Sound { breaks_at_sec: Some(10.0), ..Sound::of(60.0) });
    let sounds = library.clone();
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.world.start(ProcessManager);
        show.health_within(AudioAnalyzer, "healthy", 1.0).await;
        show.health_within(AudioAnalyzer, "degraded", 11.0).await;
        // At once, not with the next heartbeat.
        assert!((10.0..10.2).contains(&show.now()), "{}", show.now());
        show.until(90.0).await;
        let (said, status, last_error) = errors_and_status(&show).await;
        assert_eq!((said, status.as_str()), (vec!["a is broken at 10.0 s".to_owned()], "degraded"));
        assert_eq!(last_error, "a is broken at 10.0 s");
        assert_eq!(show.starts(AudioAnalyzer).len(), 1);
        assert_eq!(sounds.needles().len(), 1, "what is broken is not tried again");
        let last = show.osc_of("/audio/levels", 0.0, 90.0).pop().unwrap();
        assert!(last.t < 10.2 && last.args.iter().all(|level| *level == 0.0), "{last:?}");
        // Another sound mends it.
        sounds.put("b", Sound::of(60.0));
        show.done(AudioAnalyzer, "set_config", json!({"source": "file:b"})).await;
        show.health_within(AudioAnalyzer, "healthy", 0.1).await;
    });
}

#[test]
fn the_last_error_is_about_the_sound_that_was_asked_for_last() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(5.0).await;
        for name in ["first", "second"] {
            show.done(AudioAnalyzer, "set_config", json!({"source": format!("file:{name}")})).await;
            show.pause(5.0).await;
            let (_, status, last_error) = errors_and_status(&show).await;
            assert_eq!((status.as_str(), last_error), ("degraded", format!("there is no {name}")));
            let state = show.state(AudioAnalyzer).await;
            // Nothing of the sound of before.
            for field in ["duration_sec", "position_sec", "sample_rate_hz"] {
                assert!(state[field].is_null(), "{field} is {}", state[field]);
            }
        }
        assert_eq!(show.said(AudioAnalyzer, Level::Warning).len(), 2);
        show.done(AudioAnalyzer, "set_config", json!({"source": "device"})).await;
        show.pause(0.1).await;
        let (_, status, last_error) = errors_and_status(&show).await;
        assert!(status == "degraded" && words(&last_error, &["file:PATH"]), "{last_error}");
    });
}

#[test]
fn a_degraded_worker_answers_and_is_not_restarted_however_long_it_lasts() {
    let library = Library::with("a", Sound::of(60.0));
    play(audio(&library, json!({"source": "file:none"})), |show| async move {
        show.world.start(ProcessManager);
        show.until(600.0).await;
        assert_eq!(show.starts(AudioAnalyzer).len(), 1);
        let shown = show.shown(AudioAnalyzer).await;
        assert_eq!((&shown["health"], &shown["running"]), (&json!("degraded"), &json!(true)));
        assert_eq!(show.said(AudioAnalyzer, Level::Warning).len(), 1);
    });
}
