//! One worker under the law: the state machine from start to given up.

use std::mem;
use std::time::Duration;

use super::process::Process;
use super::series::Series;
use super::{Action, Exit, Health, Law, Reported, Signal, WorkerStatus};
use crate::{At, ProcessName};

/// One step, as a worker sees it.
pub(super) struct Step<'a> {
    pub(super) now: At,
    pub(super) law: &'a Law,
    /// All workers are being stopped: nothing is started any more.
    pub(super) shutting_down: bool,
    pub(super) actions: &'a mut Vec<Action>,
}

/// Where a worker stands. A process is known in `Up` and `Ending` only, so that nothing can be started beside it.
#[derive(Debug)]
enum Phase {
    /// No process, and nothing is due.
    Down,
    /// It crashed too often.
    GivenUp,
    /// It crashed and is started again at `until`.
    Waiting { until: At },
    /// The driver was asked to start it and has not answered: there may be a process, its pid is unknown.
    Spawning,
    /// A process lives.
    Up(Process),
    /// A process was sent a signal and is not yet seen dead.
    Ending {
        process: Process,
        /// When SIGTERM's grace is over; `None`: SIGKILL was sent.
        kill_at: Option<At>,
        /// Whether its end is a crash: it is for a hung one, it is not when a person asked for it.
        crash: bool,
    },
}

/// One worker.
#[derive(Debug)]
pub(super) struct Worker {
    name: ProcessName,
    /// The wish. Changed by people only: what is merely found running is watched, but not started again when it ends.
    enabled: bool,
    phase: Phase,
    series: Series,
    restart_count: u64,
    last_exit: Option<Exit>,
    /// The process that ended last: its `register` may still have been in a queue and must not bring it back to life.
    last_pid: Option<u32>,
}

impl Worker {
    pub(super) fn new(name: ProcessName, enabled: bool) -> Self {
        Self {
            name,
            enabled,
            phase: Phase::Down,
            series: Series::default(),
            restart_count: 0,
            last_exit: None,
            last_pid: None,
        }
    }

    // What people want.

    /// Discovery is over: it runs already, or it is started now.
    pub(super) fn begin(&mut self, step: &mut Step<'_>) {
        if self.enabled && matches!(self.phase, Phase::Down) {
            self.spawn(step);
        }
    }

    pub(super) fn start(&mut self, step: &mut Step<'_>) {
        self.enabled = true;
        // A person looked at it: an old series must not give it up on its first crash from now.
        self.series.clear();
        match &mut self.phase {
            // Also out of back-off: who asks for a start does not want to wait.
            Phase::Down | Phase::GivenUp | Phase::Waiting { .. } => self.spawn(step),
            // It is started again when its process is seen dead; not earlier, there must never be two.
            Phase::Ending { crash, .. } => *crash = false,
            Phase::Spawning | Phase::Up(_) => {}
        }
    }

    pub(super) fn restart(&mut self, step: &mut Step<'_>) {
        self.start(step);
        // With the wish on, the end of this process starts the next one.
        self.end(step);
    }

    pub(super) fn stop(&mut self, step: &mut Step<'_>) {
        // With the wish off, nothing but a person starts it again: neither a pending restart nor its own exit.
        self.enabled = false;
        match &mut self.phase {
            Phase::Waiting { .. } | Phase::GivenUp => self.phase = Phase::Down,
            Phase::Ending { crash, .. } => *crash = false,
            // While it is being started its pid is unknown: it is ended as soon as it has one.
            Phase::Down | Phase::Spawning => {}
            Phase::Up(_) => self.end(step),
        }
    }

    /// A shutdown of all begins: what waits for a restart will not get it, and need not wait for its turn to end. The
    /// wish stays: it is not this worker that somebody had enough of.
    pub(super) fn cancel_restart(&mut self, _: &mut Step<'_>) {
        if matches!(self.phase, Phase::Waiting { .. }) {
            self.phase = Phase::Down;
        }
    }

    // What is seen of processes.

