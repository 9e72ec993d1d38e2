//! Fake services that are asked by HTTP: what they answer, and how an answer arrives or does not.
//!
//! - `exchange`: a question and a reply, as values. A [`Site`] makes one of the other and knows nothing of sockets.
//! - `server`: a site on a port of this machine, for adapters and real shows.
//! - `paced`: a body that comes in drops, or breaks off.

mod exchange;
mod paced;
mod server;

pub use exchange::{Asked, Fields, Manner, Reply, Site};
pub(crate) use paced::lasts_in_drops;
pub use server::{Server, TapeTime};
