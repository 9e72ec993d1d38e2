//! The network behind the workers' port: streams that others open to us, and datagrams.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use vj_env::LocalBoxFuture;
use vj_workers::ports::{Datagrams, Network, StreamPart, Streams};

/// Streams at a time: a player opens one, and a leaking one must not take the descriptors that the show needs.
const STREAMS_MAX: usize = 8;

/// Read at a time.
const READ_BYTES: usize = 4_096;

/// A longer datagram is cut, and what is cut is not understood. What is told of a deck has a hundred bytes; in 64 KiB a bundle
/// could hold thousands of others, one in the other, and whoever takes them apart would run out of stack.
const DATAGRAM_BYTES: usize = 4_096;

/// This machine's.
#[derive(Debug, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn listen(&self, at: SocketAddr) -> Result<Rc<dyn Streams>, String> {
        let listener = std::net::TcpListener::bind(at).and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        let listener = listener.map_err(|error| format!("failed to listen on {at}: {error}"))?;
        Ok(Rc::new(TcpStreams { listener, open: RefCell::default() }))
    }

    fn datagrams(&self, at: SocketAddr, to: SocketAddr) -> Result<Rc<dyn Datagrams>, String> {
        let sockets = std::net::UdpSocket::bind(at).and_then(|socket| {
            socket.set_nonblocking(true)?;
            let sender = socket.try_clone()?;
            Ok((UdpSocket::from_std(socket)?, sender))
        });
        let (socket, sender) = sockets.map_err(|error| format!("failed to receive on {at}: {error}"))?;
        Ok(Rc::new(UdpDatagrams { socket, sender, to }))
    }
}

struct TcpStreams {
    listener: TcpListener,
    open: RefCell<Open>,
}

#[derive(Default)]
struct Open {
    streams: Vec<(u64, TcpStream)>,
    opened: u64,
}

impl TcpStreams {
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<StreamPart> {
        let mut open = self.open.borrow_mut();
        if open.streams.len() < STREAMS_MAX
            && let Poll::Ready(Ok((stream, _))) = self.listener.poll_accept(cx)
        {
            open.opened += 1;
            let number = open.opened;
            open.streams.push((number, stream));
            return Poll::Ready(StreamPart::Opened(number));
        }
        let mut space = [0; READ_BYTES];
        for index in 0..open.streams.len() {
            let mut buffer = ReadBuf::new(&mut space);
            let (number, stream) = &mut open.streams[index];
            let number = *number;
            match Pin::new(stream).poll_read(cx, &mut buffer) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    return Poll::Ready(StreamPart::Bytes(number, buffer.filled().to_vec()));
                }
                Poll::Ready(Ok(()) | Err(_)) => {
                    open.streams.remove(index);
                    return Poll::Ready(StreamPart::Closed(number));
                }
            }
        }
        Poll::Pending
    }
}

impl Streams for TcpStreams {
    fn next(&self) -> LocalBoxFuture<'_, StreamPart> {
        Box::pin(poll_fn(|cx| self.poll_next(cx)))
    }
}

struct UdpDatagrams {
    socket: UdpSocket,
    /// The same socket without tokio, which sends nothing before it has been told that the socket is ready: the first questions
    /// would be lost.
    sender: std::net::UdpSocket,
    to: SocketAddr,
}

impl Datagrams for UdpDatagrams {
    fn next(&self) -> LocalBoxFuture<'_, Vec<u8>> {
        Box::pin(async {
            let mut buffer = vec![0; DATAGRAM_BYTES];
            loop {
                match self.socket.recv_from(&mut buffer).await {
                    Ok((len, _)) => return buffer[..len].to_vec(),
                    // Nobody listens where we sent to: so the system says when we receive.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                    Err(_) => std::future::pending().await,
                }
            }
        })
    }

    fn send(&self, datagram: &[u8]) {
        // What the system does not take is lost, as a datagram may be.
        let _ = self.sender.send_to(datagram, self.to);
    }
}
