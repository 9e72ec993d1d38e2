//! The keys of each screen, and what they ask for.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use serde_json::json;
use vj_console::effect::HostRequest;
use vj_console::event::{HostAnswer, Recording};
use vj_console::model::overlay::Overlay;
use vj_console::model::screen::Screen;
use vj_console::{Effect, Event};
use vj_core::ProcessName;

use crate::show::{Show, disconnected, live, state_with};

fn notice(show: &Show) -> &str {
    show.model.notice.as_ref().map_or("", |notice| &notice.text)
}

/// The one command that the keys lead to, in words; none if there is none.
fn command(show: &mut Show, keys: &str) -> Option<String> {
    show.effects.clear();
    let mut commands = show.keys(keys).commands();
    assert!(commands.len() < 2, "{keys}: {commands:?}");
    commands.pop().map(|(_, words)| words)
}

#[test]
fn each_key_asks_for_what_it_says() {
    for (screen, keys, expect) in [
        (Screen::Master, "js", "process_manager start_worker {\"worker\":\"audio_analyzer\"}"),
        (Screen::Master, "jjxy", "process_manager stop_worker {\"worker\":\"spotify_monitor\"}"),
        (Screen::Master, "Gry", "process_manager restart_worker {\"worker\":\"osc_debugger\"}"),
        (Screen::Master, "ry", "process_manager restart {}"),
        (Screen::Osc, "cy", "osc_debugger clear {}"),
        (Screen::Osc, "o", "osc_debugger set_config {\"logging_enabled\":false}"),
        (Screen::Song, "-", "lyrics_fetcher set_config {\"timing_offset_ms\":-50}"),
        (Screen::Song, "e", "lyrics_fetcher set_config {\"categorization_enabled\":false}"),
        (Screen::Song, "i", "lyrics_fetcher set_config {\"comfyui_enabled\":true}"),
        (Screen::Audio, "b", "audio_analyzer set_config {\"enable_bpm\":false}"),
        (Screen::Audio, "p", "audio_analyzer set_config {\"enable_pitch\":false}"),
        (Screen::Audio, "jj ", "audio_analyzer set_config {\"enable_spectrum\":false}"),
        (Screen::Audio, "x", "audio_analyzer set_config {\"enable_structure\":false}"),
        (Screen::Sets, "B", "audio_analyzer benchmark {\"seconds\":10}"),
    ] {
        assert_eq!(command(&mut live(screen), keys).as_deref(), Some(expect), "{keys} on {screen:?}");
    }
}

#[test]
fn what_the_audience_might_notice_is_asked_once_and_anything_but_yes_leaves_it() {
    for keys in ["x", "r"] {
        let mut show = live(Screen::Master);
        assert_eq!(command(&mut show, "j"), None);
        assert_eq!(command(&mut show, keys), None);
        assert!(matches!(show.model.overlay, Some(Overlay::Confirm { .. })), "{keys}");
        show.key(KeyCode::Esc);
        assert_eq!((show.model.overlay.clone(), show.commands()), (None, vec![]));
        assert_eq!(notice(&show), "left as it is");
        for no in ["n", "x", "q"] {
            assert_eq!(command(&mut show, &format!("{keys}{no}")), None);
            assert!(show.model.overlay.is_none() && !show.model.is_quitting, "{no} only says no");
        }
    }
}

#[test]
fn the_show_is_started_once_and_only_where_there_is_none() {
    let mut show = disconnected(Screen::Osc);
    show.effects.clear();
    assert_eq!(show.keys("uy").asked(), [Effect::Host(HostRequest::StartShow)]);
    assert_eq!(show.keys("uy").asked(), [], "it is being started");
    let mut show = live(Screen::Master);
    for keys in ["u", "s"] {
        assert_eq!(show.keys(keys).asked(), [], "{keys}, on the line of a manager that is there");
        assert!(show.model.overlay.is_none());
        assert_eq!(notice(&show), "all that is enabled runs: s starts a worker that is stopped");
    }
}

#[test]
fn number_keys_tab_and_back_tab_show_the_screens() {
    let mut show = live(Screen::Master);
    for screen in Screen::ALL {
        assert_eq!(show.show(screen).model.screen, screen);
    }
    assert_eq!(show.key(KeyCode::Tab).model.screen, Screen::Master);
    assert_eq!(show.key(KeyCode::BackTab).model.screen, Screen::Sets);
    show.keys("789");
    assert_eq!(show.model.screen, Screen::Sets);
}

#[test]
fn q_and_control_c_end_the_console_also_from_what_lies_over_it() {
    assert_eq!(live(Screen::Osc).keys("q").asked(), [Effect::Quit]);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut show = live(Screen::Osc);
    assert_eq!(show.keys("/q").asked(), [], "a letter of the filter");
    assert_eq!(show.send(Event::Key(control_c)).asked(), [Effect::Quit]);
}

