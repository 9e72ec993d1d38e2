//! `osc_debugger`: what goes over OSC, and what all processes say, in one place.
//!
//! - `keys`: its settings. `limits`: every queue and wait, with its reason.
//! - `source`: follows one process: its telemetry by subscription, its log by `watch`.
//! - `stranger`: hears whatever anybody sends to `listen`.
//! - `capture`: what is kept of all that: `ring`s of messages and records, `rates` per address, counts.
//! - `query`: what is asked of it.
//! - `worker`: the loop.

mod capture;
mod keys;
mod limits;
mod query;
mod rates;
mod ring;
mod source;
mod stranger;
mod worker;

pub use keys::KEYS;
pub use worker::OscDebugger;
