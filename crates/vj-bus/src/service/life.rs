//! The life of a process.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use vj_core::limits::{CLIENTS_MAX, HALF_FRAME_TIMEOUT};
use vj_core::mutants::{self, Mutant};
use vj_core::settings::Settings;
use vj_core::{At, ProcessName};
use vj_env::{BoxLink, Env, Listener, ServeError, Shutdown};

use super::desk::Desk;
use super::{follow_config, manager_link, overrides, serving};
use crate::VERSION;
use crate::board::Board;
use crate::connection::Connection;
use crate::inbox::{Event, Inbox};
use crate::launch::Launch;
use crate::message::{ErrorCode, ErrorMessage, Message, Register, Status};
use crate::osc::Emitter;
use crate::tape::Tape;
use crate::worker::{Ctx, Finish, Worker};

/// It ended as it was told to.
pub const EXIT_FINE: i32 = 0;
/// It could not do its work.
pub const EXIT_FAILED: i32 = 1;
/// Another process serves the name.
pub const EXIT_ALREADY_RUNNING: i32 = 3;

/// Between two heartbeats that carry what is urgent: a worker that complains in a loop must not flood its watchers.
const URGENT: Duration = Duration::from_millis(100);

/// At the end, clients get this long to take what is in line for them.
const FAREWELL: Duration = Duration::from_millis(500);

/// Runs a worker from its start to its end and returns the exit code.
pub async fn run<W: Worker>(env: Env, mut worker: W, launch: Launch) -> i32 {
    let mut listener = match env.control.serve(worker.name()).await {
        Ok(listener) => listener,
        Err(error) => {
            env.log.error(error.to_string());
            let running = matches!(error, ServeError::AlreadyRunning { .. });
            return if running { EXIT_ALREADY_RUNNING } else { EXIT_FAILED };
        }
    };
    let settings = match settings(&env, &worker, &launch).await {
        Ok(settings) => settings,
        Err(why) => {
            env.log.error(why);
            listener.close();
            return EXIT_FAILED;
        }
    };
    let desk = desk(&env, settings, &launch, W::check);
    if worker.name() != ProcessName::ProcessManager {
        let register = introduction(&env, &worker);
        env.scope.spawn(manager_link::keep(desk.clone(), register));
    }
    env.scope.spawn(heartbeats(desk.clone()));
    if let Some(config) = launch.config {
        env.scope.spawn(follow_config::follow(desk.clone(), config));
    }
    env.scope.spawn(pass_on_the_wish_to_end(desk.clone()));
    tokio::select! {
        biased;
        () = work(&mut worker, &desk) => {}
        () = take_in(&desk, &mut *listener) => {}
    }
    // A command that the worker still holds is answered by its end.
    drop(worker);
    desk.board.set_status(Status::Stopping);
    desk.beat();
    farewell(&desk).await;
    listener.close();
    EXIT_FINE
}

async fn settings<W: Worker>(env: &Env, worker: &W, launch: &Launch) -> Result<Settings, String> {
    let mut settings = Settings::new(worker.keys());
    for (source, values) in &launch.layers {
        settings
            .set_layer(*source, values.clone())
            .map_err(|e| format!("bad settings ({}): {e}", source.as_str()))?;
    }
    W::check(&settings).map_err(|e| format!("bad settings: {e}"))?;
    let without_overrides = settings.clone();
    overrides::restore(env, &mut settings).await;
    // Each was right when it was kept; the file may have changed around them since.
    if let Err(error) = W::check(&settings) {
        env.log.warn(format!("the kept settings do not fit the config any more and are left out: {error}"));
        return Ok(without_overrides);
    }
    Ok(settings)
}

type Check = fn(&Settings) -> Result<(), String>;

fn desk(env: &Env, settings: Settings, launch: &Launch, check: Check) -> Rc<Desk> {
    let emitter = Emitter::new(env.telemetry.clone(), env.clock.clone(), launch.telemetry.clone());
    let tape = Tape::new(env.clock.clone());
    emitter.keep_first_on(&tape);
    Rc::new(Desk {
        board: Board::new(env.clone(), settings),
        inbox: Inbox::new(),
        emitter: Rc::new(emitter),
        beats: Rc::default(),
        check,
        time_scale: launch.time_scale,
        prefer: Rc::new(RefCell::new(launch.prefer.clone())),
        tape,
        heartbeat: Cell::new(launch.heartbeat),
        heartbeat_changed: Notify::new(),
        clients: Cell::new(0),
        introduced: RefCell::default(),
        registered: Cell::new(false),
        somebody_left: Notify::new(),
        settings_turn: tokio::sync::Mutex::default(),
        closing: Shutdown::new(),
        env: env.clone(),
    })
}

