//! The worker: its loop.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use vj_bus::{Ctx, Event, Finish, Status, Worker};
use vj_core::ProcessName;
use vj_core::settings::Key;
use vj_env::LocalBoxFuture;

use super::capture::Capture;
use super::keys::{Config, KEYS};
use super::query;
use super::source::Source;
use super::stranger::{Stranger, Wanted};

/// Between two updates of the figures in heartbeats and `get_state`.
const FIGURES: std::time::Duration = std::time::Duration::from_secs(1);

/// Captures OSC, and gathers what all processes say.
#[derive(Default)]
pub struct OscDebugger;

impl Worker for OscDebugger {
    fn name(&self) -> ProcessName {
        ProcessName::OscDebugger
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    /// What it passes on has other people's addresses.
    fn osc_addresses(&self) -> Vec<&'static str> {
        Vec::new()
    }

    async fn run(&mut self, ctx: &mut Ctx) -> Finish {
        let env = ctx.env.clone();
        let config = ctx.board.with_settings(Config::of);
        let capture = Rc::new(RefCell::new(Capture::new(env.clock.clone(), config)));
        let shown = capture.clone();
        ctx.board.set_live_fields(move || shown.borrow().fields());
        ctx.board.set_field("listening", serde_json::Value::Null);
        let wanted = Rc::<Wanted>::default();
        wanted.set(config.listen);
        let stranger = Stranger {
            env: env.clone(),
            board: ctx.board.clone(),
            emitter: ctx.telemetry.clone(),
            capture: capture.clone(),
            wanted: wanted.clone(),
        };
        // They live and die with this loop, so that a restart in place begins with none.
        let mut ears: Vec<LocalBoxFuture<'static, ()>> = vec![Box::pin(stranger.listen())];
        for process in ProcessName::ALL {
            let source = Source::new(env.clone(), process, capture.clone(), ctx.time_scale);
            ears.push(Box::pin(source.follow()));
        }
        if config.listen.is_none() {
            ctx.board.set_status(Status::Running);
        }
        let mut figures_at = env.clock.now();
        loop {
            tokio::select! {
                biased;
                event = ctx.next() => match event {
                    Event::Shutdown => return Finish::Shutdown,
                    Event::Restart => return Finish::Restart,
                    Event::SettingsChanged(_) => {
                        let config = ctx.board.with_settings(Config::of);
                        capture.borrow_mut().set_config(config);
                        wanted.set(config.listen);
                    }
                    Event::Command(command, responder) => {
                        show(ctx, &capture.borrow());
                        query::answer(&mut capture.borrow_mut(), &command, responder);
                    }
                    // Only the manager hears these.
                    Event::Registered(_) | Event::Heartbeat(_) | Event::LinkLost { .. } => {}
                },
                () = env.clock.sleep_until(figures_at) => {
                    figures_at = env.clock.now() + FIGURES;
                    show(ctx, &capture.borrow());
                    // Leases that ran out are forgotten.
                    ctx.telemetry.end_of_tick();
                }
                () = hear(&mut ears) => {}
            }
        }
    }
}

/// Lets all of them go on; none of them ever ends.
async fn hear(ears: &mut [LocalBoxFuture<'static, ()>]) {
    poll_fn(|cx| {
        for ear in &mut *ears {
            let _ = ear.as_mut().poll(cx).is_ready();
        }
        Poll::<()>::Pending
    })
    .await;
}

fn show(ctx: &Ctx, capture: &Capture) {
    for (name, count) in capture.stats() {
        ctx.board.set_stat(name, count);
    }
}
