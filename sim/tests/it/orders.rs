//! Starting, stopping and restarting workers by hand (D17, D20, D21).

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};

use crate::support::{Show, play, two_workers, words};

/// How the order of that id stands: its state, and what is said of it.
async fn stands(show: &Show, msg_id: &str) -> (String, String) {
    let state = show.state(ProcessManager).await;
    let entry = &state["last_commands"][msg_id];
    let text = |field: &str| {
        entry[field].as_str().unwrap_or_else(|| panic!("no {field} of {msg_id} in {state}")).to_owned()
    };
    (text("state"), text("message"))
}

fn as_is(state: &str, message: &str) -> (String, String) {
    (state.to_owned(), message.to_owned())
}

#[test]
fn d17_orders_are_taken_at_once_while_the_worker_hangs_and_so_is_everybody_elses_question() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        let hung = show.world.pid_of(TestWorker).unwrap();
        show.world.freeze(hung);
        show.until(12.0).await;
        // `order` holds each to be answered within ten milliseconds.
        let msg_id = show.order("restart_worker", TestWorker).await;
        assert_eq!(stands(&show, &msg_id).await, as_is("accepted", ""));
        let before = show.now();
        show.state(ProcessManager).await;
        show.order("restart_worker", AudioAnalyzer).await;
        assert!(show.now() - before < 0.01);
        // SIGTERM means nothing to a stopped process: after the grace of 5 s it is SIGKILL.
        show.wait_until(5.2, "it lives", || show.world.pid_of(TestWorker).is_none()).await;
        show.health_within(TestWorker, "starting", 0.1).await;
        show.health_within(TestWorker, "healthy", 0.1).await;
        let (ended_at, (pid, how)) = show.exits(TestWorker).remove(0);
        assert_eq!((pid, how.as_str()), (hung, "signal 9"));
        assert!((16.99..17.1).contains(&ended_at), "{ended_at}");
        assert_eq!(stands(&show, &msg_id).await, as_is("done", "healthy"));
        assert_eq!(show.shown(TestWorker).await["restart_count"], 0, "what a person wants is no crash");
    });
}

#[test]
fn d17_a_worker_that_is_known_to_hang_is_replaced_without_a_grace() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[TestWorker]).await;
        show.until(10.0).await;
        show.done(TestWorker, "hang", Value::Null).await;
        show.health_within(TestWorker, "unhealthy", 21.0).await;
        show.order("restart_worker", TestWorker).await;
        show.health_within(TestWorker, "healthy", 0.2).await;
        for cmd in ["stop_worker", "start_worker", "stop_worker", "restart_worker"] {
            show.order(cmd, TestWorker).await;
        }
        show.health_within(TestWorker, "healthy", 1.0).await;
        show.pause(1.0).await;
        assert_eq!(show.last_health(TestWorker).unwrap(), "healthy");
    });
}

#[test]
fn d20_a_stopped_worker_stays_stopped_also_under_a_new_manager() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(5.0).await;
        let msg_id = show.order("stop_worker", TestWorker).await;
        show.health_within(TestWorker, "stopped", 1.0).await;
        assert_eq!(stands(&show, &msg_id).await, as_is("done", "stopped"));
        assert_eq!(show.exits(TestWorker)[0].1.1, "exit code 0");
        show.until(120.0).await;
        assert_eq!(show.starts(TestWorker).len(), 1);
        show.world.kill(manager);
        show.pause(2.0).await;
        show.begin(&[AudioAnalyzer]).await;
        show.pause(120.0).await;
        let shown = show.shown(TestWorker).await;
        assert_eq!(
            (&shown["enabled"], &shown["running"], &shown["health"]),
            (&json!(false), &json!(false), &json!("stopped"))
        );
        assert_eq!((show.starts(TestWorker).len(), show.starts(AudioAnalyzer).len()), (1, 1));
        // A restart of the manager in place undoes it as little.
        show.done(ProcessManager, "restart", Value::Null).await;
        show.pause(60.0).await;
        assert_eq!(show.starts(TestWorker).len(), 1);
    });
}

#[test]
fn d20_a_worker_that_waits_for_its_restart_can_be_stopped() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[TestWorker]).await;
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.health_within(TestWorker, "backoff", 0.1).await;
        show.order("stop_worker", TestWorker).await;
        show.health_within(TestWorker, "stopped", 0.1).await;
        show.pause(60.0).await;
        assert_eq!(show.starts(TestWorker).len(), 1);
    });
}

