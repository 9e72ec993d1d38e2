//! `set_config`: all or nothing, in effect at once, kept over a crash.

use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::{Client, Launch, Outcome};
use vj_core::ProcessName::TestWorker;
use vj_core::settings::Source;

use crate::support::bus::{Bus, launch};
use crate::support::memory::Memory;
use crate::support::probe::Heard;
use crate::support::{real, virtually};

#[test]
fn one_bad_key_or_value_changes_nothing_and_the_message_says_what_is_allowed() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        for (args, says) in [
            (json!({"loop": true, "gain": 9}), "'gain' cannot be 9 (allowed: a number from 0 to 2)"),
            (json!({"loop": true, "gian": 1}), "unknown key 'gian' (allowed: loop, gain)"),
            (json!({"loop": true, "enabled": false}), "unknown key 'enabled' (allowed: loop, gain)"),
            (json!({"loop": true, "gian": null}), "unknown key 'gian' (allowed: loop, gain)"),
            (json!({"gain": 0.5, "loop": "yes"}), "'loop' cannot be \"yes\" (allowed: true or false)"),
        ] {
            assert_eq!(client.call("set_config", args).await, Outcome::Refused(says.to_owned()));
            assert_eq!(config(&mut client).await, (json!({"loop": false, "gain": 1.0}), default_sources()));
        }
    });
}

#[test]
fn it_takes_effect_at_once_and_null_takes_it_back() {
    real(async {
        let bus = Bus::new();
        let (_process, mut ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        set(&mut client, json!({"gain": 0.5})).await;
        assert_eq!(ears.next().await, Heard::Settings(vec!["gain"]));
        let sources = json!({"loop": "default", "gain": "override"});
        assert_eq!(config(&mut client).await, (json!({"loop": false, "gain": 0.5}), sources));
        set(&mut client, json!({"gain": null})).await;
        assert_eq!(ears.next().await, Heard::Settings(vec!["gain"]));
        assert_eq!(config(&mut client).await, (json!({"loop": false, "gain": 1.0}), default_sources()));
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        set(&mut client, json!({"gain": 0.25, "loop": true})).await;
        process.kill().await;
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        let sources = json!({"loop": "override", "gain": "override"});
        assert_eq!(config(&mut client).await, (json!({"loop": true, "gain": 0.25}), sources));
    });
}

#[test]
fn an_override_falls_when_the_file_changes_and_does_not_come_back() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, with_file(0.5)).await;
        set(&mut bus.client(TestWorker).await, json!({"gain": 0.75})).await;
        process.kill().await;
        for (in_file, expect) in [(0.5, (0.75, "override")), (1.5, (1.5, "file")), (0.5, (0.5, "file"))] {
            let (process, _ears) = bus.start_probe(TestWorker, with_file(in_file)).await;
            let (config, sources) = config(&mut bus.client(TestWorker).await).await;
            assert_eq!((config["gain"].clone(), sources["gain"].clone()), (json!(expect.0), json!(expect.1)));
            process.kill().await;
        }
    });
}

#[test]
fn a_damaged_file_is_set_aside_and_the_worker_starts() {
    real(async {
        let bus = Bus::new();
        let file = bus.state_dir().join("overrides/test_worker.json");
        for damage in ["", "{\"gain\": {\"val", "[1]", "\u{0}\u{0}\u{0}"] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, damage).unwrap();
            let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
            let mut client = bus.client(TestWorker).await;
            assert_eq!(config(&mut client).await, (json!({"loop": false, "gain": 1.0}), default_sources()));
            assert!(!file.exists());
            assert_eq!(std::fs::read_to_string(file.with_extension("json.damaged")).unwrap(), damage);
            // And there is room for new ones.
            set(&mut client, json!({"gain": 0.5})).await;
            assert!(file.exists());
            process.kill().await;
            std::fs::remove_file(&file).unwrap();
        }
    });
}

#[test]
fn two_clients_at_once_do_not_undo_each_other() {
    virtually(async {
        let memory = Memory::new(4096);
        let (process, _ears) = memory.start_probe(TestWorker, launch()).await;
        memory.slow_down_store(Duration::from_millis(100));
        let (mut a, mut b) = (memory.client(TestWorker).await, memory.client(TestWorker).await);
        let (first, second) = tokio::join!(
            a.call("set_config", json!({"gain": 0.5})),
            b.call("set_config", json!({"loop": true}))
        );
        assert!(matches!((first, second), (Outcome::Replied(_), Outcome::Replied(_))));
        assert_eq!(config(&mut a).await.0, json!({"loop": true, "gain": 0.5}));
        process.kill().await;
        let (_process, _ears) = memory.start_probe(TestWorker, launch()).await;
        let mut client = memory.client(TestWorker).await;
        assert_eq!(config(&mut client).await.0, json!({"loop": true, "gain": 0.5}));
    });
}

fn with_file(gain: f64) -> Launch {
    let file: Map<String, Value> = json!({"gain": gain}).as_object().cloned().unwrap();
    Launch { layers: vec![(Source::File, file)], ..launch() }
}

async fn set(client: &mut Client, args: Value) {
    let outcome = client.call("set_config", args).await;
    assert!(matches!(&outcome, Outcome::Replied(reply) if reply.message.is_none()), "{outcome:?}");
}

async fn config(client: &mut Client) -> (Value, Value) {
    let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
    (state["config"].clone(), state["config_source"].clone())
}

fn default_sources() -> Value {
    json!({"loop": "default", "gain": "default"})
}
