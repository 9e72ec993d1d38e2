//! The side that asks: discovery, and what a client knows when the other side dies.

use std::os::unix::net::UnixListener;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Outcome, discover};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};

use crate::support::bus::{Bus, launch};
use crate::support::memory::Memory;
use crate::support::{real, virtually, within_deadline};

#[test]
fn d1_discovery_reaches_every_process_and_tells_stale_sockets_apart() {
    real(async {
        let bus = Bus::new();
        let (_manager, _) = bus.start_probe(ProcessManager, launch()).await;
        let (_worker, _) = bus.start_probe(TestWorker, launch()).await;
        // A process that was killed leaves a socket that nobody serves.
        drop(UnixListener::bind(bus.socket(AudioAnalyzer)).unwrap());
        let found = discover(&bus.control(), bus.clock()).await;
        let names: Vec<_> = found.iter().map(|found| found.name).collect();
        assert_eq!(names, [ProcessManager, AudioAnalyzer, TestWorker]);
        assert_eq!(found[0].state.as_ref().unwrap()["worker"], "process_manager");
        assert!(found[1].state.as_ref().unwrap_err().contains("stale"), "{:?}", found[1].state);
        assert_eq!(found[2].state.as_ref().unwrap()["worker"], "test_worker");
    });
}

#[test]
fn a_bus_directory_that_is_not_there_is_an_empty_bus() {
    real(async {
        let bus = Bus::new();
        assert!(discover(&bus.control(), bus.clock()).await.is_empty());
    });
}

#[test]
fn discovery_waits_one_second_for_who_does_not_answer_and_no_longer() {
    virtually(async {
        // Nobody accepts here, as in a stopped process.
        let memory = Memory::new(4096);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        process.env.scope.gate().freeze();
        let before = memory.clock().now();
        let found = memory.discover().await;
        assert_eq!(found.len(), 1);
        assert!(found[0].state.is_err());
        let took = memory.clock().now().since(before);
        assert!((Duration::from_secs(1)..Duration::from_millis(1010)).contains(&took), "{took:?}");
    });
}

#[test]
fn a_link_that_dies_makes_every_pending_outcome_unknown() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        let first = client.send("ask", json!({"n": 1}));
        let (msg_id, outcome) = within_deadline(client.next_outcome()).await;
        assert!(msg_id == first && matches!(outcome, Outcome::Replied(_)));
        let held: Vec<_> = (0..3).map(|_| client.send("hold", Value::Null)).collect();
        // Sent, and the process dies over it.
        assert!(tokio::time::timeout(Duration::from_millis(1), client.next_outcome()).await.is_err());
        process.kill().await;
        for msg_id in held {
            let (of, outcome) = within_deadline(client.next_outcome()).await;
            assert!(of == msg_id && matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        }
        assert!(matches!(client.call("ask", Value::Null).await, Outcome::Unknown(_)));
    });
}

#[test]
fn a_call_without_an_answer_is_unknown_after_its_time_and_its_late_answer_is_no_other_commands() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        let mut other = memory.client(TestWorker).await;
        assert!(matches!(other.call("hang", Value::Null).await, Outcome::Replied(_)));
        let before = memory.clock().now();
        assert!(matches!(client.call("ask", json!({"n": 1})).await, Outcome::Unknown(_)));
        let took = memory.clock().now().since(before);
        assert!((Duration::from_secs(5)..Duration::from_millis(5010)).contains(&took), "{took:?}");
        ears.let_go.notify_one();
        assert_eq!(client.call("ask", json!({"n": 2})).await.ok().unwrap().data, json!({"n": 2}));
    });
}
