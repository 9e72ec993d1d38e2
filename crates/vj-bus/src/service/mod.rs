//! The side that serves: one process's socket, registration, heartbeats, common commands, signals and shutdown.
//!
//! - [`run`] is the life of a process.
//! - `desk` answers the commands that every worker has and passes the rest on.
//! - `serving` is one client's connection; a client that does not read holds up nobody but itself.
//! - `beats` fans each heartbeat out to the manager and to whoever watches.
//! - `follow_config` takes up a config that changes in the middle of a show, and keeps the last good one.
//! - `manager_link` registers, and registers again whenever the manager comes back.

mod beats;
mod desk;
mod follow_config;
mod life;
mod manager_link;
mod overrides;
mod serving;

pub use life::{EXIT_ALREADY_RUNNING, EXIT_FAILED, EXIT_FINE, run};
