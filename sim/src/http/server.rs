//! A site on a port of this machine.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use vj_env::{Clock, Scope};

use super::exchange::{Asked, Manner, Reply, Site, fields};
use super::paced::Paced;

/// What a request may bring along: the words of the longest song, and the form of an answer, several times.
const BODY_BYTES_MAX: usize = 4 << 20;

/// Between two looks whether a site is to be there.
const LOOK: Duration = Duration::from_millis(10);

/// Connections that wait to be taken.
const BACKLOG: u32 = 64;

/// Says what time of the tape it is.
pub type TapeTime = Rc<dyn Fn() -> f64>;

/// A port of this machine, kept for a site: while the site is down nobody listens at it, and nobody else gets it.
pub struct Server {
    address: SocketAddr,
    /// Bound, and never listened at.
    _kept: TcpSocket,
}

impl Server {
    /// Takes a free port.
    ///
    /// # Errors
    /// What the system refused.
    pub fn bind() -> io::Result<Self> {
        let kept = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { address: kept.local_addr()?, _kept: kept })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `scope` is killed, whenever the site is up. A site that goes down breaks its connections.
    ///
    /// # Errors
    /// What the system refused.
    pub fn serve<S: Site + 'static>(
        &self,
        site: Rc<RefCell<S>>,
        time: TapeTime,
        clock: Clock,
        scope: &Scope,
    ) -> io::Result<()> {
        let address = self.address;
        let is_up = {
            let (site, time) = (site.clone(), time.clone());
            move || site.borrow().is_up(time())
        };
        // Whoever asks as soon as this has returned is not refused.
        let mut listener = is_up().then(|| listen(address)).transpose()?;
        scope.spawn(async move {
            loop {
                let connections = Connections(Scope::new());
                if let Some(listener) = listener.take() {
                    let desk = Desk { site: site.clone(), time: time.clone(), clock: clock.clone() };
                    connections.0.spawn(accept(listener, desk, connections.0.clone()));
                }
                while is_up() {
                    clock.sleep(LOOK).await;
                }
                drop(connections);
                while !is_up() {
                    clock.sleep(LOOK).await;
                }
                listener = listen(address).ok();
            }
        });
        Ok(())
    }
}

/// The connections of a site that is up: they break when it goes down, and with whoever serves it.
struct Connections(Scope);

impl Drop for Connections {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// A socket that shares its port with those that are bound so too.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bound(address)?.listen(BACKLOG)
}

/// What a connection needs to answer.
struct Desk<S> {
    site: Rc<RefCell<S>>,
    time: TapeTime,
    clock: Clock,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), time: self.time.clone(), clock: self.clock.clone() }
    }
}

async fn accept<S: Site + 'static>(listener: TcpListener, desk: Desk<S>, connections: Scope) {
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, desk.clone()));
    }
}

async fn serve<S: Site + 'static>(stream: TcpStream, desk: Desk<S>) {
    let answering = service_fn(move |request| {
        let desk = desk.clone();
        async move { desk.answer(request).await }
    });
    // A client that goes away in the middle, and an answer that is made to break off, end here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answering).await;
}

impl<S: Site> Desk<S> {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Paced>, io::Error> {
        let (head, body) = request.into_parts();
        let value =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, it)| (name.as_str().to_owned(), value(it))).collect();
        let body = whole(body).await?;
        let asked = Asked {
            at_sec: (self.time)(),
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: fields(head.uri.query().unwrap_or_default()),
            headers,
            body,
        };
        let reply = self.site.borrow_mut().answer(&asked);
        self.clock.sleep(reply.wait).await;
        match reply.manner {
            Manner::Reset => Err(io::ErrorKind::ConnectionReset.into()),
            Manner::Stalled => std::future::pending().await,
            manner => respond(reply, manner, &self.clock),
        }
    }
}

fn respond(reply: Reply, manner: Manner, clock: &Clock) -> Result<Response<Paced>, io::Error> {
    let body = Paced::new(reply.body, manner, clock);
    let mut response = Response::builder().status(reply.status);
    if !reply.kind.is_empty() {
        response = response.header(CONTENT_TYPE, reply.kind);
    }
    if reply.status != 204 {
        response = response.header(CONTENT_LENGTH, body.promised);
    }
    if let Some(sec) = reply.retry_after_sec {
        response = response.header(RETRY_AFTER, sec);
    }
    response.body(body).map_err(io::Error::other)
}

async fn whole(mut body: Incoming) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > BODY_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(bytes)
}
