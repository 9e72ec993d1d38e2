//! `osc_debugger`: what goes over OSC, and what all processes say, in one place.
//!
//! D28: the Python system's debugger listened at a port to which nobody sent. D29: nothing ever fed its logs.

use rosc::{OscMessage, OscPacket, OscType, encoder};
use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, OscDebugger, ProcessManager, TestWorker};
use vj_env::Datagrams;
use vj_sim::stage::{DEBUGGER, Stage};

use crate::support::{Show, play, two_workers, words};

/// The analyser, a worker without a job, and the debugger.
fn stage() -> Stage {
    two_workers("drums").with(OscDebugger, json!({}))
}

const ALL: [vj_core::ProcessName; 3] = [AudioAnalyzer, TestWorker, OscDebugger];

fn packet(addr: &str) -> Vec<u8> {
    let message = OscMessage { addr: addr.to_owned(), args: vec![OscType::Int(7)] };
    encoder::encode(&OscPacket::Message(message)).unwrap()
}

impl Show {
    fn tells_debugger(&self, packet: &[u8]) {
        self.world.telemetry().send(DEBUGGER.into(), packet);
    }

    async fn captured(&self, pattern: &str, args: Value) -> Vec<Value> {
        let mut args = args;
        args["pattern"] = pattern.into();
        let data = self.ask(OscDebugger, "get_messages", args).await.ok().unwrap().data;
        data["messages"].as_array().unwrap().clone()
    }

    async fn logs(&self, args: Value) -> Vec<Value> {
        let data = self.ask(OscDebugger, "get_logs", args).await.ok().unwrap().data;
        data["logs"].as_array().unwrap().clone()
    }

    fn listens(&self, port: u16) -> Box<dyn Datagrams> {
        self.world.telemetry().listen(([127, 0, 0, 1], port).into()).unwrap()
    }
}

/// How many datagrams wait.
fn waiting(datagrams: &mut dyn Datagrams) -> usize {
    let mut buffer = vec![0; 65_536];
    std::iter::from_fn(|| datagrams.try_receive(&mut buffer)).count()
}

#[test]
fn d28_every_workers_osc_is_captured_with_its_sender_whatever_the_targets_are() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        show.pause(3.0).await;
        let levels = show.captured("/audio/levels", json!({"count": 100})).await;
        assert!(levels.len() == 100, "{}", levels.len());
        for (message, next) in levels.iter().zip(&levels[1..]) {
            let shape = (&message["from"], &message["tags"], message["args"].as_array().unwrap().len());
            assert_eq!(shape, (&json!("audio_analyzer"), &json!("ffffffff"), 8));
            assert!(message["seq"].as_u64() < next["seq"].as_u64(), "the newest last");
        }
        let health = show.captured("/vj/worker/*", json!({})).await;
        assert!(health.iter().all(|message| message["from"] == "process_manager"), "{health:?}");
        let state = show.state(OscDebugger).await;
        let sources = &state["sources"];
        assert_eq!(
            (&sources["audio_analyzer"]["connected"], &sources["spotify_monitor"]),
            (&true.into(), &Value::Null)
        );
        let rate = |address: &str| {
            let list = state["addresses"].as_array().unwrap();
            list.iter().find(|it| it["addr"] == address).map(|it| it["per_sec"].as_u64().unwrap())
        };
        assert!((59..=61).contains(&rate("/audio/levels").unwrap()), "{:?}", rate("/audio/levels"));
        // As many as the visuals got since it began to listen.
        let sent = show.osc().iter().filter(|line| line.from == "audio_analyzer").count() as u64;
        let heard = sources["audio_analyzer"]["packets"].as_u64().unwrap();
        assert!(heard <= sent && heard + 200 > sent, "{heard} of {sent}");
    });
}

