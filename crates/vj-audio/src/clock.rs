//! Sample time: where ticks and analysis steps stand.

/// A grid of `per_second` points per second of sample time.
///
/// Point `n` stands at sample `n * sample_rate / per_second`, rounded down. The position is computed from `n`
/// each time and never summed up, so there is no drift however long the stream and however odd the ratio.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampleGrid {
    sample_rate: u64,
    per_second: u64,
}

impl SampleGrid {
    pub(crate) fn new(sample_rate: u32, per_second: u32) -> Self {
        Self { sample_rate: u64::from(sample_rate), per_second: u64::from(per_second) }
    }

    /// Sample position of point `n`.
    pub(crate) fn position(&self, n: u64) -> u64 {
        n * self.sample_rate / self.per_second
    }

    /// The last point that stands at or before `position`.
    pub(crate) fn last_at(&self, position: u64) -> u64 {
        // n*sr/ps <= position  <=>  n*sr < (position+1)*ps  <=>  n <= ((position+1)*ps - 1) / sr
        ((position + 1) * self.per_second - 1) / self.sample_rate
    }

    /// Longest distance between two neighbouring points, in samples.
    pub(crate) fn longest_step(&self) -> usize {
        self.sample_rate.div_ceil(self.per_second) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::SampleGrid;

    #[test]
    fn a_point_is_found_again_from_its_position() {
        for rate in [8_000, 11_025, 44_100, 48_000, 192_000] {
            let grid = SampleGrid::new(rate, 60);
            for n in (0..5_000).chain(1_000_000_000..1_000_000_100) {
                let position = grid.position(n);
                assert_eq!(grid.last_at(position), n);
                if n > 0 {
                    assert_eq!(grid.last_at(position - 1), n - 1);
                }
            }
        }
    }
}
