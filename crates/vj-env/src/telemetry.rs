//! Datagrams to the visuals: fire and forget.

use std::net::SocketAddr;

/// Sends datagrams. Never waits, never fails: what cannot go out at once is dropped and counted, since a late beat is
/// worth less than none and no receiver may slow the show.
pub trait Telemetry {
    /// Sends one datagram. Nobody need listen.
    fn send(&self, to: SocketAddr, packet: &[u8]);

    /// Datagrams that the system did not take.
    fn dropped(&self) -> u64;
}
