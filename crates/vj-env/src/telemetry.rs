//! Datagrams: out to the visuals, fire and forget; and in, for whoever listens.

use std::io;
use std::net::SocketAddr;

use crate::LocalBoxFuture;

/// Sends datagrams. Never waits, never fails: what cannot go out at once is dropped and counted, since a late beat is
/// worth less than none and no receiver may slow the show.
pub trait Telemetry {
    /// Sends one datagram. Nobody need listen.
    fn send(&self, to: SocketAddr, packet: &[u8]);

    /// Datagrams that the system did not take.
    fn dropped(&self) -> u64;

    /// Listens at `at` from now on; with port 0 the system chooses one. Whoever drops what this returns listens no more.
    ///
    /// # Errors
    /// When somebody else listens there, or the system refuses.
    fn listen(&self, at: SocketAddr) -> io::Result<Box<dyn Datagrams>>;
}

/// Datagrams as they come in. Those that nobody reads in time are lost, as datagrams are.
pub trait Datagrams {
    /// Where it listens.
    fn local_addr(&self) -> SocketAddr;

    /// The next datagram: how many bytes of `buffer` it fills (the rest of a longer one is lost), and where it came from.
    ///
    /// Cancel-safe: a datagram is either returned or still waiting.
    ///
    /// # Errors
    /// What the system said; the next one may come all the same.
    fn receive<'a>(&'a mut self, buffer: &'a mut [u8])
    -> LocalBoxFuture<'a, io::Result<(usize, SocketAddr)>>;

    /// The next datagram if it is there already, without a wait: after one there are often more.
    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)>;
}
