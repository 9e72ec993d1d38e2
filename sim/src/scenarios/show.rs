//! Plays one run of a scenario and hands over what it left behind.

use std::future::Future;
use std::time::Duration;

use serde_json::json;
use vj_core::{At, ProcessName};
use vj_env::Scope;

use crate::driver;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::stage::Stage;
use crate::tape::Tapes;
use crate::world::World;

/// No script takes longer than this; one that does waits for something that will not come.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The mark of a script that did not come to its end.
pub(super) const STUCK: &str = "stuck";

/// The two workers of most scenarios: the analyser on a looped tape, and the one that can be told to misbehave.
pub(super) fn two_workers(seed: u64, tape: &str) -> Stage {
    Stage::new(seed, Tapes::new())
        .with(ProcessName::AudioAnalyzer, json!({"source": format!("file:{tape}"), "loop": true}))
        .with(ProcessName::TestWorker, json!({}))
}

/// Plays `script` on the stage's machine and returns its history and OSC log.
pub(super) fn perform<F: Future<Output = ()>>(
    name: &str,
    stage: Stage,
    script: impl FnOnce(World, Scope) -> F,
) -> (Vec<Entry>, Vec<OscLine>) {
    let seed = stage.seed;
    driver::run(async {
        let world = stage.build();
        world.note(What::Run { name: name.to_owned(), seed, version: vj_bus::VERSION.to_owned() });
        // Clients and other onlookers run here: nobody kills them.
        let onlookers = Scope::new();
        if world.clock().timeout(LONGEST, script(world.clone(), onlookers.clone())).await.is_err() {
            world.note(What::Mark { name: STUCK.to_owned(), detail: String::new() });
        }
        onlookers.kill();
        world.note(What::End);
        (world.history().take(), world.osc().lines())
    })
}

/// Waits until `sec` seconds of the run.
pub(super) async fn until(world: &World, sec: f64) {
    world.clock().sleep_until(At::from_secs_f64(sec)).await;
}

/// Waits until `name` is served; gives up after ten seconds, and the checkers will tell.
pub(super) async fn served(world: &World, name: ProcessName) -> Option<u32> {
    for _ in 0..1_000 {
        if world.sockets().contains(&(name, true)) {
            return world.pid_of(name);
        }
        world.clock().sleep(Duration::from_millis(10)).await;
    }
    None
}
