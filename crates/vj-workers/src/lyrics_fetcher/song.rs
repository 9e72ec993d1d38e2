//! The song that plays, and what is known of it by now.

use std::rc::Rc;

use serde_json::{Map, Value, json};
use vj_core::At;
use vj_core::playback::{Player, Track};
use vj_lyrics::lrc::{Line, Lyrics};
use vj_lyrics::song::SongKey;
use vj_lyrics::words::Language;

use super::ear::Place;
use super::limits::{LINES_SHOWN_MAX, SHOWN_BYTES_MAX};
use super::singing::Singing;
use super::steps::Steps;
use super::words::Words;

/// How the search for its lyrics stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// It is not settled.
    Open,
    Found,
    NotFound(String),
    Failed(String),
}

/// A song.
pub(super) struct Song {
    pub(super) number: u64,
    /// None: somebody asked for it while nothing played.
    pub(super) player: Option<Player>,
    pub(super) play: (u64, u64),
    pub(super) told_at_sec: f64,
    pub(super) track: Track,
    pub(super) key: SongKey,
    pub(super) place: Place,
    /// The offset of this track alone.
    pub(super) offset_ms: i64,
    pub(super) steps: Rc<Steps>,
    pub(super) search: Search,
    pub(super) lyrics: Option<Lyrics>,
    pub(super) is_from_cache: bool,
    pub(super) words: Words,
    pub(super) singing: Option<Singing>,
    pub(super) image: Option<String>,
    /// When its lyrics are looked for again, after a failure.
    pub(super) again_at: Option<At>,
}

impl Song {
    pub(super) fn new(number: u64, player: Option<Player>, track: Track, steps: Rc<Steps>) -> Self {
        let key = SongKey::new(&track);
        let (play, told_at_sec, place, words) = Default::default();
        let (lyrics, singing, image, again_at) = (None, None, None, None);
        let (search, is_from_cache, offset_ms) = (Search::Open, false, 0);
        Self {
            number,
            player,
            play,
            told_at_sec,
            track,
            key,
            place,
            offset_ms,
            steps,
            search,
            lyrics,
            is_from_cache,
            words,
            singing,
            image,
            again_at,
        }
    }

    /// Whether the visuals show its lines.
    pub(super) fn is_synced(&self) -> bool {
        matches!(self.lyrics, Some(Lyrics::Synced(_)))
    }

    /// As `get_state` shows it.
    pub(super) fn to_json(&self, now: At, global_offset_ms: i64) -> Map<String, Value> {
        let Track { artist, title, album, duration } = &self.track;
        let scores: Map<String, Value> =
            self.words.categories.scores.iter().map(|(name, score)| (name.clone(), round(*score))).collect();
        let fields = json!({
            "sequence": self.number,
            "track": {
                "artist": artist, "title": title, "album": album, "duration_sec": duration.as_secs_f64(),
                "source": self.player.map(Player::as_str),
            },
            "position_sec": self.place.sec(now),
            "is_playing": self.place.is_playing,
            "lyrics": self.lyrics_to_json(),
            "active_line": self.singing.as_ref().map_or(-1, Singing::active),
            "refrain": self.words.refrain.as_ref().map(|refrain| &refrain.text),
            "keywords": self.words.keywords.song,
            "themes": self.words.themes,
            "categories": scores,
            "primary_mood": self.words.categories.primary_mood,
            "words_by": self.words.by,
            "image": self.image,
            "steps": self.steps.to_json(),
            "offsets_ms": {"timing": global_offset_ms, "track": self.offset_ms},
        });
        fields.as_object().cloned().unwrap_or_default()
    }

    fn lyrics_to_json(&self) -> Value {
        let (status, message) = match (&self.search, &self.lyrics) {
            (Search::Found, Some(Lyrics::Synced(_))) => ("found", ""),
            (Search::Found, Some(Lyrics::Plain(_))) => ("plain", ""),
            (Search::Found, Some(Lyrics::Instrumental)) => ("instrumental", ""),
            (Search::NotFound(why), _) => ("not_found", why.as_str()),
            (Search::Failed(why), _) => ("failed", why.as_str()),
            (Search::Open | Search::Found, _) => ("none", ""),
        };
        let from = match self.search {
            Search::Open | Search::Failed(_) => None,
            _ => Some(if self.is_from_cache { "cache" } else { "lrclib" }),
        };
        let texts = self.lyrics.as_ref().map(Lyrics::texts).unwrap_or_default();
        let times = self.lyrics.as_ref().and_then(Lyrics::synced_lines);
        let mut left = SHOWN_BYTES_MAX;
        let shown = texts.iter().take(LINES_SHOWN_MAX).enumerate().map_while(|(at, text)| {
            left = left.checked_sub(text.len())?;
            let is_refrain = self.words.refrain.as_ref().is_some_and(|refrain| refrain.contains(at));
            let time = times.and_then(|lines| lines.get(at)).map(Line::time_sec);
            Some(json!({"index": at, "time_sec": time, "text": text, "refrain": is_refrain}))
        });
        let lines: Vec<Value> = shown.collect();
        json!({
            "status": status, "message": message, "from": from, "lines": lines, "line_count": texts.len(),
            "more": lines.len() < texts.len(),
            "language": self.words.language.map(Language::name),
        })
    }
}

/// A score as it is shown: three digits say enough.
fn round(score: f32) -> Value {
    json!((f64::from(score) * 1e3).round() / 1e3)
}
