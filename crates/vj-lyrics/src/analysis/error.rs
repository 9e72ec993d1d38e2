//! Why an answer of a model is not believed. The heuristics stand then.

use crate::limits::ANSWER_BYTES_MAX;

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// More than [`ANSWER_BYTES_MAX`].
    #[error("the answer has {0} bytes, at most {ANSWER_BYTES_MAX} are read")]
    TooLarge(usize),
    /// The server answered with no JSON, or with JSON of another shape.
    #[error("the server's answer is not what its API describes")]
    NotTheApi,
    /// The server named an error, with whatever status.
    #[error("the server says: {0}")]
    Said(String),
    /// The model would not.
    #[error("the model refused: {0}")]
    Refused(String),
    /// The answer ran out of tokens.
    #[error("the answer was cut off")]
    CutOff,
    /// A filter took the answer away.
    #[error("the answer was filtered")]
    Filtered,
    /// Nothing was written, or nothing but thoughts.
    #[error("the answer is empty")]
    Empty,
    /// No JSON object in it.
    #[error("the answer holds no JSON object")]
    NoObject,
    /// An object, but not the one that was asked for.
    #[error("the answer is another object than was asked for")]
    AnotherObject,
}
