//! Processes that stand still for a while and move again, and the fence around those that never will.

use serde_json::json;
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Level;

use crate::support::{Library, Sound, audio, play, two_workers, words};

#[test]
fn after_a_freeze_the_sound_goes_on_where_the_show_is_with_one_word_and_no_burst() {
    let library = Library::with("a", Sound::of(120.0));
    let sounds = library.clone();
    play(audio(&library, json!({"source": "file:a"})), |show| async move {
        show.world.start(ProcessManager);
        let pid = show.served_within(AudioAnalyzer, 1.0).await;
        show.until(20.0).await;
        let begins = show.osc_of("/audio/levels", 0.0, 20.0)[0].t - 1.0 / 60.0;
        show.world.freeze(pid);
        show.until(40.0).await;
        assert!(show.osc_of("/audio/levels", 20.001, 41.0).is_empty());
        assert_eq!(show.last_health(AudioAnalyzer).unwrap(), "unhealthy");
        show.world.thaw(pid);
        show.until(41.0).await;
        let burst = show.osc_of("/audio/levels", 40.0, 41.0).len();
        assert!((59..=61).contains(&burst), "{burst} ticks in the second after");
        let said = show.said(AudioAnalyzer, Level::Warning);
        assert!(said.len() == 1 && words(&said[0], &["20.0 s", "where the show is"]), "{said:?}");
        let needle = sounds.needles().last().unwrap().1 as f64 / 8_000.0;
        // What is played first after it ends at that moment.
        assert!((needle + 1.0 / 60.0 - (40.0 - begins)).abs() < 0.01, "{needle}");
        show.health_within(AudioAnalyzer, "healthy", 0.1).await;
        assert_eq!((show.world.pid_of(AudioAnalyzer), show.starts(AudioAnalyzer).len()), (Some(pid), 1));
        let end = 120.0 + begins;
        show.until(end - 0.1).await;
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], false);
        show.until(end + 0.1).await;
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], true);
    });
}

#[test]
fn a_short_freeze_loses_no_tick() {
    play(two_workers("silence"), |show| async move {
        let pid = show.start(AudioAnalyzer).await;
        show.until(10.0).await;
        show.world.freeze(pid);
        show.until(10.3).await;
        show.world.thaw(pid);
        show.until(20.0).await;
        let ticks = show.osc_of("/audio/levels", 5.0, 15.0).len();
        assert!((599..=601).contains(&ticks), "{ticks}");
        assert!(show.said(AudioAnalyzer, Level::Warning).is_empty());
    });
}

/// D23: orphans went on emitting beside their successors.
#[test]
fn d23_the_telemetry_of_a_killed_worker_stops_at_the_moment_of_the_kill() {
    play(two_workers("drums"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        for kill_at in [7.123, 11.004, 16.0] {
            show.until(kill_at).await;
            let before = show.world.osc().count();
            show.world.kill(show.world.pid_of(AudioAnalyzer).unwrap());
            show.wait_until(6.0, "it is not back", || show.world.sockets().contains(&(AudioAnalyzer, true)))
                .await;
            let back = show.now();
            let between: Vec<_> = show
                .osc()
                .split_off(before as usize)
                .into_iter()
                .filter(|line| line.t < back - 0.006)
                .collect();
            assert!(between.iter().all(|line| line.from == "process_manager"), "{between:?}");
            // The other process is not touched by it.
            assert!(between.iter().any(|line| line.addr == "/vj/worker/audio_analyzer"));
        }
    });
}

#[test]
fn a_manager_that_stood_still_blames_nobody_and_says_that_it_stood_still() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        show.world.freeze(manager);
        show.until(50.0).await;
        show.world.thaw(manager);
        show.until(120.0).await;
        for worker in [AudioAnalyzer, TestWorker] {
            assert_eq!(show.starts(worker).len(), 1);
            assert!(show.healths(worker).iter().all(|(_, health)| health != "unhealthy"));
        }
        let said = show.said(ProcessManager, Level::Warning);
        assert!(said.len() == 1 && words(&said[0], &["stood still", "nobody is blamed"]), "{said:?}");
    });
}
