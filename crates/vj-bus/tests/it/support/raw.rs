//! A connection on which anything can be said, right or wrong.

use bytes::BytesMut;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use vj_bus::message::ErrorMessage;
use vj_bus::{Command, Connection, FrameError, Message};
use vj_env::BoxLink;

use super::within_deadline;

/// The two halves are apart, so that a test can write without reading.
pub(crate) struct Raw {
    write: tokio::io::WriteHalf<BoxLink>,
    read: Connection<ReadOnly>,
}

type ReadOnly = tokio::io::Join<tokio::io::ReadHalf<BoxLink>, tokio::io::Sink>;

impl Raw {
    pub(crate) fn new(link: BoxLink) -> Self {
        let (read, write) = tokio::io::split(link);
        Self { write, read: Connection::new(tokio::io::join(read, tokio::io::sink())) }
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.write.write_all(bytes).await
    }

    /// Writes one frame around `body`, whatever that is.
    pub(crate) async fn write_frame(&mut self, body: &[u8]) {
        within_deadline(self.write(&frame(body))).await.unwrap();
    }

    /// The next message; none = the other side closed.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        let frame = within_deadline(self.read.next_frame()).await.unwrap()?;
        Some(Message::parse(&frame).unwrap())
    }

    /// As [`next`](Self::next), but a broken link is an end as well: a peer that closes with our bytes unread resets.
    pub(crate) async fn next_or_end(&mut self) -> Option<Message> {
        match within_deadline(self.read.next_frame()).await {
            Ok(Some(frame)) => Some(Message::parse(&frame).unwrap()),
            Ok(None) | Err(FrameError::Io(_) | FrameError::Torn) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The next frame as the connection gives it, without a deadline.
    pub(crate) async fn next_frame(&mut self) -> Result<Option<bytes::Bytes>, FrameError> {
        self.read.next_frame().await
    }

    /// The next message, which must be an `error`.
    pub(crate) async fn next_error(&mut self) -> ErrorMessage {
        match self.next().await {
            Some(Message::Error(error)) => error,
            other => panic!("an error was due, not {other:?}"),
        }
    }

    /// Asks with this very `msg_id`.
    pub(crate) async fn ask(&mut self, msg_id: &str, cmd: &str) -> Option<Message> {
        self.write_frame(&command(msg_id, cmd)[4..]).await;
        self.next().await
    }

    /// Still served: a question is answered.
    pub(crate) async fn assert_served(&mut self) {
        match self.ask("still-there", "get_state").await {
            Some(Message::Response(response)) => assert_eq!(response.msg_id, "still-there"),
            other => panic!("the connection should be served, not {other:?}"),
        }
    }

    /// Waits for bytes that nobody sends: ready only when the other side closes.
    pub(crate) async fn closed(&mut self) {
        while self.next_or_end().await.is_some() {}
    }

    /// Closes our half.
    pub(crate) async fn end(&mut self) {
        self.write.shutdown().await.unwrap();
    }
}

/// A frame around `body`.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}

/// The frame of a command without arguments.
pub(crate) fn command(msg_id: &str, cmd: &str) -> Vec<u8> {
    let (msg_id, cmd) = (msg_id.to_owned(), cmd.to_owned());
    encoded(&Message::Command(Command { msg_id, cmd, args: Default::default() }))
}

pub(crate) fn encoded(message: &Message) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    message.encode(&mut bytes);
    bytes.to_vec()
}

/// The frame of any JSON.
pub(crate) fn json_frame(json: &Value) -> Vec<u8> {
    frame(json.to_string().as_bytes())
}
