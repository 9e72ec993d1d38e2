//! Answers the commands that every worker has, and passes the rest on.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::{Notify, oneshot};
use vj_core::limits::{LEASE_DEFAULT, LEASE_MAX};
use vj_core::mutants::{self, Mutant};
use vj_core::playback::Player;
use vj_core::settings::Settings;
use vj_core::{At, ProcessName};
use vj_env::Env;

use super::beats::Beats;
use super::overrides;
use crate::board::Board;
use crate::inbox::{Event, Inbox};
use crate::message::{Ack, Command, ErrorCode, ErrorMessage, Message, Register, Response};
use crate::osc::Emitter;
use crate::responder::Responder;
use crate::tape::{GET_TAPE, Question, Tape};

/// What all connections of a process share.
pub(crate) struct Desk {
    pub(crate) env: Env,
    pub(crate) board: Rc<Board>,
    pub(crate) inbox: Rc<Inbox>,
    pub(crate) emitter: Rc<Emitter>,
    pub(crate) beats: Rc<Beats>,
    /// What the settings must hold together: the worker's own rule.
    pub(crate) check: fn(&Settings) -> Result<(), String>,
    /// By how much leases are divided.
    pub(crate) time_scale: f64,
    /// Who is the current player where the rule leaves it open.
    pub(crate) prefer: Rc<RefCell<Vec<Player>>>,
    /// What came in from outside.
    pub(crate) tape: Tape,
    /// Between two heartbeats.
    pub(crate) heartbeat: Cell<Duration>,
    /// That has changed.
    pub(crate) heartbeat_changed: Notify,
    pub(crate) clients: Cell<usize>,
    /// The workers that have introduced themselves over connections that still stand. Only the manager has any.
    pub(crate) introduced: RefCell<Vec<Weak<Register>>>,
    /// Whether the manager has still to be sent something before the end.
    pub(crate) registered: Cell<bool>,
    /// A client left, or the manager's link was closed.
    pub(crate) somebody_left: Notify,
    /// One change of the settings at a time: each is made from those before it, and writing them down may take a while.
    pub(crate) settings_turn: tokio::sync::Mutex<()>,
    /// Set once when the process ends: connections send what is in line and close.
    pub(crate) closing: vj_env::Shutdown,
}

/// What a connection does with a command.
pub(crate) enum Handled {
    /// This is the answer.
    Answer(Message),
    /// The answer will come from the worker's own loop.
    Awaits(oneshot::Receiver<Message>),
    /// This is the answer, and from now on the connection also carries heartbeats.
    Watch(Message),
}

impl Desk {
    /// Sends a heartbeat to whoever listens. With nobody there the logs wait for the next one.
    pub(crate) fn beat(&self) {
        if self.beats.are_heard() {
            self.beats.send(self.board.heartbeat());
        }
    }

    /// Does or passes on one command.
    pub(crate) async fn handle(&self, command: Command) -> Handled {
        let msg_id = command.msg_id.clone();
        let answer = match command.cmd.as_str() {
            "get_state" => Message::Response(Response { msg_id, success: true, data: self.board.state() }),
            "set_config" => self.set_config(msg_id, &command.args).await,
            "restart" => {
                self.tell(Event::Restart);
                ack(msg_id, Ok(None))
            }
            "shutdown" if !self.is_about_workers_too(&command) => {
                self.tell(Event::Shutdown);
                ack(msg_id, Ok(None))
            }
            "subscribe" => match self.subscribe(&command.args) {
                // From when on: what was sent before stands on the tape, at the start of a process.
                Ok(at) => {
                    let data = Some(json!({"at_ns": at.as_nanos()}));
                    Message::Ack(Ack { msg_id, success: true, message: None, data })
                }
                Err(why) => ack(msg_id, Err(why)),
            },
            "unsubscribe" => ack(msg_id, self.unsubscribe(&command.args)),
            "watch" => return Handled::Watch(self.watch(msg_id, &command.args)),
            GET_TAPE => return self.tape(msg_id, &command.args),
            _ => return self.pass_on(command),
        };
        Handled::Answer(answer)
    }

    /// The manager alone can be told to take the workers with it, and does that itself.
    fn is_about_workers_too(&self, command: &Command) -> bool {
        self.env.name == ProcessName::ProcessManager
            && !matches!(command.args.get("workers"), None | Some(Value::Null | Value::Bool(false)))
    }

    /// Tells a loop that starts over in place who is there: the workers have no cause to introduce themselves again.
    pub(crate) fn introduce_again(&self) {
        let mut introduced = self.introduced.borrow_mut();
        introduced.retain(|register| register.strong_count() > 0);
        for register in introduced.iter().filter_map(Weak::upgrade) {
            self.tell(Event::Registered((*register).clone()));
        }
    }

    pub(super) fn tell(&self, event: Event) {
        self.inbox.push(event).expect("only commands can find the inbox full");
    }

    /// Whoever comes late may ask for what heartbeats have carried already: the first words of a process are said before
    /// anybody can watch it.
    fn watch(&self, msg_id: String, args: &Map<String, Value>) -> Message {
        let wants_logs = args.get("recent_logs") == Some(&Value::Bool(true));
        let data = wants_logs.then(|| json!({"pid": self.env.pid, "logs": self.env.log.gone_out()}));
        Message::Ack(Ack { msg_id, success: true, message: None, data })
    }

