//! One setting, and what it allows.

use std::fmt;

use serde_json::Value;

/// What a key allows.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds, both included.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A number within bounds, both included.
    Float {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// A list of numbers, each within bounds, of at least one and at most `len_max`.
    Floats {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Most entries.
        len_max: usize,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A text that `check` takes; `allowed` says in words what that is.
    Text {
        /// Whether the text will do.
        check: fn(&str) -> bool,
        /// What will do, in words.
        allowed: &'static str,
    },
    /// A list of texts that `check` takes each.
    Texts {
        /// Whether a text will do.
        check: fn(&str) -> bool,
        /// What will do, in words.
        allowed: &'static str,
        /// Most entries.
        len_max: usize,
    },
}

impl Kind {
    /// Whether it allows this value.
    #[must_use]
    pub fn takes(&self, value: &Value) -> bool {
        let number_in =
            |value: &Value, min: f64, max: f64| value.as_f64().is_some_and(|n| (min..=max).contains(&n));
        match *self {
            Self::Bool => value.is_boolean(),
            Self::Int { min, max } => value.as_i64().is_some_and(|n| (min..=max).contains(&n)),
            Self::Float { min, max } => number_in(value, min, max),
            Self::Floats { min, max, len_max } => value.as_array().is_some_and(|list| {
                (1..=len_max).contains(&list.len()) && list.iter().all(|n| number_in(n, min, max))
            }),
            Self::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Text { check, .. } => value.as_str().is_some_and(check),
            Self::Texts { check, len_max, .. } => value.as_array().is_some_and(|list| {
                list.len() <= len_max && list.iter().all(|text| text.as_str().is_some_and(check))
            }),
        }
    }
}

impl fmt::Display for Kind {
    /// What is allowed, as the end of "allowed: ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Int { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Float { min, max } => write!(f, "a number from {min} to {max}"),
            Self::Floats { min, max, len_max } => write!(f, "1 to {len_max} numbers from {min} to {max}"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Text { allowed, .. } => f.write_str(allowed),
            Self::Texts { allowed, len_max, .. } => write!(f, "a list of at most {len_max}, each {allowed}"),
        }
    }
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the config file and in `set_config`.
    pub name: &'static str,
    /// What it allows.
    pub kind: Kind,
    /// Its value when nobody says otherwise.
    pub default: fn() -> Value,
    /// What it is for, in one line, with its unit.
    pub doc: &'static str,
}
