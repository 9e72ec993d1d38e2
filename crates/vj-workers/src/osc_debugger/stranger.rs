//! Hears whatever anybody sends to `listen`, and passes it on to whoever subscribes to the debugger.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::sync::Notify;
use vj_bus::{Board, Emitter, Status};
use vj_core::limits::RECEIVED_BYTES_MAX;
use vj_env::{Datagrams, Env};

use super::capture::{Capture, STRANGERS};
use super::limits::{BATCH, LISTEN_RETRY, RETRY};

/// The port that is open to all.
pub(super) struct Stranger {
    pub(super) env: Env,
    pub(super) board: Rc<Board>,
    pub(super) emitter: Rc<Emitter>,
    pub(super) capture: Rc<RefCell<Capture>>,
    pub(super) wanted: Rc<Wanted>,
}

/// Where to listen; it may change while it does.
#[derive(Default)]
pub(super) struct Wanted {
    at: Cell<Option<SocketAddr>>,
    changed: Notify,
}

impl Wanted {
    pub(super) fn set(&self, at: Option<SocketAddr>) {
        if self.at.replace(at) != at {
            self.changed.notify_one();
        }
    }
}

impl Stranger {
    /// Listens, for ever.
    pub(super) async fn listen(self) {
        let mut said = None;
        loop {
            let at = self.wanted.at.get();
            match at.map(|at| (at, self.env.telemetry.listen(at))) {
                None => self.wanted.changed.notified().await,
                Some((at, Ok(datagrams))) => {
                    said = None;
                    self.board.set_field("listening", at.to_string());
                    self.board.set_status(Status::Running);
                    self.hear(at, datagrams).await;
                    self.board.set_field("listening", serde_json::Value::Null);
                }
                Some((at, Err(error))) => {
                    self.board.set_status(Status::Degraded);
                    // Said once, not at each attempt.
                    if said.replace(at) != Some(at) {
                        self.board.fail(format!(
                            "failed to listen at {at} ([osc_debugger] listen): {error}; a visual program may hold that \
                             port, and what the workers send is captured all the same"
                        ));
                    }
                    tokio::select! {
                        biased;
                        () = self.wanted.changed.notified() => {}
                        () = self.env.clock.sleep(LISTEN_RETRY) => {}
                    }
                }
            }
        }
    }

    /// Until it is to listen elsewhere.
    async fn hear(&self, at: SocketAddr, mut datagrams: Box<dyn Datagrams>) {
        self.capture.borrow_mut().connected(STRANGERS, true);
        let mut buffer = vec![0; RECEIVED_BYTES_MAX];
        loop {
            tokio::select! {
                biased;
                () = self.wanted.changed.notified() => break,
                received = datagrams.receive(&mut buffer) => {
                    // An error is of one datagram; the next may come all the same.
                    let Ok((len, from)) = received else {
                        self.env.clock.sleep(RETRY).await;
                        continue;
                    };
                    self.take(at, from, &buffer[..len]);
                    for _ in 1..BATCH {
                        let Some((len, from)) = datagrams.try_receive(&mut buffer) else { break };
                        self.take(at, from, &buffer[..len]);
                    }
                    // A flood must not hold up an answer.
                    tokio::task::yield_now().await;
                }
            }
        }
        self.capture.borrow_mut().connected(STRANGERS, false);
    }

    fn take(&self, at: SocketAddr, from: SocketAddr, packet: &[u8]) {
        let messages = self.capture.borrow_mut().packet(STRANGERS, &from, packet);
        // Never back to where it came from, or to ourselves: it would go round for ever.
        self.emitter.forward(&messages, packet, &[at, from]);
    }
}
