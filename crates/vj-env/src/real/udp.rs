//! OSC datagrams over UDP.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use crate::Telemetry;

/// Two non-blocking sockets, one for each family of addresses; the second is made when it is first needed.
pub struct UdpTelemetry {
    v4: UdpSocket,
    v6: Option<UdpSocket>,
    dropped: Cell<u64>,
}

impl UdpTelemetry {
    /// Opens the sockets. A machine without IPv6 sends to IPv4 addresses only; the rest counts as dropped.
    ///
    /// # Errors
    /// When the system gives no IPv4 socket.
    pub fn new() -> io::Result<Self> {
        let v4 = UdpSocket::bind(("0.0.0.0", 0))?;
        v4.set_nonblocking(true)?;
        let v6 =
            UdpSocket::bind(("::", 0)).and_then(|socket| socket.set_nonblocking(true).map(|()| socket)).ok();
        Ok(Self { v4, v6, dropped: Cell::new(0) })
    }

    /// The port from which everything to IPv4 addresses comes; 0 if the system does not tell.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.v4.local_addr().map_or(0, |address| address.port())
    }
}

impl Telemetry for UdpTelemetry {
    fn send(&self, to: SocketAddr, packet: &[u8]) {
        let socket = if to.is_ipv4() { Some(&self.v4) } else { self.v6.as_ref() };
        let sent = socket.is_some_and(|socket| match socket.send_to(packet, to) {
            Ok(_) => true,
            // Nobody listens there: the refusal of an earlier packet. This one was not sent; the next will be, and
            // whoever starts to listen misses at most one packet.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                socket.send_to(packet, to).is_ok()
            }
            Err(_) => false,
        });
        if !sent {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}
