//! What is under way beside the loop: it lives and dies with the loop.

use std::future::poll_fn;
use std::task::Poll;

use vj_env::LocalBoxFuture;

/// Futures of one kind of outcome, each under a name by which it can be given up.
pub(super) struct Jobs<K, T> {
    running: Vec<(K, LocalBoxFuture<'static, T>)>,
}

impl<K: Copy + PartialEq, T> Jobs<K, T> {
    pub(super) fn new() -> Self {
        Self { running: Vec::new() }
    }

    pub(super) fn push(&mut self, kind: K, job: LocalBoxFuture<'static, T>) {
        self.running.push((kind, job));
    }

    /// How many of a kind are under way.
    pub(super) fn count(&self, kind: K) -> usize {
        self.running.iter().filter(|(known, _)| *known == kind).count()
    }

    /// Gives up the oldest of a kind.
    pub(super) fn give_up_oldest(&mut self, kind: K) {
        if let Some(at) = self.running.iter().position(|(known, _)| *known == kind) {
            drop(self.running.remove(at));
        }
    }

    /// Gives up those of a kind; returns how many there were.
    pub(super) fn give_up(&mut self, kind: K) -> usize {
        let before = self.running.len();
        self.running.retain(|(known, _)| *known != kind);
        before - self.running.len()
    }

    /// The next that is done, the oldest first; never, where nothing is under way. Cancel-safe.
    pub(super) async fn next(&mut self) -> (K, T) {
        poll_fn(|cx| {
            for at in 0..self.running.len() {
                if let Poll::Ready(done) = self.running[at].1.as_mut().poll(cx) {
                    let (kind, _) = self.running.remove(at);
                    return Poll::Ready((kind, done));
                }
            }
            Poll::Pending
        })
        .await
    }
}
