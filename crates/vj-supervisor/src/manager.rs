//! The process manager.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use vj_bus::message::{Command, Heartbeat, Register};
use vj_bus::osc::Osc;
use vj_bus::{CommandEnd, Ctx, Event as BusEvent, Finish, Responder, Status, Worker};
use vj_core::mutants::{self, Mutant};
use vj_core::settings::{Key, Settings};
use vj_core::supervision::{Action, Event, Health, Law, Reported, Signal, Supervisor, WorkerStatus};
use vj_core::{At, ProcessName};
use vj_env::{ExitNotice, Processes};

use crate::wish::Wish;
use crate::{keys, show, view, wish};

/// Between two announcements of every worker's health on OSC.
const ANNOUNCE: Duration = Duration::from_secs(5);

/// Which workers there are, and which of them run unless somebody says otherwise.
pub type Enabled = BTreeMap<ProcessName, bool>;

/// Asks the config which workers run, and tells it the manager's settings.
type AskEnabled = Rc<dyn Fn(&Settings) -> Enabled>;

/// The process manager.
pub struct ProcessManager {
    processes: Rc<dyn Processes>,
    enabled: AskEnabled,
}

impl ProcessManager {
    /// A manager of these workers, each with whether it runs unless somebody says otherwise.
    #[must_use]
    pub fn new(processes: Rc<dyn Processes>, enabled: impl IntoIterator<Item = (ProcessName, bool)>) -> Self {
        let enabled: Enabled = enabled.into_iter().collect();
        Self { processes, enabled: Rc::new(move |_| enabled.clone()) }
    }

    /// A manager of workers of which the config may say something else later: it is asked at the start, and again
    /// whenever the manager's settings or the config have changed, with the settings in force, of which the workers may
    /// have to be told. The names stay the same.
    #[must_use]
    pub fn following(processes: Rc<dyn Processes>, enabled: impl Fn(&Settings) -> Enabled + 'static) -> Self {
        Self { processes, enabled: Rc::new(enabled) }
    }
}

impl Worker for ProcessManager {
    fn name(&self) -> ProcessName {
        ProcessName::ProcessManager
    }

    fn keys(&self) -> &'static [Key] {
        keys::KEYS
    }

    fn check(settings: &Settings) -> Result<(), String> {
        keys::law(settings).validate().map_err(|e| e.to_string())
    }

    fn osc_addresses(&self) -> Vec<&'static str> {
        vec!["/vj/worker/NAME"]
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let enabled = ctx.board.with_settings(|settings| (self.enabled)(settings));
        let mut wish = wish::read(&*ctx.env.store, &ctx.env.log).await;
        wish.retain(|worker, _| enabled.contains_key(worker));
        let law = law(ctx);
        let wished = enabled.iter().map(|(worker, on)| (*worker, *wish.get(worker).unwrap_or(on)));
        let supervisor = Rc::new(RefCell::new(Supervisor::new(law, wished)));
        let shown = supervisor.clone();
        let clock = ctx.env.clock.clone();
        let started = Rc::<RefCell<BTreeMap<ProcessName, At>>>::default();
        let since = started.clone();
        ctx.board.set_live_fields(move || view::workers(&shown.borrow(), &since.borrow(), clock.now()));
        let mut watch = Watch {
            processes: self.processes.clone(),
            supervisor,
            enabled,
            enabled_now: self.enabled.clone(),
            wish,
            started,
            // Taking the workers with it is for one life of the loop; after a restart in place it is forgotten.
            ends_when_idle: false,
            orders: BTreeMap::new(),
        };
        watch.begin(ctx);
        ctx.board.set_status(Status::Running);
        watch.run(ctx).await
    }
}

/// The law that the settings make. They come from several hands (the file, and overrides kept from another night), each
/// of which may be right by itself: a law that makes no sense is not followed, or it would kill whom it should guard.
fn law(ctx: &Ctx) -> Law {
    let law = ctx.board.with_settings(keys::law);
    match law.validate() {
        Ok(()) => law.scaled(ctx.time_scale).unwrap_or(law),
        Err(error) => {
            ctx.board.fail(format!("{error}: the defaults of supervision count instead"));
            Law::default().scaled(ctx.time_scale).unwrap_or_default()
        }
    }
}

