//! What the user wants to be changed.

use serde_json::{Value, json};
use vj_core::ProcessName;

use super::links;
use crate::effect::{Effect, HostRequest};
use crate::limits::{BENCHMARK_SEC, OFFSET_STEP_MS};
use crate::model::audio::Benchmark;
use crate::model::overlay::{Order, Overlay};
use crate::model::wishes::Stage;
use crate::model::{Model, Purpose, workers};

/// Ends the console. The show goes on.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    model.is_quitting = true;
    vec![Effect::Quit]
}

/// Asks once before something that the audience might notice.
pub(super) fn confirm(model: &mut Model, question: impl Into<String>, order: Order) -> Vec<Effect> {
    model.overlay = Some(Overlay::Confirm { question: question.into(), order });
    Vec::new()
}

/// Does it.
pub(super) fn order(model: &mut Model, order: Order) -> Vec<Effect> {
    let (cmd, verb, worker) = match order {
        Order::Start(worker) => ("start_worker", "start", worker),
        Order::Stop(worker) => ("stop_worker", "stop", worker),
        Order::Restart(worker) => ("restart_worker", "restart", worker),
        Order::StartShow => return start_show(model),
        Order::Clear => return clear(model),
        Order::EndRecording(pid) => return vec![Effect::Host(HostRequest::EndRecording(pid))],
    };
    if worker == ProcessName::ProcessManager {
        return of_the_manager(model, order);
    }
    let purpose = Purpose::Order(format!("{verb} {worker}"));
    let args = json!({"worker": worker.as_str()});
    let (_, effect) = model.call(purpose, ProcessName::ProcessManager, cmd, args);
    vec![effect]
}

/// The manager starts nobody else while it is away, and is not stopped from here: that is `vj down`.
fn of_the_manager(model: &mut Model, order: Order) -> Vec<Effect> {
    match order {
        Order::Restart(manager) => {
            let purpose = Purpose::Order(format!("restart {manager}"));
            let (_, effect) = model.call(purpose, manager, "restart", json!({}));
            vec![effect]
        }
        Order::Start(_) => offer_show(model),
        _ => {
            model.complain("the process manager is stopped with the show: `vj down`");
            Vec::new()
        }
    }
}

/// Offers to start what is missing, or says that nothing is.
pub(super) fn offer_show(model: &mut Model) -> Vec<Effect> {
    if model.is_fresh(ProcessName::ProcessManager) {
        let rows = workers::rows(model);
        let is_missing = |row: &&workers::Row| {
            row.is_enabled && matches!(row.health.as_str(), "given_up" | "stopped" | "backoff")
        };
        let missing: Vec<ProcessName> = rows.iter().filter(is_missing).map(|row| row.name).collect();
        if missing.is_empty() {
            model.say("all that is enabled runs: s starts a worker that is stopped");
        }
        return missing.into_iter().flat_map(|worker| self::order(model, Order::Start(worker))).collect();
    }
    confirm(model, "No process manager answers. Start the show?", Order::StartShow)
}

fn start_show(model: &mut Model) -> Vec<Effect> {
    if std::mem::replace(&mut model.is_starting_show, true) {
        return Vec::new();
    }
    model.say("starting the show");
    vec![Effect::Host(HostRequest::StartShow)]
}

fn clear(model: &mut Model) -> Vec<Effect> {
    model.messages.messages.clear();
    model.logs.records.clear();
    let purpose = Purpose::Order("clear".to_owned());
    let (_, effect) = model.call(purpose, ProcessName::OscDebugger, "clear", json!({}));
    vec![effect]
}

/// Changes a setting: at once, or when the worker is back.
pub(super) fn set(model: &mut Model, process: ProcessName, key: &str, value: Value) -> Vec<Effect> {
    model.say(format!("{process}: {key} = {}", in_words(&value)));
    model.wishes.wish(process, key, value);
    if model.is_fresh(process) { links::send_pending(model, process) } else { Vec::new() }
}

/// What a setting is, or will be when what is under way has arrived; null if nobody knows.
pub(crate) fn wished(model: &Model, process: ProcessName, key: &str) -> Value {
    let wish = model.wishes.of(process, key).filter(|wish| !matches!(wish.stage, Stage::Refused { .. }));
    wish.map_or_else(|| model.state(process)["config"][key].clone(), |wish| wish.value.clone())
}

/// Switches a setting that is true or false.
pub(super) fn toggle(model: &mut Model, process: ProcessName, key: &str) -> Vec<Effect> {
    match wished(model, process, key) {
        Value::Bool(now) => set(model, process, key, (!now).into()),
        _ => {
            model.complain(format!("nothing is known of {process} yet"));
            Vec::new()
        }
    }
}

