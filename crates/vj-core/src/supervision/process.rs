//! One live process of a worker: who it is, and what was heard of it.

use std::time::Duration;

use super::{Health, Law, Reported};
use crate::At;
use crate::mutants::{self, Mutant};

/// A live process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// Found running, not started by this manager.
    pub(super) adopted: bool,
    /// When it last sent a heartbeat, for users; unlike `silent_since` never moved.
    pub(super) last_heartbeat: Option<At>,
    /// From here on its silence is counted: the last sign of life, moved on by what the manager itself missed.
    silent_since: At,
    registered: bool,
    /// What its last heartbeat said.
    reported: Reported,
    /// It has been silent for too long, and nothing was heard since.
    unhealthy: bool,
    /// Since when it is registered and not unhealthy, without a gap; means nothing else.
    healthy_since: At,
}

impl Process {
    /// A process that has just been started or found. One that never registers is silent from here on.
    pub(super) fn new(pid: u32, adopted: bool, now: At) -> Self {
        Self {
            pid,
            adopted,
            last_heartbeat: None,
            silent_since: now,
            registered: false,
            reported: Reported::default(),
            unhealthy: false,
            healthy_since: now,
        }
    }

    /// It registered, for the first time or after its connection was lost: a sign of life. What it last reported stays
    /// true until its next heartbeat.
    pub(super) fn register(&mut self, now: At) {
        if !self.registered {
            self.registered = true;
            self.healthy_since = now;
        }
        self.hear(now);
    }

    /// Before it registered, a heartbeat says nothing: a process that never registers must not live for ever unseen.
    pub(super) fn heartbeat(&mut self, now: At, status: Reported) {
        if self.registered {
            self.reported = status;
            self.last_heartbeat = Some(now);
            self.hear(now);
        }
    }

    fn hear(&mut self, now: At) {
        self.silent_since = now;
        if self.unhealthy {
            self.unhealthy = false;
            self.healthy_since = now;
        }
    }

    /// Looks at its silence. True when it has to be killed for it.
    pub(super) fn judge_silence(&mut self, now: At, law: &Law) -> bool {
        let silence = now.since(self.silent_since);
        self.unhealthy |= silence >= law.unhealthy_after;
        silence >= self.patience(law)
    }

    /// The manager was frozen for this long and heard nobody.
    pub(super) fn forgive(&mut self, unseen: Duration) {
        self.silent_since += unseen;
    }

    /// When its silence must be looked at next.
    pub(super) fn deadline(&self, law: &Law) -> At {
        self.silent_since + if self.unhealthy { self.patience(law) } else { law.unhealthy_after }
    }

    /// The silence for which it is killed.
    fn patience(&self, law: &Law) -> Duration {
        let too_soon =
            if mutants::is_on(Mutant::KilledTooSoon) { law.kill_after / 60 } else { Duration::ZERO };
        law.kill_after - too_soon
    }

    /// How long it has been healthy (or degraded, which is health: it lives and does what it can) without a gap.
    pub(super) fn healthy_for(&self, now: At) -> Duration {
        if self.registered && !self.unhealthy { now.since(self.healthy_since) } else { Duration::ZERO }
    }

    /// A process that has been silent for too long cannot be expected to obey SIGTERM.
    pub(super) fn is_unhealthy(&self) -> bool {
        self.unhealthy
    }

    pub(super) fn health(&self) -> Health {
        match self.reported {
            _ if self.unhealthy => Health::Unhealthy,
            _ if !self.registered => Health::Starting,
            Reported::Degraded => Health::Degraded,
            Reported::Starting | Reported::Running | Reported::Stopping => Health::Healthy,
        }
    }
}