/// One life of the manager's loop.
struct Watch {
    processes: Rc<dyn Processes>,
    supervisor: Rc<RefCell<Supervisor>>,
    /// What the config says, as it was taken up last, and how to ask it again.
    enabled: Enabled,
    enabled_now: AskEnabled,
    /// What somebody asked for: it counts until the config says something new.
    wish: Wish,
    /// Since when each worker's present process is known.
    started: Rc<RefCell<BTreeMap<ProcessName, At>>>,
    ends_when_idle: bool,
    /// What somebody asked for and what has not come about yet, by worker.
    orders: BTreeMap<ProcessName, Order>,
}

/// A start, stop or restart that was accepted.
struct Order {
    cmd: String,
    msg_id: String,
    /// The process at that time: a restart is done when another one is healthy.
    old_pid: Option<u32>,
}

impl Order {
    /// How it ended, if it has.
    fn end(&self, status: &WorkerStatus) -> Option<CommandEnd> {
        let is_fresh = self.cmd == "start_worker" || status.pid != self.old_pid;
        match (status.health, self.cmd.as_str()) {
            (Health::Stopped, "stop_worker") => Some(CommandEnd::Done("stopped".to_owned())),
            (_, "stop_worker") => None,
            (Health::Healthy | Health::Degraded, _) if is_fresh => {
                Some(CommandEnd::Done(status.health.to_string()))
            }
            (Health::Backoff | Health::GivenUp, _) => {
                let exit = status.last_exit.map(|exit| exit.to_string()).unwrap_or_default();
                Some(CommandEnd::Failed(format!("it ended at once: {exit}")))
            }
            _ => None,
        }
    }
}

impl Watch {
    /// Adopts who is there, then lets the law start who is not.
    fn begin(&mut self, ctx: &Ctx) {
        let workers: Vec<_> = self.supervisor.borrow().workers().map(|(worker, _)| worker).collect();
        for worker in workers {
            if mutants::is_on(Mutant::NobodyAdopted) {
                continue;
            }
            if let Some(pid) = self.processes.adopt(worker) {
                ctx.env.log.info(format!("found {worker} running (pid {pid})"));
                self.step(ctx, Event::Found { worker, pid });
            } else {
                self.processes.clear_stale_socket(worker);
            }
        }
        self.step(ctx, Event::Begin);
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let mut announce_at = ctx.env.clock.now() + ANNOUNCE;
        loop {
            if self.ends_when_idle && self.supervisor.borrow().is_idle() {
                show::end(&*ctx.env.store, &ctx.env.log).await;
                return Finish::Shutdown;
            }
            let deadline = self.supervisor.borrow().next_deadline();
            let clock = ctx.env.clock.clone();
            tokio::select! {
                biased;
                // A death before a message of the dead, and both before a deadline that they may have met.
                notice = self.processes.next_exit() => self.exited(ctx, notice),
                event = ctx.next() => if let Some(finish) = self.take(ctx, event).await {
                    return finish;
                },
                () = clock.sleep_until_some(deadline) => self.step(ctx, Event::Tick),
                () = clock.sleep_until(announce_at) => {
                    announce_at = clock.now() + ANNOUNCE;
                    self.announce_all(ctx);
                }
            }
        }
    }

    async fn take(&mut self, ctx: &Ctx, event: BusEvent) -> Option<Finish> {
        match event {
            BusEvent::Command(command, responder) => self.command(ctx, command, responder).await,
            BusEvent::SettingsChanged(_) => {
                let law = law(ctx);
                self.supervisor.borrow_mut().set_law(law);
                self.step(ctx, Event::Tick);
                self.follow_config(ctx).await;
            }
            BusEvent::Restart => {
                self.let_go(ctx);
                return Some(Finish::Restart);
            }
            BusEvent::Shutdown => return Some(Finish::Shutdown),
            BusEvent::Registered(register) => self.registered(ctx, &register),
            BusEvent::Heartbeat(heartbeat) => self.heartbeat(ctx, &heartbeat),
            // The exit is noticed by itself; a lost connection alone is no sign of death.
            BusEvent::LinkLost { .. } => {}
        }
        None
    }

