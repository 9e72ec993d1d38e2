//! A byte stream between two simulated processes, and the weather on it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rand::RngExt;
use rand_pcg::Pcg64;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use vj_core::At;
use vj_env::{Clock, Gate};

/// Bytes that may be under way in one direction: the default of a Unix socket on Linux. Then the writer waits.
const PIPE_BYTES_MAX: usize = 212_992;

/// What bytes go through on their way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weather {
    /// They arrive in slices of 1 to this many bytes.
    pub slice_bytes_max: Option<usize>,
    /// Each slice takes up to this long.
    pub delay_max: Duration,
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bytes) = self.slice_bytes_max {
            write!(f, "slices of at most {bytes} bytes, ")?;
        }
        write!(f, "late by up to {} ms", self.delay_max.as_secs_f64() * 1e3)
    }
}

/// One direction of a link.
pub(super) struct Pipe {
    clock: Clock,
    slices: VecDeque<Slice>,
    bytes: usize,
    weather: Weather,
    rng: Pcg64,
    /// While it is clogged nothing arrives, and nobody is told.
    clogged: bool,
    writer_gone: bool,
    reader_gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    timer: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

struct Slice {
    arrives: At,
    bytes: VecDeque<u8>,
}

impl Pipe {
    pub(super) fn new(clock: Clock, weather: Weather, rng: Pcg64) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            clock,
            slices: VecDeque::new(),
            bytes: 0,
            weather,
            rng,
            clogged: false,
            writer_gone: false,
            reader_gone: false,
            reader: None,
            writer: None,
            timer: None,
        }))
    }

    pub(super) fn set_clogged(&mut self, clogged: bool) {
        self.clogged = clogged;
        wake(&mut self.reader);
    }

    pub(super) fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// The writing end is closed: the reader gets what is under way, then the end.
    pub(super) fn close_writer(&mut self) {
        self.writer_gone = true;
        wake(&mut self.reader);
    }

    /// The reading end is closed: whoever writes is told.
    pub(super) fn close_reader(&mut self) {
        self.reader_gone = true;
        wake(&mut self.writer);
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        let now = self.clock.now();
        let mut rest = bytes;
        while !rest.is_empty() {
            let len = match self.weather.slice_bytes_max {
                Some(max) => self.rng.random_range(1..=max.max(1)).min(rest.len()),
                None => rest.len(),
            };
            let delay = self.weather.delay_max;
            let wait = if delay.is_zero() { delay } else { delay.mul_f64(self.rng.random_range(0.0..=1.0)) };
            // One after another: a stream never overtakes itself.
            let after = self.slices.back().map_or(now, |last| last.arrives.max(now));
            let (slice, later) = rest.split_at(len);
            self.slices.push_back(Slice { arrives: after + wait, bytes: slice.iter().copied().collect() });
            rest = later;
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.clogged {
            match self.slices.front().map(|slice| slice.arrives) {
                None if self.writer_gone => return Poll::Ready(Ok(())),
                None => {}
                Some(arrives) if arrives <= self.clock.now() => {
                    self.deliver(buf);
                    return Poll::Ready(Ok(()));
                }
                Some(arrives) => {
                    let mut timer: Pin<Box<dyn Future<Output = ()>>> =
                        Box::pin(self.clock.sleep_until(arrives));
                    if timer.as_mut().poll(cx).is_ready() {
                        self.deliver(buf);
                        return Poll::Ready(Ok(()));
                    }
                    self.timer = Some(timer);
                }
            }
        }
        self.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn deliver(&mut self, buf: &mut ReadBuf<'_>) {
        let Some(slice) = self.slices.front_mut() else { return };
        let len = buf.remaining().min(slice.bytes.len());
        let (head, tail) = slice.bytes.as_slices();
        let from_head = len.min(head.len());
        buf.put_slice(&head[..from_head]);
        buf.put_slice(&tail[..len - from_head]);
        slice.bytes.drain(..len);
        if slice.bytes.is_empty() {
            self.slices.pop_front();
        }
        self.bytes -= len;
        self.timer = None;
        wake(&mut self.writer);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.reader_gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = PIPE_BYTES_MAX - self.bytes;
        if room == 0 {
            self.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let len = room.min(bytes.len());
        self.push(&bytes[..len]);
        wake(&mut self.reader);
        Poll::Ready(Ok(len))
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

/// One end of a link.
pub(super) struct SimLink {
    reads: Rc<RefCell<Pipe>>,
    writes: Rc<RefCell<Pipe>>,
    /// Of the process that holds this end; an end outside every process has none.
    gate: Option<Rc<Gate>>,
}

/// What the world keeps of an end, to close it when its process dies and to change its weather.
pub(super) struct LinkHandle {
    reads: Weak<RefCell<Pipe>>,
    writes: Weak<RefCell<Pipe>>,
}

impl SimLink {
    pub(super) fn new(reads: &Rc<RefCell<Pipe>>, writes: &Rc<RefCell<Pipe>>, gate: Option<Rc<Gate>>) -> Self {
        Self { reads: reads.clone(), writes: writes.clone(), gate }
    }

    pub(super) fn handle(&self) -> LinkHandle {
        LinkHandle { reads: Rc::downgrade(&self.reads), writes: Rc::downgrade(&self.writes) }
    }

    fn is_dead(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.is_killed())
    }
}

impl LinkHandle {
    /// Closes both halves, as the kernel does for a process that is gone.
    pub(super) fn close(&self) {
        self.writes.upgrade().inspect(|pipe| pipe.borrow_mut().close_writer());
        self.reads.upgrade().inspect(|pipe| pipe.borrow_mut().close_reader());
    }

    /// Breaks both directions for both sides.
    pub(super) fn cut(&self) {
        for pipe in [&self.reads, &self.writes].into_iter().filter_map(Weak::upgrade) {
            pipe.borrow_mut().close_writer();
            pipe.borrow_mut().close_reader();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.reads.upgrade().is_some()
    }

    pub(super) fn set_clogged(&self, clogged: bool) {
        self.writes.upgrade().inspect(|pipe| pipe.borrow_mut().set_clogged(clogged));
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.writes.upgrade().inspect(|pipe| pipe.borrow_mut().set_weather(weather));
    }
}

impl AsyncRead for SimLink {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_dead() {
            return Poll::Pending;
        }
        self.reads.borrow_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for SimLink {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_dead() {
            return Poll::Pending;
        }
        self.writes.borrow_mut().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writes.borrow_mut().close_writer();
        Poll::Ready(Ok(()))
    }
}

impl Drop for SimLink {
    /// What closing a descriptor does.
    fn drop(&mut self) {
        self.writes.borrow_mut().close_writer();
        self.reads.borrow_mut().close_reader();
    }
}
