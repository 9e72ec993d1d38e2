//! A body that comes as it is told to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use vj_env::Clock;

use super::exchange::Manner;

/// Between two drops of a trickled answer.
const DROP_EVERY: Duration = Duration::from_millis(2);

/// Bytes in a drop.
const DROP_BYTES: usize = 7;

/// Drops in which a longer body comes: it is to be slow, and not to last for minutes.
const DROPS_MAX: usize = 400;

fn drop_bytes(len: usize) -> usize {
    DROP_BYTES.max(len.div_ceil(DROPS_MAX))
}

/// How long a body of this length takes in drops.
pub(crate) fn lasts_in_drops(len: usize) -> Duration {
    DROP_EVERY * len.div_ceil(drop_bytes(len)) as u32
}

/// See the module.
pub(super) struct Paced {
    rest: Bytes,
    /// Its length, as the head of the answer says.
    pub(super) promised: usize,
    /// Where it breaks off, in bytes before its end.
    lacks: usize,
    /// Bytes that come at once.
    drop_bytes: usize,
    /// Its pace, if it comes in drops.
    clock: Option<Clock>,
    pause: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Paced {
    pub(super) fn new(body: Vec<u8>, manner: Manner, clock: &Clock) -> Self {
        let promised = body.len();
        let lacks = if manner == Manner::Cut { promised - promised / 2 } else { 0 };
        let clock = (manner == Manner::Trickled).then(|| clock.clone());
        let drop_bytes = if clock.is_some() { drop_bytes(promised) } else { promised };
        Self { rest: body.into(), promised, lacks, drop_bytes, clock, pause: None }
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
        let size = left.min(self.drop_bytes);
        self.pause = self.clock.as_ref().map(|clock| Box::pin(clock.sleep(DROP_EVERY)) as _);
        let drop = self.rest.split_to(size);
        Poll::Ready(Some(Ok(Frame::data(drop))))
    }
}
