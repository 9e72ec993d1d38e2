//! Clients that put what they ask and hear into the history.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use vj_bus::{Client, Outcome};
use vj_core::ProcessName;

use crate::checkers;
use crate::ground::Ground;
use crate::history::What;

/// Between two questions of somebody who keeps asking.
const ASKS_EVERY: Duration = Duration::from_millis(50);

/// A client by name.
pub(crate) struct Probe {
    world: Rc<dyn Ground>,
    name: String,
    asked: Cell<u64>,
}

impl Probe {
    pub(crate) fn new(world: &Rc<dyn Ground>, name: &str) -> Self {
        Self { world: world.clone(), name: name.to_owned(), asked: Cell::new(0) }
    }

    /// Connects, if somebody serves `to`.
    pub(crate) async fn connect(&self, to: ProcessName) -> Option<Client> {
        Client::connect(&*self.world.control(), self.world.clock(), to).await.ok()
    }

    /// Asks over a connection, and waits for the answer.
    pub(crate) async fn ask(&self, client: &mut Client, to: ProcessName, cmd: &str, args: Value) -> Outcome {
        let _open = self.world.curtain().question();
        let id = self.note_command(to, cmd);
        let before = client.strays();
        let outcome = client.call(cmd, args).await;
        self.note_answer(to, id, &outcome);
        self.note_strays(to, client.strays() - before);
        outcome
    }

    /// Answers that came to no command.
    pub(crate) fn note_strays(&self, to: ProcessName, count: u64) {
        if count > 0 {
            let detail = format!("{count} of {to}");
            self.world.note(What::Mark { name: checkers::STRAY.to_owned(), detail });
        }
    }

    /// Connects and asks once.
    pub(crate) async fn ask_once(&self, to: ProcessName, cmd: &str, args: Value) -> Option<Outcome> {
        let mut client = self.connect(to).await?;
        Some(self.ask(&mut client, to, cmd, args).await)
    }

    /// Asks for the state again and again, connecting anew when the link is lost, until the script is over.
    pub(crate) async fn keep_asking(self, to: ProcessName) {
        self.keep_asking_every(ASKS_EVERY, to).await;
    }

    /// The same with so long between two questions.
    pub(crate) async fn keep_asking_every(self, pause: Duration, to: ProcessName) {
        while !self.world.curtain().has_fallen() {
            if let Some(mut client) = self.connect(to).await {
                while !self.world.curtain().has_fallen() {
                    let outcome = self.ask(&mut client, to, "get_state", Value::Null).await;
                    if matches!(outcome, Outcome::Unknown(_)) {
                        break;
                    }
                    self.world.clock().sleep(pause).await;
                }
            }
            self.world.clock().sleep(pause).await;
        }
    }

    /// Watches a worker and marks its heartbeats; for ever.
    pub(crate) async fn keep_watching(self, to: ProcessName) {
        loop {
            if let Some(mut client) = self.connect(to).await
                && matches!(client.call("watch", Value::Null).await, Outcome::Replied(_))
            {
                while client.next_heartbeat().await.is_ok() {
                    self.world
                        .note(What::Mark { name: checkers::HEARTBEAT.to_owned(), detail: to.to_string() });
                }
            }
            self.world.clock().sleep(ASKS_EVERY).await;
        }
    }

    pub(crate) fn note_command(&self, to: ProcessName, cmd: &str) -> String {
        self.asked.set(self.asked.get() + 1);
        let id = self.asked.get().to_string();
        let (client, cmd) = (self.name.clone(), cmd.to_owned());
        self.world.note(What::Command { client, to: to.to_string(), id: id.clone(), cmd });
        id
    }

    pub(crate) fn note_answer(&self, to: ProcessName, id: String, outcome: &Outcome) {
        let (outcome, detail) = match outcome {
            Outcome::Replied(_) => ("replied", String::new()),
            Outcome::Refused(why) => ("refused", why.clone()),
            Outcome::Unknown(why) => ("unknown", why.clone()),
        };
        let (client, outcome) = (self.name.clone(), outcome.to_owned());
        self.world.note(What::Answer { client, to: to.to_string(), id, outcome, detail });
    }
}
