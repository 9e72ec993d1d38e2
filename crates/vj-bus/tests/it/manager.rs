//! A worker finds the manager, registers, sends its heartbeats, and comes back when the manager does (D5, D6, D7).

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::message::Ack;
use vj_bus::{ErrorCode, Launch, Message, Outcome, Status};
use vj_core::ProcessName::{ProcessManager, TestWorker};

use crate::support::bus::{Bus, launch};
use crate::support::memory::Memory;
use crate::support::probe::Heard;
use crate::support::raw::{encoded, json_frame};
use crate::support::{messages, real, virtually, within_deadline};

const WORKER: &str = "test_worker";

#[test]
fn d5_d6_d7_registration_and_heartbeats_reach_the_manager_whoever_starts_first() {
    for worker_first in [true, false] {
        real(async {
            let bus = Bus::new();
            let beating = Launch { heartbeat: Duration::from_millis(20), ..launch() };
            let early =
                if worker_first { Some(bus.start_probe(TestWorker, beating.clone()).await) } else { None };
            let (_manager, mut ears) = bus.start_probe(ProcessManager, launch()).await;
            let (worker, _ears) = match early {
                Some(early) => early,
                None => bus.start_probe(TestWorker, beating).await,
            };
            ears.wait_for(&Heard::Registered(WORKER.to_owned(), worker.pid)).await;
            for _ in 0..3 {
                ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Running)).await;
            }
        });
    }
}

#[test]
fn a_worker_registers_again_when_the_manager_comes_back() {
    real(async {
        let bus = Bus::new();
        let beating = Launch { heartbeat: Duration::from_millis(20), ..launch() };
        let (worker, _worker_ears) = bus.start_probe(TestWorker, beating).await;
        for orderly in [true, false, true] {
            let (manager, mut ears) = bus.start_probe(ProcessManager, launch()).await;
            ears.wait_for(&Heard::Registered(WORKER.to_owned(), worker.pid)).await;
            ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Running)).await;
            if orderly {
                manager.env.shutdown.ask();
                assert_eq!(manager.exit_code().await, 0);
            } else {
                manager.kill().await;
            }
        }
        bus.raw(TestWorker).await.assert_served().await;
    });
}

#[test]
fn a_new_manager_knows_its_workers_within_a_second() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_worker, _ears) = memory.start_probe(TestWorker, launch()).await;
        let (manager, mut ears) = memory.start_probe(ProcessManager, launch()).await;
        ears.wait_for(&Heard::Registered(WORKER.to_owned(), 101)).await;
        manager.kill().await;
        memory.clock().sleep(Duration::from_secs(10)).await;
        let before = memory.clock().now();
        let (_manager, mut ears) = memory.start_probe(ProcessManager, launch()).await;
        ears.wait_for(&Heard::Registered(WORKER.to_owned(), 101)).await;
        assert!(memory.clock().now().since(before) < Duration::from_secs(1));
    });
}

#[test]
fn the_manager_hears_at_once_of_a_change_of_status_and_of_a_lost_link() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_manager, mut ears) = memory.start_probe(ProcessManager, launch()).await;
        let (worker, _ears) = memory.start_probe(TestWorker, launch()).await;
        ears.wait_for(&Heard::Registered(WORKER.to_owned(), 102)).await;
        let before = memory.clock().now();
        let mut client = memory.client(TestWorker).await;
        assert!(matches!(client.call("degrade", Value::Null).await, Outcome::Replied(_)));
        ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Degraded)).await;
        worker.kill().await;
        ears.wait_for(&Heard::LinkLost(WORKER.to_owned(), 102)).await;
        assert_eq!(memory.clock().now(), before);
    });
}

#[test]
fn the_last_heartbeat_reaches_the_manager_before_the_process_ends() {
    real(async {
        let bus = Bus::new();
        let (_manager, mut ears) = bus.start_probe(ProcessManager, launch()).await;
        let (worker, _ears) = bus.start_probe(TestWorker, launch()).await;
        ears.wait_for(&Heard::Registered(WORKER.to_owned(), worker.pid)).await;
        // Registered is heard before the worker hears the answer; a heartbeat shows that it did.
        let mut client = bus.client(TestWorker).await;
        assert!(matches!(client.call("degrade", Value::Null).await, Outcome::Replied(_)));
        ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Degraded)).await;
        // With no client left to be waited for.
        drop(client);
        within_deadline(async {
            while worker.links() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        worker.env.shutdown.ask();
        let pid = worker.pid;
        assert_eq!(worker.exit_code().await, 0);
        ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Stopping)).await;
        ears.wait_for(&Heard::LinkLost(WORKER.to_owned(), pid)).await;
    });
}

#[test]
fn only_the_manager_takes_a_registration_and_one_a_connection() {
    real(async {
        let bus = Bus::new();
        let (_manager, mut ears) = bus.start_probe(ProcessManager, launch()).await;
        let register = json!({"type": "register", "worker": WORKER, "pid": 7, "version": "9", "socket_path": "/x",
            "osc_addresses": [], "born_in_a_later_version": true});
        let mut raw = bus.raw(ProcessManager).await;
        // A heartbeat of nobody is refused.
        let beat = messages::one_of_each().remove(4);
        raw.write_frame(&encoded(&beat)[4..]).await;
        assert_eq!(raw.next_error().await.code, ErrorCode::BadMessage);
        for success in [true, false] {
            raw.write(&json_frame(&register)).await.unwrap();
            assert!(
                matches!(raw.next().await, Some(Message::Ack(Ack { success: said, .. })) if said == success)
            );
        }
        ears.wait_for(&Heard::Registered(WORKER.to_owned(), 7)).await;
        // It speaks for itself only.
        raw.write_frame(&encoded(&beat)[4..]).await;
        assert_eq!(raw.next_error().await.code, ErrorCode::BadMessage);
        let Message::Heartbeat(mut own) = beat else { panic!("the fifth is a heartbeat") };
        (own.worker, own.pid) = (WORKER.to_owned(), 7);
        raw.write_frame(&encoded(&Message::Heartbeat(own))[4..]).await;
        ears.wait_for(&Heard::Heartbeat(WORKER.to_owned(), Status::Degraded)).await;
        drop(raw);
        ears.wait_for(&Heard::LinkLost(WORKER.to_owned(), 7)).await;
    });
}
