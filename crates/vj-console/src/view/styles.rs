//! The roles that things play on the screen, and how each theme shows them. Nothing else names a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::model::theme::Theme;

/// What a piece of text is, whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Most of it.
    Normal,
    /// What is only looked at when one looks for it.
    Faint,
    /// What matters.
    Strong,
    /// As it should be.
    Good,
    /// Not as it should be; the show goes on.
    Warning,
    /// Something is broken.
    Alarm,
    /// What moves with the music, and keys.
    Accent,
    /// The chosen line.
    Selected,
    /// A bar's filled part.
    Bar,
    /// The rule and the name over a pane.
    Title,
}

/// How roles look in a theme.
#[derive(Debug, Clone, Copy)]
pub struct Styles(Theme);

impl Styles {
    /// In this theme.
    #[must_use]
    pub const fn new(theme: Theme) -> Self {
        Self(theme)
    }

    /// How this role looks.
    #[must_use]
    pub const fn of(self, role: Role) -> Style {
        match self.0 {
            Theme::Dark => coloured(role, &DARK),
            Theme::Light => coloured(role, &LIGHT),
            Theme::Plain => plain(role),
        }
    }

    /// What is laid over everything that is stale: it loses its colours and its weight.
    #[must_use]
    pub const fn stale(self) -> Style {
        let style = Style::new()
            .add_modifier(Modifier::DIM)
            .remove_modifier(Modifier::BOLD.union(Modifier::UNDERLINED));
        match self.0 {
            Theme::Plain => style,
            Theme::Dark | Theme::Light => style.fg(Color::DarkGray),
        }
    }
}

/// The colours of a theme that has any.
struct Palette {
    good: Color,
    warning: Color,
    alarm: Color,
    accent: Color,
    bar: Color,
}

const DARK: Palette = Palette {
    good: Color::Green,
    warning: Color::Yellow,
    alarm: Color::LightRed,
    accent: Color::Cyan,
    bar: Color::Cyan,
};

/// Yellow, cyan and the light colours cannot be read on white.
const LIGHT: Palette = Palette {
    good: Color::Indexed(28),
    warning: Color::Indexed(130),
    alarm: Color::Red,
    accent: Color::Blue,
    bar: Color::Blue,
};

const fn coloured(role: Role, palette: &Palette) -> Style {
    let style = Style::new();
    match role {
        Role::Normal => style,
        Role::Faint => style.fg(Color::DarkGray),
        Role::Strong => style.add_modifier(Modifier::BOLD),
        Role::Good => style.fg(palette.good),
        Role::Warning => style.fg(palette.warning).add_modifier(Modifier::BOLD),
        Role::Alarm => style.fg(palette.alarm).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
        Role::Accent => style.fg(palette.accent).add_modifier(Modifier::BOLD),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
        Role::Bar => style.fg(palette.bar),
        Role::Title => style.fg(palette.accent),
    }
}

const fn plain(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Normal | Role::Good | Role::Bar | Role::Title => style,
        Role::Faint => style.add_modifier(Modifier::DIM),
        Role::Strong | Role::Accent | Role::Warning => style.add_modifier(Modifier::BOLD),
        Role::Alarm => style.add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 10] = [
        Role::Normal,
        Role::Faint,
        Role::Strong,
        Role::Good,
        Role::Warning,
        Role::Alarm,
        Role::Accent,
        Role::Selected,
        Role::Bar,
        Role::Title,
    ];

    #[test]
    fn the_plain_theme_has_no_colour() {
        let styles = Styles::new(Theme::Plain);
        for style in ROLES.map(|role| styles.of(role)).into_iter().chain([styles.stale()]) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn an_alarm_stands_out_in_every_theme_also_without_its_colour() {
        for theme in Theme::ALL {
            let alarm = Styles::new(theme).of(Role::Alarm);
            assert!(alarm.add_modifier.contains(Modifier::BOLD | Modifier::UNDERLINED), "{theme:?}");
        }
    }
}
