//! The manager knows its workers: they register, their heartbeats arrive, and what it knows it shows (D5, D6, D7).

use bytes::BytesMut;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vj_bus::{Message, Register};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Level;

use crate::support::{Show, play, two_workers};

#[test]
fn d5_d6_d7_registration_and_heartbeats_reach_the_manager() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        for at in [7.3, 23.9, 61.2] {
            show.until(at).await;
            for worker in [AudioAnalyzer, TestWorker] {
                let shown = show.shown(worker).await;
                let ago = shown["last_heartbeat_sec_ago"].as_f64().unwrap();
                assert!((0.0..5.1).contains(&ago), "{worker}: {ago} s ago");
                assert_eq!(shown["health"], "healthy");
            }
        }
        // Nobody had to try twice.
        for worker in [AudioAnalyzer, TestWorker] {
            let said = show.said(worker, Level::Info);
            assert_eq!(said.iter().filter(|line| line.contains("registered")).count(), 1, "{said:?}");
        }
    });
}

#[test]
fn get_state_shows_every_field_of_every_worker() {
    play(two_workers("silence"), |show| async move {
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(10.0).await;
        let state = show.state(ProcessManager).await;
        for field in [
            "worker",
            "pid",
            "version",
            "status",
            "uptime_sec",
            "config",
            "config_source",
            "stats",
            "last_error",
            "last_commands",
            "workers",
        ] {
            assert!(state.get(field).is_some(), "'{field}' is missing in {state}");
        }
        assert_eq!(
            (&state["worker"], &state["pid"], &state["status"]),
            (&json!("process_manager"), &json!(manager), &json!("running"))
        );
        let names: Vec<_> = state["workers"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["audio_analyzer", "test_worker"]);
        for worker in [AudioAnalyzer, TestWorker] {
            let mut shown = state["workers"][worker.as_str()].clone();
            let ago = shown["last_heartbeat_sec_ago"].take();
            assert!(ago.as_f64().is_some_and(|ago| ago < 5.1), "{ago}");
            let up = shown["uptime_sec"].take();
            assert!(up.as_f64().is_some_and(|up| (9.5..10.1).contains(&up)), "{up}");
            let expected = json!({
                "enabled": true, "running": true, "health": "healthy", "pid": show.world.pid_of(worker).unwrap(),
                "adopted": false, "restart_count": 0, "last_heartbeat_sec_ago": null, "next_restart_in_sec": null,
                "last_exit": null, "uptime_sec": null,
            });
            assert_eq!(shown, expected);
        }
        show.world.kill(show.world.pid_of(TestWorker).unwrap());
        show.pause(0.25).await;
        let shown = show.shown(TestWorker).await;
        let next = shown["next_restart_in_sec"].as_f64().unwrap();
        assert!((0.7..=0.75).contains(&next), "{next}");
        let expected = json!({
            "enabled": true, "running": false, "health": "backoff", "pid": null, "adopted": false, "restart_count": 0,
            "last_heartbeat_sec_ago": null, "next_restart_in_sec": next, "last_exit": "signal 9",
            "uptime_sec": null,
        });
        assert_eq!(shown, expected);
    });
}

#[test]
fn the_health_of_every_worker_is_told_each_5_s_and_on_every_change() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(62.0).await;
        for addr in ["/vj/worker/audio_analyzer", "/vj/worker/test_worker"] {
            let told = show.osc_of(addr, 1.0, 61.0);
            assert_eq!(told.len(), 12, "{addr}");
            let uptime = |index: usize| told[index].args[1].as_f64().unwrap();
            assert!((uptime(11) - uptime(0) - 55.0).abs() < 0.1 && (uptime(0) - told[0].t).abs() < 0.2);
        }
        // A change is told at once, and counts by itself.
        let killed_at = show.kill(TestWorker).await;
        show.health_within(TestWorker, "healthy", 1.5).await;
        let told: Vec<_> = show
            .osc_of("/vj/worker/test_worker", killed_at, killed_at + 1.5)
            .iter()
            .map(|line| {
                (
                    line.args[0].as_str().unwrap().to_owned(),
                    line.t - killed_at,
                    line.args[1].as_f64().unwrap(),
                )
            })
            .collect();
        let healths: Vec<_> = told.iter().map(|(health, ..)| health.as_str()).collect();
        assert_eq!(healths, ["backoff", "starting", "healthy"], "{told:?}");
        assert!(told[0].1 < 0.001 && (0.999..1.01).contains(&told[1].1) && told[2].1 < 1.1, "{told:?}");
        assert!(told[0].2 == 0.0 && told[2].2 < 0.1, "a new process begins at 0: {told:?}");
    });
}

