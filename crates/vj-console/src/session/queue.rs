//! What has happened and was not taken up yet.

use std::cell::RefCell;
use std::collections::VecDeque;

use tokio::sync::Notify;

use crate::event::Event;

/// In the order in which it happened. It stays short: whoever adds to it runs on the thread of the loop that takes from it, a few
/// events at a time.
#[derive(Default)]
pub struct Events {
    waiting: RefCell<VecDeque<Event>>,
    came: Notify,
}

impl Events {
    /// Adds one.
    pub fn push(&self, event: Event) {
        self.waiting.borrow_mut().push_back(event);
        self.came.notify_one();
    }

    /// The next one. Cancel-safe; one reader.
    pub async fn next(&self) -> Event {
        loop {
            if let Some(event) = self.waiting.borrow_mut().pop_front() {
                return event;
            }
            self.came.notified().await;
        }
    }
}