#[test]
fn a_key_that_is_let_go_does_nothing() {
    let mut show = live(Screen::Master);
    let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    key.kind = KeyEventKind::Release;
    assert_eq!(show.send(Event::Key(key)).asked(), []);
}

#[test]
fn a_filter_is_in_force_while_it_is_typed_and_escape_brings_back_the_one_before() {
    let mut show = live(Screen::Osc);
    show.keys("/levels").key(KeyCode::Enter);
    assert_eq!(show.model.messages.shown().count(), 9);
    show.keys("/").key(KeyCode::Backspace).keys("x");
    assert_eq!((&*show.model.messages.filter, show.model.messages.shown().count()), ("levelx", 0));
    show.key(KeyCode::Esc);
    assert_eq!((&*show.model.messages.filter, show.model.overlay.is_none()), ("levels", true));
    // On a screen without lists, Escape takes away no filter that nobody sees there.
    show.keys("1").key(KeyCode::Esc);
    assert_eq!(show.model.messages.filter, "levels");
    show.keys("2").key(KeyCode::Esc);
    assert_eq!(show.model.messages.filter, "");
    show.keys("5/");
    assert!(show.model.overlay.is_none() && notice(&show).starts_with("there is nothing to filter here"));
}

#[test]
fn while_it_is_frozen_nothing_new_is_asked_for_or_shown() {
    let mut show = live(Screen::Osc);
    show.wait(250);
    let call = show.commands().pop().unwrap().0;
    show.keys("f");
    let late =
        json!({"seq": 40, "messages": [{"seq": 40, "time_ms": 1, "from": "a", "addr": "/late", "args": []}]});
    show.replied(call, late.clone()).wait(250);
    assert_eq!(show.commands(), []);
    assert_eq!(show.model.messages.messages.back().unwrap().seq, 39);
    show.keys("f").wait(250).answer("get_messages", late);
    assert_eq!(show.model.messages.messages.back().unwrap().seq, 40, "nothing was missed");
}

#[test]
fn the_debugger_is_asked_one_question_at_a_time_and_not_while_it_is_away() {
    let mut show = live(Screen::Logs);
    let asked = show.wait(250).wait(250).wait(250).commands();
    assert_eq!(asked.len(), 1);
    show.unknown(asked[0].0).wait(250);
    assert_eq!(show.commands().len(), 1, "asked again");
    show.down(ProcessName::OscDebugger).wait(250);
    show.keys("2").wait(250);
    assert_eq!(show.commands(), []);
}

#[test]
fn a_benchmark_runs_once_and_says_what_it_measured_or_that_it_did_not() {
    let mut show = live(Screen::Audio);
    assert_eq!(show.keys("BB").commands().len(), 1);
    let done =
        json!({"state": "done", "blocks": 800, "p50_ms": 2.0, "p95_ms": 3.0, "p99_ms": 4.0, "max_ms": 5.0});
    let audio = ProcessName::AudioAnalyzer;
    // The result of one before it is none of this one's.
    show.state(audio, state_with(audio, &[("/benchmark", done.clone())])).wait(250);
    assert!(show.model.audio.benchmark.is_none());
    let runs = json!({"state": "running"});
    show.state(audio, state_with(audio, &[("/benchmark", runs.clone())])).wait(9_000);
    show.state(audio, state_with(audio, &[("/benchmark", done)])).wait(250);
    assert_eq!(notice(&show), "latency: p50 2.0, p99 4.0, max 5.0 ms");
    for (then, expect) in [
        (json!({"state": "failed"}), "benchmark: no sound came"),
        (json!(null), "benchmark: the worker was started anew before it was done"),
    ] {
        let mut show = live(Screen::Audio);
        show.keys("B").state(audio, state_with(audio, &[("/benchmark", runs.clone())])).wait(250);
        show.state(audio, state_with(audio, &[("/benchmark", then)])).wait(250);
        assert_eq!((notice(&show), show.model.audio.benchmark_began), (expect, None));
    }
    let mut show = live(Screen::Audio);
    show.keys("B").wait(14_000);
    assert_eq!(notice(&show), "benchmark: the worker told no result");
    assert!(show.model.audio.benchmark_began.is_none());
    let call = show.keys("B").commands().pop().unwrap().0;
    show.refused(call, "a file is read as fast as it plays");
    assert!(show.model.audio.benchmark_began.is_none());
}

#[test]
fn sets_are_read_once_and_rehearsed_one_at_a_time() {
    let mut show = Show::empty();
    assert_eq!(show.keys("6").asked(), [Effect::Host(HostRequest::Sets)]);
    let mut show = live(Screen::Sets);
    assert_eq!(show.keys("16").asked(), [], "they are known");
    assert_eq!(show.keys("r").asked(), [Effect::Host(HostRequest::Sets)]);
    let rehearse = Effect::Host(HostRequest::Rehearse("/shows/decks".to_owned()));
    assert_eq!(show.keys("j").key(KeyCode::Enter).key(KeyCode::Enter).asked(), [rehearse]);
}