#[test]
fn a_worker_that_somebody_started_by_hand_is_known_and_its_end_is_noticed_at_once() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.order("stop_worker", TestWorker).await;
        show.health_within(TestWorker, "stopped", 1.0).await;
        let pid = show.start(TestWorker).await;
        show.health_within(TestWorker, "healthy", 1.0).await;
        let shown = show.shown(TestWorker).await;
        assert_eq!(
            (&shown["pid"], &shown["adopted"], &shown["enabled"]),
            (&json!(pid), &json!(true), &json!(false))
        );
        show.until(20.0).await;
        show.world.kill(pid);
        // Nobody wished it to run: its end is noticed, and that is all.
        show.health_within(TestWorker, "stopped", 0.1).await;
        show.until(40.0).await;
        assert!(!show.world.sockets().iter().any(|(name, _)| *name == TestWorker), "and its socket is gone");
        assert_eq!(show.starts(TestWorker).len(), 2);
    });
}

#[test]
fn whoever_registers_without_being_the_worker_is_not_believed_and_nobody_is_killed_for_it() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer]).await;
        show.order("stop_worker", TestWorker).await;
        show.health_within(TestWorker, "stopped", 1.0).await;
        let bystander = show.world.pid_of(AudioAnalyzer).unwrap();
        for (worker, pid) in
            [("test_worker", bystander), ("test_worker", 1), ("audio_analyzer", 1), ("nobody", 7)]
        {
            register(&show, worker, pid).await;
        }
        show.until(60.0).await;
        assert_eq!(show.world.pid_of(AudioAnalyzer), Some(bystander));
        assert_eq!(show.last_health(AudioAnalyzer).unwrap(), "healthy");
        assert_eq!(show.last_health(TestWorker).unwrap(), "stopped");
        let said = show.said(ProcessManager, Level::Info);
        assert!(!said.iter().any(|line| line.starts_with("Kill")), "{said:?}");
    });
}

async fn register(show: &Show, worker: &str, pid: u32) {
    let mut link = show.world.control().connect(ProcessManager).await.unwrap();
    let mut frame = BytesMut::new();
    let (version, socket_path) = ("0".to_owned(), "/x".to_owned());
    Message::Register(Register {
        worker: worker.to_owned(),
        pid,
        version,
        socket_path,
        osc_addresses: Vec::new(),
    })
    .encode(&mut frame);
    link.write_all(&frame).await.unwrap();
    let mut length = [0; 4];
    link.read_exact(&mut length).await.unwrap();
    show.pause(0.1).await;
}

#[test]
fn a_worker_whose_connection_broke_registers_again_and_nobody_is_worried() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        for at in [7.0, 13.0, 30.0] {
            show.until(at).await;
            show.world.cut(show.world.pid_of(TestWorker).unwrap());
        }
        show.until(60.0).await;
        let (shown, healths) = (show.shown(TestWorker).await, show.healths(TestWorker));
        assert_eq!((&shown["health"], &shown["restart_count"]), (&json!("healthy"), &json!(0)));
        assert!(healths.iter().all(|(_, health)| health != "unhealthy"), "{healths:?}");
        let registered =
            show.said(TestWorker, Level::Info).iter().filter(|line| line.starts_with("registered")).count();
        assert_eq!(registered, 4);
        assert_eq!(
            show.ask(TestWorker, "echo", json!({"value": 7})).await.ok().unwrap().data,
            Value::from(7)
        );
    });
}
