//! The control protocol of `vj` and its OSC address book, over the seam.
//!
//! - **Control**: frames of JSON over named sockets. [`message`] says what can be said, [`connection`] cuts a byte
//!   stream into frames, [`service`] is the side that serves, [`client`] the side that asks.
//! - **Telemetry**: OSC over UDP. [`osc::address_book`] lists every address; [`osc::Emitter`] sends to the fixed
//!   targets and to whoever holds a lease.
//! - **Workers** implement [`Worker`] and are run by [`service::run`], which owns the socket, the registration with the
//!   manager, the heartbeats and the commands that all workers answer. A new worker is one file and one name.
//!
//! Exactly one answer per command, by construction: a [`Responder`] is consumed by its answer, and one that is dropped
//! answers with an error.

pub mod board;
pub mod client;
pub mod connection;
pub mod inbox;
pub mod launch;
pub mod message;
pub mod osc;
pub mod responder;
pub mod service;
pub mod tape;
pub mod worker;

pub use board::{Board, CommandEnd};
pub use client::{Client, Found, Incoming, Outcome, Reply, discover};
pub use connection::{Connection, FrameError};
pub use inbox::Event;
pub use launch::{ConfigNews, ConfigWatch, Launch, TelemetryConfig};
pub use message::{Command, ErrorCode, Heartbeat, Message, MessageError, Register, Status};
pub use osc::Emitter;
pub use responder::Responder;
pub use tape::{GET_TAPE, Tape};
pub use worker::{Ctx, Finish, Worker};

/// The version that a worker registers with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
