//! Heartbeats go to whoever asked for them with `watch`, and into nobody's answers.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::{Launch, Message, Outcome, Status};
use vj_core::ProcessName::TestWorker;

use crate::support::bus::{Bus, launch};
use crate::support::memory::Memory;
use crate::support::{real, virtually, within_deadline};

#[test]
fn d8_without_watch_a_connection_carries_nothing_but_answers() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        let mut raw = memory.raw(TestWorker).await;
        for n in 0..20 {
            // Some heartbeats later the next thing to be read is still the answer.
            watcher.next_heartbeat().await.unwrap();
            let msg_id = n.to_string();
            match raw.ask(&msg_id, "get_state").await {
                Some(Message::Response(response)) => assert_eq!(response.msg_id, msg_id),
                other => panic!("a response was due, not {other:?}"),
            }
        }
    });
}

#[test]
fn d8_a_watcher_gets_its_answers_too_each_matched() {
    real(async {
        let bus = Bus::new();
        let launch = Launch { heartbeat: Duration::from_millis(2), ..launch() };
        let (process, _ears) = bus.start_probe(TestWorker, launch).await;
        let mut client = bus.client(TestWorker).await;
        assert!(matches!(client.call("watch", Value::Null).await, Outcome::Replied(_)));
        for n in 0..50 {
            let args = json!({"n": n});
            assert_eq!(client.call("ask", args.clone()).await.ok().unwrap().data, args);
            let beat = within_deadline(client.next_heartbeat()).await.unwrap();
            assert_eq!((beat.worker.as_str(), beat.pid), ("test_worker", process.pid));
        }
    });
}

#[test]
fn whoever_comes_late_may_ask_for_what_was_said_before_and_hears_nothing_twice() {
    virtually(async {
        let memory = Memory::new(4096);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut first = memory.client(TestWorker).await;
        assert_eq!(first.call("watch", Value::Null).await.ok().unwrap().data, Value::Null);
        first.call("set_config", json!({})).await.ok().unwrap();
        let mut said = Vec::new();
        for _ in 0..2 {
            said.extend(first.next_heartbeat().await.unwrap().logs);
        }
        let mut late = memory.client(TestWorker).await;
        let told = late.call("watch", json!({"recent_logs": true})).await.ok().unwrap().data;
        assert_eq!(told, json!({"pid": process.env.pid, "logs": said}));
        assert_eq!(late.next_heartbeat().await.unwrap().logs, first.next_heartbeat().await.unwrap().logs);
    });
}

#[test]
fn a_heartbeat_comes_every_5_s_and_at_once_when_the_status_changes() {
    virtually(async {
        let memory = Memory::new(4096);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        let start = memory.clock().now();
        for n in 1..=3 {
            assert_eq!(watcher.next_heartbeat().await.unwrap().status, Status::Running);
            let after = memory.clock().now().since(start);
            let due = Duration::from_secs(5 * n);
            assert!((due..due + Duration::from_millis(20)).contains(&after), "beat {n} after {after:?}");
        }
        let mut other = memory.client(TestWorker).await;
        assert!(matches!(other.call("degrade", Value::Null).await, Outcome::Replied(_)));
        let before = memory.clock().now();
        let beat = watcher.next_heartbeat().await.unwrap();
        assert_eq!((beat.status, memory.clock().now()), (Status::Degraded, before));
    });
}

#[test]
fn the_last_heartbeat_says_that_the_process_is_stopping() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut watcher = bus.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        process.env.shutdown.ask();
        let beat = within_deadline(watcher.next_heartbeat()).await.unwrap();
        assert_eq!(beat.status, Status::Stopping);
        assert_eq!(process.exit_code().await, 0);
        while within_deadline(watcher.next_heartbeat()).await.is_ok() {}
    });
}

#[test]
fn logs_wait_for_the_first_who_listens() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        process.env.log.warn("said to nobody");
        memory.clock().sleep(Duration::from_secs(60)).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        let said: Vec<_> = watcher.next_heartbeat().await.unwrap().logs;
        assert!(said.iter().any(|log| log.message == "said to nobody"), "{said:?}");
    });
}

#[test]
fn long_logs_do_not_silence_the_heartbeats() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        let logs = json!({"count": 50, "bytes": 30_000});
        assert!(matches!(watcher.call("log", logs).await, Outcome::Replied(_)));
        let beat = watcher.next_heartbeat().await.unwrap();
        assert_eq!((beat.logs.len(), beat.logs_left_out >= 50), (0, true));
    });
}

#[test]
fn a_warning_does_not_wait_for_the_next_heartbeat_and_no_flood_of_them_is_one_of_heartbeats() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        // The regular one first, so that what follows is none.
        let _ = watcher.next_heartbeat().await.unwrap();
        let said_at = memory.clock().now();
        process.env.log.info("by the way");
        process.env.log.warn("first");
        let beat = watcher.next_heartbeat().await.unwrap();
        let said: Vec<_> = beat.logs.iter().map(|log| log.message.as_str()).collect();
        assert!(said.ends_with(&["by the way", "first"]), "{said:?}");
        assert!(memory.clock().now().since(said_at) <= Duration::from_millis(5));
        for n in 0..120 {
            process.env.log.error(format!("again {n}"));
        }
        let (mut beats, mut heard) = (0, 0);
        while heard < 120 {
            heard += watcher.next_heartbeat().await.unwrap().logs.len();
            beats += 1;
        }
        assert_eq!((beats, heard), (3, 120), "fifty at a time");
        let took = memory.clock().now().since(said_at);
        assert!((Duration::from_millis(300)..Duration::from_millis(400)).contains(&took), "{took:?}");
    });
}
