//! The fake service on a port of this machine: HTTP with every way in which an answer can go wrong.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use vj_env::{Clock, Scope};

use super::port::TapeTime;
use super::service::{Granted, Manner, Says, Service};
use super::wire;

/// What a request may bring along: a form of a few hundred bytes.
const FORM_BYTES_MAX: usize = 16_384;

/// Between two drops of a trickled answer.
const DROP_EVERY: Duration = Duration::from_millis(2);

/// Bytes in a drop.
const DROP_BYTES: usize = 7;

/// A fake Spotify that listens.
pub struct FakeServer {
    address: SocketAddr,
    service: Rc<RefCell<Service>>,
}

/// What a connection needs to answer.
#[derive(Clone)]
struct Desk {
    service: Rc<RefCell<Service>>,
    time: TapeTime,
    clock: Clock,
}

impl FakeServer {
    /// Serves on a free port until `scope` is killed. `time` says what time of the tape it is.
    ///
    /// # Errors
    /// What the system refused.
    pub fn start(
        service: Rc<RefCell<Service>>,
        time: TapeTime,
        clock: Clock,
        scope: &Scope,
    ) -> io::Result<Self> {
        Self::start_on(std::net::TcpListener::bind(("127.0.0.1", 0))?, service, time, clock, scope)
    }

    /// The same on a port that was bound before.
    ///
    /// # Errors
    /// What the system refused.
    pub fn start_on(
        listener: std::net::TcpListener,
        service: Rc<RefCell<Service>>,
        time: TapeTime,
        clock: Clock,
        scope: &Scope,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let desk = Desk { service: service.clone(), time, clock };
        let connections = scope.clone();
        scope.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = desk.clone();
                connections.spawn(serve(stream, desk));
            }
        });
        Ok(Self { address, service })
    }

    /// What `api_base_url` and `auth_base_url` are to be.
    #[must_use]
    pub fn urls(&self) -> (String, String) {
        (format!("http://{}/v1/", self.address), format!("http://{}/", self.address))
    }

    /// The service behind it.
    #[must_use]
    pub fn service(&self) -> &Rc<RefCell<Service>> {
        &self.service
    }
}

async fn serve(stream: TcpStream, desk: Desk) {
    let answering = service_fn(move |request| {
        let desk = desk.clone();
        async move { desk.answer(request).await }
    });
    // A client that goes away in the middle, and an answer that is made to break off, end here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answering).await;
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Paced>, io::Error> {
        let now = (self.time)();
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/v1/me/player/currently-playing") => {
                let with_episodes = request.uri().query().is_some_and(|it| it.contains("episode"));
                let bearer = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok());
                let token = bearer.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
                let says = self.service.borrow_mut().say(now, &token);
                self.say(says, now, with_episodes).await
            }
            (&Method::POST, "/api/token") => {
                let form = form(request.into_body()).await?;
                let field =
                    |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
                let granted = match field("grant_type") {
                    Some("refresh_token") if field("client_id").is_some() => {
                        self.service.borrow_mut().grant(now, field("refresh_token").unwrap_or_default())
                    }
                    Some("authorization_code") if field("code_verifier").is_some_and(|it| it.len() >= 43) => {
                        let service = self.service.borrow();
                        let refresh = Some(service.refresh_token());
                        if field("code") == Some("good-code") {
                            Granted::Tokens { access: service.access_token(), refresh }
                        } else {
                            Granted::Invalid
                        }
                    }
                    _ => Granted::Invalid,
                };
                let (status, _, body) = wire::grant(&granted);
                respond(status, None, "application/json", Paced::whole(body))
            }
            _ => respond(404, None, "application/json", Paced::whole(String::new())),
        }
    }

    async fn say(&self, says: Says, now: f64, with_episodes: bool) -> Result<Response<Paced>, io::Error> {
        let (status, retry_after, mut body) = wire::answer(&says, now);
        if !with_episodes && body.contains("\"episode\"") {
            // The service shows episodes only to those who ask for them.
            body = body.replace("\"item\":{", "\"hidden\":{").replacen('{', "{\"item\":null,", 1);
        }
        let json = "application/json; charset=utf-8";
        match says {
            Says::Playing(_, Manner::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
            Says::Playing(_, Manner::Stalled) => std::future::pending().await,
            Says::Playing(_, Manner::Page) => respond(
                200,
                None,
                "text/html",
                Paced::whole("<html><body>sign in to this wifi</body></html>".to_owned()),
            ),
            Says::Playing(_, Manner::Cut) => respond(status, None, json, Paced::cut(body)),
            Says::Playing(_, Manner::Trickled) => {
                respond(status, None, json, Paced::dropwise(body, self.clock.clone()))
            }
            _ => respond(status, retry_after, json, Paced::whole(body)),
        }
    }
}

fn respond(
    status: u16,
    retry_after: Option<u64>,
    kind: &str,
    body: Paced,
) -> Result<Response<Paced>, io::Error> {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, kind);
    if status != 204 {
        response = response.header(CONTENT_LENGTH, body.promised);
    }
    if let Some(sec) = retry_after {
        response = response.header(RETRY_AFTER, sec);
    }
    response.body(body).map_err(io::Error::other)
}

/// A body that comes as it is told to.
struct Paced {
    rest: Bytes,
    /// Its length, as the head of the answer says.
    promised: usize,
    /// Where it breaks off, in bytes before its end.
    lacks: usize,
    /// Its pace, if it comes in drops.
    clock: Option<Clock>,
    pause: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Paced {
    fn whole(body: String) -> Self {
        Self { promised: body.len(), rest: body.into(), lacks: 0, clock: None, pause: None }
    }

    fn cut(body: String) -> Self {
        let lacks = body.len() / 2;
        Self { lacks, ..Self::whole(body) }
    }

    fn dropwise(body: String, clock: Clock) -> Self {
        Self { clock: Some(clock), ..Self::whole(body) }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let left = self.rest.len() - self.lacks.min(self.rest.len());
        if left == 0 {
            return Poll::Ready((self.lacks > 0).then(|| Err(io::ErrorKind::UnexpectedEof.into())));
        }
        let size = if self.clock.is_some() { left.min(DROP_BYTES) } else { left };
        self.pause = self.clock.as_ref().map(|clock| Box::pin(clock.sleep(DROP_EVERY)) as _);
        let drop = self.rest.split_to(size);
        Poll::Ready(Some(Ok(Frame::data(drop))))
    }
}

/// The fields of a form.
async fn form(mut body: Incoming) -> io::Result<Vec<(String, String)>> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > FORM_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    Ok(text
        .split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(k, v)| (decoded(k), decoded(v)))
        .collect())
}

/// Undoes the escapes of a form.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex =
            |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16)).unwrap_or_default();
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (hex(rest.next()) * 16 + hex(rest.next())) as u8,
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
