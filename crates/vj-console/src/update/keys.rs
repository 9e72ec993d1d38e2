//! The keys.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use vj_core::ProcessName;
use vj_env::Level;

use super::{orders, palette};
use crate::effect::{Effect, HostRequest};
use crate::limits::INPUT_MAX;
use crate::model::list::{List, Step};
use crate::model::overlay::{Order, Overlay};
use crate::model::screen::Screen;
use crate::model::{Model, audio, song, workers};

/// Lines that a page has for the keys; the view may show more.
const PAGE_LINES: isize = 10;

pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
        return orders::quit(model);
    }
    match model.overlay.take() {
        Some(overlay) => over(model, overlay, key),
        None => plain(model, key),
    }
}

/// Keys while nothing lies over the screen.
fn plain(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if let Some(step) = step_of(key) {
        return self::step(model, step);
    }
    let KeyCode::Char(letter) = key.code else { return named(model, key.code) };
    if is_chord(key) {
        return Vec::new();
    }
    if let Some(screen) = Screen::of_key(letter) {
        return show(model, screen);
    }
    match letter {
        'q' => orders::quit(model),
        '?' => lay(model, Overlay::Help),
        ':' => lay(model, Overlay::Palette { input: String::new(), list: List::default() }),
        '/' => begin_filter(model),
        'T' => {
            model.theme = model.theme.next();
            model.say(format!("theme: {}", model.theme.name()));
            Vec::new()
        }
        'B' => orders::benchmark(model),
        'u' => orders::offer_show(model),
        '+' | '=' => orders::move_lyrics(model, 1),
        '-' => orders::move_lyrics(model, -1),
        letter => of_screen(model, letter),
    }
}

