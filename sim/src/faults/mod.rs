//! What can be broken, when, and by plan.
//!
//! A plan is drawn from the seed before the run starts, as a sorted list: so a failing run can be shortened by leaving
//! faults out, and written down. [`FaultKind`] names what there is, [`draw`] and its kin draw a plan, [`play`] carries it out. What
//! happens to a service stands on the service's tape: [`on_tapes`] puts it there before the run.

mod drawn;
mod fault;
mod kind;
mod played;
mod services;

pub use drawn::{PER_MIN_MAX, Possible, chaos, chaos_of_set, draw, swizzle};
pub use fault::Fault;
pub use kind::{FaultKind, table};
pub use played::{MISSED, play};
pub use services::on_tapes;
