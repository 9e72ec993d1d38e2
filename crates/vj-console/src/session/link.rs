//! The link to one process: found by its socket, kept, and made anew when it is lost.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Value, json};
use vj_bus::{Client, Incoming, Outcome};
use vj_core::limits::LEASE_RENEWED;
use vj_core::{At, ProcessName};

use super::Seat;
use super::line::{Asked, Errand, Line};
use super::queue::Events;
use crate::effect::CallId;
use crate::event::Event;
use crate::limits::{ANSWER, ASK, RETRY};

pub(super) struct Link {
    seat: Seat,
    process: ProcessName,
    line: Rc<Line>,
    events: Rc<Events>,
    /// Where the console hears telemetry.
    port: Option<u16>,
    /// Why it could not be reached, as far as it was said.
    said: Option<String>,
}

/// What a command was sent for.
enum Sent {
    State,
    Call(CallId),
    /// `watch` and `subscribe`.
    Errand,
}

/// A command that is not answered yet.
struct Pending {
    msg_id: String,
    sent: Sent,
    until: At,
}

/// All that can wake a link.
enum Wake {
    Came(Result<Incoming, String>),
    Errand(Errand),
    AskNow,
    RenewNow,
    NoAnswer,
}

impl Link {
    pub(super) fn new(
        seat: Seat,
        process: ProcessName,
        line: Rc<Line>,
        events: Rc<Events>,
        port: Option<u16>,
    ) -> Self {
        Self { seat, process, line, events, port, said: None }
    }

    /// Keeps it, for ever.
    pub(super) async fn keep(mut self) {
        loop {
            if self.seat.control.scan().contains(&self.process) {
                let why = self.attend_if_there().await;
                self.is_down(why);
            } else {
                self.is_down("it is not running".to_owned());
            }
            self.wait().await;
        }
    }

    /// Said once, until it is up again.
    fn is_down(&mut self, why: String) {
        if self.said.as_ref() != Some(&why) {
            self.said = Some(why.clone());
            self.events.push(Event::Down { process: self.process, why });
        }
    }

    /// Until the next attempt. What is asked for meanwhile is answered at once.
    async fn wait(&self) {
        let until = self.seat.clock.now() + RETRY;
        loop {
            tokio::select! {
                biased;
                errand = self.line.next() => if let Errand::Call(asked) = errand {
                    let why = format!("{} is not running", self.process);
                    self.end(asked.call, Outcome::Unknown(why));
                },
                () = self.seat.clock.sleep_until(until) => return,
            }
        }
    }

    fn end(&self, call: CallId, outcome: Outcome) {
        self.events.push(Event::Answer { call, outcome });
    }

    async fn attend_if_there(&mut self) -> String {
        let connecting = Client::connect(&*self.seat.control, &self.seat.clock, self.process);
        match self.seat.clock.timeout(ANSWER, connecting).await {
            Ok(Ok(client)) => {
                let mut attended = Attended { link: self, client, pending: VecDeque::new() };
                let why = attended.attend().await;
                for pending in std::mem::take(&mut attended.pending) {
                    if let Sent::Call(call) = pending.sent {
                        attended.link.end(call, Outcome::Unknown(why.clone()));
                    }
                }
                why
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it takes no connection".to_owned(),
        }
    }
}

/// A link that stands.
struct Attended<'a> {
    link: &'a mut Link,
    client: Client,
    /// In the order in which the answers will come.
    pending: VecDeque<Pending>,
}

impl Attended<'_> {
    /// Stays until it is lost, and says why.
    async fn attend(&mut self) -> String {
        self.send("watch", json!({}), Sent::Errand);
        self.send("get_state", json!({}), Sent::State);
        self.subscribe();
        let clock = self.link.seat.clock.clone();
        let (mut ask_at, mut renew_at) = (clock.now() + ASK, clock.now() + LEASE_RENEWED);
        loop {
            let until = self.pending.front().map(|pending| pending.until);
            let (client, line) = (&mut self.client, self.link.line.clone());
            let wake = tokio::select! {
                biased;
                came = client.next_incoming() => Wake::Came(came),
                errand = line.next() => Wake::Errand(errand),
                () = clock.sleep_until(ask_at) => Wake::AskNow,
                () = clock.sleep_until(renew_at) => Wake::RenewNow,
                () = clock.sleep_until_some(until) => Wake::NoAnswer,
            };
            match wake {
                Wake::Came(Err(why)) => return why,
                Wake::Came(Ok(Incoming::Heartbeat(beat))) => {
                    self.link.events.push(Event::Beat(Box::new(beat)));
                }
                Wake::Came(Ok(Incoming::Outcome(msg_id, outcome))) => self.answered(&msg_id, outcome),
                Wake::Errand(Errand::Call(Asked { call, cmd, args })) => {
                    self.send(cmd, args, Sent::Call(call));
                }
                Wake::Errand(Errand::Refresh) => self.ask(),
                Wake::AskNow => {
                    ask_at = clock.now() + ASK;
                    self.ask();
                }
                Wake::RenewNow => {
                    renew_at = clock.now() + LEASE_RENEWED;
                    self.subscribe();
                }
                Wake::NoAnswer => return "it gives no answer".to_owned(),
            }
        }
    }

    fn send(&mut self, cmd: &str, args: Value, sent: Sent) {
        let msg_id = self.client.send(cmd, args);
        self.pending.push_back(Pending { msg_id, sent, until: self.link.seat.clock.now() + ANSWER });
    }

    /// Asks for the state, unless the last thing asked for is just that.
    fn ask(&mut self) {
        if !matches!(self.pending.back(), Some(Pending { sent: Sent::State, .. })) {
            self.send("get_state", json!({}), Sent::State);
        }
    }

    /// The debugger's own telemetry is what strangers send: the console asks it for that, at its own pace.
    fn subscribe(&mut self) {
        if let Some(port) = self.link.port.filter(|_| self.link.process != ProcessName::OscDebugger) {
            let args = json!({"host": "127.0.0.1", "port": port});
            self.send("subscribe", args, Sent::Errand);
        }
    }

    fn answered(&mut self, msg_id: &str, outcome: Outcome) {
        let Some(at) = self.pending.iter().position(|pending| pending.msg_id == msg_id) else { return };
        let Some(pending) = self.pending.remove(at) else { return };
        match (pending.sent, outcome) {
            (Sent::Call(call), outcome) => self.link.end(call, outcome),
            (Sent::State, Outcome::Replied(reply)) => {
                self.link.said = None;
                self.link.events.push(Event::State { process: self.link.process, state: reply.data });
            }
            (Sent::Errand, Outcome::Refused(why)) => {
                self.link.events.push(Event::Unheard { process: self.link.process, why });
            }
            (Sent::State | Sent::Errand, _) => {}
        }
    }
}
