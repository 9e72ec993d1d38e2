//! What lies over the screens, and how the screens look while something is done on them.

use ratatui::crossterm::event::KeyCode;
use serde_json::json;
use vj_console::event::{Device, HostAnswer};
use vj_console::model::screen::Screen;
use vj_console::{Event, Model};
use vj_core::ProcessName;

use crate::picture::{buffer, text};
use crate::show::{Show, degraded, disconnected, given_up, live};

fn picture(name: &str, model: &Model) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("over_{name}"), text(&buffer(model, 80, 24))));
}

fn devices() -> HostAnswer {
    let device = |name: &str, is_chosen, about: &str| Device {
        name: name.to_owned(),
        is_chosen,
        about: about.to_owned(),
    };
    HostAnswer::Devices(Ok(vec![
        device("Built-in Microphone", false, "48000 Hz, 1 ch"),
        device("Scarlett 2i2 USB", true, "44100 Hz, 2 ch"),
        device(
            "マイク \u{1b}]0;x\u{7} with a very long name indeed",
            false,
            "48000 Hz, 2 ch, monitor of HDMI",
        ),
    ]))
}

#[test]
fn help() {
    picture("help", &live(Screen::Osc).keys("?").model);
}

#[test]
fn confirm() {
    let mut show = live(Screen::Master);
    picture("confirm_stop", &show.key(KeyCode::Down).keys("x").model);
    picture("confirm_show", &disconnected(Screen::Master).keys("u").model);
}

#[test]
fn filter_and_search() {
    picture("filter", &live(Screen::Osc).keys("/bpm").model);
    picture("filter_no_match", &live(Screen::Osc).keys("/nowhere").key(KeyCode::Enter).model);
    let mut show = live(Screen::Logs);
    picture("search_typed", &show.keys("/unavail").model);
    picture("search_found", &show.key(KeyCode::Enter).model);
    picture("search_errors_of_one", &show.keys("lwww").model);
    picture("logs_nothing_let_through", &show.key(KeyCode::Esc).keys("l").model);
}

#[test]
fn frozen_and_rates() {
    picture("osc_frozen", &live(Screen::Osc).keys("f").model);
    picture("osc_rates", &live(Screen::Osc).keys("vjjj").model);
}

#[test]
fn palette() {
    let mut show = live(Screen::Master);
    picture("palette", &show.keys(":").model);
    picture("palette_fits", &show.keys("audio dev").model);
    picture("palette_nothing", &show.keys("ices of mine").model);
}

#[test]
fn audio_devices() {
    let mut show = live(Screen::Audio);
    picture("devices_asked", &show.keys("d").model);
    picture("devices", &show.send(Event::Host(devices())).key(KeyCode::Down).model);
    let mut show = live(Screen::Audio);
    let failed = HostAnswer::Devices(Err("vj devices: exit status 1".to_owned()));
    picture("devices_failed", &show.keys("d").send(Event::Host(failed)).model);
    picture(
        "device_wished",
        &{
            let mut show = live(Screen::Audio);
            show.keys("d").send(Event::Host(devices())).key(KeyCode::Enter);
            show
        }
        .model,
    );
}

#[test]
fn details() {
    let open = |show: &mut Show, row: usize| {
        for _ in 0..row {
            show.key(KeyCode::Down);
        }
        show.key(KeyCode::Enter);
    };
    let mut show = live(Screen::Master);
    open(&mut show, 4);
    picture("details", &show.model);
    picture("details_end", &show.key(KeyCode::End).model);
    let mut show = degraded(Screen::Master);
    open(&mut show, 1);
    picture("details_degraded", &show.key(KeyCode::PageDown).model);
    let mut show = given_up(Screen::Master);
    open(&mut show, 0);
    picture("details_given_up", &show.model);
}

#[test]
fn benchmark() {
    let mut show = live(Screen::Audio);
    picture("benchmark_runs", &show.keys("B").wait(4_000).model);
    let done = crate::show::state_with(
        ProcessName::AudioAnalyzer,
        &[(
            "/benchmark",
            json!({"state": "done", "blocks": 861, "p50_ms": 2.1, "p95_ms": 3.4, "p99_ms": 4.4, "max_ms": 9.0}),
        )],
    );
    picture("benchmark_done", &show.wait(6_200).state(ProcessName::AudioAnalyzer, done).wait(250).model);
}

#[test]
fn a_rehearsal() {
    let mut show = live(Screen::Sets);
    picture("rehearsal_runs", &show.key(KeyCode::Down).key(KeyCode::Enter).model);
    let failed = HostAnswer::Rehearsed {
        path: "/shows/decks".to_owned(),
        ended: Err("2 of 11 tracks were announced late: \"Harbour Lights\" by 2.1 s, \"Fog\" by 1.4 s; see /shows/decks/rehearsal.txt".to_owned()),
    };
    picture("rehearsal_failed", &show.send(Event::Host(failed)).wait(6_000).model);
}

#[test]
fn a_song_is_scrolled() {
    let mut show = live(Screen::Song);
    picture("song_held", &show.key(KeyCode::Down).key(KeyCode::Down).model);
}

#[test]
fn telemetry_that_cannot_be_heard() {
    let deaf =
        || Event::Deaf("failed to bind 127.0.0.1:9100: address in use; is another console open?".to_owned());
    picture("deaf_master", &live(Screen::Master).send(deaf()).model);
    picture("deaf_audio", &live(Screen::Audio).send(deaf()).model);
}
