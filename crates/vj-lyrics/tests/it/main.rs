//! The crate from outside.

mod refrains;
