//! How commands and requests ended.

use vj_bus::Outcome;
use vj_core::ProcessName;

use crate::effect::{CallId, Effect, HostRequest};
use crate::event::HostAnswer;
use crate::model::overlay::Overlay;
use crate::model::{Model, Purpose};

/// A command has ended.
pub(super) fn answer(model: &mut Model, call: CallId, outcome: Outcome) -> Vec<Effect> {
    let Some(purpose) = model.calls.remove(&call) else { return Vec::new() };
    match purpose {
        Purpose::Order(order) => {
            match outcome {
                Outcome::Replied(reply) => {
                    let warning = reply.message.map(|message| format!(" ({message})")).unwrap_or_default();
                    model.say(format!("{order}: accepted{warning}"));
                }
                Outcome::Refused(why) => model.complain(format!("{order}: refused, {why}")),
                Outcome::Unknown(why) => {
                    model.complain(format!("{order}: it is not known how it ended, {why}"));
                }
            }
            vec![Effect::Refresh(ProcessName::ProcessManager)]
        }
        Purpose::Wish(process, key) => wish(model, call, process, &key, outcome),
        Purpose::Messages => {
            if let Outcome::Replied(reply) = outcome
                && !model.messages.is_frozen
            {
                model.messages.take(&reply.data);
            }
            Vec::new()
        }
        Purpose::Logs => {
            if let Outcome::Replied(reply) = outcome {
                model.logs.take(&reply.data);
            }
            Vec::new()
        }
        Purpose::Benchmark => {
            if let Outcome::Refused(why) | Outcome::Unknown(why) = outcome {
                model.audio.benchmark_began = None;
                model.complain(format!("benchmark: {why}"));
            }
            Vec::new()
        }
    }
}

fn wish(model: &mut Model, call: CallId, process: ProcessName, key: &str, outcome: Outcome) -> Vec<Effect> {
    match outcome {
        // Its state will show whether that is still so.
        Outcome::Replied(reply) => {
            if model.wishes.accepted(process, key, call)
                && let Some(warning) = reply.message
            {
                model.complain(format!("{process}: {key} {warning}"));
            }
            vec![Effect::Refresh(process)]
        }
        Outcome::Refused(why) => {
            if model.wishes.refused(process, key, call, why.clone(), model.now) {
                model.complain(format!("{process} refused: {why}"));
            }
            Vec::new()
        }
        Outcome::Unknown(_) => {
            // Whether it arrived is seen in the first state over the next link; then it is sent again or not.
            model.wishes.unknown(process, key, call);
            Vec::new()
        }
    }
}

/// The world outside has answered.
pub(super) fn host(model: &mut Model, answer: HostAnswer) -> Vec<Effect> {
    match answer {
        HostAnswer::Started(started) => {
            model.is_starting_show = false;
            match started {
                Ok(()) => model.say("the show is up"),
                Err(why) => model.complain(format!("the show did not start: {why}")),
            }
        }
        HostAnswer::Devices(devices) => {
            if let Some(Overlay::Devices { found, list }) = &mut model.overlay {
                let chosen = devices.as_ref().ok().and_then(|all| all.iter().position(|it| it.is_chosen));
                list.selected = chosen.unwrap_or_default();
                *found = Some(devices);
            }
        }
        HostAnswer::Sets(sets) => model.sets.found = Some(sets),
        HostAnswer::Rehearsed { path, ended } => {
            match &ended {
                Ok(said) => model.say(format!("rehearsed: {said}")),
                Err(why) => model.complain(format!("the rehearsal failed: {why}")),
            }
            model.sets.rehearsing = None;
            model.sets.last = Some((path, ended));
        }
        HostAnswer::Recordings(recordings) => {
            if model.sets.take(recordings) {
                return vec![Effect::Host(HostRequest::Sets)];
            }
        }
        HostAnswer::Recorded(ended) => {
            match &ended {
                Ok(said) => model.say(said.clone()),
                Err(why) => model.complain(format!("the recording failed: {why}")),
            }
            model.sets.begins_recording = false;
            model.sets.last_recording = Some(ended);
        }
        HostAnswer::RecordingEnds(Ok(())) => {}
        HostAnswer::RecordingEnds(Err(why)) => model.complain(format!("the recording goes on: {why}")),
    }
    Vec::new()
}