    pub(super) fn spawned(&mut self, step: &mut Step<'_>, pid: u32) {
        match self.process_mut() {
            // It registered before the driver could say that it was started: it is ours all the same.
            Some(process) if process.pid == pid => process.adopted = false,
            // Another process holds the lock; this one will be refused by it and exit.
            Some(_) => return,
            None => self.phase = Phase::Up(Process::new(pid, false, step.now)),
        }
        if !self.enabled {
            // The start was taken back before it happened.
            self.end(step);
        }
    }

    pub(super) fn spawn_failed(&mut self, step: &mut Step<'_>) {
        if matches!(self.phase, Phase::Spawning) {
            self.last_exit = Some(Exit::NotStarted);
            self.crashed(step);
        }
    }

    pub(super) fn found(&mut self, step: &mut Step<'_>, pid: u32) {
        if self.process().is_none_or(|known| known.pid != pid) {
            self.adopt(step, pid);
        }
    }

    pub(super) fn registered(&mut self, step: &mut Step<'_>, pid: u32) {
        if self.process().is_none() && self.last_pid != Some(pid) {
            self.adopt(step, pid);
        }
        if let Some(process) = self.listen_to(pid) {
            process.register(step.now);
        }
    }

    pub(super) fn heartbeat(&mut self, step: &mut Step<'_>, pid: u32, status: Reported) {
        if let Some(process) = self.listen_to(pid) {
            process.heartbeat(step.now, status);
        }
    }

    pub(super) fn exited(&mut self, step: &mut Step<'_>, pid: u32, exit: Exit) {
        if self.process().is_none_or(|known| known.pid != pid) {
            // An old process, or one that was refused by the lock: its end has no meaning, least of all a crash.
            return;
        }
        let crash = matches!(self.phase, Phase::Up(_) | Phase::Ending { crash: true, .. });
        self.phase = Phase::Down;
        self.last_exit = Some(exit);
        self.last_pid = Some(pid);
        if crash {
            self.crashed(step);
        } else if self.enabled && !step.shutting_down {
            // A person's restart, or a start during a stop: at once.
            self.spawn(step);
        }
    }

    // What time brings.

    /// Enough health ends the streak. Looked at before every event, so that a crash at 60 s of health is a first one.
    pub(super) fn count_health(&mut self, now: At, law: &Law) {
        if self.process().is_some_and(|process| process.healthy_for(now) >= law.healthy_resets_after) {
            self.series.end_streak();
        }
    }

    /// The manager was frozen: neither silence nor an unanswered SIGTERM is held against anybody for that time. A
    /// restart that is due is not put off: waiting longer would help nobody.
    pub(super) fn forgive(&mut self, unseen: Duration) {
        match &mut self.phase {
            Phase::Up(process) => process.forgive(unseen),
            Phase::Ending { kill_at: Some(kill_at), .. } => *kill_at += unseen,
            _ => {}
        }
    }

    /// Does what is due.
    pub(super) fn due(&mut self, step: &mut Step<'_>) {
        match &mut self.phase {
            Phase::Waiting { until } if *until <= step.now => {
                self.series.restarted(step.now);
                self.restart_count += 1;
                self.spawn(step);
            }
            Phase::Up(process) => {
                let hopeless = process.judge_silence(step.now, step.law);
                if hopeless {
                    // At once and with SIGKILL: a stopped process cannot obey SIGTERM.
                    self.kill(step, true);
                }
            }
            Phase::Ending { kill_at: Some(kill_at), .. } if *kill_at <= step.now => self.kill(step, false),
            _ => {}
        }
    }

    /// When it must be looked at next, whatever happens.
    pub(super) fn deadline(&self, law: &Law) -> Option<At> {
        match &self.phase {
            Phase::Waiting { until } => Some(*until),
            Phase::Up(process) => Some(process.deadline(law)),
            Phase::Ending { kill_at, .. } => *kill_at,
            Phase::Down | Phase::GivenUp | Phase::Spawning => None,
        }
    }

    // What is told.

    pub(super) fn health(&self) -> Health {
        match &self.phase {
            Phase::Down => Health::Stopped,
            Phase::GivenUp => Health::GivenUp,
            Phase::Waiting { .. } => Health::Backoff,
            Phase::Spawning => Health::Starting,
            Phase::Up(process) | Phase::Ending { process, .. } => process.health(),
        }
    }

