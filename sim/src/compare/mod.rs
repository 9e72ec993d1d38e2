//! What differs between two OSC logs: the one that a set expects, and the one that was got.
//!
//! Messages of one address are matched in order, by an alignment that tolerates insertions: a message that is lost is one missing
//! message, not a difference in each that follows. So a visual artist can hold on to what a set must send.
//!
//! - [`Tolerance`] says how much may differ: the `[compare]` table of `set.toml`.
//! - [`compare`] makes a [`Comparison`] of two logs; it prints as a table.

mod align;
mod comparison;
mod table;
mod tolerance;

pub use comparison::{AddressComparison, Comparison, Example, compare};
pub use tolerance::{AddressTolerance, Limits, Tolerance};
