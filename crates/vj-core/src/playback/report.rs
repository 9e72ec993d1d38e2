//! What a source says at one moment.

use std::time::Duration;

use super::Track;

/// What kind of thing plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum PlaybackKind {
    /// Music of the source's own catalogue.
    Track,
    /// An advertisement: there is no track while it lasts.
    Ad,
    /// An episode of a podcast.
    Podcast,
    /// A file of the user's own.
    Local,
    /// The source does not say, or nothing plays.
    #[default]
    Unknown,
}

impl PlaybackKind {
    /// As it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Ad => "ad",
            Self::Podcast => "podcast",
            Self::Local => "local",
            Self::Unknown => "unknown",
        }
    }
}

/// What a source says at one moment. The default says that nothing plays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Playback {
    /// What is in the player; none = nothing.
    pub track: Option<Track>,
    /// Where in it; none where the source does not say, and then it is counted from when the track was first seen.
    pub position: Option<Duration>,
    /// Whether it runs.
    pub is_playing: bool,
    /// What kind of thing it is.
    pub kind: PlaybackKind,
    /// Which play this is, where the source can tell two plays of one track in a row apart.
    pub play: Option<u64>,
}
