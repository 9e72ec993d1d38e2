//! How alike each line is to each.

use super::SungLine;

/// From here on a line is the same line again.
pub(super) const SAME: f32 = 0.74;

/// Below this a line has nothing to do with the other, and ends a block.
const RELATED: f32 = 0.45;

/// Over a whole block the lines must be this much alike.
const BLOCK: f32 = 0.8;

/// The self-similarity matrix, with what it takes to ask for a block in a moment.
pub(super) struct Matrix {
    size: usize,
    similarity: Vec<f32>,
    /// How many lines from here on, along the diagonal, are related.
    run: Vec<u16>,
    /// The sum of similarities from here on along the diagonal, as long as they are related.
    sum: Vec<f32>,
}

impl Matrix {
    pub(super) fn new(lines: &[SungLine]) -> Self {
        let size = lines.len();
        let mut similarity = vec![0.0; size * size];
        for one in 0..size {
            similarity[one * size + one] = 1.0;
            for two in one + 1..size {
                let found = lines[one].similarity(&lines[two]);
                similarity[one * size + two] = found;
                similarity[two * size + one] = found;
            }
        }
        let mut run = vec![0_u16; size * size];
        let mut sum = vec![0.0; size * size];
        for one in (0..size).rev() {
            for two in (0..size).rev() {
                let at = one * size + two;
                if similarity[at] >= RELATED {
                    let next = (one + 1 < size && two + 1 < size).then(|| at + size + 1);
                    run[at] = 1 + next.map_or(0, |next| run[next]);
                    sum[at] = similarity[at] + next.map_or(0.0, |next| sum[next]);
                }
            }
        }
        Self { size, similarity, run, sum }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether two lines are the same line.
    pub(super) fn is_same(&self, one: usize, two: usize) -> bool {
        one < self.size && two < self.size && self.similarity[one * self.size + two] >= SAME
    }

    /// How often a line comes in all.
    pub(super) fn times_of(&self, line: usize) -> usize {
        (0..self.size).filter(|at| self.is_same(line, *at)).count()
    }

    /// Whether the `length` lines from `one` on come again from `two` on.
    pub(super) fn is_same_block(&self, one: usize, two: usize, length: usize) -> bool {
        if one.max(two) + length > self.size {
            return false;
        }
        let at = one * self.size + two;
        if usize::from(self.run[at]) < length {
            return false;
        }
        let after = at + length * (self.size + 1);
        let is_at_end = one.max(two) + length == self.size;
        let sum = self.sum[at] - if is_at_end { 0.0 } else { self.sum[after] };
        sum >= BLOCK * length as f32
    }
}
