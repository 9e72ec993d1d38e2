//! The terminal console: what the VJ sees of a show.
//!
//! - It is a client and nothing more: it holds no state that matters, and may be killed and opened again at any moment.
//! - [`model`] is what it knows, [`update`](update::update) the pure function that takes up what happens and says what is to be
//!   done, [`view`] what the screen shows of a model. None of them does any I/O.
//! - [`session`] keeps the links to the processes, hears their telemetry and carries out effects, under either driver; what stands
//!   outside (a terminal, the program `vj`) is behind [`Screen`](session::Screen) and [`Host`](session::Host).
//! - [`terminal`] is the real terminal.

pub mod effect;
pub mod event;
pub mod limits;
pub mod model;
pub mod session;
pub mod terminal;
pub mod update;
pub mod view;

pub use effect::{CallId, Effect, HostRequest};
pub use event::{Device, Event, HostAnswer, SetEntry};
pub use model::Model;
pub use update::update;