fn introduction<W: Worker>(env: &Env, worker: &W) -> Register {
    Register {
        worker: worker.name().to_string(),
        pid: env.pid,
        version: VERSION.to_owned(),
        socket_path: env.control.socket_path(worker.name()).display().to_string(),
        osc_addresses: worker.osc_addresses().into_iter().map(str::to_owned).collect(),
    }
}

async fn work<W: Worker>(worker: &mut W, desk: &Rc<Desk>) {
    loop {
        let mut ctx = Ctx {
            env: desk.env.clone(),
            board: desk.board.clone(),
            telemetry: desk.emitter.clone(),
            time_scale: desk.time_scale,
            prefer: desk.prefer.clone(),
            tape: desk.tape.clone(),
            inbox: desk.inbox.clone(),
        };
        match worker.run(&mut ctx).await {
            Finish::Shutdown => return,
            Finish::Restart => {
                desk.board.set_status(Status::Starting);
                desk.introduce_again();
            }
        }
    }
}

/// Takes in clients for ever.
async fn take_in(desk: &Rc<Desk>, listener: &mut dyn Listener) {
    loop {
        match listener.accept().await {
            Ok(link) if desk.clients.get() < CLIENTS_MAX => {
                desk.clients.set(desk.clients.get() + 1);
                let served = desk.clone();
                desk.env.scope.spawn(async move {
                    serving::serve(served.clone(), link).await;
                    served.clients.set(served.clients.get() - 1);
                    served.somebody_left.notify_one();
                });
            }
            Ok(link) => desk.env.scope.spawn(turn_away(desk.env.clone(), link)),
            Err(error) => {
                // Out of descriptors, say. Trying at once would only burn the processor.
                desk.board.fail(format!("failed to take in a client: {error}"));
                desk.env.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn turn_away(env: Env, link: BoxLink) {
    let mut connection = Connection::new(link);
    let error = format!("{CLIENTS_MAX} clients are connected already, which is the limit");
    connection.enqueue(&Message::Error(ErrorMessage { msg_id: None, error, code: ErrorCode::Internal }));
    // One that does not read must not keep its descriptor either.
    let _ = env.clock.timeout(HALF_FRAME_TIMEOUT, connection.flush()).await;
    connection.close().await;
}

/// A heartbeat at each interval, at once when the status changes, and soon when something urgent was said; none while the
/// worker's own loop does not turn.
async fn heartbeats(desk: Rc<Desk>) {
    let clock = desk.env.clock.clone();
    let mut next: At = clock.now() + desk.heartbeat.get();
    let (mut urgent_at, mut urgent_from) = (None, clock.now());
    let mut turned = true;
    loop {
        tokio::select! {
            biased;
            () = desk.board.status_changed() => desk.beat(),
            // A manager that now expects them sooner would take the rest of a long interval for silence.
            () = desk.heartbeat_changed.notified() => next = clock.now(),
            () = desk.env.log.urgent() => urgent_at = Some(urgent_from.max(clock.now())),
            () = clock.sleep_until_some(urgent_at) => {
                // What a loop said before it hung is told with the first heartbeat after it has turned again.
                if desk.inbox.has_turned() {
                    desk.beat();
                }
                urgent_from = clock.now() + URGENT;
                let is_more = desk.beats.are_heard() && desk.inbox.has_turned() && desk.env.log.has_urgent();
                urgent_at = is_more.then_some(urgent_from);
            }
            () = clock.sleep_until(next) => {
                // From now, not from when it was due: after a freeze there is one heartbeat, not a burst of them.
                next = clock.now() + desk.heartbeat.get();
                if desk.inbox.pulse() || mutants::is_on(Mutant::HeartbeatUnderABlockedLoop) {
                    desk.beat();
                    turned = true;
                } else if turned {
                    turned = false;
                    desk.board.fail("the worker's loop does not turn: no more heartbeats until it does");
                }
            }
        }
    }
}

async fn pass_on_the_wish_to_end(desk: Rc<Desk>) {
    desk.env.shutdown.asked().await;
    desk.env.log.info("asked to end");
    let _ = desk.inbox.push(Event::Shutdown);
}

/// Lets every client, and the manager, take what is in line for it, for a moment.
async fn farewell(desk: &Desk) {
    // Commands that the worker did not come to are answered with an error rather than not at all.
    desk.inbox.close();
    desk.closing.ask();
    let all_left = async {
        while desk.clients.get() > 0 || desk.registered.get() {
            desk.somebody_left.notified().await;
        }
    };
    if desk.env.clock.timeout(FAREWELL, all_left).await.is_err() {
        desk.env.log.debug("some clients did not take their last answers");
    }
}
