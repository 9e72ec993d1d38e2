//! What has happened and was not taken up yet.

use std::cell::RefCell;
use std::collections::VecDeque;

use tokio::sync::Notify;

use crate::event::Event;

/// Hears of each event.
type Tap = Box<dyn Fn(&Event)>;

/// In the order in which it happened. It stays short: whoever adds to it runs on the thread of the loop that takes from it, a few
/// events at a time.
#[derive(Default)]
pub struct Events {
    waiting: RefCell<VecDeque<Event>>,
    came: Notify,
    tap: Option<Tap>,
}

impl Events {
    /// With somebody who hears of each event as it happens.
    pub fn with_tap(tap: impl Fn(&Event) + 'static) -> Self {
        Self { tap: Some(Box::new(tap)), ..Self::default() }
    }

    /// Adds one.
    pub fn push(&self, event: Event) {
        if let Some(tap) = &self.tap {
            tap(&event);
        }
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