#[test]
fn d28_what_anybody_sends_to_its_port_is_captured_and_passed_on_to_subscribers() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        let (mut all, mut some) = (show.listens(7_001), show.listens(7_002));
        show.done(OscDebugger, "subscribe", json!({"host": "127.0.0.1", "port": 7_001})).await;
        let few = json!({"host": "127.0.0.1", "port": 7_002, "patterns": ["/two/*"]});
        show.done(OscDebugger, "subscribe", few).await;
        for addr in ["/one", "/two/a", "/two/b"] {
            show.tells_debugger(&packet(addr));
        }
        show.pause(0.01).await;
        let captured = show.captured("/one", json!({})).await;
        assert_eq!(captured.len(), 1);
        let shape = ["from", "addr", "tags", "args"].map(|name| captured[0][name].clone());
        assert_eq!(shape, [json!("127.0.0.1:20000"), json!("/one"), json!("i"), json!([7])]);
        assert_eq!((waiting(&mut *all), waiting(&mut *some)), (3, 2));
    });
}

#[test]
fn nothing_that_is_passed_on_goes_round() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        show.done(OscDebugger, "set_config", json!({"max_messages": 10_000})).await;
        // Whoever sends has subscribed, and so has the debugger's own port, with it and with the analyser.
        let mut sender = show.listens(20_000);
        for (worker, port) in [(OscDebugger, 20_000), (OscDebugger, 9_001), (AudioAnalyzer, 9_001)] {
            show.done(worker, "subscribe", json!({"host": "127.0.0.1", "port": port, "lease_sec": 60})).await;
        }
        show.tells_debugger(&packet("/once"));
        show.pause(2.0).await;
        assert_eq!(show.captured("/once", json!({})).await.len(), 1);
        let state = show.state(OscDebugger).await;
        let packets = |name: &str| state["sources"][name]["packets"].as_u64().unwrap();
        // That one, and each message of the analyser once more.
        assert!(packets("listen") <= packets("audio_analyzer") + 1, "{}", state["sources"]);
        let mut buffer = vec![0; 65_536];
        while let Some((len, _)) = sender.try_receive(&mut buffer) {
            assert!(!buffer[..len].starts_with(b"/once"), "it came back");
        }
    });
}

#[test]
fn d28_a_killed_worker_is_captured_again_once_it_is_back_and_so_is_everybody_by_a_new_debugger() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        for victim in [AudioAnalyzer, OscDebugger] {
            show.pause(2.0).await;
            show.kill(victim).await;
            show.health_within(victim, "healthy", 2.0).await;
            // It looks for those that are gone four times a second.
            show.pause(0.3).await;
            show.done(OscDebugger, "clear", json!({})).await;
            show.pause(1.0).await;
            let levels = show.captured("/audio/levels", json!({"count": 100})).await;
            assert!((55..=62).contains(&levels.len()), "after the death of {victim}: {}", levels.len());
        }
    });
}

#[test]
fn d29_what_every_process_says_is_gathered_the_manager_and_itself_too() {
    play(stage(), |show| async move {
        let manager = show.begin(&ALL).await;
        show.pause(0.3).await;
        show.kill(TestWorker).await;
        show.pause(7.0).await;
        let logs = show.logs(json!({"count": 500})).await;
        for process in ["process_manager", "audio_analyzer", "test_worker", "osc_debugger"] {
            assert!(logs.iter().any(|it| it["worker"] == process), "{process} in {logs:#?}");
        }
        // Also what a process said before anybody could watch it.
        let first = logs.iter().filter(|it| words(it["message"].as_str().unwrap(), &["registered with"]));
        let mut pids: Vec<_> = first.map(|it| it["pid"].as_u64().unwrap()).collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 4, "three workers, one of them twice: {logs:#?}");
        let said = show.logs(json!({"worker": "process_manager"})).await;
        let told = said
            .iter()
            .find(|it| words(it["message"].as_str().unwrap(), &["test_worker", "ended: signal 9"]));
        let told = told.unwrap_or_else(|| panic!("{said:#?}"));
        assert_eq!((&told["pid"], &told["level"]), (&manager.into(), &"info".into()));
        assert!(told["time_ms"].as_u64() > Some(1_700_000_000_000));
    });
}

