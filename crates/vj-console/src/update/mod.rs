//! What happens, taken up: a pure function from a model and an event to a model and what is to be done.
//!
//! - `keys`, `mouse`: what the user does.
//! - `orders`: what changes the show.
//! - `links`: what the processes say.
//! - [`palette`]: commands by name.

pub mod palette;

mod answers;
mod keys;
mod links;
mod mouse;
pub(crate) mod orders;

use serde_json::json;
use vj_core::{At, ProcessName};

use crate::effect::{Effect, HostRequest};
use crate::event::Event;
use crate::limits::PAGE;
use crate::model::screen::Screen;
use crate::model::{Model, Purpose};

/// Takes up what happened at `now` and says what is to be done.
pub fn update(model: &mut Model, now: At, event: Event) -> Vec<Effect> {
    model.now = now;
    match event {
        Event::Tick => tick(model),
        Event::Resized => Vec::new(),
        Event::Key(key) => keys::key(model, key),
        Event::Mouse(mouse) => mouse::mouse(model, mouse),
        Event::State { process, state } => links::state(model, process, state),
        Event::Beat(heartbeat) => links::beat(model, &heartbeat),
        Event::Down { process, why } => links::down(model, process, why),
        Event::Answer { call, outcome } => answers::answer(model, call, outcome),
        Event::Telemetry(messages) => {
            for message in &messages {
                model.heard.take(message, now);
            }
            Vec::new()
        }
        Event::Beats(count) => {
            model.heard.beats(count, now);
            Vec::new()
        }
        Event::Deaf(why) => {
            model.deaf = Some(why);
            Vec::new()
        }
        Event::Unheard { process, why } => {
            model.complain(format!("{process} sends its telemetry elsewhere only: {why}"));
            Vec::new()
        }
        Event::Host(answer) => answers::host(model, answer),
        Event::Stop => orders::quit(model),
    }
}

fn tick(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.notice = None;
    }
    model.wishes.forget_refused(now);
    model.heard.keep_tempo(now);
    orders::benchmark_ends(model);
    if model.screen == Screen::Sets && model.sets.looks(now) {
        return vec![Effect::Host(HostRequest::Recordings)];
    }
    ask_the_debugger(model)
}

/// The screens of which the debugger knows the lists ask it for what is new, one question at a time.
fn ask_the_debugger(model: &mut Model) -> Vec<Effect> {
    if !model.is_fresh(ProcessName::OscDebugger) {
        return Vec::new();
    }
    let (purpose, cmd, since) = match model.screen {
        Screen::Osc if !model.messages.is_frozen => (Purpose::Messages, "get_messages", model.messages.since),
        Screen::Logs => (Purpose::Logs, "get_logs", model.logs.since),
        _ => return Vec::new(),
    };
    if model.calls.values().any(|asked| *asked == purpose) {
        return Vec::new();
    }
    let (_, effect) =
        model.call(purpose, ProcessName::OscDebugger, cmd, json!({"count": PAGE, "since": since}));
    vec![effect]
}
