//! The control plane of a script's own clients, with weather on their connections.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use vj_core::ProcessName;
use vj_env::real::UnixControl;
use vj_env::{BoxLink, Clock, ConnectError, ControlPlane, Listener, LocalBoxFuture, ServeError};

use crate::world::Weather;

/// A timer counts in milliseconds: a shorter delay is none.
const SHORTEST: Duration = Duration::from_millis(1);

/// Connections through the weather.
pub(super) struct SlowControl {
    inner: UnixControl,
    clock: Clock,
    weather: Cell<Weather>,
    rng: RefCell<Pcg64>,
}

impl SlowControl {
    pub(super) fn new(inner: UnixControl, clock: Clock, seed: u64) -> Self {
        Self { inner, clock, weather: Cell::default(), rng: RefCell::new(Pcg64::seed_from_u64(seed)) }
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.weather.set(weather);
    }
}

impl ControlPlane for SlowControl {
    fn serve(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<Box<dyn Listener>, ServeError>> {
        self.inner.serve(name)
    }

    fn connect(&self, name: ProcessName) -> LocalBoxFuture<'_, Result<BoxLink, ConnectError>> {
        Box::pin(async move {
            let link = self.inner.connect(name).await?;
            let weather = self.weather.get();
            if weather == Weather::default() {
                return Ok(link);
            }
            let rng = Rc::new(RefCell::new(Pcg64::seed_from_u64(self.rng.borrow_mut().random())));
            let weather = SliceWeather { weather, clock: self.clock.clone(), rng };
            let (reading, writing) = (Side::new(weather.clone()), Side::new(weather));
            Ok(Box::new(SlowLink { link, reading, writing }) as BoxLink)
        })
    }

    fn scan(&self) -> Vec<ProcessName> {
        self.inner.scan()
    }

    fn socket_path(&self, name: ProcessName) -> PathBuf {
        self.inner.socket_path(name)
    }
}

#[derive(Clone)]
struct SliceWeather {
    weather: Weather,
    clock: Clock,
    rng: Rc<RefCell<Pcg64>>,
}

/// One direction of a connection.
struct Side {
    weather: SliceWeather,
    wait: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Side {
    fn new(weather: SliceWeather) -> Self {
        Self { weather, wait: None }
    }

    /// How many of `bytes` the next slice may have, once its time has come.
    fn poll_slice(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<usize> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        let max = self.weather.weather.slice_bytes_max.unwrap_or(usize::MAX).min(bytes).max(1);
        Poll::Ready(self.weather.rng.borrow_mut().random_range(1..=max).min(bytes))
    }

    /// A slice is through: the next one has to wait.
    fn passed(&mut self) {
        let max_us = u64::try_from(self.weather.weather.delay_max.as_micros()).unwrap_or(u64::MAX);
        let delay = Duration::from_micros(self.weather.rng.borrow_mut().random_range(0..=max_us));
        self.wait = (delay >= SHORTEST).then(|| Box::pin(self.weather.clock.sleep(delay)) as _);
    }
}

/// A connection whose bytes come and go in small, late slices.
struct SlowLink {
    link: BoxLink,
    reading: Side,
    writing: Side,
}

impl AsyncRead for SlowLink {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let slice = ready!(this.reading.poll_slice(cx, buf.remaining()));
        let mut bytes = vec![0; slice];
        let mut part = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut this.link).poll_read(cx, &mut part))?;
        buf.put_slice(part.filled());
        this.reading.passed();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SlowLink {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let slice = ready!(this.writing.poll_slice(cx, buf.len()));
        let written = ready!(Pin::new(&mut this.link).poll_write(cx, &buf[..slice]))?;
        this.writing.passed();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().link).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().link).poll_shutdown(cx)
    }
}
