//! The themes, the sizes, and the tabs.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::style::{Color, Modifier};
use vj_console::Event;
use vj_console::model::screen::Screen;
use vj_console::model::theme::Theme;

use crate::picture::{buffer, row, text};
use crate::show::{STATES, degraded, live};

/// Every style that stands on a screen, in words.
fn styles(buffer: &Buffer) -> BTreeSet<String> {
    let inked = buffer
        .content()
        .iter()
        .filter(|cell| cell.symbol() != " " || cell.modifier.contains(Modifier::REVERSED));
    inked.map(|cell| format!("{:?} on {:?}, {:?}", cell.fg, cell.bg, cell.modifier)).collect()
}

#[test]
fn the_themes_differ_in_their_styles_only() {
    let mut show = degraded(Screen::Master);
    let mut seen = Vec::new();
    for theme in Theme::ALL {
        show.model.theme = theme;
        let buffer = buffer(&show.model, 120, 40);
        let styles: Vec<String> = styles(&buffer).into_iter().collect();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("theme_{}", theme.name()), styles.join("\n")));
        seen.push(text(&buffer));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn the_plain_theme_has_no_colour_anywhere() {
    for (_, show) in STATES {
        for screen in Screen::ALL {
            let mut show = show(screen);
            show.model.theme = Theme::Plain;
            let buffer = buffer(&show.model, 100, 30);
            assert!(
                buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset),
                "{screen:?}"
            );
        }
    }
}

#[test]
fn a_terminal_that_is_too_small_says_what_is_needed_and_nothing_else() {
    let show = live(Screen::Master);
    for (width, height) in [(79, 24), (80, 23), (30, 10)] {
        let text = text(&buffer(&show.model, width, height));
        let said: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let has = format!("This terminal has {width} x {height}.");
        assert_eq!(said, ["Too small", "vj needs 80 x 24.", &*has]);
    }
    assert!(row(&show.model, 80, 24, 0).contains("1 Master"));
}

#[test]
fn another_size_is_drawn_anew() {
    let show = live(Screen::Audio);
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(120, 40)).unwrap();
    for (width, height) in [(120, 40), (80, 24), (200, 60), (79, 24), (80, 24)] {
        terminal.backend_mut().resize(width, height);
        terminal.draw(|frame| vj_console::view::render(frame, &show.model)).unwrap();
        assert_eq!(
            *terminal.backend().buffer(),
            buffer(&show.model, width, height),
            "nothing is left from before"
        );
    }
}

#[test]
fn a_click_on_a_tab_shows_what_stands_there() {
    for screen in Screen::ALL {
        let mut show = live(Screen::Master);
        let head = row(&show.model, 80, 24, 0);
        let column = head.find(&format!("{} {}", screen.key(), screen.title())).unwrap() as u16;
        for column in [column - 1, column, column + screen.title().len() as u16 + 2] {
            let kind = MouseEventKind::Down(MouseButton::Left);
            show.model.screen = Screen::Master;
            show.send(Event::Mouse(MouseEvent { kind, column, row: 0, modifiers: KeyModifiers::NONE }));
            assert_eq!(show.model.screen, screen, "column {column} of {head}");
        }
    }
}

#[test]
fn the_beat_light_is_on_for_a_moment() {
    let mut show = live(Screen::Master);
    show.send(Event::Beats(1));
    assert!(row(&show.model, 80, 24, 0).contains('●'));
    show.wait(160);
    assert!(row(&show.model, 80, 24, 0).contains('○'));
}
