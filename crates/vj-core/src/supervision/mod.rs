//! The supervision law: when a worker is started, believed, killed, started again and given up.
//!
//! - **Pure.** [`Supervisor::step`] takes a moment and an [`Event`] and gives back [`Action`]s; it does no I/O and reads
//!   no clock. The manager on real processes, the simulator and the tests run the same code.
//! - **Never two of one worker.** No [`Action::Spawn`] while a process of that worker lives, is being started, or has
//!   been killed and is not yet seen dead.
//! - **A frozen supervisor blames nobody.** Silence is only held against a worker while the manager itself was awake.
//!
//! ```
//! use vj_core::supervision::{Action, Event, Exit, Health, Law, Supervisor};
//! use vj_core::{At, ProcessName};
//!
//! let worker = ProcessName::AudioAnalyzer;
//! let mut supervisor = Supervisor::new(Law::default(), [(worker, true)]);
//! // Survivors of an earlier manager would be reported by `Event::Found` first. There are none.
//! let actions = supervisor.step(At::ZERO, Event::Begin);
//! assert_eq!(actions[0], Action::Spawn { worker });
//! supervisor.step(At::ZERO, Event::Spawned { worker, pid: 7 });
//! supervisor.step(At::from_millis(20), Event::Registered { worker, pid: 7 });
//! assert_eq!(supervisor.status(worker).health, Health::Healthy);
//!
//! // It crashes at 1 s: the first restart of a streak comes one second later.
//! let crash = At::from_millis(1_000);
//! supervisor.step(crash, Event::Exited { worker, pid: 7, exit: Exit::Signal(11) });
//! assert_eq!(supervisor.next_deadline(), Some(At::from_millis(2_000)));
//! ```
//!
//! # What a driver owes the law
//!
//! 1. It reports every survivor by [`Event::Found`] (its lock is held), then [`Event::Begin`], which starts the rest.
//! 2. After each step it carries out the actions in order and sleeps no longer than until
//!    [`Supervisor::next_deadline`], when it steps with [`Event::Tick`]. Coming later than that by more than
//!    [`Law::freeze_tolerance`] is taken for a freeze of the manager.
//! 3. It answers every [`Action::Spawn`] once: [`Event::Spawned`], [`Event::SpawnFailed`], or [`Event::Found`] when the
//!    lock turns out to be held. Until then the law asks for no second one.
//! 4. It reports the end of every process that the law knows, at once, by [`Event::Exited`], and not before the process
//!    is gone.
//!
//! Where the law has to choose between an event and a deadline of the same moment, the event comes first: a heartbeat
//! that arrives with the deadline saves the worker, a stop cancels the restart that is due.

mod action;
mod event;
mod exit;
mod health;
mod law;
mod process;
mod series;
mod status;
mod supervisor;
mod worker;

pub use action::{Action, Signal};
pub use event::{Event, Reported};
pub use exit::Exit;
pub use health::Health;
pub use law::{Law, LawError};
pub use status::WorkerStatus;
pub use supervisor::Supervisor;
