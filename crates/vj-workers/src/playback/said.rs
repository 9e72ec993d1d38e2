//! What a source said, in words that can be written down and read again: for recordings.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_core::playback::{Playback, PlaybackKind, Track};

use crate::ports::{Rest, SourceError};

/// An answer of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// This is how the player is.
    Plays(SaidPlayback),
    /// It asks for rest.
    RetryAfter {
        /// For how long.
        wait_sec: f64,
        /// What is wrong with it, where that is anything but too many questions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// It did not answer, or not in a way that can be understood.
    Failed(String),
    /// The user must sign in again.
    SignInNeeded(String),
    /// There is nothing to ask yet.
    NotConfigured(String),
}

/// How a player is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaidPlayback {
    /// What is in it; none: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<SaidTrack>,
    /// Where in it, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_sec: Option<f64>,
    /// Whether it runs.
    pub is_playing: bool,
    /// `track`, `ad`, `podcast`, `local` or `unknown`.
    pub kind: SaidKind,
    /// Which play this is, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub play: Option<u64>,
}

/// A track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaidTrack {
    /// Who made it.
    pub artist: String,
    /// Its name.
    pub title: String,
    /// Its album.
    #[serde(default)]
    pub album: String,
    /// Its length; 0 = not known.
    #[serde(default)]
    pub duration_sec: f64,
}

/// What kind of thing plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are those of `PlaybackKind`")]
pub enum SaidKind {
    Track,
    Ad,
    Podcast,
    Local,
    Unknown,
}

impl Said {
    /// The words for an answer.
    #[must_use]
    pub fn of(answer: &Result<Playback, SourceError>) -> Self {
        match answer {
            Ok(playback) => Self::Plays(SaidPlayback {
                track: playback.track.as_ref().map(|track| SaidTrack {
                    artist: track.artist.clone(),
                    title: track.title.clone(),
                    album: track.album.clone(),
                    duration_sec: track.duration.as_secs_f64(),
                }),
                position_sec: playback.position.map(|position| position.as_secs_f64()),
                is_playing: playback.is_playing,
                kind: playback.kind.into(),
                play: playback.play,
            }),
            Err(SourceError::RetryAfter(Rest { wait, why })) => {
                Self::RetryAfter { wait_sec: wait.as_secs_f64(), why: why.clone() }
            }
            Err(SourceError::Transient(why)) => Self::Failed(why.clone()),
            Err(SourceError::SignInNeeded(why)) => Self::SignInNeeded(why.clone()),
            Err(SourceError::NotConfigured(why)) => Self::NotConfigured(why.clone()),
        }
    }

    /// The answer that these are the words for, `later` after it was given: a track that plays has gone on meanwhile, and a
    /// rest is shorter.
    ///
    /// # Errors
    /// The error that was the answer.
    pub fn answer(&self, later: Duration) -> Result<Playback, SourceError> {
        let seconds = |sec: f64| Duration::try_from_secs_f64(sec).unwrap_or_default();
        match self.clone() {
            Self::Plays(said) => {
                let moved = if said.is_playing { later } else { Duration::ZERO };
                Ok(Playback {
                    position: said.position_sec.map(|sec| seconds(sec) + moved),
                    track: said.track.map(|track| Track {
                        artist: track.artist,
                        title: track.title,
                        album: track.album,
                        duration: seconds(track.duration_sec),
                    }),
                    is_playing: said.is_playing,
                    kind: said.kind.into(),
                    play: said.play,
                })
            }
            Self::RetryAfter { wait_sec, why } => {
                let wait = seconds(wait_sec).saturating_sub(later);
                Err(SourceError::RetryAfter(Rest { wait, why }))
            }
            Self::Failed(why) => Err(SourceError::Transient(why)),
            Self::SignInNeeded(why) => Err(SourceError::SignInNeeded(why)),
            Self::NotConfigured(why) => Err(SourceError::NotConfigured(why)),
        }
    }
}

impl From<PlaybackKind> for SaidKind {
    fn from(kind: PlaybackKind) -> Self {
        match kind {
            PlaybackKind::Track => Self::Track,
            PlaybackKind::Ad => Self::Ad,
            PlaybackKind::Podcast => Self::Podcast,
            PlaybackKind::Local => Self::Local,
            PlaybackKind::Unknown => Self::Unknown,
        }
    }
}

impl From<SaidKind> for PlaybackKind {
    fn from(kind: SaidKind) -> Self {
        match kind {
            SaidKind::Track => Self::Track,
            SaidKind::Ad => Self::Ad,
            SaidKind::Podcast => Self::Podcast,
            SaidKind::Local => Self::Local,
            SaidKind::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_as_it_was_said() {
        let track =
            Track { duration: Duration::from_millis(305_120), ..Track::new("Björk", "Jóga \"Live\"") };
        let playing = Playback {
            track: Some(track),
            position: Some(Duration::from_millis(12_345)),
            is_playing: true,
            kind: PlaybackKind::Track,
            play: Some(7),
        };
        let rest = Rest { wait: Duration::from_millis(4_500), why: Some("503".to_owned()) };
        let ad = Playback { kind: PlaybackKind::Ad, is_playing: true, ..Playback::default() };
        for answer in [
            Ok(playing.clone()),
            Ok(Playback::default()),
            Ok(ad),
            Err(SourceError::RetryAfter(rest)),
            Err(SourceError::Transient("reset".to_owned())),
            Err(SourceError::SignInNeeded("sign in".to_owned())),
            Err(SourceError::NotConfigured("no client_id".to_owned())),
        ] {
            let text = serde_json::to_string(&Said::of(&answer)).unwrap();
            let read: Said = serde_json::from_str(&text).unwrap();
            assert_eq!(read.answer(Duration::ZERO), answer, "{text}");
        }
        let later = Said::of(&Ok(playing)).answer(Duration::from_millis(500)).unwrap();
        assert_eq!(later.position, Some(Duration::from_millis(12_845)), "it plays on");
    }
}
