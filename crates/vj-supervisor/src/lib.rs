//! The process manager: it tells the supervision law what happens and does what the law says.
//!
//! - [`ProcessManager`] is a [`vj_bus::Worker`] like any other, so it has the same socket, commands and heartbeats.
//! - All judgement is in [`vj_core::supervision`]; here are only ears and hands.
//! - The wish (which workers run) is on disk, so that a new manager does not undo it.
//! - A new manager first looks who holds the workers' locks and adopts them; it starts only what is missing.

mod keys;
mod manager;
mod view;
mod wish;

pub use keys::KEYS;
pub use manager::ProcessManager;
