//! Clients that watch, subscribe and ask, and never read: nobody but themselves is held up, and memory stays flat.

use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use rand::RngExt;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use vj_bus::{Command, Message};
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{mark, perform, served, two_workers, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "slow-console",
    about: "clients that watch, subscribe, ask and never read, at every process: dropped 64 heartbeats behind, others on time",
    how: How::Script(run),
    sometimes: &["asked for long answers", "asked for many short ones"],
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// Heartbeats come more often than usual, so that 64 of them are soon missed.
const HEARTBEAT_SEC: f64 = 0.25;

/// The deaf ones come then, and memory is measured when their links are full.
const FROM_SEC: std::ops::Range<f64> = 3.0..5.0;
const FULL_SEC: f64 = 10.0;
const END_SEC: f64 = 30.0;

/// Clients of each kind at each process.
const DEAF: usize = 3;

/// Commands between two breaths of a deaf client.
const BURST: usize = 50;

/// Where nobody reads what is subscribed to: the port of discarded datagrams.
const NOWHERE: u16 = 9;

fn run(driver: &Driver, seed: u64) -> Run {
    let mut is_long = false;
    let (history, osc) = perform(driver, SCENARIO.name, everybody(seed), |world, onlookers| {
        let mut rng = world.plan();
        is_long = rng.random_bool(0.5);
        let from_sec = rng.random_range(FROM_SEC);
        let breath = Duration::from_millis(rng.random_range(1..20));
        async move {
            world.start(ProcessName::ProcessManager);
            for process in ProcessName::ALL {
                served(&*world, process).await;
                onlookers.spawn(Probe::new(&world, "well-behaved").keep_asking(process));
                onlookers.spawn(Probe::new(&world, "watcher").keep_watching(process));
            }
            until(&*world, from_sec).await;
            mark(&*world, "deaf ones come", "");
            for process in ProcessName::ALL {
                for _ in 0..DEAF {
                    onlookers.spawn(watch_and_never_read(world.clone(), process, is_long, breath));
                    onlookers.spawn(ask_and_never_read(world.clone(), process, is_long, breath));
                }
            }
            for sec in [FULL_SEC, END_SEC] {
                until(&*world, sec).await;
                for process in ProcessName::ALL {
                    checkers::note_resident(&*world, process);
                }
            }
        }
    });
    let names = ProcessName::ALL.map(ProcessName::as_str);
    let once = names.map(|name| (name, 1));
    let mut violations = checkers::deaf_are_dropped(&history, &names);
    violations.extend(checkers::answers_within(&history, "well-behaved", 0.1 * driver.pick(1.0, 10.0)));
    for name in names {
        let gap_sec = HEARTBEAT_SEC + driver.slack().late_sec;
        violations.extend(checkers::heartbeats_go_on(&history, name, gap_sec, END_SEC));
    }
    violations.extend(checkers::no_packet_lost(&osc, "/audio/levels", END_SEC, driver.pace()));
    violations.extend(checkers::no_restarts(&history, &once));
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::no_panic(&history));
    if driver.is_real() {
        violations.extend(checkers::resident_at_most(&history, checkers::RESIDENT_MAX));
        violations.extend(checkers::resident_flat(&history, 1_000_000));
    }
    let seen = vec![SCENARIO.sometimes[usize::from(!is_long)]];
    Run { history, osc, violations, seen, ..Run::default() }
}

/// Every worker there is, with nothing to do but for the analyser.
fn everybody(seed: u64) -> Stage {
    let nobody_outside = json!({"lrclib_base_url": "http://127.0.0.1:9", "llm_provider": "none"});
    two_workers(seed, "drums")
        .with(ProcessName::ProcessManager, json!({"heartbeat": HEARTBEAT_SEC}))
        .with(ProcessName::SpotifyMonitor, json!({}))
        .with(ProcessName::VirtualDjMonitor, json!({}))
        .with(ProcessName::LyricsFetcher, nobody_outside)
        .with(ProcessName::OscDebugger, json!({}))
}

/// A console that hangs: it watches, and what it asks for it does not read either. Ends when it is dropped.
async fn watch_and_never_read(world: Rc<dyn Ground>, process: ProcessName, is_long: bool, breath: Duration) {
    ask_for_ever(&world, process, vec![("watch", Value::Null), question(process, is_long)], breath).await;
    mark(&*world, checkers::DROPPED, process.as_str());
}

/// One that only subscribes and asks: it is held back, and nobody has a reason to drop it.
async fn ask_and_never_read(world: Rc<dyn Ground>, process: ProcessName, is_long: bool, breath: Duration) {
    let subscribe = ("subscribe", json!({"host": "127.0.0.1", "port": NOWHERE}));
    ask_for_ever(&world, process, vec![subscribe, question(process, is_long)], breath).await;
}

/// The longest answer that a process gives, or a short one.
fn question(process: ProcessName, is_long: bool) -> (&'static str, Value) {
    match process {
        ProcessName::OscDebugger if is_long => ("get_messages", json!({"count": 500})),
        _ if is_long => ("get_state", Value::Null),
        _ => ("nonsense", Value::Null),
    }
}

/// The first once, the last again and again, until the link breaks.
async fn ask_for_ever(
    world: &Rc<dyn Ground>,
    process: ProcessName,
    commands: Vec<(&str, Value)>,
    breath: Duration,
) {
    let Ok(mut link) = world.control().connect(process).await else { return };
    let frames: Vec<BytesMut> = commands.iter().map(|(cmd, args)| frame(cmd, args)).collect();
    let [once, again] = &frames[..] else { return };
    if link.write_all(once).await.is_err() {
        return;
    }
    loop {
        for _ in 0..BURST {
            if link.write_all(again).await.is_err() {
                return;
            }
        }
        world.clock().sleep(breath).await;
    }
}

fn frame(cmd: &str, args: &Value) -> BytesMut {
    let args: Map<String, Value> = args.as_object().cloned().unwrap_or_default();
    let command = Command { msg_id: "x".to_owned(), cmd: cmd.to_owned(), args };
    let mut frame = BytesMut::new();
    Message::Command(command).encode(&mut frame);
    frame
}