    pub(super) fn status(&self) -> WorkerStatus {
        let process = self.process();
        let next_restart = if let Phase::Waiting { until } = self.phase { Some(until) } else { None };
        WorkerStatus {
            enabled: self.enabled,
            running: process.is_some(),
            health: self.health(),
            pid: process.map(|process| process.pid),
            adopted: process.is_some_and(|process| process.adopted),
            restart_count: self.restart_count,
            last_heartbeat: process.and_then(|process| process.last_heartbeat),
            next_restart,
            last_exit: self.last_exit,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.process().is_some()
    }

    /// No process, none on its way, and nothing due.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Down | Phase::GivenUp)
    }

    /// Nothing more can be done to end it: it is down, or SIGKILL is on its way.
    pub(super) fn is_past_saving(&self) -> bool {
        self.is_idle() || matches!(self.phase, Phase::Ending { kill_at: None, .. })
    }

    // The transitions that several of the above share.

    fn spawn(&mut self, step: &mut Step<'_>) {
        step.actions.push(Action::Spawn { worker: self.name });
        self.phase = Phase::Spawning;
    }

    /// A process that this manager did not start: watched like any other.
    fn adopt(&mut self, step: &mut Step<'_>, pid: u32) {
        let stop_meant_this = match self.phase {
            // The stop came while the start was under way.
            Phase::Spawning => !self.enabled,
            // The stop (or restart) of this worker reached a process that no longer holds the lock.
            Phase::Ending { crash, .. } => !crash,
            Phase::Down | Phase::GivenUp | Phase::Waiting { .. } | Phase::Up(_) => false,
        };
        self.phase = Phase::Up(Process::new(pid, true, step.now));
        if stop_meant_this {
            self.end(step);
        }
    }

    /// One crash, counted once: the phase that follows has no process, and only processes can crash.
    fn crashed(&mut self, step: &mut Step<'_>) {
        self.phase = if !self.enabled || step.shutting_down {
            Phase::Down
        } else if let Some(delay) = self.series.crashed(step.now, step.law) {
            Phase::Waiting { until: step.now + delay }
        } else {
            Phase::GivenUp
        };
    }

    /// Ends a live process because a person asked for it: SIGTERM and its grace, or SIGKILL at once for one that has
    /// been silent for too long to obey, or where there is no grace. Does nothing where no process lives, or its end is
    /// under way.
    pub(super) fn end(&mut self, step: &mut Step<'_>) {
        match mem::replace(&mut self.phase, Phase::Down) {
            Phase::Up(process) => {
                let at_once = process.is_unhealthy() || step.law.stop_grace.is_zero();
                let pid = process.pid;
                let kill_at = Some(step.now + step.law.stop_grace);
                self.phase = Phase::Ending { process, kill_at, crash: false };
                if at_once {
                    self.kill(step, false);
                } else {
                    self.signal(step, pid, Signal::Terminate);
                }
            }
            other => self.phase = other,
        }
    }

    /// SIGKILL, once; what follows is the exit.
    fn kill(&mut self, step: &mut Step<'_>, crash: bool) {
        match mem::replace(&mut self.phase, Phase::Down) {
            Phase::Up(process) | Phase::Ending { process, .. } => {
                self.signal(step, process.pid, Signal::Kill);
                self.phase = Phase::Ending { process, kill_at: None, crash };
            }
            other => self.phase = other,
        }
    }

    fn signal(&self, step: &mut Step<'_>, pid: u32, signal: Signal) {
        step.actions.push(Action::Signal { worker: self.name, pid, signal });
    }

    fn process(&self) -> Option<&Process> {
        match &self.phase {
            Phase::Up(process) | Phase::Ending { process, .. } => Some(process),
            _ => None,
        }
    }

    fn process_mut(&mut self) -> Option<&mut Process> {
        match &mut self.phase {
            Phase::Up(process) | Phase::Ending { process, .. } => Some(process),
            _ => None,
        }
    }

    /// The known process, if this is it and what it says still matters: after SIGKILL only its exit does.
    fn listen_to(&mut self, pid: u32) -> Option<&mut Process> {
        match &mut self.phase {
            Phase::Up(process) | Phase::Ending { process, kill_at: Some(_), .. } => {
                Some(process).filter(|known| known.pid == pid)
            }
            _ => None,
        }
    }
}
