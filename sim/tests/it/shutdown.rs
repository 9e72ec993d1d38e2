//! The orderly end: exit code 0, in order, and no socket left behind (D14).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_sim::history::What;

use crate::support::{Show, play, two_workers};

/// Who ended, and how, in order.
fn ends(show: &Show) -> Vec<(String, String)> {
    let ends = show.history().into_iter().filter_map(|entry| match entry.what {
        What::Exit { process, how, .. } => Some((process, how)),
        _ => None,
    });
    ends.collect()
}

fn named(ends: &[(String, String)]) -> Vec<(&str, &str)> {
    ends.iter().map(|(name, how)| (name.as_str(), how.as_str())).collect()
}

#[test]
fn d14_sigterm_ends_a_worker_in_order_and_leaves_no_socket() {
    for name in [AudioAnalyzer, TestWorker, ProcessManager] {
        play(two_workers("drums"), |show| async move {
            let pid = show.start(name).await;
            show.until(5.0).await;
            // Somebody is connected, and asks no more.
            let client = show.client(name).await;
            show.world.terminate(pid);
            show.wait_until(0.7, "it lives", || !show.world.live().iter().any(|(live, _)| *live == pid))
                .await;
            drop(client);
            assert_eq!(show.exits(name)[0].1, (pid, "exit code 0".to_owned()));
            assert!(!show.world.sockets().iter().any(|(socket, _)| *socket == name));
            assert_eq!(show.world.pid_of(name), None);
            let ended_at = show.now();
            show.pause(1.0).await;
            let more =
                show.osc().into_iter().filter(|line| line.t > ended_at && line.from == name.as_str()).count();
            assert_eq!(more, 0);
        });
    }
}

#[test]
fn d14_so_does_the_shutdown_command_and_the_manager_starts_the_worker_again() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        show.done(TestWorker, "shutdown", Value::Null).await;
        // Only `stop_worker` makes it last.
        show.health_within(TestWorker, "backoff", 0.7).await;
        assert_eq!(show.shown(TestWorker).await["last_exit"], "exit code 0");
        show.health_within(TestWorker, "healthy", 1.2).await;
    });
}

#[test]
fn shutdown_with_workers_ends_them_in_reverse_order_then_the_manager_and_leaves_nothing() {
    play(two_workers("drums"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        show.done(ProcessManager, "shutdown", json!({"workers": true})).await;
        show.pause(3.0).await;
        let ends = ends(&show);
        let zero = "exit code 0";
        assert_eq!(
            named(&ends),
            [("test_worker", zero), ("audio_analyzer", zero), ("process_manager", zero)]
        );
        assert_eq!(show.world.sockets(), []);
        assert_eq!(show.world.live(), []);
        // The wish is not what ended: the next manager starts them again.
        show.begin(&[AudioAnalyzer, TestWorker]).await;
    });
}

#[test]
fn shutdown_with_workers_ends_within_7_s_though_one_of_them_hangs() {
    play(two_workers("drums"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        show.world.freeze(show.world.pid_of(TestWorker).unwrap());
        show.done(ProcessManager, "shutdown", json!({"workers": true})).await;
        show.pause(7.0).await;
        let ends = ends(&show);
        let expected = [
            ("test_worker", "signal 9"),
            ("audio_analyzer", "exit code 0"),
            ("process_manager", "exit code 0"),
        ];
        assert_eq!(named(&ends), expected);
        assert_eq!((show.world.sockets(), show.world.live()), (vec![], vec![]));
    });
}

#[test]
fn shutdown_with_workers_does_not_wait_for_one_that_crashed_and_was_to_come_back() {
    let stage = two_workers("silence").with(TestWorker, json!({"crash_at_start": true}));
    play(stage, |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.until(20.0).await;
        let starts = show.starts(TestWorker).len();
        show.done(ProcessManager, "shutdown", json!({"workers": true})).await;
        show.pause(2.0).await;
        assert_eq!((show.world.sockets(), show.world.live()), (vec![], vec![]));
        assert_eq!(show.starts(TestWorker).len(), starts);
    });
}

#[test]
fn a_manager_that_ends_alone_leaves_the_workers_alive() {
    for by_signal in [true, false] {
        play(two_workers("silence"), |show| async move {
            let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
            show.until(5.0).await;
            if by_signal {
                show.world.terminate(manager);
            } else {
                show.done(ProcessManager, "shutdown", Value::Null).await;
            }
            show.until(10.0).await;
            assert_eq!(show.exits(ProcessManager)[0].1, (manager, "exit code 0".to_owned()));
            assert_eq!(show.world.sockets(), [(AudioAnalyzer, true), (TestWorker, true)]);
            assert_eq!(show.state(TestWorker).await["status"], "running");
            assert_eq!(show.osc_of("/audio/levels", 8.0, 9.0).len() / 2, 30);
        });
    }
}
