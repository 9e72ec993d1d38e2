//! What a show of real processes achieves, each figure beside a control in the same run: the machine's own pace.
//!
//! `cargo xtask bench live` builds for release and runs this, some three minutes long; `live/starts`, `live/answers`,
//! `live/deaths`, `live/console` and `live/sound` run a part of it. Everything is real: processes, Unix sockets, signals, datagrams, and
//! for the live rows a PulseAudio of its own with a sink that plays to nobody.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

mod answers;
mod ask;
mod console;
mod deaths;
mod sound;
mod starts;
mod table;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::json;
use vj_core::ProcessName::{AudioAnalyzer, OscDebugger, TestWorker};
use vj_sim::driver;
use vj_sim::real::RealMachine;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use table::Table;

const STARTS: &str = "live/starts";
const ANSWERS: &str = "live/answers";
const DEATHS: &str = "live/deaths";
const SOUND: &str = "live/sound";
const CONSOLE: &str = "live/console";

/// The bundled set: more than two minutes of music at 44.1 kHz.
const MUSIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sets/first-night/audio.wav");

fn main() {
    // `cargo bench` hands its own flags on; a word is a filter, as for the other benchmarks.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let is_wanted = |part: &str| part.contains(&filter);
    if ![STARTS, ANSWERS, DEATHS, SOUND, CONSOLE].into_iter().any(is_wanted) {
        return;
    }
    assert!(music().is_file(), "{MUSIC} is not there yet: `cargo xtask fixtures` makes it");
    let mut table = Table::default();
    if [STARTS, ANSWERS, DEATHS].into_iter().any(is_wanted)
        && driver::run_real(of_files(&is_wanted, &mut table)).is_none()
    {
        return;
    }
    if is_wanted(CONSOLE) {
        println!("{CONSOLE}: about a minute");
        if driver::run_real(of_a_console(&mut table)).is_none() {
            return;
        }
    }
    if is_wanted(SOUND) {
        println!("{SOUND}: about a minute");
        if driver::run_real(of_a_device(&mut table)).is_none() {
            return;
        }
    }
    table.show();
}

fn music() -> PathBuf {
    PathBuf::from(MUSIC)
}

/// Two workers, one of them on a file.
async fn of_files(is_wanted: &impl Fn(&str) -> bool, table: &mut Table) {
    let mut stage = Stage::new(1, Tapes::new())
        .with(AudioAnalyzer, json!({"source": format!("file:{MUSIC}"), "loop": true}))
        .with(TestWorker, json!({}));
    stage.keep_osc = false;
    let machine = Rc::new(RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &stage).unwrap());
    if is_wanted(STARTS) {
        println!("{STARTS}: a few seconds");
        starts::measure(&machine, table).await;
    }
    if is_wanted(ANSWERS) {
        println!("{ANSWERS}: a few seconds");
        answers::measure(&machine, table).await;
    }
    if is_wanted(DEATHS) {
        println!("{DEATHS}: about a minute and a half");
        deaths::measure(&machine, table).await;
    }
    machine.end().await;
}

/// A console on a show with sound, beside a debugger.
async fn of_a_console(table: &mut Table) {
    let mut stage = Stage::new(1, Tapes::new())
        .with(AudioAnalyzer, json!({"source": format!("file:{MUSIC}"), "loop": true}))
        .with(OscDebugger, json!({}))
        .with(TestWorker, json!({}));
    stage.keep_osc = false;
    let machine = RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &stage).unwrap();
    console::measure(&machine, table).await;
    machine.end().await;
}

/// The audio worker on the monitor of a sink, at the rate and width of most laptops.
async fn of_a_device(table: &mut Table) {
    let mut stage = Stage::new(1, Tapes::new()).with(AudioAnalyzer, json!({}));
    stage.keep_osc = false;
    stage.cards.add("Monitor of Speakers", 44_100, 2, true);
    match RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &stage) {
        Ok(machine) => {
            sound::measure(&machine, table).await;
            machine.end().await;
        }
        Err(error) => sound::left_out(&format!("{error:#}"), table),
    }
}