/// A letter with Control or Alt is not that letter.
fn is_chord(key: KeyEvent) -> bool {
    key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

fn named(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    match code {
        KeyCode::Tab => show(model, model.screen.turned(1)),
        KeyCode::BackTab => show(model, model.screen.turned(-1)),
        KeyCode::F(1) => lay(model, Overlay::Help),
        KeyCode::Esc => {
            if model.screen.has_filter() {
                *filter_of(model) = String::new();
            }
            model.song.follows |= model.screen == Screen::Song;
            Vec::new()
        }
        KeyCode::Enter => match model.screen {
            Screen::Master => {
                let rows = workers::rows(model);
                let row = rows.get(model.master.at(rows.len())).map(|row| row.name);
                row.map(|name| lay(model, Overlay::Details(name, List::default()))).unwrap_or_default()
            }
            Screen::Sets => orders::rehearse(model),
            Screen::Audio => toggle_switch(model),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Keys that mean something on one screen only.
fn of_screen(model: &mut Model, letter: char) -> Vec<Effect> {
    match model.screen {
        Screen::Master => {
            let rows = workers::rows(model);
            let Some(name) = rows.get(model.master.at(rows.len())).map(|row| row.name) else {
                return Vec::new();
            };
            match letter {
                's' => orders::order(model, Order::Start(name)),
                'x' if name.is_worker() => orders::confirm(model, format!("Stop {name}?"), Order::Stop(name)),
                'r' => orders::confirm(model, format!("Restart {name}?"), Order::Restart(name)),
                _ => Vec::new(),
            }
        }
        Screen::Osc => match letter {
            'f' | ' ' => {
                model.messages.is_frozen ^= true;
                Vec::new()
            }
            'v' => {
                model.messages.shows_rates ^= true;
                Vec::new()
            }
            'c' => orders::confirm(model, "Clear what the debugger has kept?", Order::Clear),
            'o' => orders::toggle(model, ProcessName::OscDebugger, "logging_enabled"),
            _ => Vec::new(),
        },
        Screen::Song => match letter {
            'f' => {
                model.song.follows ^= true;
                model.song.list.selected = song::active_line(model).unwrap_or_default();
                Vec::new()
            }
            'e' => orders::toggle(model, ProcessName::LyricsFetcher, "categorization_enabled"),
            'i' => orders::toggle(model, ProcessName::LyricsFetcher, "comfyui_enabled"),
            _ => Vec::new(),
        },
        Screen::Logs => of_logs(model, letter),
        Screen::Audio => match letter {
            'd' => orders::choose_device(model),
            ' ' => toggle_switch(model),
            letter => audio::SWITCHES
                .iter()
                .find(|(key, ..)| *key == letter)
                .map(|(_, setting, _)| orders::toggle(model, ProcessName::AudioAnalyzer, setting))
                .unwrap_or_default(),
        },
        Screen::Sets => match letter {
            'r' => vec![Effect::Host(HostRequest::Sets)],
            'R' => orders::record(model),
            _ => Vec::new(),
        },
    }
}

fn toggle_switch(model: &mut Model) -> Vec<Effect> {
    let (_, setting, _) = audio::SWITCHES[model.audio.list.at(audio::SWITCHES.len())];
    orders::toggle(model, ProcessName::AudioAnalyzer, setting)
}

fn of_logs(model: &mut Model, letter: char) -> Vec<Effect> {
    let logs = &mut model.logs;
    match letter {
        'f' => {
            logs.follows ^= true;
            if logs.follows {
                let len = logs.shown().count();
                logs.list.step(Step::Last, len);
            }
        }
        'l' => {
            logs.level = match logs.level {
                Level::Debug => Level::Info,
                Level::Info => Level::Warning,
                Level::Warning => Level::Error,
                Level::Error => Level::Debug,
            };
        }
        'w' => {
            let workers = logs.workers();
            let at = logs.worker.as_ref().and_then(|worker| workers.iter().position(|it| it == worker));
            // After the last all of them again.
            logs.worker = match at {
                None if logs.worker.is_none() => workers.first().cloned(),
                None => None,
                Some(at) => workers.get(at + 1).cloned(),
            };
        }
        'n' | 'N' if logs.search.is_empty() => model.say("nothing is searched for: / begins"),
        'n' | 'N' if !logs.to_match(letter == 'n') => {
            let text = format!("'{}' is nowhere in the logs that are shown", model.logs.search);
            model.say(text);
        }
        'c' => return orders::confirm(model, "Clear what the debugger has kept?", Order::Clear),
        _ => {}
    }
    Vec::new()
}

/// Shows a screen.
pub(super) fn show(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.screen = screen;
    match screen {
        Screen::Sets if model.sets.found.is_none() => vec![Effect::Host(HostRequest::Sets)],
        _ => super::ask_the_debugger(model),
    }
}

fn lay(model: &mut Model, overlay: Overlay) -> Vec<Effect> {
    model.overlay = Some(overlay);
    Vec::new()
}

/// The filter, or the search, of the screen.
fn filter_of(model: &mut Model) -> &mut String {
    if model.screen == Screen::Logs { &mut model.logs.search } else { &mut model.messages.filter }
}

fn begin_filter(model: &mut Model) -> Vec<Effect> {
    if !model.screen.has_filter() {
        model.say("there is nothing to filter here: 2 shows OSC, 4 the logs");
        return Vec::new();
    }
    let before = filter_of(model).clone();
    lay(model, Overlay::Filter { input: before.clone(), before })
}

/// A step through the list of the screen, or of what lies over it.
pub(super) fn step(model: &mut Model, step: Step) -> Vec<Effect> {
    let mut overlay = model.overlay.take();
    match &mut overlay {
        Some(Overlay::Palette { input, list }) => list.step(step, palette::fitting(model, input).len()),
        Some(Overlay::Devices { found, list }) => {
            list.step(step, found.as_ref().and_then(|found| found.as_ref().ok()).map_or(0, Vec::len));
        }
        Some(Overlay::Details(name, list)) => {
            list.step(step, crate::view::details::lines(model, *name).len());
        }
        Some(_) => {}
        None => step_screen(model, step),
    }
    model.overlay = overlay;
    Vec::new()
}

fn step_screen(model: &mut Model, step: Step) {
    match model.screen {
        Screen::Master => {
            let len = workers::rows(model).len();
            model.master.step(step, len);
        }
        Screen::Osc => {
            let len = model.state(ProcessName::OscDebugger)["addresses"].as_array().map_or(0, Vec::len);
            model.messages.list.step(step, len);
        }
        Screen::Song => song::step(model, step),
        Screen::Logs => {
            let len = model.logs.shown().count();
            model.logs.list.step(step, len);
            model.logs.follows = model.logs.list.selected + 1 >= len;
        }
        Screen::Audio => model.audio.list.step(step, audio::SWITCHES.len()),
        Screen::Sets => {
            let len = model.sets.entries().len();
            model.sets.list.step(step, len);
        }
    }
}

fn step_of(key: KeyEvent) -> Option<Step> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Up | KeyCode::Char('k') => Step::By(-1),
        KeyCode::Down | KeyCode::Char('j') => Step::By(1),
        KeyCode::PageUp => Step::By(-PAGE_LINES),
        KeyCode::PageDown => Step::By(PAGE_LINES),
        KeyCode::Char('u') if is_control => Step::By(-PAGE_LINES),
        KeyCode::Char('d') if is_control => Step::By(PAGE_LINES),
        KeyCode::Home | KeyCode::Char('g') => Step::First,
        KeyCode::End | KeyCode::Char('G') => Step::Last,
        _ => return None,
    })
}

/// Keys while something lies over the screen. It was taken away, and is laid back where it stays.
fn over(model: &mut Model, overlay: Overlay, key: KeyEvent) -> Vec<Effect> {
    match overlay {
        Overlay::Help => Vec::new(),
        Overlay::Confirm { order, .. } => match key.code {
            KeyCode::Char('y' | 'Y') | KeyCode::Enter => orders::order(model, order),
            _ => {
                model.say("left as it is");
                Vec::new()
            }
        },
        Overlay::Filter { input, before } => filter(model, input, before, key),
        Overlay::Palette { input, list } => palette(model, input, list, key),
        Overlay::Devices { found, list } => devices(model, found, list, key),
        Overlay::Details(name, list) => {
            if let Some(by) = step_of(key) {
                lay(model, Overlay::Details(name, list));
                return step(model, by);
            }
            Vec::new()
        }
    }
}

fn filter(model: &mut Model, mut input: String, before: String, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => *filter_of(model) = before,
        KeyCode::Enter => {
            if model.screen == Screen::Logs && !input.is_empty() {
                model.logs.to_match(true);
            }
        }
        _ => {
            edit(&mut input, key);
            filter_of(model).clone_from(&input);
            model.overlay = Some(Overlay::Filter { input, before });
        }
    }
    Vec::new()
}

