//! The ways on which a player tells of its decks as they turn.

use std::net::SocketAddr;
use std::rc::Rc;

use vj_env::LocalBoxFuture;

/// What happened on one of several streams, which are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamPart {
    /// Somebody connected.
    Opened(u64),
    /// This arrived; it may begin and end anywhere.
    Bytes(u64, Vec<u8>),
    /// It is over.
    Closed(u64),
}

/// Streams that others open to us.
pub trait Streams {
    /// The next thing on any of them. Cancel-safe.
    fn next(&self) -> LocalBoxFuture<'_, StreamPart>;
}

/// Datagrams, to one address and from wherever.
pub trait Datagrams {
    /// The next one that arrives. Cancel-safe.
    fn next(&self) -> LocalBoxFuture<'_, Vec<u8>>;

    /// Sends one. Nobody need listen.
    fn send(&self, datagram: &[u8]);
}

/// Opens them.
pub trait Network {
    /// Lets others connect here.
    ///
    /// # Errors
    /// What the system said, with the address: somebody else may have the port.
    fn listen(&self, at: SocketAddr) -> Result<Rc<dyn Streams>, String>;

    /// Takes datagrams in at `at`, and sends to `to`.
    ///
    /// # Errors
    /// What the system said, with the address.
    fn datagrams(&self, at: SocketAddr, to: SocketAddr) -> Result<Rc<dyn Datagrams>, String>;
}
