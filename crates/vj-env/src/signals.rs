//! The wish, from outside, that a process ends in good order (SIGTERM, Ctrl-C).

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use tokio::sync::Notify;

/// Tells whoever asks whether this process has been asked to end. The wish cannot be taken back.
#[derive(Clone, Default)]
pub struct Shutdown {
    wish: Rc<Wish>,
}

/// Not tokio's `watch`: that wakes its waiters in a random order, and a run could not be repeated.
#[derive(Default)]
struct Wish {
    asked: Cell<bool>,
    came: Notify,
}

impl Shutdown {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks this process to end.
    pub fn ask(&self) {
        self.wish.asked.set(true);
        self.wish.came.notify_waiters();
    }

    /// Whether it has been asked to.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.wish.asked.get()
    }

    /// Ready once it has been asked to. Cancel-safe.
    pub async fn asked(&self) {
        let mut came = pin!(self.wish.came.notified());
        // In line before we look: a wish between the look and the wait is not missed.
        came.as_mut().enable();
        if !self.is_asked() {
            came.await;
        }
    }
}
