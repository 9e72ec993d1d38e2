//! What every worker is, and what it is given.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::{Key, Settings};
use vj_env::Env;

use crate::board::Board;
use crate::inbox::{Event, Inbox};
use crate::osc::Emitter;
use crate::tape::Tape;

/// A worker's job. [`crate::service::run`] does everything else.
pub trait Worker: 'static {
    /// Its name.
    fn name(&self) -> ProcessName;

    /// Its settings.
    fn keys(&self) -> &'static [Key];

    /// What settings must hold together, beyond what each key allows by itself.
    ///
    /// # Errors
    /// Which key is wrong, and what is allowed.
    fn check(settings: &Settings) -> Result<(), String>
    where
        Self: Sized,
    {
        let _ = settings;
        Ok(())
    }

    /// The OSC addresses that it sends.
    fn osc_addresses(&self) -> Vec<&'static str>;

    /// Works until told to stop or to start over.
    ///
    /// Its loop must come back to [`Ctx::next`] at least once between two heartbeats: a loop that does not counts as
    /// hung, its heartbeats cease, and the manager replaces the process.
    fn run(&mut self, ctx: &mut Ctx) -> impl Future<Output = Finish>;
}

/// Why a worker's loop returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The process ends.
    Shutdown,
    /// The loop runs again, with fresh state.
    Restart,
}

/// What a worker is given.
pub struct Ctx {
    /// Its world.
    pub env: Env,
    /// What it shows of itself; its settings stand here too.
    pub board: Rc<Board>,
    /// Its way out to the visuals.
    pub telemetry: Rc<Emitter>,
    /// By how much waits (for retries, for polling) are divided, 1 to 10: for tests that must not wait.
    pub time_scale: f64,
    /// Who is the current player where the rule leaves it open. It may change while the worker runs.
    pub prefer: Rc<RefCell<Vec<Player>>>,
    /// What came in from outside, for whoever records the show.
    pub tape: Tape,
    pub(crate) inbox: Rc<Inbox>,
}

impl Ctx {
    /// The next thing that concerns the worker. Cancel-safe: put it first in the loop's `select!`.
    pub async fn next(&mut self) -> Event {
        std::future::poll_fn(|cx| self.inbox.poll_next(cx)).await
    }
}
