//! What can be said over a control connection, and how it looks on the wire.
//!
//! One JSON object a frame, told apart by its `type`. Fields that we do not know are ignored, so that older and newer
//! versions talk.

use bytes::{BufMut, BytesMut};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vj_core::limits::{FRAME_BYTES_MAX, MSG_ID_BYTES_MAX};
use vj_env::LogRecord;

/// A client asks a worker for something.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Chosen by the client; every answer carries it. At most [`MSG_ID_BYTES_MAX`] bytes.
    pub msg_id: String,
    /// What is asked for.
    pub cmd: String,
    /// All further fields of the frame.
    pub args: Map<String, Value>,
}

/// A worker has done, accepted or refused a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ack {
    /// Of the command.
    #[serde(default)]
    pub msg_id: String,
    /// Whether it was done or accepted.
    pub success: bool,
    /// Why not, or what else there is to say.
    #[serde(default)]
    pub message: Option<String>,
    /// What the command yields.
    #[serde(default)]
    pub data: Option<Value>,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Of the command.
    pub msg_id: String,
    /// Always true: a query that fails is answered by an `error`.
    pub success: bool,
    /// What was asked for.
    pub data: Value,
}

/// What was wrong with a frame or a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The stream cannot be cut into frames: one was left half-sent.
    BadFrame,
    /// A frame that is no JSON in UTF-8.
    BadJson,
    /// JSON, but no message that this process takes.
    BadMessage,
    /// A frame over the limit. The connection is closed after this.
    TooLarge,
    /// A command that this worker does not have.
    UnknownCommand,
    /// Our fault, or our limits.
    Internal,
}

/// Something could not be understood or done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// Of the command, where there was one.
    #[serde(default)]
    pub msg_id: Option<String>,
    /// In words.
    pub error: String,
    /// For programs.
    pub code: ErrorCode,
}

/// How a worker is, by its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not ready yet.
    Starting,
    /// All is well.
    Running,
    /// Alive, and something it needs is missing.
    Degraded,
    /// About to end.
    Stopping,
}

/// A worker says that it is alive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Its name.
    pub worker: String,
    /// Its process.
    pub pid: u32,
    /// Seconds since it started.
    pub uptime_sec: f64,
    /// How it is.
    pub status: Status,
    /// Its figures.
    pub stats: Map<String, Value>,
    /// What it has said since the last heartbeat.
    #[serde(default)]
    pub logs: Vec<LogRecord>,
    /// Log records that had to be left out before these.
    #[serde(default)]
    pub logs_left_out: u64,
}

/// A worker introduces itself to the manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// Its name.
    pub worker: String,
    /// Its process.
    pub pid: u32,
    /// Of `vj`.
    pub version: String,
    /// Where it serves.
    pub socket_path: String,
    /// What it sends.
    pub osc_addresses: Vec<String>,
}

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Client to worker.
    Command(Command),
    /// Worker to client.
    Ack(Ack),
    /// Worker to client.
    Response(Response),
    /// Worker to client.
    Error(ErrorMessage),
    /// Worker to manager and watchers.
    Heartbeat(Heartbeat),
    /// Worker to manager.
    Register(Register),
}

/// A frame that is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct MessageError {
    /// The class of the mistake.
    pub code: ErrorCode,
    /// In words.
    pub why: String,
    /// If that much could be read: so that the client can match the error.
    pub msg_id: Option<String>,
}