/// Moves the lyrics by steps: earlier, or with a negative number later.
pub(super) fn move_lyrics(model: &mut Model, steps: i64) -> Vec<Effect> {
    const KEY: &str = "timing_offset_ms";
    let process = ProcessName::LyricsFetcher;
    match wished(model, process, KEY).as_f64() {
        Some(now) => set(model, process, KEY, json!((now as i64).saturating_add(steps * OFFSET_STEP_MS))),
        None => {
            model.complain(format!("nothing is known of {process} yet"));
            Vec::new()
        }
    }
}

/// Measures, for ten seconds, how long a block of sound takes to its packets.
pub(super) fn benchmark(model: &mut Model) -> Vec<Effect> {
    if model.audio.benchmark_began.is_some() {
        model.say("the benchmark runs already");
        return Vec::new();
    }
    model.audio.benchmark_began = Some(model.now);
    model.audio.benchmark_runs = false;
    model.audio.benchmark = None;
    model.say(format!("latency benchmark: {BENCHMARK_SEC} s"));
    let args = json!({"seconds": BENCHMARK_SEC});
    let (_, effect) = model.call(Purpose::Benchmark, ProcessName::AudioAnalyzer, "benchmark", args);
    vec![effect]
}

/// Looks whether the benchmark has ended.
pub(super) fn benchmark_ends(model: &mut Model) {
    let Some(began) = model.audio.benchmark_began else { return };
    let state = model.state(ProcessName::AudioAnalyzer);
    let told = state["benchmark"]["state"].as_str().unwrap_or_default().to_owned();
    let result = Benchmark::of(state);
    let ended = match (model.audio.benchmark_runs, told.as_str()) {
        (_, "running") => {
            model.audio.benchmark_runs = true;
            None
        }
        (true, "done") => Some(result.ok_or("its figures cannot be read")),
        (true, "failed") => Some(Err("no sound came")),
        (true, _) => Some(Err("the worker was started anew before it was done")),
        (false, _) => None,
    };
    let is_late = model.now.since(began).as_secs() > BENCHMARK_SEC + GIVE_UP_SEC;
    match ended.or(is_late.then_some(Err("the worker told no result"))) {
        Some(Ok(result)) => {
            let Benchmark { p50_ms, p99_ms, max_ms, .. } = result;
            model.say(format!("latency: p50 {p50_ms:.1}, p99 {p99_ms:.1}, max {max_ms:.1} ms"));
            model.audio.benchmark = Some(result);
        }
        Some(Err(why)) => model.complain(format!("benchmark: {why}")),
        None => return,
    }
    (model.audio.benchmark_began, model.audio.benchmark_runs) = (None, false);
}

/// A worker that has measured for as long as it was told to shows its result with the next question for its state.
const GIVE_UP_SEC: u64 = 3;

/// Lists the audio inputs, to choose one.
pub(super) fn choose_device(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Devices { found: None, list: Default::default() });
    vec![Effect::Host(HostRequest::Devices)]
}

/// Hears this input from now on.
pub(super) fn set_device(model: &mut Model, name: String) -> Vec<Effect> {
    let audio = ProcessName::AudioAnalyzer;
    // The input first: else another one would be opened for a moment.
    let mut effects = set(model, audio, "device", name.into());
    if wished(model, audio, "source").as_str().is_some_and(|source| source != "device") {
        effects.extend(set(model, audio, "source", "device".into()));
    }
    effects
}

/// Rehearses the chosen set.
pub(super) fn rehearse(model: &mut Model) -> Vec<Effect> {
    if let Some(path) = &model.sets.rehearsing {
        let text = format!("{path} is being rehearsed already");
        model.say(text);
        return Vec::new();
    }
    let entries = model.sets.entries();
    let Some(entry) = entries.get(model.sets.list.at(entries.len())) else {
        model.say("there is no set to rehearse");
        return Vec::new();
    };
    let path = entry.path.clone();
    model.say(format!("rehearsing {}", entry.title.clone()));
    model.sets.rehearsing = Some(path.clone());
    vec![Effect::Host(HostRequest::Rehearse(path))]
}

/// Begins a recording, or offers to end the one that runs.
pub(super) fn record(model: &mut Model) -> Vec<Effect> {
    if let Some(runs) = model.sets.recordings.first() {
        let (question, order) = (format!("End the recording {}?", runs.path), Order::EndRecording(runs.pid));
        return confirm(model, question, order);
    }
    if std::mem::replace(&mut model.sets.begins_recording, true) {
        model.say("a recording is being begun");
        return Vec::new();
    }
    model.say("recording into a new set");
    vec![Effect::Host(HostRequest::Record)]
}

/// A value as users write it.
pub(crate) fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
