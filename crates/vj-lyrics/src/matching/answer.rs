//! What LRCLIB answers.

use serde_json::{Map, Value};

use crate::limits::{CANDIDATES_MAX, LRCLIB_ANSWER_BYTES_MAX};
use crate::lrc::Lyrics;

/// One of its tracks. Every field may be missing, null or of another type; what is not there is empty or `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidate {
    /// Its number there.
    pub id: Option<u64>,
    /// The song.
    pub title: String,
    /// Who made it.
    pub artist: String,
    /// The album.
    pub album: String,
    /// Its length.
    pub duration_sec: Option<f64>,
    /// Nobody sings.
    pub is_instrumental: bool,
    /// The lyrics without times, as they came.
    pub plain: Option<String>,
    /// The lyrics in LRC, as they came.
    pub synced: Option<String>,
}

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// More than [`LRCLIB_ANSWER_BYTES_MAX`].
    #[error("the answer has {0} bytes, at most {LRCLIB_ANSWER_BYTES_MAX} are read")]
    TooLarge(usize),
    /// No JSON, as when a proxy speaks for the service.
    #[error("the answer is not JSON")]
    NotJson,
    /// The service names a mistake; a track that it does not know is [`AnswerError::is_not_found`].
    #[error("the service says {name}: {message}")]
    Said {
        /// `TrackNotFound`, `ValidationError`, `UnknownError`, or nothing.
        name: String,
        /// In its words.
        message: String,
    },
    /// JSON, but no track and no list of them.
    #[error("the answer is JSON, but no track")]
    NotATrack,
}

impl AnswerError {
    /// Whether it says that there is no such track, which may be remembered.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Said { name, .. } if name == "TrackNotFound")
    }
}

impl Candidate {
    /// Reads the body of `/api/get` or `/api/search`: one track, or a list of which what is no track is left out. An
    /// empty list is an answer.
    ///
    /// # Errors
    ///
    /// What the answer is instead.
    pub fn read(body: &[u8]) -> Result<Vec<Self>, AnswerError> {
        if body.len() > LRCLIB_ANSWER_BYTES_MAX {
            return Err(AnswerError::TooLarge(body.len()));
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        match serde_json::from_slice(body).map_err(|_| AnswerError::NotJson)? {
            Value::Array(tracks) => {
                let tracks = tracks.iter().take(CANDIDATES_MAX).filter_map(Value::as_object);
                Ok(tracks.filter_map(Self::from_object).collect())
            }
            Value::Object(track) => match Self::from_object(&track) {
                Some(candidate) => Ok(vec![candidate]),
                None if track.contains_key("message") || track.contains_key("statusCode") => {
                    Err(AnswerError::Said { name: text(&track, "name"), message: text(&track, "message") })
                }
                None => Err(AnswerError::NotATrack),
            },
            _ => Err(AnswerError::NotATrack),
        }
    }

    fn from_object(track: &Map<String, Value>) -> Option<Self> {
        // An error has a `name` too, and that is not a song's.
        let is_error = track.contains_key("statusCode");
        let either = |one: &str, two: &str| {
            Some(text(track, one)).filter(|t| !t.is_empty()).unwrap_or_else(|| text(track, two))
        };
        let title = if is_error { text(track, "trackName") } else { either("trackName", "name") };
        let lyrics = |key: &str| Some(text(track, key)).filter(|text| !text.trim().is_empty());
        let candidate = Self {
            id: number(track, "id").filter(|id| *id >= 0.0 && *id < 9e15).map(|id| id as u64),
            title,
            artist: text(track, "artistName"),
            album: text(track, "albumName"),
            duration_sec: number(track, "duration").filter(|duration| *duration > 0.0),
            is_instrumental: matches!(track.get("instrumental"), Some(Value::Bool(true)))
                || text(track, "instrumental").eq_ignore_ascii_case("true")
                || number(track, "instrumental") == Some(1.0),
            plain: lyrics("plainLyrics"),
            synced: lyrics("syncedLyrics"),
        };
        (!candidate.title.is_empty()).then_some(candidate)
    }

    /// Its lyrics: synced before plain. `None`: nothing in it is lyrics.
    #[must_use]
    pub fn lyrics(&self) -> Option<Lyrics> {
        let read = |text: &Option<String>| text.as_deref().and_then(Lyrics::parse);
        match (read(&self.synced), read(&self.plain)) {
            (Some(Lyrics::Synced(lines)), _) => Some(Lyrics::Synced(lines)),
            // Times in the wrong field are times all the same.
            (_, Some(plain @ (Lyrics::Plain(_) | Lyrics::Synced(_)))) => Some(plain),
            (Some(synced), _) => Some(synced),
            (None, Some(Lyrics::Instrumental)) => Some(Lyrics::Instrumental),
            (None, None) => self.is_instrumental.then_some(Lyrics::Instrumental),
        }
    }
}

/// A text, or a number that stands where a text should.
fn text(track: &Map<String, Value>, key: &str) -> String {
    match track.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A number, or a text that is one.
fn number(track: &Map<String, Value>, key: &str) -> Option<f64> {
    let number = match track.get(key)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}
