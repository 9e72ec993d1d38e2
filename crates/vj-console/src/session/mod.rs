//! The running console: it keeps the links to the processes, hears their telemetry, and does what effects ask for.
//!
//! - [`run`] is its loop, under either driver: time, sockets and tasks come from its [`Seat`].
//! - [`Screen`] is what it is drawn on, [`Host`] the program around it.
//!
//! Nothing here waits for a process, a service or a disk: each link and each request to the host is a task of its own, and the
//! loop only takes up what they say.

mod ear;
mod line;
mod link;
mod queue;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use vj_core::ProcessName;
use vj_env::{Clock, ControlPlane, LocalBoxFuture, Scope, Telemetry};

pub use queue::Events;

use crate::effect::{Effect, HostRequest};
use crate::event::{Event, HostAnswer};
use crate::limits::{FRAME, TICK};
use crate::model::Model;
use crate::update::update;
use line::Line;
use link::Link;

/// What a console touches of the world.
#[derive(Clone)]
pub struct Seat {
    /// Sockets.
    pub control: Rc<dyn ControlPlane>,
    /// A port of its own, for telemetry.
    pub telemetry: Rc<dyn Telemetry>,
    /// Time.
    pub clock: Clock,
    /// Where its tasks run and die.
    pub scope: Scope,
}

/// What a console is drawn on.
pub trait Screen {
    /// Shows the model as it is now.
    ///
    /// # Errors
    /// When the terminal is gone: then the console ends.
    fn draw(&mut self, model: &Model) -> io::Result<()>;
}

/// The program around a console.
pub trait Host {
    /// Does what is asked for; it may take its time.
    fn ask(&self, request: HostRequest) -> LocalBoxFuture<'static, HostAnswer>;
}

/// Runs a console until somebody ends it.
///
/// # Errors
/// When the terminal is gone.
pub async fn run(
    seat: Seat,
    mut model: Model,
    events: Rc<Events>,
    host: Rc<dyn Host>,
    screen: &mut dyn Screen,
) -> io::Result<()> {
    let port = listen(&seat, &events);
    let lines: BTreeMap<ProcessName, Rc<Line>> =
        ProcessName::ALL.into_iter().map(|process| (process, Rc::default())).collect();
    for (process, line) in &lines {
        let link = Link::new(seat.clone(), *process, line.clone(), events.clone(), port);
        seat.scope.spawn(link.keep());
    }
    let clock = seat.clock.clone();
    let (mut tick_at, mut draw_at, mut is_changed) = (clock.now(), clock.now(), true);
    loop {
        if is_changed && clock.now() >= draw_at {
            screen.draw(&model)?;
            draw_at = clock.now() + FRAME;
            is_changed = false;
        }
        let wake_at = if is_changed { tick_at.min(draw_at) } else { tick_at };
        let event = tokio::select! {
            biased;
            event = events.next() => event,
            () = clock.sleep_until(wake_at) => {
                if clock.now() < tick_at {
                    continue;
                }
                tick_at = clock.now() + TICK;
                Event::Tick
            }
        };
        is_changed = true;
        for effect in update(&mut model, clock.now(), event) {
            match effect {
                Effect::Call { call, to, cmd, args } => {
                    if let Some(line) = lines.get(&to) {
                        line.call(call, cmd, args, &events);
                    }
                }
                Effect::Refresh(process) => {
                    if let Some(line) = lines.get(&process) {
                        line.refresh();
                    }
                }
                Effect::Host(request) => {
                    let (asked, events) = (host.ask(request), events.clone());
                    seat.scope.spawn(async move { events.push(Event::Host(asked.await)) });
                }
                Effect::Quit => return Ok(()),
            }
        }
    }
}

/// Hears telemetry from now on, and tells at which port.
fn listen(seat: &Seat, events: &Rc<Events>) -> Option<u16> {
    match seat.telemetry.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) {
        Ok(datagrams) => {
            let port = datagrams.local_addr().port();
            seat.scope.spawn(ear::hear(datagrams, seat.clock.clone(), events.clone()));
            Some(port)
        }
        Err(error) => {
            events.push(Event::Deaf(format!("no telemetry is heard: {error}")));
            None
        }
    }
}
