//! A machine made of memory: processes, sockets, locks, datagrams and files under a clock that jumps.
//!
//! It stands in for what the real driver gets from the operating system, and for nothing else: what runs inside is the
//! shipping code. A killed process is fenced first (its handles go dead) and taken apart after, so that nothing of it
//! acts after its death; what the kernel would do (close its links, drop its locks, leave its socket file behind), the
//! world does.

mod control;
mod disk;
mod handle;
mod link;
mod machine;
mod processes;
mod telemetry;

pub use handle::{World, WorldConfig};
pub use link::Weather;
pub use machine::Program;
pub use telemetry::Receiver;
