//! The binary as a user runs it.

mod analyze_json;
mod analyze_text;
mod causality;
mod failures;
mod help;
mod support;
