//! The right, and the duty, to answer one command.

use serde_json::Value;
use tokio::sync::oneshot;

use crate::message::{Ack, Command, ErrorCode, ErrorMessage, Message, Response};

/// Answers one command. Consumed by its answer; dropped, it answers `error`: exactly one answer by construction.
#[must_use = "a command that is dropped is answered by an error"]
#[derive(Debug)]
pub struct Responder {
    msg_id: String,
    answer: oneshot::Sender<Message>,
}

impl Responder {
    /// The right to answer `command`, and where the answer arrives. A closed channel means that it was dropped.
    pub(crate) fn new(command: &Command) -> (Self, oneshot::Receiver<Message>) {
        let (answer, arrives) = oneshot::channel();
        (Self { msg_id: command.msg_id.clone(), answer }, arrives)
    }

    /// Under which the end of accepted work stands in `last_commands`.
    #[must_use]
    pub fn msg_id(&self) -> &str {
        &self.msg_id
    }

    /// Done, or accepted.
    pub fn ack(self, message: Option<String>, data: Option<Value>) {
        let msg_id = self.msg_id.clone();
        self.send(Message::Ack(Ack { msg_id, success: true, message, data }));
    }

    /// Done, and nothing else to say.
    pub fn done(self) {
        self.ack(None, None);
    }

    /// Understood, and not done.
    pub fn refuse(self, why: impl Into<String>) {
        let msg_id = self.msg_id.clone();
        self.send(Message::Ack(Ack { msg_id, success: false, message: Some(why.into()), data: None }));
    }

    /// The answer to a query.
    pub fn respond(self, data: Value) {
        let msg_id = self.msg_id.clone();
        self.send(Message::Response(Response { msg_id, success: true, data }));
    }

    /// No such command.
    pub fn unknown(self, cmd: &str) {
        let error = format!("unknown command '{cmd}'");
        let msg_id = Some(self.msg_id.clone());
        self.send(Message::Error(ErrorMessage { msg_id, error, code: ErrorCode::UnknownCommand }));
    }

    fn send(self, message: Message) {
        // The client may have gone: then nobody is owed an answer.
        let _ = self.answer.send(message);
    }
}

/// What a client hears when its command was dropped.
pub(crate) fn dropped(msg_id: String) -> Message {
    let error = "the worker dropped the command without an answer".to_owned();
    Message::Error(ErrorMessage { msg_id: Some(msg_id), error, code: ErrorCode::Internal })
}
