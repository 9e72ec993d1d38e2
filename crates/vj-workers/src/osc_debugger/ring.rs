//! The newest of something, each under a number that only grows, within a count and within bytes.

use std::collections::VecDeque;

/// At most so many are kept, and fewer where they take more bytes each than is usual.
pub(super) struct Ring<T> {
    items: VecDeque<Item<T>>,
    max: usize,
    /// As many of these as there may be items are the bytes that may be kept.
    bytes_each: usize,
    bytes: usize,
    seq: u64,
}

struct Item<T> {
    seq: u64,
    bytes: usize,
    item: T,
}

impl<T> Ring<T> {
    pub(super) fn new(max: usize, bytes_each: usize) -> Self {
        Self { items: VecDeque::new(), max, bytes_each, bytes: 0, seq: 0 }
    }

    /// Adds one that takes so many bytes; the oldest go where there are too many.
    pub(super) fn push(&mut self, item: T, bytes: usize) {
        self.seq += 1;
        self.bytes += bytes;
        self.items.push_back(Item { seq: self.seq, bytes, item });
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
        self.bytes = 0;
    }

    /// The newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u64, &T)> {
        self.items.iter().rev().map(|kept| (kept.seq, &kept.item))
    }

    fn shorten(&mut self) {
        let bytes_max = self.max * self.bytes_each;
        // The newest is there however long it is.
        while self.items.len() > self.max || (self.bytes > bytes_max && self.items.len() > 1) {
            let Some(oldest) = self.items.pop_front() else { return };
            self.bytes -= oldest.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_numbers_go_on() {
        let mut ring = Ring::new(3, 10);
        for item in 0..5 {
            ring.push(item, 1);
        }
        let kept = |ring: &Ring<i32>| ring.newest_first().map(|(seq, item)| (seq, *item)).collect::<Vec<_>>();
        assert_eq!(kept(&ring), [(5, 4), (4, 3), (3, 2)]);
        ring.set_max(1);
        assert_eq!(kept(&ring), [(5, 4)]);
        ring.clear();
        ring.push(9, 1);
        assert_eq!((kept(&ring), ring.seq()), (vec![(6, 9)], 6));
    }

    #[test]
    fn many_small_ones_go_for_a_big_one() {
        let mut ring = Ring::new(20, 5);
        for item in 0..30 {
            ring.push(item, 5);
        }
        let count = |ring: &Ring<i32>| ring.newest_first().count();
        assert_eq!(count(&ring), 20);
        ring.push(30, 96);
        assert_eq!(count(&ring), 1);
        ring.clear();
        ring.push(31, 50);
        ring.push(32, 50);
        assert_eq!(count(&ring), 2, "what was cleared counts no more");
        ring.set_max(10);
        assert_eq!(count(&ring), 1, "of fewer fewer bytes are kept");
        ring.push(33, 1_000);
        assert_eq!(count(&ring), 1, "the newest is always there");
    }
}
