//! A fake Spotify, as nasty as the real one, that plays a tape.
//!
//! - `author`: draws tapes.
//! - `tape`: what happens when, a line each.
//! - `service`: how the service is at any moment, and what it answers then. Pure: it is told the time.
//! - `wire`: its answers as the real service writes them.
//! - `site`: the service as a site, which [`http`](crate::http) puts on a port of this machine for the real adapter.
//! - `port`: the service behind the port of the worker, for virtual time.
//! - `said_port`: what a recording says behind that port.
//! - `stand_in`: either of them, as a whole show needs it.

mod author;
mod port;
mod said_port;
mod service;
mod site;
mod stand_in;
mod tape;
mod wire;

pub use author::{Author, LAST_SITUATION, SITUATIONS};
pub use port::FakePlayer;
pub use said_port::SaidPlayer;
pub use service::{Asked, Granted, Manner, Now, Says, Service};
pub use stand_in::{StandIn, TOKEN_FILE};
pub use tape::{Event, Grants, Progress, Song, SongKind, Tape, Way};
pub use wire::{answer, first_token};
