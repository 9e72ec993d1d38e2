//! VirtualDJ's ends of the ways on which its decks tell, on ports of this machine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpSocket;
use vj_env::Clock;
use vj_workers::ports::StreamPart;

use crate::deck_network::Answers;

/// Between two looks whether the worker is there to be connected to.
const LOOK: Duration = Duration::from_millis(50);

/// On one machine a connection stands at once, or is refused.
const CONNECTS_WITHIN: Duration = Duration::from_millis(20);

/// Longest question that is understood.
const QUESTION_BYTES: usize = 1_024;

/// A port of VirtualDJ's, and those that the worker is to take.
pub(crate) struct DeckSockets {
    udp: UdpSocket,
    /// Where the worker asks from, once it has asked.
    worker_at: Cell<Option<SocketAddr>>,
    osc_send: SocketAddr,
    osc_listen: SocketAddr,
    os2l_listen: SocketAddr,
    /// Bound, and never listened at: so that no other program gets the port, and no connection of ours begins at it.
    _kept: Option<TcpSocket>,
    /// The streams that are open, with their connections where they have one.
    streams: RefCell<BTreeMap<u64, Option<TcpStream>>>,
}

impl DeckSockets {
    /// Takes free ports.
    ///
    /// # Errors
    /// What the system refused.
    pub(crate) fn bind() -> io::Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let udp = UdpSocket::bind(free)?;
        udp.set_nonblocking(true)?;
        // The worker's own: it cannot be kept for him, and nobody takes one of so many meanwhile.
        let osc_listen = UdpSocket::bind(free)?.local_addr()?;
        let kept = TcpSocket::new_v4()?;
        kept.set_reuseaddr(true)?;
        kept.bind(free)?;
        let os2l_listen = kept.local_addr()?;
        // Elsewhere whoever listens must be the only one at the port.
        let kept = cfg!(target_os = "linux").then_some(kept);
        let (worker_at, osc_send, streams) = (Cell::default(), udp.local_addr()?, RefCell::default());
        Ok(Self { udp, worker_at, osc_send, osc_listen, os2l_listen, _kept: kept, streams })
    }

    /// Where the worker asks, where it is answered, and where it takes beats in.
    pub(crate) fn addresses(&self) -> [SocketAddr; 3] {
        [self.osc_send, self.osc_listen, self.os2l_listen]
    }

    /// Tells by OSC. What is told before anybody has asked is lost.
    pub(crate) fn datagram(&self, datagram: &[u8]) {
        if let Some(at) = self.worker_at.get() {
            // What the system does not take is lost, as a datagram may be.
            let _ = self.udp.send_to(datagram, at);
        }
    }

    /// Tells by OS2L.
    pub(crate) fn part(&self, part: &StreamPart) {
        let mut streams = self.streams.borrow_mut();
        match part {
            StreamPart::Opened(number) => {
                streams.insert(*number, self.connect());
            }
            StreamPart::Closed(number) => {
                streams.remove(number);
            }
            StreamPart::Bytes(number, bytes) => {
                let stream = streams.entry(*number).or_default();
                let is_sent = stream.as_mut().is_some_and(|stream| stream.write_all(bytes).is_ok());
                if !is_sent {
                    // The worker is not there yet, or was started again.
                    *stream = self.connect().filter(|mut stream| stream.write_all(bytes).is_ok());
                }
            }
        }
    }

    fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.os2l_listen, CONNECTS_WITHIN).ok()?;
        // Where nobody listens a socket may be connected to itself.
        let is_ours = stream.local_addr().ok()? == self.os2l_listen;
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok()?;
        (!is_ours).then_some(stream)
    }

    /// Connects what is open and not connected; for ever.
    pub(crate) async fn stay_connected(self: Rc<Self>, clock: Clock) {
        loop {
            clock.sleep(LOOK).await;
            for stream in self.streams.borrow_mut().values_mut() {
                if !stream.as_mut().is_some_and(is_alive) {
                    *stream = self.connect();
                }
            }
        }
    }

    /// Answers questions; for ever.
    pub(crate) async fn answer(self: Rc<Self>, answers: Answers, clock: Clock) {
        let socket = loop {
            match self.udp.try_clone().and_then(tokio::net::UdpSocket::from_std) {
                Ok(socket) => break socket,
                Err(_) => clock.sleep(LOOK).await,
            }
        };
        let mut question = [0; QUESTION_BYTES];
        loop {
            match socket.recv_from(&mut question).await {
                Ok((len, from)) => {
                    self.worker_at.set(Some(from));
                    answers(&question[..len]).iter().for_each(|answer| self.datagram(answer));
                }
                // The worker is just being started again: so the system says when we receive.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => clock.sleep(LOOK).await,
            }
        }
    }
}

/// Whether nobody has hung up.
fn is_alive(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(len) => len > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
