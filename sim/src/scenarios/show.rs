//! Plays one run of a scenario and hands over what it left behind.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use vj_core::{At, ProcessName};
use vj_env::Scope;

use crate::checkers;
use crate::driver;
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::real::RealMachine;
use crate::stage::Stage;
use crate::tape::Tapes;

/// No script takes longer than a day; one that does waits for something that will not come.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The mark of a script that did not come to its end.
pub(crate) const STUCK: &str = "stuck";

/// The two workers of most scenarios: the analyser on a looped tape, and the one that can be told to misbehave.
pub(crate) fn two_workers(seed: u64, tape: &str) -> Stage {
    Stage::new(seed, Tapes::new())
        .with(ProcessName::AudioAnalyzer, json!({"source": format!("file:{tape}"), "loop": true}))
        .with(ProcessName::TestWorker, json!({}))
}

/// Plays `script` on the stage's machine and returns its history and OSC log.
pub(crate) fn perform<F: Future<Output = ()>>(
    driver: &Driver,
    name: &str,
    stage: Stage,
    script: impl FnOnce(Rc<dyn Ground>, Scope) -> F,
) -> (Vec<Entry>, Vec<OscLine>) {
    let seed = stage.seed;
    let run = What::Run { name: name.to_owned(), seed, version: vj_bus::VERSION.to_owned() };
    match driver {
        Driver::Virtual => driver::run(async {
            let world = stage.build();
            world.note(run);
            through(Rc::new(world.clone()), script).await;
            world.note(What::End);
            (world.history().take(), world.osc().lines())
        }),
        Driver::Real(_) => perform_real(driver, name, stage, |machine, onlookers| script(machine, onlookers)),
    }
}

/// The same for a script that only makes sense over real processes.
pub(crate) fn perform_real<F: Future<Output = ()>>(
    driver: &Driver,
    name: &str,
    stage: Stage,
    script: impl FnOnce(Rc<RealMachine>, Scope) -> F,
) -> (Vec<Entry>, Vec<OscLine>) {
    let Driver::Real(program) = driver else {
        return (vec![stuck(format!("{name} is about real processes"))], Vec::new());
    };
    let run = What::Run { name: name.to_owned(), seed: stage.seed, version: vj_bus::VERSION.to_owned() };
    driver::run_real(async {
        match RealMachine::new(program, &stage) {
            Ok(machine) => {
                let machine = Rc::new(machine);
                machine.note(run);
                through(machine.clone(), |_, onlookers| script(machine.clone(), onlookers)).await;
                machine.end().await
            }
            Err(error) => (vec![stuck(format!("{error:#}"))], Vec::new()),
        }
    })
    .unwrap_or_else(|| (vec![stuck("it was stopped".to_owned())], Vec::new()))
}

async fn through<F: Future<Output = ()>>(
    ground: Rc<dyn Ground>,
    script: impl FnOnce(Rc<dyn Ground>, Scope) -> F,
) {
    // Clients and other onlookers run here: nobody kills them.
    let onlookers = Scope::new();
    let script = script(ground.clone(), onlookers.clone());
    let play = async {
        script.await;
        ground.curtain().fall().await;
    };
    if ground.clock().timeout(LONGEST, play).await.is_err() {
        ground.note(stuck("somebody still waits".to_owned()).what);
    }
    onlookers.kill();
}

fn stuck(why: String) -> Entry {
    Entry { t: 0.0, what: What::Mark { name: STUCK.to_owned(), detail: why } }
}

/// Waits until `sec` seconds of the run.
pub(crate) async fn until(ground: &dyn Ground, sec: f64) {
    ground.clock().sleep_until(At::from_secs_f64(sec)).await;
}

/// Waits until `name` is served; gives up after ten seconds, and the checkers will tell.
pub(crate) async fn served(ground: &dyn Ground, name: ProcessName) -> Option<u32> {
    for _ in 0..1_000 {
        if let Some(pid) = ground.serving(name) {
            return Some(pid);
        }
        ground.clock().sleep(Duration::from_millis(10)).await;
    }
    None
}

/// Puts a mark into the history.
pub(crate) fn mark(ground: &dyn Ground, name: &str, detail: &str) {
    ground.note(What::Mark { name: name.to_owned(), detail: detail.to_owned() });
}

/// Runs `vj` with these arguments, where there is such a thing, and marks how it ended.
pub(crate) async fn note_vj(ground: &dyn Ground, args: &[&str]) {
    if let Some((code, said)) = ground.vj(args).await {
        mark(ground, checkers::COMMAND_LINE, &checkers::command_line(&args.join(" "), code, &said));
    }
}
