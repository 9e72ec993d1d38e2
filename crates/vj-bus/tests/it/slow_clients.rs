//! A client that does not read holds up nobody but itself.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{FrameError, Launch, Message, Outcome};
use vj_core::ProcessName::TestWorker;
use vj_core::limits::WATCHER_BACKLOG_MAX;

use crate::support::bus::launch;
use crate::support::memory::Memory;
use crate::support::raw::json_frame;
use crate::support::virtually;

#[test]
fn a_client_that_does_not_read_is_not_read_from_and_loses_nothing() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut deaf = memory.raw(TestWorker).await;
        let ask = |n: usize| json_frame(&json!({"type": "command", "msg_id": n.to_string(), "cmd": "ask"}));
        // Asks until nothing moves any more: both directions of its connection are full.
        let mut sent = 0;
        let mut cut = Vec::new();
        while cut.is_empty() {
            let frame = ask(sent);
            let mut written = 0;
            let writing = async {
                for byte in &frame {
                    deaf.write(std::slice::from_ref(byte)).await.unwrap();
                    written += 1;
                }
            };
            if memory.clock().timeout(Duration::from_secs(1), writing).await.is_err() {
                cut = frame[written..].to_vec();
            }
            sent += 1;
            assert!(sent < 10_000, "its commands are read although it takes no answers");
        }
        // Others are served as ever, for as long as it stays like that.
        let mut other = memory.client(TestWorker).await;
        for _ in 0..100 {
            let before = memory.clock().now();
            assert!(matches!(other.call("ask", Value::Null).await, Outcome::Replied(_)));
            assert_eq!(memory.clock().now(), before, "it waited for somebody");
            memory.clock().sleep(Duration::from_secs(1)).await;
        }
        // Then it reads, and everything is there.
        for n in 0..sent - 1 {
            match deaf.next().await {
                Some(Message::Response(response)) => assert_eq!(response.msg_id, n.to_string()),
                other => panic!("a response was due, not {other:?}"),
            }
        }
        deaf.write(&cut).await.unwrap();
        assert!(
            matches!(deaf.next().await, Some(Message::Response(last)) if last.msg_id == (sent - 1).to_string())
        );
    });
}

/// One heartbeat is stuck on its way out, 64 may wait behind it; one more and the watcher is dropped.
#[test]
fn a_watcher_that_falls_64_heartbeats_behind_is_dropped_and_others_are_not() {
    for (behind, dropped) in [(WATCHER_BACKLOG_MAX + 1, false), (WATCHER_BACKLOG_MAX + 2, true)] {
        virtually(async {
            // Less than one heartbeat fits into the connection.
            let memory = Memory::new(64);
            let launch = Launch { heartbeat: Duration::from_secs(5), ..launch() };
            let (_process, _ears) = memory.start_probe(TestWorker, launch).await;
            let mut good = memory.client(TestWorker).await;
            assert!(matches!(good.call("watch", Value::Null).await, Outcome::Replied(_)));
            let mut deaf = memory.raw(TestWorker).await;
            assert!(matches!(deaf.ask("w", "watch").await, Some(Message::Ack(_))));
            for _ in 0..behind {
                good.next_heartbeat().await.unwrap();
            }
            // A moment for the watcher's connection to notice, and no heartbeat in it.
            memory.clock().sleep(Duration::from_secs(1)).await;
            let mut read = 0;
            let end = loop {
                match memory.clock().timeout(Duration::from_secs(1), deaf.next_frame()).await {
                    Ok(Ok(Some(_))) => read += 1,
                    Ok(end) => break Some(end),
                    Err(_) => break None,
                }
            };
            if dropped {
                assert!(
                    matches!(end, Some(Err(FrameError::Torn))),
                    "it should be dropped, not {end:?} after {read}"
                );
            } else {
                assert!(end.is_none(), "it should stay, not {end:?}");
                assert_eq!(read, behind);
            }
            assert!(good.next_heartbeat().await.is_ok());
            assert!(matches!(good.call("get_state", Value::Null).await, Outcome::Replied(_)));
        });
    }
}

#[test]
fn a_watcher_that_waits_for_an_answer_still_gets_its_heartbeats() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        assert!(matches!(client.call("watch", Value::Null).await, Outcome::Replied(_)));
        client.send("hold", Value::Null);
        for _ in 0..5 {
            assert!(client.next_heartbeat().await.is_ok());
        }
        assert_eq!(client.pending(), 1);
    });
}

#[test]
fn a_client_that_never_reads_does_not_hold_up_the_end() {
    virtually(async {
        let memory = Memory::new(64);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut deaf = memory.raw(TestWorker).await;
        deaf.write(&crate::support::raw::command("1", "get_state")).await.unwrap();
        memory.clock().sleep(Duration::from_secs(1)).await;
        let before = memory.clock().now();
        process.env.shutdown.ask();
        assert_eq!(process.exit_code().await, 0);
        assert!(memory.clock().now().since(before) <= Duration::from_millis(510));
    });
}
