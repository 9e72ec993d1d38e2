//! What the tests here share: a show to look at, and sounds to play in it.

mod lyrics;
mod show;
mod sounds;
mod web;

pub(crate) use lyrics::{LRC, Night, candidate, night, track};
pub(crate) use show::{Show, play, words};
pub(crate) use sounds::{Library, Sound};
pub(crate) use web::{FakePlayer, FakeWeb, Reply};

use std::rc::Rc;

use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, TestWorker};
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

/// The two workers of most shows: the analyser on a looped tape, and the one that can be told to misbehave.
pub(crate) fn two_workers(tape: &str) -> Stage {
    Stage::new(1, Tapes::new())
        .with(AudioAnalyzer, json!({"source": format!("file:{tape}"), "loop": true}))
        .with(TestWorker, json!({}))
}

/// The audio worker alone, on a library of its own.
pub(crate) fn audio(library: &Rc<Library>, table: Value) -> Stage {
    Stage::new(1, library.clone()).with(AudioAnalyzer, table)
}
