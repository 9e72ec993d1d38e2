//! Heartbeats tell that the worker's own loop turns, not only that its process is there: a hung worker falls silent.

use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::Outcome;
use vj_core::ProcessName::TestWorker;

use crate::support::bus::launch;
use crate::support::memory::Memory;
use crate::support::probe::Heard;
use crate::support::virtually;

#[test]
fn heartbeats_cease_while_the_loop_does_not_turn_and_come_back_with_it() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        let mut client = memory.client(TestWorker).await;
        assert!(matches!(client.call("hang", Value::Null).await, Outcome::Replied(_)));
        // The one whose question was still answered, at most; then silence.
        let hung = memory.clock().now();
        let silence = async {
            while watcher.next_heartbeat().await.is_ok() {
                assert!(
                    memory.clock().now().since(hung) <= Duration::from_millis(5_010),
                    "a hung worker beats"
                );
            }
        };
        assert!(memory.clock().timeout(Duration::from_secs(120), silence).await.is_err());
        // The service still answers, and says what is wrong.
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert!(state["last_error"].as_str().unwrap().contains("does not turn"), "{state}");
        ears.let_go.notify_one();
        let beat = memory.clock().timeout(Duration::from_secs(11), watcher.next_heartbeat()).await;
        assert!(beat.expect("it beats again").is_ok());
    });
}

/// Clients must not be able to make the line grow while nobody comes to it.
#[test]
fn what_a_hung_worker_is_told_again_and_again_it_hears_once() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (_process, mut ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        assert!(matches!(client.call("hang", Value::Null).await, Outcome::Replied(_)));
        for n in 0..500 {
            let values = json!({"gain": f64::from(n) / 500.0, "loop": n % 2 == 0});
            assert!(matches!(client.call("set_config", values).await, Outcome::Replied(_)));
            assert!(matches!(client.call("restart", Value::Null).await, Outcome::Replied(_)));
        }
        ears.let_go.notify_one();
        let Heard::Settings(mut keys) = ears.next().await else { panic!("the settings changed first") };
        keys.sort_unstable();
        assert_eq!(keys, ["gain", "loop"]);
        assert_eq!(ears.next().await, Heard::Started);
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!((&state["runs"], &state["config"]["gain"]), (&json!(2), &json!(0.998)));
    });
}

#[test]
fn a_frozen_process_sends_one_heartbeat_when_it_wakes_and_not_all_that_it_missed() {
    virtually(async {
        let memory = Memory::new(64 * 1024);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut watcher = memory.client(TestWorker).await;
        assert!(matches!(watcher.call("watch", Value::Null).await, Outcome::Replied(_)));
        process.env.scope.gate().freeze();
        memory.clock().sleep(Duration::from_secs(60)).await;
        process.env.scope.gate().thaw();
        let woken = memory.clock().now();
        let mut beats = 0;
        let count = async {
            while watcher.next_heartbeat().await.is_ok() {
                beats += 1;
            }
        };
        assert!(memory.clock().timeout(Duration::from_millis(4_900), count).await.is_err());
        assert_eq!(beats, 1, "until {:?} after it woke", memory.clock().now().since(woken));
    });
}
