//! Every command gets exactly one answer, of the right kind, with its own `msg_id`.

use serde_json::{Value, json};
use vj_bus::message::{Ack, ErrorMessage};
use vj_bus::{ErrorCode, Launch, Message, Outcome};
use vj_core::ProcessName::{self, TestWorker};
use vj_core::settings::Source;

use crate::support::bus::{Bus, launch};
use crate::support::raw::{Raw, command};
use crate::support::real;

#[test]
fn get_state_has_every_field_of_the_contract() {
    real(async {
        let bus = Bus::new();
        let file = json!({"gain": 0.5}).as_object().cloned().unwrap();
        let flag = json!({"loop": true}).as_object().cloned().unwrap();
        let launch = Launch { layers: vec![(Source::File, file), (Source::Flag, flag)], ..launch() };
        let (process, _ears) = bus.start_probe(TestWorker, launch).await;
        let mut client = bus.client(TestWorker).await;
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!(state["worker"], "test_worker");
        assert_eq!(state["pid"], process.pid);
        assert_eq!(state["version"], vj_bus::VERSION);
        assert_eq!(state["status"], "running");
        assert!(state["uptime_sec"].as_f64().unwrap() >= 0.0);
        assert_eq!(state["config"], json!({"loop": true, "gain": 0.5}));
        assert_eq!(state["config_source"], json!({"loop": "flag", "gain": "file"}));
        assert_eq!(state["stats"], json!({"runs": 1}));
        assert_eq!(state["last_error"], Value::Null);
        assert_eq!(state["last_commands"], json!({}));
        assert_eq!(state["runs"], 1, "the worker's own field");
    });
}

#[test]
fn a_query_is_answered_by_a_response_and_any_other_command_by_an_ack() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        for (cmd, kind) in [("get_state", "response"), ("ask", "response")] {
            match raw.ask("id", cmd).await {
                Some(Message::Response(response)) => assert!(response.success && response.msg_id == "id"),
                other => panic!("{cmd}: a {kind} was due, not {other:?}"),
            }
        }
        for cmd in ["done", "restart", "watch", "set_config"] {
            let expect = Ack { msg_id: cmd.to_owned(), success: true, message: None, data: None };
            assert_eq!(raw.ask(cmd, cmd).await, Some(Message::Ack(expect)));
            // Heartbeats of the restart would come between, from now on.
            if cmd == "watch" {
                return;
            }
        }
    });
}

#[test]
fn a_refusal_is_an_ack_without_success() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        let message = Some("not today".to_owned());
        let expect = Ack { msg_id: "id".to_owned(), success: false, message, data: None };
        assert_eq!(raw.ask("id", "refuse").await, Some(Message::Ack(expect)));
    });
}

#[test]
fn an_unknown_command_is_an_error_that_names_it() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        raw.write_frame(&command("id", "dance")[4..]).await;
        let expect = ErrorMessage {
            msg_id: Some("id".to_owned()),
            error: "unknown command 'dance'".to_owned(),
            code: ErrorCode::UnknownCommand,
        };
        assert_eq!(raw.next_error().await, expect);
        raw.assert_served().await;
    });
}

#[test]
fn a_command_that_the_worker_drops_is_answered_once_by_an_error() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        raw.write_frame(&command("id", "drop")[4..]).await;
        let error = raw.next_error().await;
        assert_eq!((error.code, error.msg_id.as_deref()), (ErrorCode::Internal, Some("id")));
        // Were there a second answer, this question would get it.
        raw.assert_served().await;
    });
}

#[test]
fn an_answer_over_the_limit_is_an_error_and_the_connection_stays() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        raw.write_frame(&command("id", "huge")[4..]).await;
        let error = raw.next_error().await;
        assert_eq!((error.code, error.msg_id.as_deref()), (ErrorCode::TooLarge, Some("id")));
        raw.assert_served().await;
    });
}

#[test]
fn how_accepted_work_ended_stands_in_the_state_under_its_msg_id() {
    real(async {
        let (_bus, mut raw, _process) = connected(TestWorker).await;
        raw.ask("fetch-1", "later").await;
        let Some(Message::Response(state)) = raw.ask("id", "get_state").await else {
            panic!("a response was due")
        };
        let expect = json!({"fetch-1": {"cmd": "later", "state": "failed", "message": "no luck"}});
        assert_eq!(state.data["last_commands"], expect);
    });
}

#[test]
fn clients_do_not_share_a_msg_id() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        for _ in 0..2 {
            let mut client = bus.client(TestWorker).await;
            assert!(matches!(client.call("later", Value::Null).await, Outcome::Replied(_)));
        }
        let mut client = bus.client(TestWorker).await;
        let state = client.call("get_state", Value::Null).await.ok().unwrap().data;
        assert_eq!(state["last_commands"].as_object().unwrap().len(), 2);
    });
}

async fn connected(name: ProcessName) -> (Bus, Raw, crate::support::bus::Process) {
    let bus = Bus::new();
    let (process, _ears) = bus.start_probe(name, launch()).await;
    let raw = bus.raw(name).await;
    (bus, raw, process)
}