    async fn command(&mut self, ctx: &Ctx, command: Command, responder: Responder) {
        let event: fn(ProcessName) -> Event = match command.cmd.as_str() {
            "start_worker" => |worker| Event::StartRequested { worker },
            "stop_worker" => |worker| Event::StopRequested { worker },
            "restart_worker" => |worker| Event::RestartRequested { worker },
            // The service passes it on only with `workers: true`.
            "shutdown" if command.args.get("workers") != Some(&Value::Bool(true)) => {
                return responder.refuse("'workers' must be true or false");
            }
            "shutdown" => {
                self.ends_when_idle = true;
                self.step(ctx, Event::ShutdownAll);
                return responder.done();
            }
            other => return responder.unknown(other),
        };
        let worker = match self.worker_of(&command) {
            Ok(worker) => worker,
            Err(why) => return responder.refuse(why),
        };
        ctx.env.log.info(format!("{} {worker}", command.cmd));
        self.open(ctx, worker, &command.cmd, responder.msg_id());
        self.wish.insert(worker, command.cmd != "stop_worker");
        let kept = wish::keep(&*ctx.env.store, &self.wish).await;
        self.step(ctx, event(worker));
        responder.ack(kept.err(), None);
    }

    /// The config was read: a worker of which it says something new starts or stops, whatever was asked for before. The
    /// newest intent counts.
    async fn follow_config(&mut self, ctx: &Ctx) {
        let now = ctx.board.with_settings(|settings| (self.enabled_now)(settings));
        let mut forgotten = false;
        for (worker, on) in &now {
            if self.enabled.get(worker) == Some(on) {
                continue;
            }
            ctx.env.log.info(format!("the config {} {worker}", if *on { "enables" } else { "disables" }));
            forgotten |= self.wish.remove(worker).is_some();
            let worker = *worker;
            let event = if *on { Event::StartRequested { worker } } else { Event::StopRequested { worker } };
            self.step(ctx, event);
        }
        self.enabled = now;
        if forgotten && let Err(error) = wish::keep(&*ctx.env.store, &self.wish).await {
            ctx.env.log.warn(error);
        }
    }

    /// From now on it shows in `last_commands` how this command ends. An older one for the same worker is overtaken.
    fn open(&mut self, ctx: &Ctx, worker: ProcessName, cmd: &str, msg_id: &str) {
        ctx.board.command_stands(msg_id, cmd, CommandEnd::Accepted);
        let old_pid = self.supervisor.borrow().status(worker).pid;
        let order = Order { cmd: cmd.to_owned(), msg_id: msg_id.to_owned(), old_pid };
        if let Some(old) = self.orders.insert(worker, order) {
            let end = CommandEnd::Failed(format!("overtaken by {cmd}"));
            ctx.board.command_stands(&old.msg_id, &old.cmd, end);
        }
    }

    /// Writes down how orders ended, of those that have.
    fn settle(&mut self, ctx: &Ctx) {
        let supervisor = self.supervisor.borrow();
        self.orders.retain(|worker, order| {
            let Some(end) = order.end(&supervisor.status(*worker)) else { return true };
            ctx.board.command_stands(&order.msg_id, &order.cmd, end);
            false
        });
    }

    /// The next life of the loop knows nothing of these orders: nobody would ever say how they ended.
    fn let_go(&mut self, ctx: &Ctx) {
        for order in std::mem::take(&mut self.orders).into_values() {
            let why = "the manager was restarted before it came about, and follows it no longer";
            ctx.board.command_stands(&order.msg_id, &order.cmd, CommandEnd::Failed(why.to_owned()));
        }
    }

    fn worker_of(&self, command: &Command) -> Result<ProcessName, String> {
        let name = match command.args.get("worker") {
            Some(Value::String(name)) => name,
            Some(_) => return Err("'worker' is not a string".to_owned()),
            None => return Err("'worker' is missing".to_owned()),
        };
        let known = || self.enabled.keys().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let parsed = name.parse().ok().filter(|worker| self.enabled.contains_key(worker));
        parsed.ok_or_else(|| format!("no worker '{name}' (there are: {})", known()))
    }

    fn registered(&mut self, ctx: &Ctx, register: &Register) {
        let known = register.worker.parse().ok().filter(|worker| self.enabled.contains_key(worker));
        let (Some(worker), pid) = (known, register.pid) else {
            return ctx
                .env
                .log
                .warn(format!("somebody registered as '{}', who is no worker", register.worker));
        };
        // The lock is the truth, and its holder is watched from here on. Anybody else is late or lies: to believe it
        // would be to signal a process that is no worker of ours.
        if self.processes.adopt(worker) != Some(pid) {
            return ctx
                .env
                .log
                .info(format!("pid {pid} registered as {worker} and does not hold its lock: ignored"));
        }
        if self.supervisor.borrow().status(worker).pid != Some(pid) {
            self.step(ctx, Event::Found { worker, pid });
        }
        self.step(ctx, Event::Registered { worker, pid });
    }

