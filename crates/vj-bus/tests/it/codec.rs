//! The codec: whatever the slices, the messages are the same; whatever the bytes, no panic and no memory beyond the
//! limit.

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use vj_bus::message::{Ack, Response};
use vj_bus::{Command, Connection, ErrorCode, FrameError, Heartbeat, Message};
use vj_core::limits::{FRAME_BYTES_MAX, MSG_ID_BYTES_MAX};

use crate::support::links::Chunks;
use crate::support::messages::{any_message, one_of_each};
use crate::support::raw::{encoded, frame};
use crate::support::virtually;

/// Reads to the end or to the first error.
fn read_all(bytes: Vec<u8>, sizes: Vec<usize>) -> (Vec<Message>, Option<FrameError>, usize) {
    let link = Chunks::new(bytes, sizes);
    let room_max = link.room_max.clone();
    let mut connection = Connection::new(link);
    let (mut messages, mut broke) = (Vec::new(), None);
    virtually(async {
        loop {
            match connection.next_frame().await {
                Ok(Some(frame)) => messages.extend(Message::parse(&frame)),
                Ok(None) => return,
                Err(error) => {
                    broke = Some(error);
                    return;
                }
            }
        }
    });
    (messages, broke, room_max.get())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_chunking_of_any_messages_gives_the_same_messages(
        messages in vec(any_message(), 0..8),
        sizes in vec(1_usize..40, 0..8),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(encoded).collect();
        let (read, broke, _) = read_all(bytes, sizes);
        prop_assert!(broke.is_none());
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn any_bytes_give_errors_and_never_a_panic(bytes in vec(any::<u8>(), 0..2000), sizes in vec(1_usize..64, 0..4)) {
        // The first byte decides whether the length is possible at all, so both halves are tried.
        for first in [0, 0xff] {
            let mut bytes = bytes.clone();
            bytes.insert(0, first);
            bytes.insert(1, 0);
            let (_, _, room) = read_all(bytes, sizes.clone());
            prop_assert!(room <= 64 * 1024, "{room} bytes were set aside for a short stream");
        }
    }

    #[test]
    fn any_text_as_a_body_gives_errors_and_never_a_panic(text in "\\PC{0,200}", bytes in vec(any::<u8>(), 0..200)) {
        let _ = Message::parse(text.as_bytes());
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn unknown_fields_are_ignored(message in any_message(), field in "x_[a-z]{1,8}", value in any::<i32>()) {
        let bytes = encoded(&message);
        let mut json: serde_json::Value = serde_json::from_slice(&bytes[4..]).unwrap();
        json[&field] = value.into();
        let read = Message::parse(json.to_string().as_bytes()).unwrap();
        match (message, read) {
            // Of a command every further field is an argument; whether it is known is for whoever takes the command.
            (Message::Command(sent), Message::Command(mut read)) => {
                prop_assert_eq!(read.args.remove(&field), Some(value.into()));
                prop_assert_eq!(read, sent);
            }
            (sent, read) => prop_assert_eq!(read, sent),
        }
    }
}

#[test]
fn every_type_comes_back_as_it_went() {
    for message in one_of_each() {
        assert_eq!(Message::parse(&encoded(&message)[4..]).unwrap(), message);
    }
}

#[test]
fn the_largest_frame_is_read_and_one_byte_more_is_not() {
    let largest = vec![b' '; FRAME_BYTES_MAX];
    let (_, broke, room) = read_all(frame(&largest), Vec::new());
    assert!(broke.is_none());
    assert!(room <= 2 * FRAME_BYTES_MAX, "{room} bytes were set aside");
    let (_, broke, room) = read_all(frame(&vec![b' '; FRAME_BYTES_MAX + 1]), Vec::new());
    assert!(matches!(broke, Some(FrameError::TooLarge { len }) if len as usize == FRAME_BYTES_MAX + 1));
    assert!(room <= 64 * 1024, "{room} bytes were set aside for a frame that is refused");
}

#[test]
fn an_announced_length_is_not_believed() {
    // The largest possible frame is announced, and four bytes come.
    let mut bytes = u32::try_from(FRAME_BYTES_MAX).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(b"{\"ty");
    let (_, broke, room) = read_all(bytes, Vec::new());
    assert!(matches!(broke, Some(FrameError::Torn)));
    assert!(room <= 64 * 1024, "{room} bytes were set aside for four");
}

#[test]
fn memory_stays_bounded_over_many_large_frames() {
    let large = frame(&vec![b' '; FRAME_BYTES_MAX]);
    let bytes: Vec<u8> = std::iter::repeat_n(large, 8).flatten().collect();
    let (_, broke, room) = read_all(bytes, vec![300_000]);
    assert!(broke.is_none());
    assert!(room <= 4 * FRAME_BYTES_MAX, "{room} bytes were set aside");
}

#[test]
fn an_answer_over_the_limit_becomes_an_error_with_its_msg_id() {
    let data = json!("x".repeat(FRAME_BYTES_MAX));
    let ack = Ack { msg_id: "7".to_owned(), success: true, message: None, data: Some(data.clone()) };
    let response = Response { msg_id: "7".to_owned(), success: true, data };
    for answer in [Message::Ack(ack), Message::Response(response)] {
        match Message::parse(&encoded(&answer)[4..]).unwrap() {
            Message::Error(error) => {
                assert_eq!((error.code, error.msg_id.as_deref()), (ErrorCode::TooLarge, Some("7")));
            }
            other => panic!("an error was due, not {other:?}"),
        }
    }
}

/// Lost, it would look like a hung worker: 50 long log records must not get a process killed.
#[test]
fn a_heartbeat_over_the_limit_goes_out_without_its_logs() {
    let Some(Message::Heartbeat(sample)) =
        one_of_each().into_iter().find(|m| matches!(m, Message::Heartbeat(_)))
    else {
        panic!("there is one of each")
    };
    let mut long = sample.clone();
    long.logs[0].message = "x".repeat(FRAME_BYTES_MAX);
    let bare = Heartbeat { logs: Vec::new(), logs_left_out: sample.logs_left_out + 1, ..sample };
    assert_eq!(Message::parse(&encoded(&Message::Heartbeat(long))[4..]).unwrap(), Message::Heartbeat(bare));
}

#[test]
fn what_is_refused_leaves_the_frames_before_it_whole() {
    let mut out = BytesMut::new();
    let args = json!({"text": "x".repeat(FRAME_BYTES_MAX)}).as_object().cloned().unwrap();
    let small = one_of_each().remove(1);
    small.encode(&mut out);
    Message::Command(Command { msg_id: "big".to_owned(), cmd: "c".to_owned(), args }).encode(&mut out);
    small.encode(&mut out);
    let (read, broke, _) = read_all(out.to_vec(), Vec::new());
    assert!(broke.is_none());
    assert_eq!((read.len(), &read[0], &read[2]), (3, &small, &small));
}

#[test]
fn a_mistake_is_named_with_its_code_and_the_msg_id_where_it_can_be_read() {
    let long_id = "x".repeat(MSG_ID_BYTES_MAX + 1);
    let long_unknown = format!("{{\"type\":\"x\",\"msg_id\":\"{long_id}\"}}");
    let long_command = format!("{{\"type\":\"command\",\"cmd\":\"c\",\"msg_id\":\"{long_id}\"}}");
    for (body, code, msg_id, says) in [
        ("", ErrorCode::BadJson, None, "not JSON"),
        ("{", ErrorCode::BadJson, None, "not JSON"),
        ("[]", ErrorCode::BadMessage, None, "not a JSON object"),
        ("{}", ErrorCode::BadMessage, None, "'type' is missing"),
        (r#"{"type":3,"msg_id":"a"}"#, ErrorCode::BadMessage, Some("a"), "'type' is not a string"),
        (r#"{"type":"x","msg_id":"a"}"#, ErrorCode::BadMessage, Some("a"), "unknown type 'x'"),
        (r#"{"type":"command","cmd":"c"}"#, ErrorCode::BadMessage, None, "'msg_id' is missing"),
        (r#"{"type":"command","msg_id":1}"#, ErrorCode::BadMessage, None, "'msg_id' is not a string"),
        (r#"{"type":"command","msg_id":"a"}"#, ErrorCode::BadMessage, Some("a"), "'cmd' is missing"),
        (
            r#"{"type":"command","msg_id":"a","cmd":1}"#,
            ErrorCode::BadMessage,
            Some("a"),
            "'cmd' is not a string",
        ),
        (r#"{"type":"register","worker":1}"#, ErrorCode::BadMessage, None, "bad register"),
        // Echoed, it could make the error itself too large to send.
        (&long_unknown, ErrorCode::BadMessage, None, "unknown type"),
        (&long_command, ErrorCode::BadMessage, None, "'msg_id' is longer than 256 bytes"),
    ] {
        let error = Message::parse(body.as_bytes()).unwrap_err();
        assert_eq!((error.code, error.msg_id.as_deref()), (code, msg_id), "{body}");
        assert!(error.why.contains(says), "{body}: {}", error.why);
    }
    let error = Message::parse(b"{\"type\":\"\xff\"}").unwrap_err();
    assert_eq!(error.code, ErrorCode::BadJson);
    assert!(error.why.contains("UTF-8"), "{}", error.why);
    let deep = "[".repeat(100_000);
    assert_eq!(Message::parse(deep.as_bytes()).unwrap_err().code, ErrorCode::BadJson);
}
