//! `vj analyze`: a sound file through the analyser, as a live listener would hear it.

mod command;
mod plot;
mod progress;
mod summary;

pub(crate) use command::{AnalyzeArgs, run};
