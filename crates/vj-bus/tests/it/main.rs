//! The bus as its users meet it: one phenomenon a file.
//!
//! `service` tests run over real Unix sockets in a directory of their own ([`support::bus`]); what needs exact times or
//! exact buffer sizes runs in virtual time over memory ([`support::memory`]), never over a real socket.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests give every wait a deadline, and start tasks that are no part of a process"
)]

mod support;

mod answers;
mod bad_input;
mod cancel_safety;
mod client;
mod clients;
mod codec;
mod cuts;
mod half_frames;
mod lifecycle;
mod manager;
mod pipelining;
mod pulse;
mod python_client;
mod rust_client;
mod settings;
mod slow_clients;
mod subscriptions;
mod tape;
mod watch;
