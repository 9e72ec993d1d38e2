//! A manager that dies takes nobody with it, and its successor doubles nobody (D15, D22, D23).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_sim::checkers;
use vj_sim::ground::Driver;

use crate::support::{Show, play, two_workers};

fn pids(show: &Show) -> [Option<u32>; 2] {
    [AudioAnalyzer, TestWorker].map(|name| show.world.pid_of(name))
}

#[test]
fn d22_a_new_manager_adopts_who_runs_starts_who_does_not_and_doubles_nobody() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        let before = pids(&show);
        show.world.kill(manager);
        show.until(20.0).await;
        assert_eq!(pids(&show), before, "they do not need it to live");
        let started_at = show.now();
        show.world.start(ProcessManager);
        show.served_within(ProcessManager, 0.5).await;
        show.pause(2.0).await;
        for (worker, pid) in [AudioAnalyzer, TestWorker].into_iter().zip(before) {
            let shown = show.shown(worker).await;
            assert_eq!(
                (&shown["pid"], &shown["adopted"], &shown["restart_count"]),
                (&json!(pid), &json!(true), &json!(0))
            );
            assert_eq!(shown["health"], "healthy");
            let adopted =
                show.healths(worker).into_iter().find(|(t, health)| *t > started_at && health == "healthy");
            assert!(adopted.unwrap().0 - started_at < 1.0);
        }
        assert_eq!(show.starts(AudioAnalyzer).len() + show.starts(TestWorker).len(), 2);
        // It is as good as its predecessor: what it adopted it also watches.
        show.world.kill(before[1].unwrap());
        show.health_within(TestWorker, "backoff", 0.1).await;
        assert_eq!(show.shown(TestWorker).await["last_exit"], "vanished");
        show.health_within(TestWorker, "healthy", 1.2).await;
        assert_eq!(checkers::never_two_of_one(&show.history()), []);
    });
}

/// D23: values of two instances came interleaved.
#[test]
fn d23_after_a_managers_crash_the_telemetry_is_that_of_one_worker() {
    play(two_workers("drums"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        show.world.kill(manager);
        show.until(12.0).await;
        show.world.start(ProcessManager);
        show.until(30.0).await;
        assert_eq!(checkers::no_packet_lost(&show.osc(), "/audio/levels", 30.0, Driver::Virtual.pace()), []);
        // Bars are counted on, never back.
        let bars: Vec<_> = show
            .osc_of("/audio/beat/phase", 0.0, 30.0)
            .iter()
            .map(|line| line.args[2].as_i64().unwrap())
            .collect();
        assert!(bars.is_sorted() && bars[bars.len() - 1] > 10, "{:?}", bars.last());
    });
}

#[test]
fn d22_managers_may_come_and_go_and_be_restarted_in_place() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        let before = pids(&show);
        for round in 0..6 {
            show.pause(3.0).await;
            let manager = show.world.pid_of(ProcessManager).unwrap();
            match round % 3 {
                0 => show.world.kill(manager),
                1 => drop(show.done(ProcessManager, "restart", Value::Null).await),
                _ => show.world.terminate(manager),
            }
            show.pause(1.0).await;
            if show.world.pid_of(ProcessManager).is_none() {
                show.world.start(ProcessManager);
            }
        }
        show.pause(60.0).await;
        assert_eq!(pids(&show), before);
        assert_eq!(show.starts(AudioAnalyzer).len() + show.starts(TestWorker).len(), 2);
        for worker in [AudioAnalyzer, TestWorker] {
            assert_eq!(show.last_health(worker).unwrap(), "healthy");
            assert!(
                show.healths(worker)
                    .iter()
                    .all(|(_, health)| ["starting", "healthy"].contains(&health.as_str()))
            );
        }
    });
}

#[test]
fn how_long_a_worker_has_been_up_is_its_own_age_and_not_its_managers() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(60.0).await;
        show.world.kill(manager);
        show.world.start(ProcessManager);
        show.until(75.0).await;
        let told = show.osc_of("/vj/worker/audio_analyzer", 66.0, 75.0);
        assert!(!told.is_empty());
        for line in told {
            assert!((line.args[1].as_f64().unwrap() - line.t).abs() < 0.2, "{line:?}");
        }
    });
}

#[test]
fn a_worker_that_died_without_a_manager_is_started_and_its_stale_socket_replaced() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        show.world.kill(manager);
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.until(8.0).await;
        assert!(show.world.sockets().contains(&(TestWorker, false)), "nobody took it away");
        show.begin(&[TestWorker]).await;
        show.until(30.0).await;
        assert_eq!((show.starts(AudioAnalyzer).len(), show.starts(TestWorker).len()), (1, 2));
        assert_eq!(show.shown(TestWorker).await["restart_count"], 0, "nobody saw it crash");
    });
}

#[test]
fn a_manager_that_starts_over_while_a_worker_is_still_starting_ends_up_with_one() {
    play(two_workers("silence"), |show| async move {
        show.world.start(ProcessManager);
        show.served_within(ProcessManager, 1.0).await;
        // The workers are forked and have not come to take their names yet.
        assert_eq!((show.starts(TestWorker).len(), show.world.pid_of(TestWorker)), (1, None));
        show.done(ProcessManager, "restart", Value::Null).await;
        show.pause(10.0).await;
        for worker in [AudioAnalyzer, TestWorker] {
            let shown = show.shown(worker).await;
            assert_eq!(
                (&shown["pid"], &shown["health"]),
                (&json!(show.world.pid_of(worker)), &json!("healthy"))
            );
            assert_eq!(shown["restart_count"], 0, "{worker}");
        }
        assert_eq!(show.world.live().len(), 3);
    });
}

#[test]
fn a_manager_that_is_restarted_in_place_keeps_its_process_and_hears_its_workers_on() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(20.0).await;
        let before = pids(&show);
        show.done(ProcessManager, "restart", Value::Null).await;
        show.until(100.0).await;
        assert_eq!((show.world.pid_of(ProcessManager), pids(&show)), (Some(manager), before));
        for worker in [AudioAnalyzer, TestWorker] {
            let since: Vec<_> = show.healths(worker).into_iter().filter(|(t, _)| *t > 19.0).collect();
            assert!(
                since.iter().all(|(t, health)| *t < 21.0 && health != "unhealthy"),
                "{worker}: {since:?}"
            );
            let ago = show.shown(worker).await["last_heartbeat_sec_ago"].as_f64();
            assert!(ago.is_some_and(|ago| ago < 5.1), "{worker}: {ago:?}");
        }
        // And it still notices a death at once.
        show.kill(TestWorker).await;
        assert_eq!(show.last_health(TestWorker).unwrap(), "backoff");
    });
}
