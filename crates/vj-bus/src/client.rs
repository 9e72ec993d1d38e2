//! The side that asks: commands to a process, matched with their answers.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Map, Value};
use vj_core::ProcessName;
use vj_core::limits::{CALL_TIMEOUT, DISCOVERY_TIMEOUT, FRAME_BYTES_MAX, WATCHER_BACKLOG_MAX};
use vj_env::{BoxLink, Clock, ConnectError, ControlPlane};

use crate::connection::Connection;
use crate::message::{Command, Heartbeat, Message};

/// What a process answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What there is to say.
    pub message: Option<String>,
    /// What was asked for.
    pub data: Value,
}

/// How a command ended, as far as its client can know.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Outcome {
    /// Done or accepted.
    Replied(Reply),
    /// Understood or not, it was not done: why.
    Refused(String),
    /// The link died or the answer did not come: it may have been done or not. Ask for the state before asking again.
    Unknown(String),
}

impl Outcome {
    /// The answer of a command that was done.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ok(self) -> Result<Reply, String> {
        match self {
            Self::Replied(reply) => Ok(reply),
            Self::Refused(why) | Self::Unknown(why) => Err(why),
        }
    }
}

/// What comes over a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A command ended: its `msg_id`, and how.
    Outcome(String, Outcome),
    /// The process is alive.
    Heartbeat(Heartbeat),
}

/// A connection to one process.
///
/// Commands may be sent without waiting ([`send`](Self::send), [`next_outcome`](Self::next_outcome)); answers come in
/// order, each with the `msg_id` of its command. Heartbeats, which come only after `watch`, are kept apart from answers.
pub struct Client {
    connection: Connection<BoxLink>,
    clock: Clock,
    /// Tells this client's `msg_id`s from other clients': they stand side by side in a worker's `last_commands`.
    tag: u64,
    sent: u64,
    pending: VecDeque<String>,
    /// Commands that did not fit into a frame: they were not sent, and nobody else will answer them.
    oversized: VecDeque<String>,
    heartbeats: VecDeque<Heartbeat>,
    strays: u64,
}

impl Client {
    /// Connects to the process that serves `name`.
    ///
    /// # Errors
    /// When nobody does, or the system refuses.
    pub async fn connect(
        control: &dyn ControlPlane,
        clock: &Clock,
        name: ProcessName,
    ) -> Result<Self, ConnectError> {
        let connection = Connection::new(control.connect(name).await?);
        let (pending, oversized, heartbeats) = Default::default();
        Ok(Self {
            connection,
            clock: clock.clone(),
            tag: clock.now().as_nanos(),
            sent: 0,
            pending,
            oversized,
            heartbeats,
            strays: 0,
        })
    }

    /// Asks, and waits for the answer for at most [`CALL_TIMEOUT`].
    pub async fn call(&mut self, cmd: &str, args: Value) -> Outcome {
        self.call_within(CALL_TIMEOUT, cmd, args).await
    }