#[test]
fn one_recording_is_begun_at_a_time_and_ended_after_a_question() {
    let mut show = live(Screen::Sets);
    let runs = Recording { path: "/shows/tonight".to_owned(), pid: 71, for_sec: 3_723, bytes: 31_400_000 };
    let recordings = |all: &[Recording]| Event::Host(HostAnswer::Recordings(all.to_vec()));
    show.send(recordings(&[])).asked();
    assert_eq!(show.keys("RR").asked(), [Effect::Host(HostRequest::Record)]);
    show.send(recordings(std::slice::from_ref(&runs)));
    assert_eq!(show.asked(), [Effect::Host(HostRequest::Sets)], "there is a set more");
    show.send(recordings(std::slice::from_ref(&runs)));
    assert_eq!(show.asked(), []);
    assert_eq!(show.keys("Rn").asked(), []);
    assert_eq!(show.keys("Ry").asked(), [Effect::Host(HostRequest::EndRecording(71))]);
    show.send(recordings(&[])).send(Event::Host(HostAnswer::Recorded(Ok("recorded 1:02:03".to_owned()))));
    assert_eq!(show.asked(), [Effect::Host(HostRequest::Sets)]);
    assert_eq!(show.keys("R").asked(), [Effect::Host(HostRequest::Record)]);
    show.send(Event::Host(HostAnswer::Recorded(Err("the disk is full".to_owned()))));
    assert_eq!(notice(&show), "the recording failed: the disk is full");
    assert_eq!(show.keys("R").asked(), [Effect::Host(HostRequest::Record)], "it can be tried again");
}

#[test]
fn whether_somebody_records_is_asked_once_a_second_where_it_is_shown() {
    let mut show = live(Screen::Sets);
    let looks = |show: &mut Show| {
        show.asked().iter().filter(|it| **it == Effect::Host(HostRequest::Recordings)).count()
    };
    let _ = looks(&mut show);
    show.send(Event::Host(HostAnswer::Recordings(Vec::new()))).wait(1_000);
    assert_eq!(looks(&mut show), 1);
    show.wait(5_000);
    assert_eq!(looks(&mut show), 0, "the answer is still to come");
    show.send(Event::Host(HostAnswer::Recordings(Vec::new()))).keys("1").wait(5_000);
    assert_eq!(looks(&mut show), 0, "it is not to be seen");
}

#[test]
fn the_wheel_moves_through_the_list_in_sight() {
    let mut show = live(Screen::Master);
    let wheel = |kind| Event::Mouse(MouseEvent { kind, column: 5, row: 5, modifiers: KeyModifiers::NONE });
    show.send(wheel(MouseEventKind::ScrollDown));
    assert_eq!(show.model.master.selected, 3);
    show.key(KeyCode::Enter).send(wheel(MouseEventKind::ScrollDown));
    assert!(
        matches!(&show.model.overlay, Some(Overlay::Details(ProcessName::VirtualDjMonitor, list)) if list.selected == 3)
    );
    assert_eq!(show.model.master.selected, 3, "the list below stays");
    show.keys("q");
    assert!(
        show.model.overlay.is_none() && !show.model.is_quitting,
        "it only closes what lies over the screen"
    );
}

#[test]
fn the_theme_goes_round() {
    let mut show = live(Screen::Master);
    let before = show.model.theme;
    assert_ne!(show.keys("T").model.theme, before);
    assert_eq!(show.keys("TT").model.theme, before);
}

#[test]
fn a_letter_with_control_is_not_that_letter() {
    let mut show = live(Screen::Master);
    for letter in "qsxrTBu+".chars() {
        show.send(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)));
        show.send(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT)));
    }
    assert!(show.asked().is_empty() && show.model.overlay.is_none() && !show.model.is_quitting);
    show.keys(":set a b");
    show.send(Event::Key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL)));
    assert!(matches!(&show.model.overlay, Some(Overlay::Palette { input, .. }) if input == "set a "));
    show.send(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    assert!(matches!(&show.model.overlay, Some(Overlay::Palette { input, .. }) if input.is_empty()));
}

#[test]
fn a_setting_without_a_value_is_offered_and_not_emptied() {
    let mut show = live(Screen::Master);
    show.keys(":set lyrics_fetcher timing_offset_ms").key(KeyCode::Enter);
    assert_eq!(show.asked(), []);
    let offered = "set lyrics_fetcher timing_offset_ms 0";
    assert!(matches!(&show.model.overlay, Some(Overlay::Palette { input, .. }) if input == offered));
    show.key(KeyCode::Backspace).keys("5").key(KeyCode::Enter);
    assert_eq!(show.commands()[0].1, r#"lyrics_fetcher set_config {"timing_offset_ms":5}"#);
    // What is only chosen is offered to be changed, too.
    show.effects.clear();
    show.keys(":timing_offset").key(KeyCode::Enter);
    assert_eq!(show.asked(), []);
    assert!(matches!(&show.model.overlay, Some(Overlay::Palette { .. })));
}
