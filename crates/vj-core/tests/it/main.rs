//! The supervision law from outside: one phenomenon a file, and the law against a model and a world.

#![allow(clippy::unwrap_used, reason = "test code, also outside of the test functions")]

mod adoption;
mod crash_loop;
mod frozen_manager;
mod health_streak;
mod invariants;
mod law;
mod manual_restart;
mod model;
mod model_agrees;
mod playback;
mod shutdown;
mod silence;
mod stage;
mod start_and_stop;
mod story;
mod world;
