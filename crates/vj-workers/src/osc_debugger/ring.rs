//! The newest of something, each under a number that only grows.

use std::collections::VecDeque;

/// At most so many are kept.
pub(super) struct Ring<T> {
    items: VecDeque<(u64, T)>,
    max: usize,
    seq: u64,
}

impl<T> Ring<T> {
    pub(super) fn new(max: usize) -> Self {
        Self { items: VecDeque::new(), max, seq: 0 }
    }

    /// Adds one; the oldest goes where there are too many.
    pub(super) fn push(&mut self, item: T) {
        self.seq += 1;
        self.items.push_back((self.seq, item));
        self.shorten();
    }

    /// The number of the newest that ever was.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Keeps so many from now on.
    pub(super) fn set_max(&mut self, max: usize) {
        self.max = max;
        self.shorten();
        self.items.shrink_to(max);
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    /// The newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u64, &T)> {
        self.items.iter().rev().map(|(seq, item)| (*seq, item))
    }

    fn shorten(&mut self) {
        let surplus = self.items.len().saturating_sub(self.max);
        self.items.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_numbers_go_on() {
        let mut ring = Ring::new(3);
        for item in 0..5 {
            ring.push(item);
        }
        let kept = |ring: &Ring<i32>| ring.newest_first().map(|(seq, item)| (seq, *item)).collect::<Vec<_>>();
        assert_eq!(kept(&ring), [(5, 4), (4, 3), (3, 2)]);
        ring.set_max(1);
        assert_eq!(kept(&ring), [(5, 4)]);
        ring.clear();
        ring.push(9);
        assert_eq!((kept(&ring), ring.seq()), (vec![(6, 9)], 6));
    }
}
