//! What the processes say, and that they come and go.

use serde_json::{Value, json};
use vj_bus::{Heartbeat, Status};
use vj_core::ProcessName;

use crate::effect::Effect;
use crate::model::process::Process;
use crate::model::song::SongPane;
use crate::model::wishes::Settled;
use crate::model::{Model, Purpose};
use crate::update::orders::in_words;

/// Sends what waits for a process.
pub(super) fn send_pending(model: &mut Model, process: ProcessName) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (key, value) in model.wishes.pending(process) {
        let args = json!({ key.as_str(): value });
        let (call, effect) = model.call(Purpose::Wish(process, key.clone()), process, "set_config", args);
        model.wishes.sent(process, &key, call);
        effects.push(effect);
    }
    effects
}

/// A process says how it is, be it over a new link or not: what was wished for while it was away or silent is sent, if its
/// state does not show it already.
pub(super) fn state(model: &mut Model, process: ProcessName, state: Value) -> Vec<Effect> {
    let sequence = |state: &Value| state["sequence"].as_u64();
    if process == ProcessName::LyricsFetcher && sequence(model.state(process)) != sequence(&state) {
        model.song = SongPane::default();
    }
    let status = serde_json::from_value(state["status"].clone()).ok();
    for Settled { key, value, is_as_wished } in model.wishes.settle(process, &state["config"]) {
        let value = in_words(&value);
        if is_as_wished {
            model.say(format!("{process}: {key} is {value}"));
        } else {
            model.say(format!("{process}: {key} is {value} (changed from elsewhere)"));
        }
    }
    let known = Process { state, heard_at: model.now, lost: None, status };
    model.processes.insert(process, known);
    send_pending(model, process)
}

/// A process is alive. A change of its status is reason to ask.
pub(super) fn beat(model: &mut Model, heartbeat: &Heartbeat) -> Vec<Effect> {
    let Ok(process) = heartbeat.worker.parse::<ProcessName>() else { return Vec::new() };
    let Some(known) = model.processes.get_mut(&process) else { return Vec::new() };
    let before = known.status.replace(heartbeat.status);
    let is_worth_asking = before != Some(heartbeat.status) && heartbeat.status != Status::Stopping;
    is_worth_asking.then_some(Effect::Refresh(process)).into_iter().collect()
}

/// A process cannot be reached any more. What is known of it stays, greyed; of one that was never reached nothing is.
pub(super) fn down(model: &mut Model, process: ProcessName, why: String) -> Vec<Effect> {
    if let Some(known) = model.processes.get_mut(&process) {
        known.lost = Some(why);
    }
    Vec::new()
}
