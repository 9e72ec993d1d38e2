//! Defects of the Python system that `vj` replaces, tried on real processes; `show.rs` and `live.rs` hold others.

use std::fs;

use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use vj_bus::{Client, Outcome, discover};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};
use vj_env::real::{BusDir, UnixControl, real_clock};

use crate::real_show::{Show, Wire, code, gone, signal, until};

/// D1, D2: who knew nothing but the directory reached nobody.
#[test]
fn d1_d2_whoever_knows_the_bus_directory_reaches_everybody_and_stays_connected() {
    let show = Show::of_a_file();
    show.up();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let clock = real_clock();
        let control = UnixControl::new(BusDir::look_at(&show.path("bus")), clock.clone());
        let found = discover(&control, &clock).await;
        assert_eq!(found.iter().map(|it| it.name).collect::<Vec<_>>(), [ProcessManager, AudioAnalyzer]);
        for it in &found {
            assert_eq!(it.state.as_ref().unwrap()["worker"], it.name.as_str());
            let mut client = Client::connect(&control, &clock, it.name).await.unwrap();
            for _ in 0..3 {
                assert!(matches!(client.call("get_state", Value::Null).await, Outcome::Replied(_)));
            }
        }
    });
    let before = show.pid("audio_analyzer");
    show.fine(&["restart", "audio_analyzer"]);
    assert_ne!(show.pid("audio_analyzer"), before, "an order is obeyed too");
}

/// D3: the status command crashed, and elsewhere called everything dead.
#[test]
fn d3_status_is_the_same_from_wherever_it_is_asked() {
    let show = Show::of_a_file();
    show.up();
    for dir in ["/", env!("CARGO_MANIFEST_DIR")] {
        let output = show.command(&["status"]).current_dir(dir).output().unwrap();
        let said = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(code(&output) == Some(0) && said.contains("healthy"), "from {dir}: {said}");
    }
}

/// D4: what was stopped was started again by whoever was not.
#[cfg(target_os = "linux")]
#[test]
fn d4_down_leaves_nobody_who_could_start_anything_again() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_TIME_SCALE".to_owned(), "10".to_owned()));
    show.up();
    // Also in the middle of a restart.
    signal(show.pid("audio_analyzer"), "-KILL");
    show.until("process_manager", "it waits to start it again", |state| {
        state["workers"]["audio_analyzer"]["health"] == "backoff"
    });
    show.fine(&["down"]);
    assert_eq!(crate::real_show::processes_of(&show), []);
    assert_eq!(code(&show.vj(&["status"])), Some(3));
}

#[test]
fn d14_sigterm_to_a_worker_alone_ends_it_in_order_and_leaves_no_socket() {
    let show = Show::of_a_file();
    let mut worker = show.command(&["worker", "audio_analyzer"]).spawn().unwrap();
    show.until("audio_analyzer", "it serves", |state| state["status"] == "running");
    signal(worker.id(), "-TERM");
    let status = until("it ends", || worker.try_wait().unwrap()).unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(!show.path("bus/audio_analyzer.sock").exists());
    assert!(show.path("bus/audio_analyzer.lock").exists());
}

#[test]
fn d21_a_worker_that_the_config_disables_is_supervised_once_it_is_started() {
    let mut show = Show::of_a_file();
    show.env.push(("VJ_AUDIO_ANALYZER_ENABLED".to_owned(), "false".to_owned()));
    show.up();
    let state = show.state("process_manager").unwrap();
    assert_eq!(state["workers"]["audio_analyzer"]["health"], "stopped");
    show.fine(&["start", "audio_analyzer"]);
    let worker = show.pid("audio_analyzer");
    signal(worker, "-KILL");
    gone(worker);
    show.until("process_manager", "another one is healthy", |state| {
        let it = &state["workers"]["audio_analyzer"];
        it["health"] == "healthy" && it["pid"] != worker
    });
}

/// D24: after 64 KiB that nobody read the worker stood still for good.
#[test]
fn d24_what_a_process_says_never_holds_it_up() {
    let show = Show::of_a_file();
    show.up();
    let mut worker = Wire::to(&show, "audio_analyzer");
    for n in 0..600 {
        let on = n % 2 == 0;
        let answer = worker.ask(json!({
            "type": "command", "msg_id": n.to_string(), "cmd": "set_config", "enable_bpm": on, "enable_pitch": on,
            "enable_structure": on, "enable_spectrum": on, "latency_ms": n % 2,
        }));
        assert_eq!(
            (&answer["success"], &answer["msg_id"]),
            (&true.into(), &n.to_string().into()),
            "{answer}"
        );
    }
    for _ in 0..900 {
        // It believes only whoever holds the worker's lock, and says so.
        let answer = Wire::to(&show, "process_manager").ask(json!({
            "type": "register", "worker": "audio_analyzer", "pid": 1, "version": "0", "socket_path": "",
            "osc_addresses": [],
        }));
        assert_eq!(answer["type"], "ack", "{answer}");
    }
    for process in ["audio_analyzer", "process_manager"] {
        let said = fs::metadata(show.path(&format!("state/logs/{process}.log"))).unwrap().len();
        assert!(said > 64 * 1024, "{process} said {said} bytes, which would have fitted into a pipe");
    }
    assert_eq!(code(&show.vj(&["status"])), Some(0));
}

/// D30: the state of the audio worker could not be asked for, with a device or without.
#[test]
fn d30_the_audio_worker_tells_its_state_whatever_it_listens_to() {
    let mut show = Show::of_a_file();
    show.up();
    let state = show.state("audio_analyzer").unwrap();
    assert_eq!((&state["status"], &state["device"]), (&"running".into(), &Value::Null));
    show.fine(&["send", "audio_analyzer", "set_config", "source=device"]);
    // Which inputs this machine has is not ours to say.
    let state = show.until("audio_analyzer", "it has looked for an input", |state| {
        state["device"].is_string() || state["last_error"].is_string()
    });
    assert!(matches!(state["status"].as_str(), Some("running" | "degraded")), "{state}");
    show.env.push(("VJ_AUDIO_ANALYZER_SOURCE".to_owned(), "file:/no/such.wav".to_owned()));
    show.fine(&["down"]);
    show.up();
    let state = show.state("audio_analyzer").unwrap();
    assert_eq!((&state["status"], &state["device"]), (&"degraded".into(), &Value::Null));
}
