//! What can wake a worker's own loop, in one queue.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use vj_core::limits::COMMANDS_WAITING_MAX;

use crate::message::{Command, Heartbeat, Register};
use crate::responder::Responder;

/// Everything that the service tells a worker.
#[derive(Debug)]
pub enum Event {
    /// A command of the worker's own; the common ones are answered already.
    Command(Command, Responder),
    /// Settings changed; the new values stand on the board. With no key at all, only the config around them was read
    /// anew.
    SettingsChanged(Vec<&'static str>),
    /// Start over in place: return [`crate::Finish::Restart`].
    Restart,
    /// End in good order: return [`crate::Finish::Shutdown`].
    Shutdown,
    /// A worker introduced itself. Only the manager hears this.
    Registered(Register),
    /// A registered worker is alive. Only the manager hears this.
    Heartbeat(Heartbeat),
    /// The connection of a registered worker is gone. Only the manager hears this.
    LinkLost {
        /// As it registered.
        worker: String,
        /// As it registered.
        pid: u32,
    },
}

/// The queue between the service and the worker's loop, and the pulse of that loop.
#[derive(Default)]
pub(crate) struct Inbox {
    queue: RefCell<VecDeque<Event>>,
    waker: RefCell<Option<Waker>>,
    /// The process ends: nobody comes to the queue any more.
    closed: Cell<bool>,
    /// How often the loop was asked whether it turns, and the last question that it has seen.
    asked: Cell<u64>,
    seen: Cell<u64>,
}

impl Inbox {
    pub(crate) fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Puts an event in line. A command or a heartbeat that finds the line full comes back; what only says again what
    /// is in line already is joined to it. So clients cannot make the line grow while the loop does not turn.
    pub(crate) fn push(&self, event: Event) -> Result<(), Event> {
        if self.closed.get() {
            // Dropped: a command among it is thereby answered.
            return Ok(());
        }
        let mut queue = self.queue.borrow_mut();
        match event {
            Event::Command(..) | Event::Heartbeat(_) if queue.len() >= COMMANDS_WAITING_MAX => {
                return Err(event);
            }
            Event::Restart if queue.iter().any(|old| matches!(old, Event::Restart)) => return Ok(()),
            Event::Shutdown if queue.iter().any(|old| matches!(old, Event::Shutdown)) => return Ok(()),
            Event::SettingsChanged(mut keys) => {
                let in_line = queue.iter_mut().find_map(|old| match old {
                    Event::SettingsChanged(keys) => Some(keys),
                    _ => None,
                });
                match in_line {
                    Some(known) => {
                        keys.retain(|key| !known.contains(key));
                        known.append(&mut keys);
                    }
                    None => queue.push_back(Event::SettingsChanged(keys)),
                }
            }
            Event::Registered(register) => {
                // Only the newest word of a worker counts, and there are few workers: the line stays short however often
                // somebody connects while the loop is busy.
                queue.retain(
                    |old| !matches!(old, Event::Registered(known) if known.worker == register.worker),
                );
                queue.push_back(Event::Registered(register));
            }
            Event::LinkLost { worker, pid } => {
                queue.retain(|old| !matches!(old, Event::LinkLost { worker: known, .. } if *known == worker));
                queue.push_back(Event::LinkLost { worker, pid });
            }
            event => queue.push_back(event),
        }
        drop(queue);
        self.wake();
        Ok(())
    }

    /// Whether the loop has turned since the last question; asks the next one.
    pub(crate) fn pulse(&self) -> bool {
        let turns = self.has_turned();
        self.asked.set(self.asked.get() + 1);
        self.wake();
        turns
    }

    /// Whether the loop has turned since it was last asked; asks nothing.
    pub(crate) fn has_turned(&self) -> bool {
        self.seen.get() == self.asked.get()
    }

    /// Drops what nobody will come to any more, now and from now on; each command among it is thereby answered.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.queue.take();
    }

    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Event> {
        self.seen.set(self.asked.get());
        if let Some(event) = self.queue.borrow_mut().pop_front() {
            return Poll::Ready(event);
        }
        *self.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}
