//! A frame that is left half-sent is given up after 10 s: just inside it is still taken, just outside it is not.

use std::time::Duration;

use vj_bus::{ErrorCode, Message};
use vj_core::ProcessName::TestWorker;

use crate::support::bus::launch;
use crate::support::memory::Memory;
use crate::support::raw::command;
use crate::support::virtually;

#[test]
fn a_half_sent_frame_gets_an_error_after_10_s_and_the_connection_closes() {
    // Within the length, right behind it, within the body; alone, or behind a whole frame that came in with it.
    for cut in [1, 3, 4, 5, 30] {
        for behind in [Vec::new(), command("whole", "get_state")] {
            virtually(async {
                let memory = Memory::new(64 * 1024);
                let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
                let mut raw = memory.raw(TestWorker).await;
                let mut bytes = behind.clone();
                bytes.extend_from_slice(&command("half", "get_state")[..cut]);
                let start = memory.clock().now();
                raw.write(&bytes).await.unwrap();
                if !behind.is_empty() {
                    assert!(matches!(raw.next().await, Some(Message::Response(_))));
                }
                let error = raw.next_error().await;
                assert_eq!(error.code, ErrorCode::BadFrame);
                assert_eq!(raw.next().await, None);
                let after = memory.clock().now().since(start);
                let (early, late) = (Duration::from_secs(10), Duration::from_millis(10_010));
                assert!((early..late).contains(&after), "cut at {cut}: given up after {after:?}");
            });
        }
    }
}

/// D11: a pause of 50 ms within a frame lost everything after it.
#[test]
fn a_frame_that_is_whole_just_in_time_is_taken() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut raw = memory.raw(TestWorker).await;
        let frame = command("slow", "get_state");
        // Twice in a row: the second frame has its own 10 s.
        for _ in 0..2 {
            raw.write(&frame[..7]).await.unwrap();
            memory.clock().sleep(Duration::from_millis(9_900)).await;
            raw.write(&frame[7..]).await.unwrap();
            assert!(
                matches!(raw.next().await, Some(Message::Response(response)) if response.msg_id == "slow")
            );
        }
    });
}

#[test]
fn a_trickle_does_not_put_the_end_off() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut raw = memory.raw(TestWorker).await;
        for byte in &command("slow", "get_state")[..20] {
            if raw.write(&[*byte]).await.is_err() {
                break;
            }
            memory.clock().sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(raw.next_error().await.code, ErrorCode::BadFrame);
        assert_eq!(raw.next().await, None);
    });
}

#[test]
fn a_quiet_client_is_no_half_frame() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut raw = memory.raw(TestWorker).await;
        memory.clock().sleep(Duration::from_secs(3600)).await;
        raw.assert_served().await;
        memory.clock().sleep(Duration::from_secs(3600)).await;
        raw.assert_served().await;
    });
}

#[test]
fn a_worker_that_takes_its_time_is_not_the_clients_fault() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, ears) = memory.start_probe(TestWorker, launch()).await;
        let mut raw = memory.raw(TestWorker).await;
        // The worker is busy with the first command for a minute; half of the second is there all along.
        let second = command("second", "get_state");
        let mut bytes = command("busy", "hang");
        bytes.extend_from_slice(&command("first", "done"));
        bytes.extend_from_slice(&second[..9]);
        raw.write(&bytes).await.unwrap();
        memory.clock().sleep(Duration::from_secs(60)).await;
        raw.write(&second[9..]).await.unwrap();
        ears.let_go.notify_one();
        for expect in ["busy", "first", "second"] {
            let msg_id = match raw.next().await {
                Some(Message::Ack(ack)) => ack.msg_id,
                Some(Message::Response(response)) => response.msg_id,
                other => panic!("an answer was due, not {other:?}"),
            };
            assert_eq!(msg_id, expect);
        }
    });
}
