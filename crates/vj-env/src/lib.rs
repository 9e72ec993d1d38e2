//! The seam between `vj` and the world.
//!
//! - A process touches the world only through an [`Env`]: the same worker, manager and client code runs under the
//!   **real** driver ([`real`]: Unix sockets, UDP, files) and under the simulator's **virtual** one.
//! - Time is asked of the [`Clock`], tasks are started on the [`Scope`], bytes go through [`ControlPlane`],
//!   [`Telemetry`] and [`Store`]; the manager alone has [`Processes`].
//! - This is the only crate that may call the operating system's clock, tokio's timers and tokio's `spawn`.
//!
//! Everything here is single-threaded (`Rc`, not `Arc`): a process of `vj` is one thread plus, where sound demands it,
//! one real-time callback. That is what makes a run repeatable.

pub mod clock;
pub mod control;
pub mod env;
pub mod log;
pub mod pace;
pub mod processes;
pub mod real;
pub mod scope;
pub mod signals;
pub mod store;
pub mod telemetry;

use std::future::Future;
use std::pin::Pin;

pub use clock::{Clock, Elapsed, WallMillis};
pub use control::{BoxLink, ConnectError, ControlPlane, Link, Listener, ServeError};
pub use env::Env;
pub use log::{Level, Log, LogRecord};
pub use pace::{Pace, Paced};
pub use processes::{ExitNotice, Processes, SpawnError};
pub use scope::{Gate, Scope};
pub use signals::Shutdown;
pub use store::Store;
pub use telemetry::{Datagrams, Telemetry};

/// A boxed future of one thread: what the seam's traits return, so that an [`Env`] needs no type parameters.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
