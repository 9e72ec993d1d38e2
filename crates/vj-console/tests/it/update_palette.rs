//! Commands by name.

use ratatui::crossterm::event::KeyCode;
use vj_console::Effect;
use vj_console::effect::HostRequest;
use vj_console::model::overlay::Overlay;
use vj_console::model::screen::Screen;
use vj_console::model::theme::Theme;
use vj_console::update::palette::fitting;

use crate::show::{Show, live};

fn run(show: &mut Show, words: &str) -> Vec<Effect> {
    show.effects.clear();
    show.keys(":").keys(words).key(KeyCode::Enter).asked()
}

#[test]
fn every_command_that_is_offered_can_be_run_as_it_stands() {
    for entry in fitting(&live(Screen::Master).model, "") {
        let mut show = live(Screen::Master);
        run(&mut show, &entry.words);
        let notice = show.model.notice.as_ref().map_or("", |notice| &notice.text);
        assert!(!notice.starts_with("there is no command"), "{}", entry.words);
    }
}

#[test]
fn what_is_typed_in_full_is_run_and_else_the_one_that_is_chosen() {
    let mut show = live(Screen::Master);
    run(&mut show, "screen logs");
    assert_eq!(show.model.screen, Screen::Logs);
    run(&mut show, "plain");
    assert_eq!(show.model.theme, Theme::Plain, "the only one that fits");
    assert_eq!(run(&mut show, "devices"), [Effect::Host(HostRequest::Devices)]);
    show.key(KeyCode::Esc);
    assert_eq!(run(&mut show, "quit"), [Effect::Quit]);
}

#[test]
fn the_chosen_one_is_moved_and_taken_over() {
    let mut show = live(Screen::Master);
    show.keys(":theme").key(KeyCode::Down).key(KeyCode::Tab);
    assert!(matches!(&show.model.overlay, Some(Overlay::Palette { input, .. }) if input == "theme light"));
    show.key(KeyCode::Backspace).keys("x").key(KeyCode::Enter);
    let notice = show.model.notice.clone().unwrap();
    assert!(
        notice.is_alarm && notice.text.starts_with("there is no command 'theme lighx'"),
        "{}",
        notice.text
    );
    assert_eq!((show.model.theme, &show.model.overlay), (Theme::Dark, &None));
}

#[test]
fn escape_leaves_everything_as_it_is() {
    let mut show = live(Screen::Master);
    show.keys(":quit").key(KeyCode::Esc);
    assert!(show.model.overlay.is_none() && show.asked().is_empty());
}

#[test]
fn settings_keep_their_kind_and_their_blanks() {
    let mut show = live(Screen::Master);
    for (words, expect) in [
        ("set audio_analyzer device Line  In 1", r#"audio_analyzer set_config {"device":"Line  In 1"}"#),
        ("set audio_analyzer loop true", r#"audio_analyzer set_config {"loop":true}"#),
        (
            "set lyrics_fetcher categories [\"a\",\"b\"]",
            r#"lyrics_fetcher set_config {"categories":["a","b"]}"#,
        ),
        ("set spotify_monitor poll_interval 2.5", r#"spotify_monitor set_config {"poll_interval":2.5}"#),
        // The name of the process ends in the name of the setting.
        ("set osc_debugger debugger 1", r#"osc_debugger set_config {"debugger":1}"#),
    ] {
        show.keys(":").keys(words).key(KeyCode::Enter);
        let sent: Vec<String> = show.commands().into_iter().map(|it| it.1).collect();
        assert_eq!(sent, [expect], "{words}");
    }
}

#[test]
fn stopping_and_clearing_are_asked_for_here_too() {
    for words in ["stop audio_analyzer", "restart lyrics_fetcher", "clear"] {
        let mut show = live(Screen::Master);
        assert_eq!(run(&mut show, words), [], "{words}");
        assert!(matches!(show.model.overlay, Some(Overlay::Confirm { .. })), "{words}");
    }
}
