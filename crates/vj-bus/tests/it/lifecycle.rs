//! A process's start and end: one holder a name, no socket left behind, no foreign file removed.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use serde_json::Value;
use vj_bus::service::{EXIT_ALREADY_RUNNING, EXIT_FAILED, EXIT_FINE};
use vj_bus::{ErrorCode, Launch, Message, Outcome};
use vj_core::ProcessName::TestWorker;
use vj_core::settings::Source;

use crate::support::bus::{Bus, exists, launch};
use crate::support::probe::{Heard, Probe};
use crate::support::raw::command;
use crate::support::real;

#[test]
fn d14_shutdown_acks_then_exits_0_and_leaves_no_socket() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        assert!(matches!(raw.ask("id", "shutdown").await, Some(Message::Ack(ack)) if ack.success));
        assert_eq!(raw.next().await, None);
        assert_eq!(process.exit_code().await, EXIT_FINE);
        assert!(!exists(&bus.socket(TestWorker)));
        // The lock file stays, unheld: the next one starts.
        assert!(exists(&bus.path().join("test_worker.lock")));
        let _again = bus.start_probe(TestWorker, launch()).await;
    });
}

#[test]
fn d14_a_signal_to_end_is_as_orderly() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        process.env.shutdown.ask();
        assert_eq!(process.exit_code().await, EXIT_FINE);
        assert!(!exists(&bus.socket(TestWorker)));
    });
}

#[test]
fn commands_that_the_worker_does_not_come_to_are_answered_at_the_end() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        // All of it is there before the worker turns to the first of it.
        let bytes = [command("1", "shutdown"), command("2", "done"), command("3", "get_state")].concat();
        raw.write(&bytes).await.unwrap();
        assert!(matches!(raw.next().await, Some(Message::Ack(ack)) if ack.success && ack.msg_id == "1"));
        let mut answered = vec!["1".to_owned()];
        while let Some(message) = raw.next_or_end().await {
            answered.push(match message {
                Message::Error(error) => error.msg_id.unwrap(),
                Message::Response(response) => response.msg_id,
                other => panic!("an error or a state was due, not {other:?}"),
            });
        }
        assert_eq!(answered, ["1", "2", "3"]);
        assert_eq!(process.exit_code().await, EXIT_FINE);
    });
}

#[test]
fn a_command_that_the_worker_holds_at_the_end_is_answered_and_so_is_what_waits_behind_it() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        raw.write(&[command("1", "hold"), command("2", "done")].concat()).await.unwrap();
        // Asked after it on another connection, this is answered when the first is held.
        assert!(matches!(bus.client(TestWorker).await.call("done", Value::Null).await, Outcome::Replied(_)));
        process.env.shutdown.ask();
        for msg_id in ["1", "2"] {
            let error = raw.next_error().await;
            assert_eq!((error.code, error.msg_id.as_deref()), (ErrorCode::Internal, Some(msg_id)));
        }
        assert_eq!(raw.next().await, None);
        assert_eq!(process.exit_code().await, EXIT_FINE);
    });
}

#[test]
fn d15_a_second_instance_exits_3_within_a_second_and_does_not_disturb_the_first() {
    real(async {
        let bus = Bus::new();
        let (_first, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.raw(TestWorker).await;
        let before = bus.clock().now();
        let second = bus.start(Probe::new(TestWorker).0, launch());
        assert_eq!(second.exit_code().await, EXIT_ALREADY_RUNNING);
        let took = bus.clock().now().since(before);
        // It tries for half a second; the bound is wide for a loaded machine.
        assert!((Duration::from_millis(500)..Duration::from_secs(3)).contains(&took), "{took:?}");
        client.assert_served().await;
        bus.raw(TestWorker).await.assert_served().await;
    });
}

#[test]
fn a_starter_waits_for_a_lock_that_is_let_go_of_in_time() {
    real(async {
        let bus = Bus::new();
        let (first, _ears) = bus.start_probe(TestWorker, launch()).await;
        let (probe, mut ears) = Probe::new(TestWorker);
        let second = bus.start(probe, launch());
        tokio::task::yield_now().await;
        first.kill().await;
        ears.wait_for(&Heard::Started).await;
        bus.raw(TestWorker).await.assert_served().await;
        drop(second);
    });
}

#[test]
fn a_stale_socket_is_replaced() {
    real(async {
        let bus = Bus::new();
        let (first, _ears) = bus.start_probe(TestWorker, launch()).await;
        first.kill().await;
        assert!(exists(&bus.socket(TestWorker)), "a kill leaves the socket");
        let (_second, _ears) = bus.start_probe(TestWorker, launch()).await;
        bus.raw(TestWorker).await.assert_served().await;
        let mode = std::fs::metadata(bus.socket(TestWorker)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn a_foreign_file_in_the_sockets_place_is_refused_by_name_and_not_removed() {
    real(async {
        let bus = Bus::new();
        let socket = bus.socket(TestWorker);
        std::fs::create_dir_all(bus.path()).unwrap();
        std::fs::set_permissions(bus.path(), PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::write(&socket, "somebody's notes").unwrap();
        let process = bus.start(Probe::new(TestWorker).0, launch());
        let log = process.env.log.clone();
        assert_eq!(process.exit_code().await, EXIT_FAILED);
        let (said, _) = log.take_for_heartbeat();
        assert!(said.iter().any(|log| log.message.contains(&socket.display().to_string())), "{said:?}");
        assert_eq!(std::fs::read_to_string(&socket).unwrap(), "somebody's notes");
        // A symlink is foreign too, even one to a socket.
        std::fs::remove_file(&socket).unwrap();
        let elsewhere = bus.state_dir().with_extension("sock");
        let _listener = UnixListener::bind(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &socket).unwrap();
        let process = bus.start(Probe::new(TestWorker).0, launch());
        assert_eq!(process.exit_code().await, EXIT_FAILED);
        assert!(exists(&socket) && exists(&elsewhere));
    });
}

#[test]
fn bad_settings_at_the_start_are_named_and_leave_no_socket() {
    real(async {
        let bus = Bus::new();
        let file = serde_json::json!({"gain": 3}).as_object().cloned().unwrap();
        let launch = Launch { layers: vec![(Source::File, file)], ..launch() };
        let process = bus.start(Probe::new(TestWorker).0, launch);
        let log = process.env.log.clone();
        assert_eq!(process.exit_code().await, EXIT_FAILED);
        let (said, _) = log.take_for_heartbeat();
        assert!(said.iter().any(|log| log.message.contains("(file): 'gain' cannot be 3")), "{said:?}");
        assert!(!exists(&bus.socket(TestWorker)));
    });
}

#[test]
fn restart_starts_the_loop_again_in_the_same_process() {
    real(async {
        let bus = Bus::new();
        let (process, mut ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        for runs in 2..4 {
            assert!(matches!(client.call("restart", Value::Null).await, Outcome::Replied(_)));
            ears.wait_for(&Heard::Started).await;
            // On the same connection, which did not notice.
            let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
            assert_eq!((&state["runs"], &state["pid"]), (&runs.into(), &process.pid.into()));
            assert_eq!(state["status"], "running");
        }
    });
}
