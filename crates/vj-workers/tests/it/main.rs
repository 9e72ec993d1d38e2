//! The pure parts of the workers from outside, one phenomenon a file.

#![allow(clippy::unwrap_used, reason = "test code, also outside of the test functions")]

mod virtualdj_reader;
