//! A crash is counted once, and giving up is final and visible (D18, D19).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};

use crate::support::{play, two_workers};

#[test]
fn d18_one_crash_counts_once_however_often_anybody_looks() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        for crash in 1..=3 {
            show.world.kill(show.world.pid_of(TestWorker).unwrap());
            // Looked at all the while it waits, and after.
            let mut client = show.client(ProcessManager).await;
            for _ in 0..800 {
                client.call("get_state", Value::Null).await.ok().unwrap();
                show.pause(0.01).await;
            }
            let shown = show.shown(TestWorker).await;
            assert_eq!((&shown["restart_count"], &shown["health"]), (&json!(crash), &json!("healthy")));
            assert_eq!(shown["last_exit"], "signal 9");
        }
        assert_eq!(show.starts(TestWorker).len(), 4);
        assert_eq!(show.shown(AudioAnalyzer).await["restart_count"], 0);
    });
}

#[test]
fn d18_a_minute_of_health_and_the_delays_start_over() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[TestWorker]).await;
        for (healthy_sec, delay_sec) in [(5.0, 1.0), (59.0, 2.0), (61.0, 1.0)] {
            show.pause(healthy_sec).await;
            let killed_at = show.kill(TestWorker).await;
            show.health_within(TestWorker, "healthy", 5.0).await;
            let took = show.now() - killed_at;
            assert!(
                (delay_sec..delay_sec + 0.1).contains(&took),
                "after {healthy_sec} s of health: {took} s"
            );
        }
    });
}

#[test]
fn d19_given_up_is_final_and_shown_everywhere_until_somebody_starts_it() {
    let stage = two_workers("silence").with(TestWorker, json!({"crash_at_start": true}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.health_within(TestWorker, "given_up", 33.0).await;
        let starts = show.starts(TestWorker).len();
        show.pause(3_600.0).await;
        assert_eq!(show.starts(TestWorker).len(), starts);
        let shown = show.shown(TestWorker).await;
        assert_eq!(shown["health"], "given_up");
        assert_eq!(
            (&shown["restart_count"], &shown["enabled"], &shown["running"]),
            (&json!(5), &json!(true), &json!(false))
        );
        assert!(shown["next_restart_in_sec"].is_null());
        // On OSC it is told for as long as it is so.
        let told = show.osc_of("/vj/worker/test_worker", show.now() - 60.0, show.now());
        assert!(told.len() >= 12 && told.iter().all(|line| line.args[0] == "given_up"), "{told:?}");
        // Nobody writes a line about it again and again.
        let lines = show.said(ProcessManager, vj_env::Level::Info).len();
        assert!(lines < 60, "{lines}");
        assert!(!show.world.sockets().iter().any(|(name, _)| *name == TestWorker));
    });
}

#[test]
fn d19_a_worker_that_cannot_even_read_its_settings_is_given_up_too() {
    play(two_workers("silence").with(TestWorker, json!({"value": "many"})), |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.health_within(TestWorker, "given_up", 33.0).await;
        assert_eq!(show.shown(TestWorker).await["last_exit"], "exit code 1");
        assert!(show.said(TestWorker, vj_env::Level::Error)[0].contains("'value' cannot be \"many\""));
    });
}
