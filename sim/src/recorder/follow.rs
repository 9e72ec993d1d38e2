//! Follows one process: its telemetry on a port that is kept for it alone, its log, its tape, and its deaths.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::osc::Ear;
use vj_bus::{Client, GET_TAPE, Incoming, Outcome};
use vj_core::limits::LEASE_RENEWED;
use vj_core::{At, ProcessName};
use vj_env::ConnectError;

use super::notebook::Notebook;
use super::session::Outside;

/// Between two looks for a process that is not there. Short: what it sends before it is found is lost.
const RETRY: Duration = Duration::from_millis(20);

/// Between two attempts to have what the system or the process refused.
const LATER: Duration = Duration::from_secs(1);

/// How long a process may wait with its answer while nothing comes.
const WAIT_SEC: f64 = 2.0;

/// Packets that are taken in one turn.
const BATCH: usize = 64;

/// Follows it, for ever.
pub(super) async fn follow(outside: Outside, name: ProcessName, notebook: Rc<RefCell<Notebook>>) {
    loop {
        match Client::connect(&*outside.control, &outside.clock, name).await {
            Ok(client) => {
                attend(&outside, name, &notebook, client).await;
                notebook.borrow_mut().lost(outside.clock.now(), name);
                // At once: whether it is dead shows at its socket.
                continue;
            }
            Err(ConnectError::NotRunning(_) | ConnectError::Stale(_)) => notebook.borrow_mut().gone(name),
            Err(_) => {}
        }
        outside.clock.sleep(RETRY).await;
    }
}

/// Stays with it until it is gone.
async fn attend(outside: &Outside, name: ProcessName, notebook: &RefCell<Notebook>, mut client: Client) {
    let clock = &outside.clock;
    let mut ear = Ear::new(outside.telemetry.clone(), clock.clone());
    let mut subscribe = subscribe(&mut client, &mut ear);
    let watch = client.send("watch", json!({"recent_logs": true}));
    let state = client.send("get_state", Value::Null);
    // Of its own: questions for the tape are answered when something comes.
    let Ok(mut reel) = Client::connect(&*outside.control, clock, name).await else { return };
    let (mut renew_at, mut ask_at) = (clock.now() + LEASE_RENEWED, Some(clock.now()));
    let (mut is_met, mut subscribed_at) = (false, None);
    loop {
        tokio::select! {
            biased;
            came = client.next_incoming() => match came {
                Ok(Incoming::Heartbeat(beat)) => notebook.borrow_mut().beat(name, beat),
                Ok(Incoming::Outcome(id, Outcome::Replied(reply))) if id == watch => said_before(name, notebook, &reply.data),
                Ok(Incoming::Outcome(id, Outcome::Replied(reply))) if id == state => {
                    notebook.borrow_mut().met(clock.now(), name, &reply.data);
                    is_met = true;
                }
                Ok(Incoming::Outcome(id, Outcome::Replied(reply))) if Some(&id) == subscribe.as_ref() => {
                    let at_ns = reply.data["at_ns"].as_u64().unwrap_or_default();
                    subscribed_at.get_or_insert(At::from_nanos(at_ns));
                }
                Ok(Incoming::Outcome(id, Outcome::Refused(why))) if Some(&id) == subscribe.as_ref() => {
                    notebook.borrow_mut().word(clock.now(), format!("{name}: its OSC is not recorded: {why}"));
                }
                Ok(Incoming::Outcome(..)) => {}
                Err(_) => return,
            },
            () = ear.arrived() => {
                let now = clock.now();
                for _ in 0..BATCH {
                    let Some(packet) = ear.take() else { break };
                    notebook.borrow_mut().packet(now, name, packet);
                }
            }
            (_, answer) = reel.next_outcome() => match answer {
                Outcome::Replied(reply) => {
                    notebook.borrow_mut().tape(clock.now(), name, &reply.data, subscribed_at);
                    ask_at = Some(clock.now());
                }
                // An older version has no tape.
                Outcome::Refused(_) => ask_at = Some(clock.now() + LATER),
                Outcome::Unknown(_) => return,
            },
            () = clock.sleep_until_some(ask_at.filter(|_| is_met)) => {
                ask_at = None;
                let after = notebook.borrow().heard(name);
                reel.send(GET_TAPE, json!({"after": after, "wait_sec": WAIT_SEC, "sound": true}));
            }
            () = clock.sleep_until(renew_at) => {
                renew_at = clock.now() + LEASE_RENEWED;
                subscribe = self::subscribe(&mut client, &mut ear);
            }
        }
    }
}

/// What the visuals get is recorded, and nothing else.
fn subscribe(client: &mut Client, ear: &mut Ear) -> Option<String> {
    let mut args = ear.subscription()?;
    args["visuals_only"] = true.into();
    Some(client.send("subscribe", args))
}

/// Who comes late is told the newest of what was said before.
fn said_before(name: ProcessName, notebook: &RefCell<Notebook>, data: &Value) {
    let pid = data["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    if let (Some(pid), Ok(records)) = (pid, serde_json::from_value(data["logs"].clone())) {
        notebook.borrow_mut().said(name, pid, records);
    }
}