    /// Asks, and waits for the answer for at most `limit`.
    pub async fn call_within(&mut self, limit: Duration, cmd: &str, args: Value) -> Outcome {
        let id = self.send(cmd, args);
        let clock = self.clock.clone();
        let answered = async {
            loop {
                let (msg_id, outcome) = self.next_outcome().await;
                if msg_id == id {
                    return outcome;
                }
            }
        };
        match clock.timeout(limit, answered).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unknown(format!("no answer to {cmd} within {} s", limit.as_secs_f64())),
        }
    }

    /// Puts a command in line and returns its `msg_id`. It goes out with the next wait for an outcome or a heartbeat.
    pub fn send(&mut self, cmd: &str, args: Value) -> String {
        self.sent += 1;
        let msg_id = format!("{:x}-{}", self.tag, self.sent);
        let args = match args {
            Value::Object(args) => args,
            _ => Map::new(),
        };
        let command = Message::Command(Command { msg_id: msg_id.clone(), cmd: cmd.to_owned(), args });
        if self.connection.try_enqueue(&command).is_err() {
            self.oversized.push_back(msg_id.clone());
        }
        self.pending.push_back(msg_id.clone());
        msg_id
    }

    /// Answers that came to no command, or to one that was answered already: each is a mistake of the other side.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// Commands that are not answered yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The outcome of the command that has waited longest, with its `msg_id`. When the link dies, every pending command
    /// ends as [`Outcome::Unknown`], one after another. With nothing pending it is never ready. Cancel-safe.
    pub async fn next_outcome(&mut self) -> (String, Outcome) {
        if let Some(msg_id) = self.oversized.pop_front() {
            self.pending.retain(|pending| *pending != msg_id);
            let why = format!("the command is over the limit of {FRAME_BYTES_MAX} bytes and was not sent");
            return (msg_id, Outcome::Refused(why));
        }
        loop {
            let message = match self.next_message().await {
                Ok(message) => message,
                Err(why) => {
                    let Some(msg_id) = self.pending.pop_front() else { return std::future::pending().await };
                    return (msg_id, Outcome::Unknown(why));
                }
            };
            if let Some((msg_id, outcome)) = self.file(message) {
                return (msg_id, outcome);
            }
        }
    }

    /// The next heartbeat; needs a `watch` before. Answers that come meanwhile are dropped with their commands.
    /// Cancel-safe.
    ///
    /// # Errors
    /// When the link died.
    pub async fn next_heartbeat(&mut self) -> Result<Heartbeat, String> {
        loop {
            if let Some(heartbeat) = self.heartbeats.pop_front() {
                return Ok(heartbeat);
            }
            let message = self.next_message().await?;
            let _ = self.file(message);
        }
    }

    /// Whatever comes next: the outcome of a command, or a heartbeat (which needs a `watch` before).
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// When the link died. Then nothing comes any more, and each command that was pending ended as
    /// [`Outcome::Unknown`]: [`next_outcome`](Self::next_outcome) still tells of them.
    pub async fn next_incoming(&mut self) -> Result<Incoming, String> {
        if let Some(heartbeat) = self.heartbeats.pop_front() {
            return Ok(Incoming::Heartbeat(heartbeat));
        }
        if !self.oversized.is_empty() {
            let (msg_id, outcome) = self.next_outcome().await;
            return Ok(Incoming::Outcome(msg_id, outcome));
        }
        loop {
            let message = self.next_message().await?;
            if let Some((msg_id, outcome)) = self.file(message) {
                return Ok(Incoming::Outcome(msg_id, outcome));
            }
            if let Some(heartbeat) = self.heartbeats.pop_front() {
                return Ok(Incoming::Heartbeat(heartbeat));
            }
        }
    }

    /// Sorts a message: an answer goes to its command, a heartbeat in line, anything else is not ours.
    fn file(&mut self, message: Message) -> Option<(String, Outcome)> {
        let (msg_id, outcome) = match message {
            Message::Ack(ack) if ack.success => {
                let reply = Reply { message: ack.message, data: ack.data.unwrap_or_default() };
                (ack.msg_id, Outcome::Replied(reply))
            }
            Message::Ack(ack) => (ack.msg_id, Outcome::Refused(ack.message.unwrap_or_default())),
            Message::Response(response) => {
                (response.msg_id, Outcome::Replied(Reply { message: None, data: response.data }))
            }
            Message::Error(error) => (error.msg_id?, Outcome::Refused(error.error)),
            Message::Heartbeat(heartbeat) => {
                if self.heartbeats.len() == WATCHER_BACKLOG_MAX {
                    self.heartbeats.pop_front();
                }
                self.heartbeats.push_back(heartbeat);
                return None;
            }
            Message::Command(_) | Message::Register(_) => return None,
        };
        let Some(at) = self.pending.iter().position(|pending| *pending == msg_id) else {
            self.strays += 1;
            return None;
        };
        self.pending.remove(at);
        Some((msg_id, outcome))
    }

    async fn next_message(&mut self) -> Result<Message, String> {
        loop {
            // Reading goes on while we write: two ends that only write would wait for each other for ever.
            let frame = match self.connection.take_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    self.connection.exchange().await.map_err(|e| e.to_string())?;
                    continue;
                }
                Err(error) => return Err(error.to_string()),
            };
            // What we do not understand is a newer version's and not for us; the stream is whole, so it goes on.
            if let Ok(message) = Message::parse(&frame) {
                return Ok(message);
            }
        }
    }
}

/// A process that was found on the bus.
#[derive(Debug)]
pub struct Found {
    /// Who.
    pub name: ProcessName,
    /// Its state, or why there is none: a socket without a process, say.
    pub state: Result<Value, String>,
}

/// Finds the processes of a bus: every socket that stands there is asked for its state, all at once, for at most
/// [`DISCOVERY_TIMEOUT`]. Touches no lock and removes nothing.
pub async fn discover(control: &dyn ControlPlane, clock: &Clock) -> Vec<Found> {
    let asks = control.scan().into_iter().map(|name| async move {
        let asked = async {
            let mut client = Client::connect(control, clock, name).await.map_err(|e| e.to_string())?;
            client.call_within(DISCOVERY_TIMEOUT, "get_state", Value::Null).await.ok().map(|reply| reply.data)
        };
        let state =
            clock.timeout(DISCOVERY_TIMEOUT, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()));
        Found { name, state }
    });
    join_all(asks).await
}

/// Runs all at once and returns what they yield, in order.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |cx| {
        for (future, done) in &mut waiting {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if waiting.iter().any(|(_, done)| done.is_none()) {
            return std::task::Poll::Pending;
        }
        let outputs = std::mem::take(&mut waiting).into_iter().filter_map(|(_, done)| done);
        std::task::Poll::Ready(outputs.collect())
    })
    .await
}