    fn heartbeat(&mut self, ctx: &Ctx, heartbeat: &Heartbeat) {
        let Ok(worker) = heartbeat.worker.parse() else { return };
        if self.supervisor.borrow().status(worker).pid == Some(heartbeat.pid) {
            // It knows best, all the more if another manager started it.
            let now_sec = ctx.env.clock.now().as_secs_f64();
            self.started.borrow_mut().insert(worker, At::from_secs_f64(now_sec - heartbeat.uptime_sec));
        }
        let status = match heartbeat.status {
            Status::Starting => Reported::Starting,
            Status::Running => Reported::Running,
            Status::Degraded => Reported::Degraded,
            Status::Stopping => Reported::Stopping,
        };
        self.step(ctx, Event::Heartbeat { worker, pid: heartbeat.pid, status });
    }

    fn exited(&mut self, ctx: &Ctx, notice: ExitNotice) {
        let ExitNotice { worker, pid, exit } = notice;
        ctx.env.log.info(format!("{worker} (pid {pid}) ended: {exit}"));
        // A dead worker's socket would be discovered; its lock is free now.
        self.processes.clear_stale_socket(worker);
        self.step(ctx, Event::Exited { worker, pid, exit });
    }

    /// Tells the law, and does what it says. What that leads to at once is told to the law in turn.
    fn step(&mut self, ctx: &Ctx, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let actions = self.supervisor.borrow_mut().step(ctx.env.clock.now(), event);
            for action in actions {
                events.extend(self.act(ctx, action));
            }
        }
        self.settle(ctx);
    }

    fn act(&mut self, ctx: &Ctx, action: Action) -> Option<Event> {
        match action {
            Action::Spawn { worker } => return Some(self.spawn(ctx, worker)),
            Action::Signal { worker, pid, signal } => {
                let named = match signal {
                    Signal::Terminate => "SIGTERM",
                    Signal::Kill => "SIGKILL",
                };
                ctx.env.log.info(format!("{named} to {worker} (pid {pid})"));
                self.processes.signal(pid, signal);
            }
            Action::HealthChanged { worker, health } => {
                ctx.env.log.info(format!("{worker} is {health}"));
                self.announce(ctx, worker);
            }
            Action::FreezeForgiven { unseen } => {
                let late = unseen.as_secs_f64();
                ctx.env
                    .log
                    .warn(format!("the manager itself stood still for {late:.1} s: nobody is blamed for it"));
            }
        }
        None
    }

    fn spawn(&mut self, ctx: &Ctx, worker: ProcessName) -> Event {
        // Somebody may have started it by hand since we looked: then that one is it.
        if let Some(pid) = self.processes.adopt(worker).filter(|_| !mutants::is_on(Mutant::NobodyAdopted)) {
            return Event::Found { worker, pid };
        }
        match self.processes.spawn(worker) {
            Ok(pid) => {
                ctx.env.log.info(format!("started {worker} (pid {pid})"));
                self.started.borrow_mut().insert(worker, ctx.env.clock.now());
                Event::Spawned { worker, pid }
            }
            Err(error) => {
                ctx.board.fail(error.to_string());
                Event::SpawnFailed { worker }
            }
        }
    }

    fn announce_all(&mut self, ctx: &Ctx) {
        let workers: Vec<_> = self.supervisor.borrow().workers().map(|(worker, _)| worker).collect();
        for worker in workers {
            self.announce(ctx, worker);
        }
    }

    fn announce(&mut self, ctx: &Ctx, worker: ProcessName) {
        let now = ctx.env.clock.now();
        let status = self.supervisor.borrow().status(worker);
        let uptime = match status.pid {
            Some(_) => now.since(*self.started.borrow_mut().entry(worker).or_insert(now)),
            None => {
                self.started.borrow_mut().remove(&worker);
                Duration::ZERO
            }
        };
        let uptime_sec = uptime.as_secs_f32();
        ctx.telemetry.emit(&Osc::WorkerHealth { worker, health: status.health.as_str(), uptime_sec });
        ctx.telemetry.end_of_tick();
    }
}