/// What goes over the wire beside commands, whose arguments stand at the top level.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Wire<'a> {
    Ack(&'a Ack),
    Response(&'a Response),
    Error(&'a ErrorMessage),
    Heartbeat(&'a Heartbeat),
    Register(&'a Register),
}

impl Message {
    /// Reads the JSON of one frame.
    ///
    /// # Errors
    /// What is wrong with it, with the `msg_id` if there is one.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let bad_json = |why: String| MessageError { code: ErrorCode::BadJson, why, msg_id: None };
        let text = std::str::from_utf8(json).map_err(|e| bad_json(format!("the frame is not UTF-8: {e}")))?;
        let value: Value =
            serde_json::from_str(text).map_err(|e| bad_json(format!("the frame is not JSON: {e}")))?;
        let Value::Object(mut fields) = value else {
            return Err(bad_message("the frame is not a JSON object".to_owned(), None));
        };
        let msg_id = readable_id(&fields);
        let kind = match fields.remove("type") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(bad_message("'type' is not a string".to_owned(), msg_id)),
            None => return Err(bad_message("'type' is missing".to_owned(), msg_id)),
        };
        match kind.as_str() {
            "command" => command(fields).map(Self::Command),
            "ack" => typed(fields, &kind).map(Self::Ack),
            "response" => typed(fields, &kind).map(Self::Response),
            "error" => typed(fields, &kind).map(Self::Error),
            "heartbeat" => typed(fields, &kind).map(Self::Heartbeat),
            "register" => typed(fields, &kind).map(Self::Register),
            _ => Err(bad_message(
                format!("unknown type '{kind}' (known: command, ack, response, error, heartbeat, register)"),
                msg_id,
            )),
        }
    }

    /// Appends the frame, its length first. A message over the limit is replaced by an `error` that says so: the other
    /// side gets its one answer, and the connection stays. A heartbeat over the limit goes out without its logs, and
    /// without its figures if need be: lost, it would look like a hung worker.
    pub fn encode(&self, out: &mut BytesMut) {
        if self.try_encode(out).is_err() {
            let msg_id = match self {
                Self::Command(command) => Some(command.msg_id.clone()),
                Self::Ack(ack) => Some(ack.msg_id.clone()),
                Self::Response(response) => Some(response.msg_id.clone()),
                Self::Error(error) => error.msg_id.clone(),
                Self::Heartbeat(heartbeat) => return encode_bare(heartbeat, out),
                Self::Register(_) => None,
            };
            let error = format!("the answer is over the limit of {FRAME_BYTES_MAX} bytes");
            let replacement = ErrorMessage { msg_id, error, code: ErrorCode::TooLarge };
            // Only its id varies, and the id is bounded; one that is not (a foreign answer) is dropped, not looped on.
            let _ = encode_frame(&Self::Error(replacement), out);
        }
    }

    /// Appends the frame if it is within the limit, else nothing.
    pub(crate) fn try_encode(&self, out: &mut BytesMut) -> Result<(), TooLarge> {
        encode_frame(self, out)
    }
}

/// The message is over the limit of a frame.
#[derive(Debug)]
pub(crate) struct TooLarge;

/// A heartbeat that is over the limit: what it says of itself goes first, the sign of life stays.
fn encode_bare(heartbeat: &Heartbeat, out: &mut BytesMut) {
    let logs_left_out = heartbeat.logs_left_out + heartbeat.logs.len() as u64;
    let mut bare = Heartbeat { logs: Vec::new(), logs_left_out, ..heartbeat.clone() };
    if encode_frame(&Message::Heartbeat(bare.clone()), out).is_err() {
        bare.stats = Map::new();
        let _ = encode_frame(&Message::Heartbeat(bare), out);
    }
}

fn encode_frame(message: &Message, out: &mut BytesMut) -> Result<(), TooLarge> {
    let start = out.len();
    out.put_u32(0);
    let written = match message {
        Message::Command(command) => serde_json::to_writer((&mut *out).writer(), &command_to_json(command)),
        Message::Ack(ack) => serde_json::to_writer((&mut *out).writer(), &Wire::Ack(ack)),
        Message::Response(response) => serde_json::to_writer((&mut *out).writer(), &Wire::Response(response)),
        Message::Error(error) => serde_json::to_writer((&mut *out).writer(), &Wire::Error(error)),
        Message::Heartbeat(heartbeat) => {
            serde_json::to_writer((&mut *out).writer(), &Wire::Heartbeat(heartbeat))
        }
        Message::Register(register) => serde_json::to_writer((&mut *out).writer(), &Wire::Register(register)),
    };
    written.expect("our messages have string keys, and writing to memory cannot fail");
    let len = out.len() - start - 4;
    match u32::try_from(len) {
        Ok(prefix) if len <= FRAME_BYTES_MAX => {
            out[start..start + 4].copy_from_slice(&prefix.to_be_bytes());
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(TooLarge)
        }
    }
}

fn command_to_json(command: &Command) -> Value {
    let mut fields = command.args.clone();
    fields.insert("type".to_owned(), "command".into());
    fields.insert("msg_id".to_owned(), command.msg_id.clone().into());
    fields.insert("cmd".to_owned(), command.cmd.clone().into());
    Value::Object(fields)
}

fn command(mut fields: Map<String, Value>) -> Result<Command, MessageError> {
    let msg_id = match fields.remove("msg_id") {
        Some(Value::String(id)) if id.len() <= MSG_ID_BYTES_MAX => id,
        Some(Value::String(_)) => {
            return Err(bad_message(format!("'msg_id' is longer than {MSG_ID_BYTES_MAX} bytes"), None));
        }
        Some(_) => return Err(bad_message("'msg_id' is not a string".to_owned(), None)),
        None => return Err(bad_message("'msg_id' is missing".to_owned(), None)),
    };
    match fields.remove("cmd") {
        Some(Value::String(cmd)) => Ok(Command { msg_id, cmd, args: fields }),
        Some(_) => Err(bad_message("'cmd' is not a string".to_owned(), Some(msg_id))),
        None => Err(bad_message("'cmd' is missing".to_owned(), Some(msg_id))),
    }
}

fn typed<T: serde::de::DeserializeOwned>(fields: Map<String, Value>, kind: &str) -> Result<T, MessageError> {
    let msg_id = readable_id(&fields);
    serde_json::from_value(Value::Object(fields)).map_err(|e| bad_message(format!("bad {kind}: {e}"), msg_id))
}

/// The `msg_id` of a frame that may be wrong otherwise. One over the limit is not echoed: with it the error itself could
/// be over the frame limit, and the client would hear nothing.
fn readable_id(fields: &Map<String, Value>) -> Option<String> {
    let id = fields.get("msg_id").and_then(Value::as_str);
    id.filter(|id| id.len() <= MSG_ID_BYTES_MAX).map(str::to_owned)
}

fn bad_message(why: String, msg_id: Option<String>) -> MessageError {
    MessageError { code: ErrorCode::BadMessage, why, msg_id }
}
