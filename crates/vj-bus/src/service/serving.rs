//! One client's connection, from its first byte to its last.
//!
//! Commands are answered one after another and in order: the next is read when the answer before it is out. So a client
//! that does not read is not read from either, and holds up nobody but itself. Heartbeats are not held back like that;
//! a watcher that leaves too many unread is dropped.

use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::oneshot;
use vj_core::limits::HALF_FRAME_TIMEOUT;
use vj_core::mutants::{self, Mutant};
use vj_core::{At, ProcessName};
use vj_env::BoxLink;

use super::beats::{BeatQueue, Deaf};
use super::desk::{Desk, Handled};
use crate::connection::{Connection, FrameError};
use crate::inbox::Event;
use crate::message::{Ack, ErrorCode, ErrorMessage, Heartbeat, Message, Register};
use crate::responder;

/// A process serves a client until it leaves.
pub(crate) async fn serve(desk: Rc<Desk>, link: BoxLink) {
    let connection = Connection::new(link);
    let mut serving = Serving {
        desk,
        connection,
        awaits: None,
        beats: None,
        registered: None,
        half_since: None,
        answers: 0,
    };
    // However it ended, there is nobody left to tell but the log of a developer.
    if let Err(why) = serving.serve().await {
        serving.desk.env.log.debug(format!("closed a connection: {why}"));
    }
    let Serving { desk, connection, registered, .. } = serving;
    connection.close().await;
    if let Some(register) = registered {
        let _ = desk.inbox.push(Event::LinkLost { worker: register.worker.clone(), pid: register.pid });
    }
}

struct Serving {
    desk: Rc<Desk>,
    connection: Connection<BoxLink>,
    /// The command that the worker's own loop is busy with.
    awaits: Option<(String, oneshot::Receiver<Message>)>,
    /// What still has to go out to a watcher.
    beats: Option<BeatQueue>,
    /// The worker that introduced itself over this connection.
    registered: Option<Rc<Register>>,
    /// Since when the frame at the head of the line is incomplete.
    half_since: Option<At>,
    /// How many answers were sent, where that makes a difference: see [`Mutant::LostReply`].
    answers: u64,
}

/// All that can wake a connection.
enum Wake {
    Closing,
    HalfTooLong,
    Flushed(std::io::Result<()>),
    Answer(Message),
    Beat(Result<Bytes, Deaf>),
    Filled(Result<bool, FrameError>),
}

impl Serving {
    async fn serve(&mut self) -> Result<(), String> {
        loop {
            if self.awaits.is_none() && !self.connection.has_unsent() {
                match self.connection.take_frame() {
                    Ok(Some(frame)) => {
                        self.half_since = None;
                        self.take(&frame).await;
                        continue;
                    }
                    // A half frame counts from the moment at which it is the next to be read, also when it came in
                    // behind a whole one.
                    Ok(None) if self.connection.is_half() => {
                        self.half_since.get_or_insert(self.desk.env.clock.now());
                    }
                    Ok(None) => {}
                    Err(error) => return self.give_up(ErrorCode::TooLarge, error.to_string()).await,
                }
            }
            match self.wake().await {
                Wake::Closing => return Ok(()),
                Wake::HalfTooLong => {
                    let why = format!("a frame was left half-sent for {} s", HALF_FRAME_TIMEOUT.as_secs());
                    return self.give_up(ErrorCode::BadFrame, why).await;
                }
                Wake::Flushed(sent) => sent.map_err(|e| e.to_string())?,
                Wake::Answer(message) => {
                    self.awaits = None;
                    self.answer(&message);
                }
                Wake::Beat(Ok(frame)) => self.connection.enqueue_encoded(&frame),
                Wake::Beat(Err(Deaf)) => return Err("a watcher does not read".to_owned()),
                Wake::Filled(Ok(true)) => {}
                Wake::Filled(Ok(false)) => return Ok(()),
                Wake::Filled(Err(error)) => return Err(error.to_string()),
            }
        }
    }

