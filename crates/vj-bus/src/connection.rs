//! One control connection: a byte stream cut into frames, in both directions.
//!
//! The buffers belong to the connection and each call awaits at most one read or one write, so every call here can be
//! dropped at any await and called again: nothing is lost and nothing is read twice. (Reading the length and the body
//! in two awaits inside a `select!` loses its place when the stream comes in small slices, and hangs for ever.)

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vj_core::limits::FRAME_BYTES_MAX;
use vj_core::mutants::{self, Mutant};
use vj_env::Link;

use crate::Message;
use crate::message::TooLarge;

/// Bytes of the length before each frame, big-endian.
const PREFIX_BYTES: usize = 4;

/// Room made before each read. A frame's announced length is not believed until its bytes are there.
const READ_CHUNK_BYTES: usize = 8 * 1024;

/// Why a stream cannot be cut into frames any more.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The announced length is over the limit. Close the connection: where the next frame starts cannot be known.
    #[error("a frame of {len} bytes is over the limit of {FRAME_BYTES_MAX}")]
    TooLarge {
        /// As announced.
        len: u32,
    },
    /// The other side closed in the middle of a frame.
    #[error("the connection ended in the middle of a frame")]
    Torn,
    /// The link broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
}

/// One end of a control connection.
pub struct Connection<L> {
    link: L,
    /// What has come in and was not taken as a frame yet.
    read: BytesMut,
    /// What must still go out.
    write: BytesMut,
    /// The other side has closed its half.
    ended: bool,
}

impl<L: Link> Connection<L> {
    /// A connection over a fresh link.
    #[must_use]
    pub fn new(link: L) -> Self {
        Self { link, read: BytesMut::new(), write: BytesMut::new(), ended: false }
    }

    /// The next frame that is already here, if one is whole.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`].
    pub fn take_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(prefix) = self.read.first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
        let len = u32::from_be_bytes(*prefix);
        let body = len as usize;
        if body > FRAME_BYTES_MAX {
            return Err(FrameError::TooLarge { len });
        }
        if self.read.len() < PREFIX_BYTES + body {
            return Ok(None);
        }
        self.read.advance(PREFIX_BYTES);
        Ok(Some(self.read.split_to(body).freeze()))
    }

    /// Waits for more bytes. False = the other side has closed, between two frames. Cancel-safe.
    ///
    /// # Errors
    /// [`FrameError::Torn`] when it closed within a frame, [`FrameError::Io`].
    pub async fn fill(&mut self) -> Result<bool, FrameError> {
        if !self.ended {
            if mutants::is_on(Mutant::CancelUnsafeReader) {
                return self.fill_unsafely().await;
            }
            self.read.reserve(READ_CHUNK_BYTES);
            self.ended = self.link.read_buf(&mut self.read).await? == 0;
        }
        match (self.ended, self.is_half()) {
            (false, _) => Ok(true),
            (true, false) => Ok(false),
            (true, true) => Err(FrameError::Torn),
        }
    }

    /// As [`fill`](Self::fill), but what has come in is lost when it is dropped: see [`Mutant::CancelUnsafeReader`].
    async fn fill_unsafely(&mut self) -> Result<bool, FrameError> {
        let mut came = BytesMut::with_capacity(PREFIX_BYTES);
        while came.len() < PREFIX_BYTES {
            if self.link.read_buf(&mut came).await? == 0 {
                self.ended = true;
                break;
            }
        }
        self.read.extend_from_slice(&came);
        Ok(!self.ended)
    }

    /// The next frame; none = the other side has closed between two frames. Cancel-safe.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub async fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        loop {
            if let Some(frame) = self.take_frame()? {
                return Ok(Some(frame));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// Whether the start of a frame is here and its end is not.
    #[must_use]
    pub fn is_half(&self) -> bool {
        !self.read.is_empty()
    }

    /// Puts a message in line to go out with the next [`flush`](Self::flush).
    pub fn enqueue(&mut self, message: &Message) {
        message.encode(&mut self.write);
    }

    /// Puts a message in line if it is within the limit of a frame.
    pub(crate) fn try_enqueue(&mut self, message: &Message) -> Result<(), TooLarge> {
        message.try_encode(&mut self.write)
    }

    /// Puts a frame in line that is encoded already.
    pub fn enqueue_encoded(&mut self, frame: &[u8]) {
        self.write.extend_from_slice(frame);
    }

    /// Whether something is in line.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        !self.write.is_empty()
    }

    /// Sends what is in line. Cancel-safe: what went out is out of the line.
    ///
    /// # Errors
    /// When the link broke.
    pub async fn flush(&mut self) -> io::Result<()> {
        while self.write.has_remaining() {
            let sent = self.link.write(&self.write).await?;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.write.advance(sent);
        }
        Ok(())
    }

    /// Moves bytes in both directions until some have come in or the last has gone out: what a client does, which asks
    /// and listens on one connection. (Two ends that only write wait for each other for ever.) Cancel-safe.
    ///
    /// # Errors
    /// When the link broke or ended: nothing more will come.
    pub async fn exchange(&mut self) -> Result<(), FrameError> {
        std::future::poll_fn(|cx| {
            let mut broke = None;
            let had_unsent = self.write.has_remaining();
            while broke.is_none() && self.write.has_remaining() {
                match Pin::new(&mut self.link).poll_write(cx, &self.write) {
                    Poll::Ready(Ok(sent)) if sent > 0 => self.write.advance(sent),
                    Poll::Ready(Ok(_)) => broke = Some(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(Err(error)) => broke = Some(error),
                    Poll::Pending => break,
                }
            }
            // Also after a failed write: the last answers may still be there to be read.
            let filled = pin!(self.fill()).poll(cx);
            match (filled, broke) {
                (Poll::Ready(Ok(true)), _) => Poll::Ready(Ok(())),
                (Poll::Ready(Ok(false)), _) => {
                    Poll::Ready(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()))
                }
                (Poll::Ready(Err(error)), _) => Poll::Ready(Err(error)),
                (Poll::Pending, Some(error)) => Poll::Ready(Err(error.into())),
                (Poll::Pending, None) if had_unsent && !self.write.has_remaining() => Poll::Ready(Ok(())),
                (Poll::Pending, None) => Poll::Pending,
            }
        })
        .await
    }

    /// Closes our half: the other side reads the end.
    pub async fn close(mut self) {
        // The other side may be gone already, which is as good.
        let _ = self.link.shutdown().await;
    }
}
