//! Byte streams that behave as badly as streams may.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Hands out and takes in slices of 1 to 7 bytes, and says "not yet" between any two of them.
pub(crate) struct Trickle {
    link: DuplexStream,
    reads: Slices,
    writes: Slices,
}

struct Slices {
    state: u32,
    rested: bool,
}

impl Slices {
    /// The size of the next slice, or a pause.
    fn next(&mut self) -> Option<usize> {
        self.rested = !self.rested;
        if self.rested {
            return None;
        }
        // A small linear congruential generator (Numerical Recipes): any spread will do, and it must repeat.
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((self.state >> 24) as usize % 7 + 1)
    }
}

impl Trickle {
    pub(crate) fn pair(seed: u32) -> (Self, Self) {
        let (a, b) = tokio::io::duplex(64);
        let slices = |salt| Slices { state: seed ^ salt, rested: false };
        (
            Self { link: a, reads: slices(1), writes: slices(2) },
            Self { link: b, reads: slices(3), writes: slices(4) },
        )
    }
}

impl AsyncRead for Trickle {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(size) = self.reads.next() else {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        let mut slice = [0; 7];
        let mut few = ReadBuf::new(&mut slice[..size.min(buf.remaining())]);
        let read = Pin::new(&mut self.link).poll_read(cx, &mut few);
        buf.put_slice(few.filled());
        read
    }
}

impl AsyncWrite for Trickle {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Some(size) = self.writes.next() else {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        Pin::new(&mut self.link).poll_write(cx, &buf[..size.min(buf.len())])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_shutdown(cx)
    }
}

/// Gives the bytes in the given chunks, then the end; writes go nowhere. Notes the most room that was ever offered to a
/// read, which is how much memory the reader had set aside beyond what it kept.
pub(crate) struct Chunks {
    bytes: Vec<u8>,
    at: usize,
    sizes: Vec<usize>,
    turn: usize,
    pub(crate) room_max: Rc<Cell<usize>>,
}

impl Chunks {
    /// `sizes` are used in turn; none = all at once.
    pub(crate) fn new(bytes: Vec<u8>, sizes: Vec<usize>) -> Self {
        Self { bytes, at: 0, sizes, turn: 0, room_max: Rc::default() }
    }
}

impl AsyncRead for Chunks {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.room_max.set(self.room_max.get().max(buf.remaining()));
        let left = self.bytes.len() - self.at;
        let size = if self.sizes.is_empty() { left } else { self.sizes[self.turn % self.sizes.len()] };
        let size = size.min(left).min(buf.remaining());
        self.turn += 1;
        let at = self.at;
        buf.put_slice(&self.bytes[at..at + size]);
        self.at += size;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Chunks {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Polls `work` at most `polls` times, then drops it: what a `select!` does to a branch that loses.
pub(crate) async fn polled<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        let polled = work.as_mut().poll(cx).map(Some);
        if polled.is_pending() && left == 0 {
            // Nobody else need wake us for giving up.
            cx.waker().wake_by_ref();
        }
        polled
    })
    .await
}