fn palette(model: &mut Model, mut input: String, mut list: List, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => return palette::run(model, &input, list),
        KeyCode::Up | KeyCode::Down => {
            let by = if key.code == KeyCode::Up { -1 } else { 1 };
            list.step(Step::By(by), palette::fitting(model, &input).len());
        }
        KeyCode::Tab => {
            let fitting = palette::fitting(model, &input);
            if let Some(chosen) = fitting.get(list.at(fitting.len())) {
                input.clone_from(&chosen.words);
            }
        }
        _ => {
            edit(&mut input, key);
            list = List::default();
        }
    }
    lay(model, Overlay::Palette { input, list })
}

fn devices(
    model: &mut Model,
    found: Option<Result<Vec<crate::event::Device>, String>>,
    list: List,
    key: KeyEvent,
) -> Vec<Effect> {
    if let Some(by) = step_of(key) {
        lay(model, Overlay::Devices { found, list });
        return step(model, by);
    }
    let devices = found.as_ref().and_then(|found| found.as_ref().ok());
    match (key.code, devices.and_then(|all| all.get(list.at(all.len())))) {
        (KeyCode::Enter, Some(device)) => {
            let name = device.name.clone();
            orders::set_device(model, name)
        }
        _ => Vec::new(),
    }
}

/// What is typed. As in a shell, Control and `u` take all of it away, Control and `w` the last word.
fn edit(input: &mut String, key: KeyEvent) {
    match key.code {
        KeyCode::Char('u') if is_chord(key) => input.clear(),
        KeyCode::Char('w') if is_chord(key) => {
            let kept = input.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
            input.truncate(kept);
        }
        KeyCode::Backspace => {
            input.pop();
        }
        KeyCode::Char(letter) if !is_chord(key) && input.chars().count() < INPUT_MAX => input.push(letter),
        _ => {}
    }
}
