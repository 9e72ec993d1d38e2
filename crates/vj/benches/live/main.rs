//! What a show of real processes achieves, each figure beside a control in the same run: the machine's own pace.
//!
//! `cargo xtask bench live` builds for release and runs this, some two minutes long. Everything is real: processes, Unix
//! sockets, signals, datagrams, and for the live rows a PulseAudio of its own with a sink that plays to nobody.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

mod answers;
mod lives;
mod sound;
mod table;

use std::path::Path;
use std::rc::Rc;

use serde_json::json;
use vj_core::ProcessName::{AudioAnalyzer, TestWorker};
use vj_sim::driver;
use vj_sim::real::RealMachine;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use table::Table;

fn main() {
    // `cargo bench` hands its own flags on; a word is a filter, as for the other benchmarks.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"live".contains(&filter)) {
        return;
    }
    let mut table = Table::default();
    let done = driver::run_real(async {
        let machine = Rc::new(RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &files()).unwrap());
        lives::starts(&machine, &mut table).await;
        answers::measure(&machine, &mut table).await;
        lives::deaths(&machine, &mut table).await;
        machine.end().await;
    });
    if done.is_none() {
        return;
    }
    let _ = driver::run_real(async {
        match RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &device()) {
            Ok(machine) => {
                let machine = Rc::new(machine);
                sound::measure(&machine, &mut table).await;
                machine.end().await;
            }
            Err(error) => table.left_out("live sound", &format!("{error:#}")),
        }
    });
    print!("{table}");
}

/// Two workers, one of them on a tape.
fn files() -> Stage {
    Stage::new(1, Tapes::new())
        .with(AudioAnalyzer, json!({"source": "file:drums", "loop": true}))
        .with(TestWorker, json!({}))
}

/// The audio worker on the monitor of a sink, at the rate and width of most laptops.
fn device() -> Stage {
    let stage = Stage::new(1, Tapes::new()).with(AudioAnalyzer, json!({}));
    stage.cards.add("Monitor of Speakers", 44_100, 2, true);
    stage
}
