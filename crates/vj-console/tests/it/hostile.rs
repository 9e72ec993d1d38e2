//! Whatever comes from outside, and however the terminal is, the screen stands.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rosc::{OscMessage, OscType};
use serde_json::{Value, json};
use vj_bus::{Outcome, Reply};
use vj_console::event::{Device, HostAnswer, SetEntry};
use vj_console::model::screen::Screen;
use vj_console::model::theme::Theme;
use vj_console::{Effect, Event};
use vj_core::ProcessName;

use crate::picture::buffer;
use crate::show::{IN_A_SHOW, Show, live, state};

/// Texts that have broken terminals.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        ".{0,24}",
        Just("\u{1b}[2J\u{1b}]0;owned\u{7}\r\n\t\u{9b}31m".to_owned()),
        Just("\u{202e}\u{2066}abc\u{200f}\u{feff}".to_owned()),
        Just("宇多田ヒカル👩\u{200d}👩\u{200d}👧\u{fe0f}🇩🇪👍\u{1f3fd}".to_owned()),
        Just("z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}".repeat(8)),
        Just("\u{301}\u{0}ﾞﾟ\u{e0041}".to_owned()),
        Just("x".repeat(700)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text(), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

/// A real state with one of its fields replaced by anything, or nothing like a state at all.
fn states() -> impl Strategy<Value = (ProcessName, Value)> {
    let process = proptest::sample::select(&IN_A_SHOW[..]);
    (process, any::<proptest::sample::Index>(), any::<proptest::sample::Index>(), value(), 0..4_u8).prop_map(
        |(process, field, inner, value, how)| {
            let mut whole = state(process);
            if how == 0 {
                return (process, value);
            }
            let map = whole.as_object_mut().expect("a state is an object");
            let key = map.keys().nth(field.index(map.len())).expect("within it").clone();
            match (how, map[&key].as_object_mut()) {
                (1, _) | (_, None) => map[&key] = value,
                (_, Some(part)) if part.is_empty() => map[&key] = value,
                (_, Some(part)) => {
                    let key = part.keys().nth(inner.index(part.len())).expect("within it").clone();
                    part[&key] = value;
                }
            }
            (process, whole)
        },
    )
}

fn osc() -> impl Strategy<Value = OscMessage> {
    let addresses = [
        "/audio/levels",
        "/audio/spectrum",
        "/audio/bpm",
        "/audio/beat/phase",
        "/audio/structure",
        "/audio/pitch",
        "/karaoke/pos",
        "/karaoke/line/active",
        "/karaoke/keywords/active",
    ];
    let arg = prop_oneof![
        any::<f32>().prop_map(OscType::Float),
        any::<i32>().prop_map(OscType::Int),
        text().prop_map(OscType::String),
    ];
    (proptest::sample::select(addresses.to_vec()), vec(arg, 0..33))
        .prop_map(|(addr, args)| OscMessage { addr: addr.to_owned(), args })
}

fn codes() -> impl Strategy<Value = KeyCode> {
    let named = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::F(1),
    ];
    prop_oneof![
        proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        proptest::sample::select(named.to_vec())
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        states().prop_map(|(process, state)| Event::State { process, state }),
        (states(), text()).prop_map(|((process, _), why)| Event::Down { process, why }),
        vec(osc(), 0..4).prop_map(Event::Telemetry),
        (0..3_u32).prop_map(Event::Beats),
        text().prop_map(Event::Deaf),
        vec((text(), text(), text()), 0..4).prop_map(|list| {
            let entry = |(path, title, about)| SetEntry { path, title, about };
            Event::Host(HostAnswer::Sets(Ok(list.into_iter().map(entry).collect())))
        }),
        vec((text(), any::<bool>(), text()), 0..4).prop_map(|list| {
            let device = |(name, is_chosen, about)| Device { name, is_chosen, about };
            Event::Host(HostAnswer::Devices(Ok(list.into_iter().map(device).collect())))
        }),
        (text(), text()).prop_map(|(path, why)| Event::Host(HostAnswer::Rehearsed { path, ended: Err(why) })),
        codes().prop_map(|code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
        codes().prop_map(|code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
        codes().prop_map(|code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
        Just(Event::Tick),
    ]
}

/// Answers every question with anything.
fn answer_all(show: &mut Show, data: &Value) {
    for effect in show.asked() {
        if let Effect::Call { call, cmd, .. } = effect {
            let list = json!({"seq": 9, "messages": [data, {"seq": 7, "addr": data, "args": [data]}], "logs": [data, {"seq": 8, "message": data}]});
            let data = if cmd.starts_with("get_") { list } else { data.clone() };
            show.send(Event::Answer {
                call,
                outcome: Outcome::Replied(Reply { message: data.as_str().map(str::to_owned), data }),
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_the_screen(
        tape in vec((events(), 0..3_000_u64), 0..24),
        data in value(),
        (width, height) in (1..=200_u16, 1..=80_u16),
        (screen, theme) in (0..6_usize, 0..3_usize),
        is_live in any::<bool>(),
    ) {
        let mut show = if is_live { live(Screen::Song) } else { Show::empty() };
        show.model.screen = Screen::ALL[screen];
        show.model.theme = Theme::ALL[theme];
        for (event, ms) in tape {
            show.send(event);
            answer_all(&mut show, &data);
            show.wait(ms);
            // Both a size of any kind and one that shows the whole.
            for (width, height) in [(width, height), (80, 24)] {
                let buffer = buffer(&show.model, width, height);
                for cell in buffer.content() {
                    prop_assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
                }
            }
        }
    }
}

#[test]
fn hostile_texts_leave_the_columns_where_they_are() {
    let plain = live(Screen::Master);
    let mut hostile = live(Screen::Master);
    let mut state = state(ProcessName::LyricsFetcher);
    state["services"]["ollama"]["message"] =
        "\u{1b}[31m\u{202e}宇多田\u{200d}👩\u{200d}👧\u{fe0f}\r\n".repeat(9).into();
    hostile.state(ProcessName::LyricsFetcher, state);
    let (plain, hostile) = (buffer(&plain.model, 80, 24), buffer(&hostile.model, 80, 24));
    let differs: Vec<(u16, u16)> = (0..24)
        .flat_map(|y| (0..80).map(move |x| (x, y)))
        .filter(|at| plain[*at].symbol() != hostile[*at].symbol())
        .collect();
    let rows: std::collections::BTreeSet<u16> = differs.iter().map(|at| at.1).collect();
    assert_eq!(rows.len(), 1, "one row has changed");
    assert!(differs.iter().all(|at| at.0 < 39), "and only within its pane");
}
