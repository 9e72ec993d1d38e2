//! Commands by name, as the palette (`:`) offers them.

use serde_json::Value;
use vj_core::ProcessName;

use super::{keys, orders};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::list::List;
use crate::model::overlay::{Order, Overlay};
use crate::model::screen::Screen;
use crate::model::theme::Theme;
use crate::model::workers;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it is typed.
    pub words: String,
    /// What it does.
    pub about: &'static str,
}

fn entry(words: impl Into<String>, about: &'static str) -> Entry {
    Entry { words: words.into(), about }
}

/// All commands that there are now.
fn all(model: &Model) -> Vec<Entry> {
    let mut list: Vec<Entry> = Screen::ALL
        .iter()
        .map(|screen| entry(format!("screen {}", screen.title().to_lowercase()), "show that screen"))
        .collect();
    list.push(entry("up", "start the show"));
    for row in workers::rows(model) {
        let name = row.name;
        if name.is_worker() {
            list.push(entry(format!("start {name}"), "start it, and keep it running"));
            list.push(entry(format!("stop {name}"), "stop it, and keep it stopped"));
        }
        list.push(entry(format!("restart {name}"), "replace it by a fresh process"));
        let config = model.state(name)["config"].as_object();
        for (key, value) in config.into_iter().flatten() {
            list.push(entry(format!("set {name} {key} {}", orders::in_words(value)), "change a setting"));
        }
    }
    list.push(entry("benchmark", "measure the latency for ten seconds"));
    list.push(entry("devices", "choose the audio input"));
    list.push(entry("record", "begin a recording of the show, or end the one that runs"));
    list.push(entry("clear", "clear what the debugger has kept"));
    for theme in Theme::ALL {
        list.push(entry(format!("theme {}", theme.name()), "change the colours"));
    }
    list.push(entry("quit", "end the console; the show goes on"));
    list
}

/// The commands that fit what is typed: each word of it must be part of theirs.
#[must_use]
pub fn fitting(model: &Model, input: &str) -> Vec<Entry> {
    let wanted: Vec<String> = input.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &Entry| wanted.iter().all(|word| entry.words.to_lowercase().contains(word));
    all(model).into_iter().filter(fits).collect()
}

/// Runs what is typed, if it is a command as it stands, else the one that is chosen.
pub(super) fn run(model: &mut Model, input: &str, list: List) -> Vec<Effect> {
    if let Some(done) = run_words(model, input) {
        return done;
    }
    let fitting = fitting(model, input);
    let Some(chosen) = fitting.get(list.at(fitting.len())).map(|entry| entry.words.clone()) else {
        model.complain(format!("there is no command '{}': `:` and Tab show those there are", input.trim()));
        return Vec::new();
    };
    if chosen.starts_with("set ") {
        // As it stands it would only make what is there now an override.
        model.overlay = Some(Overlay::Palette { input: chosen, list: List::default() });
        return Vec::new();
    }
    run_words(model, &chosen).unwrap_or_default()
}

/// None if it is no command.
fn run_words(model: &mut Model, input: &str) -> Option<Vec<Effect>> {
    let words: Vec<&str> = input.split_whitespace().collect();
    Some(match words.as_slice() {
        ["q" | "quit"] => orders::quit(model),
        ["up"] => orders::offer_show(model),
        ["benchmark"] => orders::benchmark(model),
        ["devices"] => orders::choose_device(model),
        ["record"] => orders::record(model),
        ["clear"] => orders::confirm(model, "Clear what the debugger has kept?", Order::Clear),
        ["screen", rest @ ..] => {
            let name = rest.join(" ");
            let screen = Screen::ALL.into_iter().find(|it| it.title().to_lowercase() == name)?;
            keys::show(model, screen)
        }
        ["theme", name] => {
            model.theme = Theme::named(name)?;
            Vec::new()
        }
        ["start", name] => orders::order(model, Order::Start(name.parse().ok()?)),
        ["stop", name] => {
            let name: ProcessName = name.parse().ok().filter(|name: &ProcessName| name.is_worker())?;
            orders::confirm(model, format!("Stop {name}?"), Order::Stop(name))
        }
        ["restart", name] => {
            let name: ProcessName = name.parse().ok()?;
            orders::confirm(model, format!("Restart {name}?"), Order::Restart(name))
        }
        // Without a value nothing is changed: what is there now is offered to be changed.
        ["set", name, key] => {
            let name: ProcessName = name.parse().ok()?;
            let now = orders::in_words(&orders::wished(model, name, key));
            let (input, list) = (format!("set {name} {key} {now}"), List::default());
            model.overlay = Some(Overlay::Palette { input, list });
            Vec::new()
        }
        ["set", name, key, ..] => {
            let name: ProcessName = name.parse().ok()?;
            // As typed: a text may have blanks in it.
            let value = after_words(input, 3);
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            orders::set(model, name, key, value)
        }
        _ => return None,
    })
}

/// What stands after the first words.
fn after_words(input: &str, words: usize) -> &str {
    let next = |rest: &str| {
        rest.trim_start().find(char::is_whitespace).map(|end| end + rest.len() - rest.trim_start().len())
    };
    (0..words).fold(input, |rest, _| next(rest).map_or("", |end| &rest[end..])).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_stands_after_the_key_with_its_blanks() {
        for (input, expect) in [
            ("set audio_analyzer device Line  In ", "Line  In"),
            ("  set  osc_debugger osc 1", "1"),
            ("set a b", ""),
            ("set", ""),
        ] {
            assert_eq!(after_words(input, 3), expect, "{input}");
        }
    }
}
