//! What can be wrong with a request for an analyser.

use crate::limits::{SAMPLE_RATE_MAX, SAMPLE_RATE_MIN};

/// Why an [`Analyzer`](crate::Analyzer) could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzerError {
    /// The sample rate lies outside of what the stages are laid out for. Choose another rate of the device.
    #[error(
        "use a sample rate of {sample_rate} Hz: it must lie within {SAMPLE_RATE_MIN} and {SAMPLE_RATE_MAX} Hz"
    )]
    SampleRate {
        /// The rate that was asked for, in Hz.
        sample_rate: u32,
    },
}