#[test]
fn d21_a_worker_that_is_started_on_demand_is_watched_like_any_other_also_by_a_new_manager() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[TestWorker]).await;
        show.order("stop_worker", TestWorker).await;
        show.health_within(TestWorker, "stopped", 1.0).await;
        let msg_id = show.order("start_worker", TestWorker).await;
        show.health_within(TestWorker, "healthy", 0.2).await;
        assert_eq!(stands(&show, &msg_id).await, as_is("done", "healthy"));
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.health_within(TestWorker, "backoff", 0.1).await;
        show.health_within(TestWorker, "healthy", 1.2).await;
        show.world.kill(manager);
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.pause(1.0).await;
        show.begin(&[TestWorker]).await;
    });
}

#[test]
fn a_restart_gives_a_fresh_process_and_one_that_fails_says_how() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        let old = show.world.pid_of(TestWorker).unwrap();
        let msg_id = show.order("restart_worker", TestWorker).await;
        show.wait_until(0.2, "no new process", || {
            show.world.pid_of(TestWorker).is_some_and(|pid| pid != old)
        })
        .await;
        show.health_within(TestWorker, "healthy", 0.2).await;
        assert_eq!(stands(&show, &msg_id).await, as_is("done", "healthy"));
        assert_eq!(show.exits(TestWorker)[0].1.1, "exit code 0");
        // The next one will end as it starts.
        show.done(TestWorker, "set_config", json!({"crash_at_start": true})).await;
        let msg_id = show.order("restart_worker", TestWorker).await;
        show.pause(0.5).await;
        let (state, message) = stands(&show, &msg_id).await;
        assert!(
            state == "failed" && words(&message, &["ended at once", "exit code 0"]),
            "{state}: {message}"
        );
        // The manager's own word: an order that somebody else overtook.
        let first = show.order("restart_worker", AudioAnalyzer).await;
        show.pause(0.001).await;
        let second = show.order("stop_worker", AudioAnalyzer).await;
        show.pause(2.0).await;
        let (state, message) = stands(&show, &first).await;
        assert!(state == "failed" && words(&message, &["stop_worker"]), "{state}: {message}");
        assert_eq!(stands(&show, &second).await, as_is("done", "stopped"));
    });
}

#[test]
fn an_order_that_a_restart_of_the_manager_cuts_short_is_not_accepted_for_ever() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        // It hangs, so the stop takes its whole grace.
        show.world.freeze(show.world.pid_of(TestWorker).unwrap());
        let msg_id = show.order("stop_worker", TestWorker).await;
        assert_eq!(stands(&show, &msg_id).await, as_is("accepted", ""));
        show.done(ProcessManager, "restart", Value::Null).await;
        show.pause(0.1).await;
        let (state, message) = stands(&show, &msg_id).await;
        assert!(state == "failed" && words(&message, &["the manager was restarted"]), "{state}: {message}");
        // The wish is kept all the same: its silence is the end of it, and nobody starts it again.
        show.health_within(TestWorker, "stopped", 31.0).await;
        show.pause(60.0).await;
        assert_eq!(show.starts(TestWorker).len(), 1);
    });
}

#[test]
fn an_order_for_nobody_is_refused_by_name() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        for cmd in ["start_worker", "stop_worker", "restart_worker"] {
            for (args, says) in [
                (json!({"worker": "lyrics"}), &["'lyrics'", "audio_analyzer", "test_worker"][..]),
                (json!({"worker": "process_manager"}), &["'process_manager'", "audio_analyzer"]),
                (json!({"worker": 7}), &["'worker'", "string"]),
                (json!({}), &["'worker'", "missing"]),
            ] {
                let why = show.refused(ProcessManager, cmd, args).await;
                assert!(words(&why, says), "{why}");
            }
        }
        let why = show.refused(ProcessManager, "dance", json!({})).await;
        assert!(words(&why, &["unknown command", "dance"]), "{why}");
        show.pause(1.0).await;
        assert_eq!(show.starts(AudioAnalyzer).len() + show.starts(TestWorker).len(), 2);
    });
}

#[test]
fn the_law_can_be_changed_in_full_run_and_nonsense_is_refused() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[TestWorker]).await;
        let why = show.refused(ProcessManager, "set_config", json!({"kill_after": 12})).await;
        assert!(words(&why, &["kill_after", "more than unhealthy_after"]), "{why}");
        show.done(ProcessManager, "set_config", json!({"backoff": [3], "max_restarts": 1})).await;
        let killed_at = show.kill(TestWorker).await;
        show.health_within(TestWorker, "healthy", 3.2).await;
        assert!(show.now() - killed_at > 3.0);
        show.kill(TestWorker).await;
        show.health_within(TestWorker, "given_up", 0.1).await;
    });
}
