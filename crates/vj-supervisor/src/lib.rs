//! The process manager: it tells the supervision law what happens and does what the law says.
//!
//! - [`ProcessManager`] is a [`vj_bus::Worker`] like any other, so it has the same socket, commands and heartbeats.
//! - All judgement is in [`vj_core::supervision`]; here are only ears and hands.
//! - The wish (which workers run) is on disk, so that a new manager does not undo it.
//! - A new manager first looks who holds the workers' locks and adopts them; it starts only what is missing.

//! - [`Guardian`] keeps a manager alive, and [`stop_all`] ends everything in order, with a manager or without.

mod guardian;
mod keys;
mod manager;
mod show;
mod stop;
mod view;
mod wish;

pub use guardian::Guardian;
pub use keys::{KEYS, law};
pub use manager::{Enabled, ProcessManager};
pub use show::end as end_show;
pub use stop::{Stopped, stop_all};
pub use wish::{Wish, keep as keep_wish};