#[test]
fn d29_a_complaint_is_there_within_200_ms() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        show.pause(6.3).await;
        show.world.set_disk_full(true);
        show.done(AudioAnalyzer, "set_config", json!({"latency_ms": 5})).await;
        let said_at = show.now();
        let there = async || {
            let logs = show.logs(json!({"worker": "audio_analyzer", "level": "warning"})).await;
            logs.iter().any(|it| words(it["message"].as_str().unwrap(), &["failed to keep the settings"]))
        };
        while !there().await {
            assert!(show.now() < said_at + 0.2, "not within 200 ms");
            show.pause(0.01).await;
        }
        // Those that come often are gathered, and none is lost.
        for latency_ms in 0..40 {
            show.done(AudioAnalyzer, "set_config", json!({"latency_ms": latency_ms})).await;
        }
        show.pause(0.3).await;
        let logs = show.logs(json!({"worker": "audio_analyzer", "level": "error"})).await;
        assert_eq!(logs.len(), 41);
    });
}

#[test]
fn a_port_that_is_taken_is_said_and_nothing_else_is_held_up() {
    play(stage(), |show| async move {
        let visuals = show.listens(9_001);
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.health_within(OscDebugger, "degraded", 2.0).await;
        show.pause(3.0).await;
        let state = show.state(OscDebugger).await;
        let why = state["last_error"].as_str().unwrap();
        assert!(words(why, &["127.0.0.1:9001", "[osc_debugger] listen", "in use"]), "{why}");
        assert_eq!((&state["status"], &state["listening"]), (&json!("degraded"), &Value::Null));
        assert!(show.captured("/audio/levels", json!({})).await.len() == 50, "the workers are heard");
        let said = show.logs(json!({"worker": "osc_debugger", "level": "error"})).await;
        assert_eq!(said.len(), 1, "said once, not with each attempt: {said:?}");
        drop(visuals);
        show.health_within(OscDebugger, "healthy", 2.5).await;
        show.tells_debugger(&packet("/now"));
        show.pause(0.01).await;
        assert_eq!(show.captured("/now", json!({})).await.len(), 1);
        assert_eq!(show.state(ProcessManager).await["workers"]["osc_debugger"]["restart_count"], 0);
    });
}

#[test]
fn what_is_malformed_is_counted_and_shown_and_does_no_harm() {
    play(stage(), |show| async move {
        show.begin(&ALL).await;
        show.done(OscDebugger, "clear", json!({})).await;
        show.done(OscDebugger, "set_config", json!({"max_messages": 10_000})).await;
        for junk in [&b"junk"[..], b"", b"/a", b"#bundle\0\0\0\0\0\0\0\0\x01\xff\xff\xff\xff", &[0; 60_000]] {
            show.tells_debugger(junk);
        }
        show.tells_debugger(&packet("/good"));
        show.pause(0.01).await;
        let data = show.ask(OscDebugger, "get_messages", json!({"count": 1_000})).await.ok().unwrap().data;
        let list = data["messages"].as_array().unwrap();
        let bad: Vec<_> = list.iter().filter(|it| it["error"].is_string()).collect();
        assert_eq!(bad.len(), 5, "{bad:?}");
        assert!(bad.iter().all(|it| it["addr"] == "" && it["from"] == "127.0.0.1:20000"));
        assert_eq!(bad.iter().map(|it| it["bytes"].as_u64().unwrap()).sum::<u64>(), 60_026);
        assert_eq!(show.state(OscDebugger).await["stats"]["malformed"], 5);
        assert_eq!(
            show.captured("/*", json!({"count": 1_000}))
                .await
                .iter()
                .filter(|it| it["error"].is_string())
                .count(),
            0
        );
        assert_eq!(show.captured("/good", json!({})).await.len(), 1);
    });
}
