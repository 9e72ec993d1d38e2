//! The screens.

/// One of six, on the number keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Workers, services, what plays, levels.
    Master,
    /// OSC as it goes.
    Osc,
    /// The song, and what a model makes of it.
    Song,
    /// What all processes say.
    Logs,
    /// What is heard.
    Audio,
    /// Recordings and sets.
    Sets,
}

impl Screen {
    /// In the order of the keys.
    pub const ALL: [Self; 6] = [Self::Master, Self::Osc, Self::Song, Self::Logs, Self::Audio, Self::Sets];

    /// Its name in the head line.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Master => "Master",
            Self::Osc => "OSC",
            Self::Song => "Song & AI",
            Self::Logs => "Logs",
            Self::Audio => "Audio",
            Self::Sets => "Sets",
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(self) -> char {
        let at = Self::ALL.iter().position(|screen| *screen == self).unwrap_or_default();
        char::from_digit(at as u32 + 1, 10).unwrap_or('1')
    }

    /// The one on this key.
    #[must_use]
    pub fn of_key(key: char) -> Option<Self> {
        let at = key.to_digit(10)?.checked_sub(1)?;
        Self::ALL.get(at as usize).copied()
    }

    /// Whether its lists can be filtered or searched.
    #[must_use]
    pub const fn has_filter(self) -> bool {
        matches!(self, Self::Osc | Self::Logs)
    }

    /// The next one, or the one before, round the corner.
    #[must_use]
    pub fn turned(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|screen| *screen == self).unwrap_or_default() as isize;
        Self::ALL[(at + by).rem_euclid(Self::ALL.len() as isize) as usize]
    }
}
