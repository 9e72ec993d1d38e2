//! OSC datagrams over UDP.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use rustix::net::sockopt;

use crate::{Datagrams, LocalBoxFuture, Telemetry};

/// What the system is asked to hold for a listener that is busy: a tenth of a second of 50,000 packets. It may give less.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

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

    fn listen(&self, at: SocketAddr) -> io::Result<Box<dyn Datagrams>> {
        let socket = UdpSocket::bind(at)?;
        socket.set_nonblocking(true)?;
        // Where the system has a smaller limit it takes that, and bursts that are longer lose some.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER_BYTES);
        let local_addr = socket.local_addr()?;
        Ok(Box::new(UdpDatagrams { socket: tokio::net::UdpSocket::from_std(socket)?, local_addr }))
    }
}

/// A port that is listened to.
struct UdpDatagrams {
    socket: tokio::net::UdpSocket,
    local_addr: SocketAddr,
}

impl Datagrams for UdpDatagrams {
    fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    fn receive<'a>(
        &'a mut self,
        buffer: &'a mut [u8],
    ) -> LocalBoxFuture<'a, io::Result<(usize, SocketAddr)>> {
        Box::pin(self.socket.recv_from(buffer))
    }

    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        self.socket.try_recv_from(buffer).ok()
    }
}
