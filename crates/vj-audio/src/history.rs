//! The most recent samples, always contiguous.

/// A sliding window over a stream of samples. Starts filled with zeros.
#[derive(Debug, Clone)]
pub(crate) struct History {
    samples: Vec<f32>,
}

impl History {
    pub(crate) fn new(length: usize) -> Self {
        Self { samples: vec![0.0; length] }
    }

    /// Appends `new` (no longer than the history) and forgets as many of the oldest.
    pub(crate) fn extend(&mut self, new: &[f32]) {
        // One memmove per step: a few kilobytes, cheaper than handling the seam of a ring in every reader.
        let kept = self.samples.len() - new.len();
        self.samples.copy_within(new.len().., 0);
        self.samples[kept..].copy_from_slice(new);
    }

    /// The most recent `length` samples, oldest first.
    pub(crate) fn last(&self, length: usize) -> &[f32] {
        &self.samples[self.samples.len() - length..]
    }

    pub(crate) fn reset(&mut self) {
        self.samples.fill(0.0);
    }
}
