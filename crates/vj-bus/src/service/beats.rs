//! Each heartbeat, to the manager and to every watcher.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;
use vj_core::limits::WATCHER_BACKLOG_MAX;
use vj_core::mutants::{self, Mutant};

use crate::message::{Heartbeat, Message};

/// Where heartbeats go.
#[derive(Default)]
pub(crate) struct Beats {
    listeners: RefCell<Vec<Weak<Listener>>>,
}

#[derive(Default)]
struct Listener {
    waiting: RefCell<VecDeque<Bytes>>,
    came: Notify,
}

/// The heartbeats that one connection still has to send.
pub(crate) struct BeatQueue {
    listener: Rc<Listener>,
}

/// The connection has left too many heartbeats unread.
#[derive(Debug)]
pub(crate) struct Deaf;

impl Beats {
    /// A new listener, for as long as it keeps what this returns.
    pub(crate) fn listen(&self) -> BeatQueue {
        let listener = Rc::<Listener>::default();
        let mut listeners = self.listeners.borrow_mut();
        // Those that left since the last heartbeat are forgotten here, else they could pile up until the next.
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Rc::downgrade(&listener));
        BeatQueue { listener }
    }

    /// Whether anybody listens.
    pub(crate) fn are_heard(&self) -> bool {
        self.listeners.borrow().iter().any(|listener| listener.strong_count() > 0)
    }

    /// Sends one heartbeat to all, encoded once.
    pub(crate) fn send(&self, heartbeat: Heartbeat) {
        let mut frame = BytesMut::new();
        Message::Heartbeat(heartbeat).encode(&mut frame);
        let frame = frame.freeze();
        self.listeners.borrow_mut().retain(|listener| {
            let Some(listener) = listener.upgrade() else { return false };
            listener.waiting.borrow_mut().push_back(frame.clone());
            listener.came.notify_one();
            true
        });
    }
}

impl BeatQueue {
    /// The next heartbeat to send. Cancel-safe.
    ///
    /// `unsent` says whether the connection still has something of before in line: then nothing is handed out, and a
    /// listener that falls too far behind is told so.
    pub(crate) async fn next(&self, unsent: bool) -> Result<Bytes, Deaf> {
        loop {
            {
                let mut waiting = self.listener.waiting.borrow_mut();
                if waiting.len() > WATCHER_BACKLOG_MAX && !mutants::is_on(Mutant::DeafWatcherKept) {
                    return Err(Deaf);
                }
                if !unsent && let Some(frame) = waiting.pop_front() {
                    return Ok(frame);
                }
            }
            self.listener.came.notified().await;
        }
    }
}
