//! Follows one process: its telemetry on a port that is kept for it alone, so that it is known who sent what, and its log.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_bus::osc::Ear;
use vj_bus::{Client, Incoming, Outcome};
use vj_core::ProcessName;
use vj_core::limits::LEASE_RENEWED;
use vj_env::{Env, LogRecord};

use super::capture::Capture;
use super::limits::{BATCH, RETRY};

pub(super) struct Source {
    pub(super) env: Env,
    pub(super) process: ProcessName,
    pub(super) capture: Rc<RefCell<Capture>>,
    /// Between two renewals of a subscription.
    renew: Duration,
    /// The process that was followed last, and when it said what was heard last.
    heard: (u32, u64),
}

impl Source {
    pub(super) fn new(
        env: Env,
        process: ProcessName,
        capture: Rc<RefCell<Capture>>,
        time_scale: f64,
    ) -> Self {
        Self { env, process, capture, renew: LEASE_RENEWED.div_f64(time_scale), heard: (0, 0) }
    }

    /// Follows it, for ever.
    pub(super) async fn follow(mut self) {
        loop {
            if let Ok(client) = Client::connect(&*self.env.control, &self.env.clock, self.process).await {
                self.attend(client).await;
                self.capture.borrow_mut().connected(self.process.as_str(), false);
            }
            self.env.clock.sleep(RETRY).await;
        }
    }

    /// Stays with it until it is gone.
    async fn attend(&mut self, mut client: Client) {
        self.capture.borrow_mut().connected(self.process.as_str(), true);
        let mut ear = Ear::new(self.env.telemetry.clone(), self.env.clock.clone());
        // What was said before anybody could watch counts, too: why it had to start again, say.
        let watch = client.send("watch", json!({"recent_logs": true}));
        // Of this process itself there is a log, but no telemetry: what it passes on it has captured already.
        let (clock, renews) = (self.env.clock.clone(), self.process != self.env.name);
        let mut renew_at = clock.now();
        loop {
            tokio::select! {
                biased;
                came = client.next_incoming() => match came {
                    Ok(Incoming::Heartbeat(beat)) => self.said(beat.pid, beat.logs, beat.logs_left_out),
                    Ok(Incoming::Outcome(id, Outcome::Replied(reply))) if id == watch => self.said_before(&reply.data),
                    Ok(Incoming::Outcome(..)) => {}
                    Err(_) => return,
                },
                () = clock.sleep_until_some(renews.then_some(renew_at)) => {
                    renew_at = clock.now() + self.renew;
                    if let Some(args) = ear.subscription() {
                        client.send("subscribe", args);
                    }
                },
                () = ear.arrived() => self.take(&mut ear).await,
            }
        }
    }

    fn said(&mut self, pid: u32, records: Vec<LogRecord>, left_out: u64) {
        let newest = records.iter().map(|record| record.time_ms).max();
        let before = if self.heard.0 == pid { self.heard.1 } else { 0 };
        self.heard = (pid, newest.unwrap_or(0).max(before));
        self.capture.borrow_mut().said(self.process.as_str(), pid, records, left_out);
    }

    /// Of a process whose link was lost some of that is known already.
    fn said_before(&mut self, data: &Value) {
        let pid = data["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        let records: Option<Vec<LogRecord>> = serde_json::from_value(data["logs"].clone()).ok();
        // An older version tells none.
        let (Some(pid), Some(mut records)) = (pid, records) else { return };
        if self.heard.0 == pid {
            records.retain(|record| record.time_ms > self.heard.1);
        }
        self.said(pid, records, 0);
    }

    /// Takes in a packet, and those behind it; then lets others have a turn.
    async fn take(&self, ear: &mut Ear) {
        let name = self.process.as_str();
        for _ in 0..BATCH {
            let Some(packet) = ear.take() else { return };
            self.capture.borrow_mut().packet(name, &name, packet);
        }
        tokio::task::yield_now().await;
    }
}