    /// The answer may have to wait, and nobody waits for it: it is made by a task of its own, and by nobody once the client
    /// has gone. At the end of the process it comes at once.
    fn tape(&self, msg_id: String, args: &Map<String, Value>) -> Handled {
        let question = match Question::read(args) {
            Ok(question) => question,
            Err(error) => {
                let (msg_id, code) = (Some(msg_id), ErrorCode::BadMessage);
                return Handled::Answer(Message::Error(ErrorMessage { msg_id, error, code }));
            }
        };
        let (mut answer, arrives) = oneshot::channel();
        let (tape, pid, closing) = (self.tape.clone(), self.env.pid, self.closing.clone());
        self.env.scope.spawn(async move {
            let data = tokio::select! {
                biased;
                data = tape.answer(pid, question) => data,
                () = closing.asked() => tape.now(pid, question),
                () = answer.closed() => return,
            };
            let _ = answer.send(Message::Response(Response { msg_id, success: true, data }));
        });
        Handled::Awaits(arrives)
    }

    fn pass_on(&self, command: Command) -> Handled {
        let (responder, arrives) = Responder::new(&command);
        match self.inbox.push(Event::Command(command, responder)) {
            Ok(()) => Handled::Awaits(arrives),
            Err(Event::Command(command, _)) => {
                let error = "too many commands are waiting for the worker".to_owned();
                let msg_id = Some(command.msg_id);
                Handled::Answer(Message::Error(ErrorMessage { msg_id, error, code: ErrorCode::Internal }))
            }
            Err(_) => unreachable!("a command was pushed, so a command comes back"),
        }
    }

    async fn set_config(&self, msg_id: String, values: &Map<String, Value>) -> Message {
        let _turn = self.settings_turn.lock().await;
        let mut settings = self.board.with_settings(Clone::clone);
        let applied = settings.apply(values).map_err(|e| e.to_string());
        let changed = match applied.and_then(|changed| (self.check)(&settings).map(|()| changed)) {
            Ok(changed) => changed,
            Err(error) => return ack(msg_id, Err(error)),
        };
        // Kept before it is acknowledged: what was acknowledged survives a kill.
        let kept = if mutants::is_on(Mutant::AckBeforeKeep) {
            self.keep_later(settings.clone());
            Ok(())
        } else {
            overrides::keep(&self.env, &settings).await
        };
        self.board.replace_settings(settings);
        if !changed.is_empty() {
            self.env.log.info(format!("settings changed: {}", changed.join(", ")));
            self.tell(Event::SettingsChanged(changed));
        }
        match kept {
            Ok(()) => ack(msg_id, Ok(None)),
            Err(error) => {
                let message = format!("in effect, but it would not survive a crash: {error}");
                self.board.fail(format!("failed to keep the settings: {error}"));
                ack(msg_id, Ok(Some(message)))
            }
        }
    }

    /// See [`Mutant::AckBeforeKeep`].
    fn keep_later(&self, settings: Settings) {
        let env = self.env.clone();
        self.env.scope.spawn(async move {
            env.clock.sleep(Duration::from_millis(200)).await;
            let _ = overrides::keep(&env, &settings).await;
        });
    }

    fn subscribe(&self, args: &Map<String, Value>) -> Result<At, String> {
        let to = receiver(args)?;
        let patterns = match args.get("patterns") {
            None | Some(Value::Null) => vec!["/*".to_owned()],
            Some(Value::Array(list)) => {
                let texts = list.iter().map(|pattern| pattern.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>().ok_or("'patterns' must be a list of strings")?
            }
            Some(_) => return Err("'patterns' must be a list of strings".to_owned()),
        };
        let lease = match args.get("lease_sec").unwrap_or(&Value::Null) {
            Value::Null => LEASE_DEFAULT,
            value => match value.as_f64() {
                Some(sec) if sec > 0.0 && sec <= LEASE_MAX.as_secs_f64() => Duration::from_secs_f64(sec),
                _ => {
                    let max = LEASE_MAX.as_secs();
                    return Err(format!(
                        "'lease_sec' cannot be {value} (allowed: more than 0, at most {max})"
                    ));
                }
            },
        };
        let only_for_visuals = match args.get("visuals_only").unwrap_or(&Value::Null) {
            Value::Null => false,
            value => {
                let why = || format!("'visuals_only' cannot be {value} (allowed: true, false)");
                value.as_bool().ok_or_else(why)?
            }
        };
        let now = self.env.clock.now();
        let until = now + lease.div_f64(self.time_scale);
        self.emitter.subscribe(to, &patterns, only_for_visuals, until, now).map(|()| now)
    }

    fn unsubscribe(&self, args: &Map<String, Value>) -> Result<Option<String>, String> {
        self.emitter.unsubscribe(receiver(args)?);
        Ok(None)
    }
}

fn receiver(args: &Map<String, Value>) -> Result<SocketAddr, String> {
    let host = match args.get("host") {
        None | Some(Value::Null) => return Err("'host' is missing (an IP address, or localhost)".to_owned()),
        Some(host) => host.as_str().unwrap_or_default(),
    };
    let ip: IpAddr = match host {
        "localhost" => IpAddr::from([127, 0, 0, 1]),
        _ => host
            .parse()
            .map_err(|_| format!("'host' cannot be '{host}' (allowed: an IP address, or localhost)"))?,
    };
    let port = args.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    match port {
        Some(port) if port > 0 => Ok(SocketAddr::new(ip, port)),
        _ => Err("'port' must be a whole number from 1 to 65535".to_owned()),
    }
}

fn ack(msg_id: String, outcome: Result<Option<String>, String>) -> Message {
    let success = outcome.is_ok();
    let message = outcome.unwrap_or_else(Some);
    Message::Ack(Ack { msg_id, success, message, data: None })
}
