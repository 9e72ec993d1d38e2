//! The audio input is unplugged in the middle of the show: the worker says so, waits, and hears it again when it is back.

use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use vj_bus::Outcome;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{perform, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::history::What;
use crate::stage::Stage;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "audio-unplug",
    about: "the audio input is gone for 20 s or more and back at another rate: degraded, 0 restarts, heard within 2 s, no other device",
    how: How::Script(run),
    sometimes: &["back at a lower rate", "back at a higher rate"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// At least for this long, and for up to [`MORE_SEC`] more, so that it comes back at any moment between two attempts.
const GONE_SEC: f64 = 20.0;
const MORE_SEC: f64 = 3.0;

const DEVICE: &str = "Monitor of Speakers";
const RATE_HZ: u32 = 48_000;

/// The mark of how many ticks the worker has counted.
const TICKS: &str = "ticks";

fn run(driver: &Driver, seed: u64) -> Run {
    let stage = Stage::new(seed, Tapes::new())
        .with(ProcessName::AudioAnalyzer, json!({}))
        .with(ProcessName::TestWorker, json!({}));
    stage.cards.add(DEVICE, RATE_HZ, 2, true);
    stage.cards.add("Microphone", 44_100, 1, false);
    let (mut rate_hz, mut back_at) = (0, 0.0);
    let end_sec = driver.pick(70.0, 50.0);
    let patience = driver.patience();
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| {
        let mut rng = world.plan();
        let gone_at = rng.random_range(10.0..driver.pick(25.0, 12.0));
        rate_hz = [22_050, 44_100, 88_200, 96_000][rng.random_range(0..4)];
        let channels = rng.random_range(1..=6);
        back_at = gone_at + GONE_SEC + rng.random_range(0.0..MORE_SEC);
        async move {
            world.start(ProcessName::ProcessManager);
            onlookers.spawn(mark_ticks(world.clone()));
            until(&*world, gone_at).await;
            world.unplug_card(DEVICE);
            until(&*world, gone_at + GONE_SEC / 2.0).await;
            // One that would be preferred, if none had been chosen yet.
            world.add_card("Monitor of HDMI", 44_100, 2, true);
            until(&*world, back_at).await;
            world.plug_card(DEVICE, rate_hz, channels);
            until(&*world, end_sec).await;
        }
    });
    let worker = ProcessName::AudioAnalyzer.as_str();
    let mut violations = checkers::degraded_without_its_device(&history, worker, patience, 2.0 * patience);
    violations.extend(checkers::heard_only_with_its_device(&history, &osc, 2.0 * patience));
    violations.extend(checkers::listens_only_to(&history, DEVICE));
    violations.extend(checkers::keeps_pace(&osc, back_at + 2.0 * patience, end_sec - 1.0, driver.pace()));
    violations.extend(checkers::never_counts_back(&history, TICKS));
    let once = [("audio_analyzer", 1), ("test_worker", 1), ("process_manager", 1)];
    violations.extend(checkers::no_restarts(&history, &once));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::no_panic(&history));
    let seen = vec![SCENARIO.sometimes[usize::from(rate_hz > RATE_HZ)]];
    Run { history, osc, violations, seen, ..Run::default() }
}

/// Asks the worker how many ticks it has counted, once a second; for ever.
async fn mark_ticks(world: Rc<dyn Ground>) {
    loop {
        if let Some(mut client) = Probe::new(&world, TICKS).connect(ProcessName::AudioAnalyzer).await {
            while let Outcome::Replied(answer) = client.call("get_state", Value::Null).await {
                let detail = answer.data["stats"]["ticks"].as_u64().unwrap_or_default().to_string();
                world.note(What::Mark { name: TICKS.to_owned(), detail });
                world.clock().sleep(Duration::from_secs(1)).await;
            }
        }
        world.clock().sleep(Duration::from_millis(100)).await;
    }
}