    async fn wake(&mut self) -> Wake {
        let unsent = self.connection.has_unsent();
        let reads = self.awaits.is_none() && !unsent;
        // While the client is not read from, a half frame is our doing and not its.
        let half_until = self.half_since.filter(|_| reads).map(|since| since + HALF_FRAME_TIMEOUT);
        let Self { desk, connection, awaits, beats, .. } = self;
        let answer = async {
            match awaits {
                None => std::future::pending().await,
                Some((msg_id, arrives)) => {
                    arrives.await.unwrap_or_else(|_| responder::dropped(msg_id.clone()))
                }
            }
        };
        let beat = async {
            match beats {
                None => std::future::pending().await,
                Some(beats) => beats.next(unsent).await,
            }
        };
        let io = async {
            if unsent {
                Wake::Flushed(connection.flush().await)
            } else if reads {
                Wake::Filled(connection.fill().await)
            } else {
                std::future::pending().await
            }
        };
        tokio::select! {
            biased;
            // Answers before heartbeats before new commands: whoever waits longest goes first. At the end the last
            // heartbeat still goes out, and nothing more is read.
            message = answer => Wake::Answer(message),
            beat = beat => Wake::Beat(beat),
            () = desk.closing.asked(), if reads => Wake::Closing,
            wake = io => wake,
            () = desk.env.clock.sleep_until_some(half_until) => Wake::HalfTooLong,
        }
    }

    async fn take(&mut self, frame: &[u8]) {
        let answer = match Message::parse(frame) {
            Ok(Message::Command(command)) => {
                let msg_id = command.msg_id.clone();
                match self.desk.handle(command).await {
                    Handled::Answer(answer) => answer,
                    Handled::Awaits(arrives) => return self.awaits = Some((msg_id, arrives)),
                    Handled::Watch(answer) => {
                        self.beats.get_or_insert_with(|| self.desk.beats.listen());
                        answer
                    }
                }
            }
            Ok(Message::Register(register)) if self.desk.env.name == ProcessName::ProcessManager => {
                self.register(register)
            }
            Ok(Message::Heartbeat(heartbeat)) if self.is_of_this_worker(&heartbeat) => {
                let _ = self.desk.inbox.push(Event::Heartbeat(heartbeat));
                return;
            }
            Ok(other) => {
                let error = format!("{} takes no {} here", self.desk.env.name, kind(&other));
                Message::Error(ErrorMessage { msg_id: None, error, code: ErrorCode::BadMessage })
            }
            Err(error) => {
                Message::Error(ErrorMessage { msg_id: error.msg_id, error: error.why, code: error.code })
            }
        };
        self.answer(&answer);
    }

    fn answer(&mut self, message: &Message) {
        if mutants::is_on(Mutant::LostReply) || mutants::is_on(Mutant::AnswersTwice) {
            self.answers += 1;
            if self.answers.is_multiple_of(50) {
                if mutants::is_on(Mutant::LostReply) {
                    return;
                }
                self.connection.enqueue(message);
            }
        }
        self.connection.enqueue(message);
    }

    /// A worker speaks for itself only.
    fn is_of_this_worker(&self, heartbeat: &Heartbeat) -> bool {
        let registered = self.registered.as_ref();
        registered.is_some_and(|known| known.worker == heartbeat.worker && known.pid == heartbeat.pid)
    }

    fn register(&mut self, register: Register) -> Message {
        let msg_id = "register".to_owned();
        let refused = |why: &str| {
            let message = Some(why.to_owned());
            Message::Ack(Ack { msg_id: "register".to_owned(), success: false, message, data: None })
        };
        if !register.worker.parse().is_ok_and(ProcessName::is_worker) {
            return refused("there is no worker of that name");
        }
        if self.registered.is_some() {
            // One worker a connection: its loss must mean one thing.
            return refused("this connection has registered a worker already");
        }
        let register = Rc::new(register);
        let mut introduced = self.desk.introduced.borrow_mut();
        // Those whose connections are gone are forgotten here, or a night of reconnections would pile up.
        introduced.retain(|register| register.strong_count() > 0);
        introduced.push(Rc::downgrade(&register));
        drop(introduced);
        let _ = self.desk.inbox.push(Event::Registered((*register).clone()));
        self.registered = Some(register);
        Message::Ack(Ack { msg_id, success: true, message: None, data: None })
    }

    /// Says why, as far as the client still reads, and closes.
    async fn give_up(&mut self, code: ErrorCode, error: String) -> Result<(), String> {
        self.connection.enqueue(&Message::Error(ErrorMessage { msg_id: None, error: error.clone(), code }));
        let flushed = self.desk.env.clock.timeout(HALF_FRAME_TIMEOUT, self.connection.flush()).await;
        drop(flushed);
        Err(error)
    }
}

fn kind(message: &Message) -> &'static str {
    match message {
        Message::Command(_) => "command",
        Message::Ack(_) => "ack",
        Message::Response(_) => "response",
        Message::Error(_) => "error",
        Message::Heartbeat(_) => "heartbeat",
        Message::Register(_) => "register",
    }
}
