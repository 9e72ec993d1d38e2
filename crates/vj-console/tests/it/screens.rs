//! Every screen in every state of a show.

use vj_console::model::screen::Screen;

use crate::picture::{both, buffer, text};
use crate::show::STATES;

/// Pictures of a screen at both sizes in all states; with how they look, if that is asked for.
fn pictures(screen: Screen, name: &str, with_looks: bool) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (state, show) in STATES {
            for (width, height) in [(80, 24), (120, 40)] {
                let buffer = buffer(&show(screen).model, width, height);
                let picture = if with_looks { both(&buffer) } else { text(&buffer) };
                insta::assert_snapshot!(format!("{name}_{state}_{width}x{height}"), picture);
            }
        }
    });
}

#[test]
fn master() {
    pictures(Screen::Master, "master", true);
}

#[test]
fn osc() {
    pictures(Screen::Osc, "osc", false);
}

#[test]
fn song() {
    pictures(Screen::Song, "song", false);
}

#[test]
fn logs() {
    pictures(Screen::Logs, "logs", false);
}

#[test]
fn audio() {
    pictures(Screen::Audio, "audio", true);
}

#[test]
fn sets() {
    pictures(Screen::Sets, "sets", false);
}
