//! Bad input gets an `error` and hurts nobody: neither the worker, nor another client, nor, where the stream can still
//! be cut into frames, the connection itself.

use serde_json::json;
use vj_bus::ErrorCode;
use vj_core::ProcessName::TestWorker;
use vj_core::limits::FRAME_BYTES_MAX;

use crate::support::bus::{Bus, launch};
use crate::support::messages::one_of_each;
use crate::support::raw::{encoded, frame};
use crate::support::real;

#[test]
fn a_frame_that_is_no_message_gets_an_error_and_the_connection_stays() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        let long = format!("{{\"type\":\"{}\"}}", "\\u0001".repeat(174_750));
        for (body, code, msg_id) in [
            (b"" as &[u8], ErrorCode::BadJson, None),
            (b"{\"type\":", ErrorCode::BadJson, None),
            (b"\xff\xfe", ErrorCode::BadJson, None),
            (b"[1,2]", ErrorCode::BadMessage, None),
            (b"null", ErrorCode::BadMessage, None),
            (br#"{"msg_id":"a"}"#, ErrorCode::BadMessage, Some("a")),
            (br#"{"type":"waltz","msg_id":"a"}"#, ErrorCode::BadMessage, Some("a")),
            (br#"{"type":"command","cmd":"get_state"}"#, ErrorCode::BadMessage, None),
            // Its own name is so long that an error which repeats it is too large.
            (long.as_bytes(), ErrorCode::TooLarge, None),
        ] {
            raw.write_frame(body).await;
            let error = raw.next_error().await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            assert_eq!((error.code, error.msg_id.as_deref()), (code, msg_id), "{shown}");
            raw.assert_served().await;
        }
    });
}

#[test]
fn a_message_that_only_workers_send_is_refused_and_the_connection_stays() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        for message in one_of_each().into_iter().skip(1) {
            raw.write_frame(&encoded(&message)[4..]).await;
            assert_eq!(raw.next_error().await.code, ErrorCode::BadMessage, "{message:?}");
            raw.assert_served().await;
        }
    });
}

#[test]
fn a_frame_over_the_limit_gets_an_error_and_only_that_connection_closes() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut other = bus.raw(TestWorker).await;
        other.assert_served().await;
        for len in [u32::try_from(FRAME_BYTES_MAX).unwrap() + 1, u32::MAX] {
            let mut raw = bus.raw(TestWorker).await;
            raw.write(&len.to_be_bytes()).await.unwrap();
            raw.write(b"{\"type\":\"command\"").await.unwrap();
            let error = raw.next_error().await;
            assert_eq!(error.code, ErrorCode::TooLarge);
            assert!(error.error.contains(&len.to_string()), "{}", error.error);
            raw.closed().await;
            other.assert_served().await;
        }
    });
}

#[test]
fn a_frame_of_exactly_the_limit_is_taken() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut raw = bus.raw(TestWorker).await;
        let mut body = json!({"type": "command", "msg_id": "big", "cmd": "done"}).to_string().into_bytes();
        body.resize(FRAME_BYTES_MAX, b' ');
        raw.write(&frame(&body)).await.unwrap();
        assert!(matches!(raw.next().await, Some(vj_bus::Message::Ack(ack)) if ack.msg_id == "big"));
    });
}

#[test]
fn a_stream_that_is_cut_within_a_frame_hurts_nobody_else() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut other = bus.raw(TestWorker).await;
        for cut in [1, 4, 5, 20] {
            let mut raw = bus.raw(TestWorker).await;
            raw.write(&encoded(&one_of_each()[0])[..cut]).await.unwrap();
            raw.end().await;
            raw.closed().await;
            other.assert_served().await;
        }
    });
}
