//! What a rule found.

use std::fmt;

/// One place where a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    /// What is wrong and what is allowed instead.
    pub(crate) allowed: String,
}

impl Violation {
    pub(crate) fn new(path: &str, line: usize, rule: &'static str, allowed: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, allowed: allowed.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}: {}", self.path, self.line, self.rule, self.allowed)
    }
}
