//! What the worker is told to do.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vj_bus::{Board, Command, CommandEnd, Responder};
use vj_core::playback::Track;
use vj_lyrics::lrc::Lyrics;
use vj_lyrics::song::SongKey;

use super::core::Core;
use super::limits::{NAME_BYTES_MAX, OFFSET_MS_MAX, ORDERS_MAX};
use super::lookup::{Found, Looked, Lookup, kind};
use super::song::{Search, Song};
use super::steps::Steps;
use super::work::{Done, Kind, Work};

const FETCH_LYRICS: &str = "fetch_lyrics";

/// Somebody asked for the lyrics of a song.
pub(super) struct Order {
    msg_id: String,
    track: Track,
}

impl Core {
    pub(super) fn command(&mut self, board: &Board, command: &Command, responder: Responder) {
        match command.cmd.as_str() {
            FETCH_LYRICS => match self.fetch(board, &command.args, responder.msg_id()) {
                Ok(()) => responder.ack(Some("accepted".to_owned()), None),
                Err(why) => responder.refuse(why),
            },
            "set_track_offset" => self.set_track_offset(&command.args, responder),
            other => responder.unknown(other),
        }
    }

    /// Looks for the lyrics of a song. They are shown if it plays, or if nothing does; else they are there when it will.
    fn fetch(&mut self, board: &Board, args: &Map<String, Value>, msg_id: &str) -> Result<(), String> {
        let track = track(args)?;
        if self.orders.len() >= ORDERS_MAX {
            return Err(format!("{ORDERS_MAX} are under way already"));
        }
        if self.song.as_ref().is_none_or(|song| song.player.is_none()) {
            self.begin(None, track.clone());
        }
        let is_shown = self.song.as_ref().filter(|song| song.track.is_same_as(&track));
        // Of the song that plays more is known than whoever asks may say: without its length another one's words would do.
        let track = match is_shown {
            Some(song) if track.known_duration().is_none() => song.track.clone(),
            _ => track,
        };
        let steps =
            is_shown.map_or_else(|| Rc::new(Steps::new(self.env.clock.clone())), |song| song.steps.clone());
        self.counts.lookups += 1;
        let lookup = Lookup {
            key: SongKey::new(&track),
            base: self.config.lrclib.clone(),
            is_asked_again: true,
            steps,
            is_wanted: None,
            cache: self.cache.clone(),
            lrclib: self.lrclib.clone(),
            track: track.clone(),
        };
        let (cache, order) = (self.cache.clone(), Order { msg_id: msg_id.to_owned(), track });
        let job = async move {
            let mut looked = lookup.run().await;
            // Kept before it is said to be done.
            let unkept = match looked.entry.take() {
                Some(entry) => cache.keep(&entry).await.err().map(|error| error.to_string()),
                None => None,
            };
            Done::Ordered { order, looked, unkept }
        };
        self.work.push(Work::Start(Kind::Order, Box::pin(job)));
        self.orders.push(msg_id.to_owned());
        board.command_stands(msg_id, FETCH_LYRICS, CommandEnd::Accepted);
        Ok(())
    }

    /// It ended; success is said of nothing else than success.
    pub(super) fn ordered(&mut self, board: &Board, order: Order, looked: Looked, unkept: Option<String>) {
        let is_shown = self.song.as_ref().is_some_and(|song| song.track.is_same_as(&order.track));
        let end = match (&looked.found, unkept) {
            (Found::Lyrics(lyrics), None) => CommandEnd::Done(described(lyrics, looked.is_from_cache)),
            (Found::Lyrics(lyrics), Some(why)) if is_shown => {
                let what = described(lyrics, looked.is_from_cache);
                CommandEnd::Done(format!("{what}; shown, but not kept: {why}"))
            }
            (Found::Lyrics(_), Some(why)) => CommandEnd::Failed(format!("found, but not kept: {why}")),
            (Found::Nothing(why), _) => CommandEnd::Failed(format!("no lyrics were found: {why}")),
            (Found::Failed(why, _), _) => CommandEnd::Failed(why.clone()),
            (Found::GivenUp, _) => CommandEnd::Failed("given up".to_owned()),
        };
        self.orders.retain(|msg_id| *msg_id != order.msg_id);
        board.command_stands(&order.msg_id, FETCH_LYRICS, end);
        // What the song's own lookup finds counts for more than that an order found nothing.
        let counts = |song: &Song| {
            song.search != Search::Found
                && (song.player.is_none() || matches!(looked.found, Found::Lyrics(_)))
        };
        if is_shown && self.song.as_ref().is_some_and(counts) {
            // A lookup of the song's own, if one is under way, comes too late now.
            self.attempt.set(self.attempt.get() + 1);
            self.settle(looked);
        }
    }

    /// The loop ends: what it has begun does not.
    pub(super) fn fail_orders(&mut self, board: &Board) {
        for msg_id in self.orders.drain(..) {
            let why = "the worker ended or started over meanwhile".to_owned();
            board.command_stands(&msg_id, FETCH_LYRICS, CommandEnd::Failed(why));
        }
    }

    fn set_track_offset(&mut self, args: &Map<String, Value>, responder: Responder) {
        let wanted = args.get("offset_ms").and_then(Value::as_i64);
        let Some(offset_ms) = wanted.filter(|ms| ms.abs() <= OFFSET_MS_MAX) else {
            responder.refuse(format!(
                "'offset_ms' must be a whole number from -{OFFSET_MS_MAX} to {OFFSET_MS_MAX}"
            ));
            return;
        };
        let Some(song) = &mut self.song else {
            responder.refuse("no track plays");
            return;
        };
        song.offset_ms = offset_ms;
        let key = song.key.clone();
        self.offsets.set(&key, offset_ms);
        self.apply_offset();
        let (offsets, store) = (self.offsets.clone(), self.env.store.clone());
        let job = async move { Done::OffsetKept(responder, offsets.keep(store).await) };
        self.work.push(Work::Start(Kind::Keep, Box::pin(job)));
    }

    /// The offset is kept, or would not survive a crash.
    pub(super) fn offset_kept(&self, responder: Responder, kept: std::io::Result<()>) {
        let offset_ms = self.song.as_ref().map(|song| song.offset_ms);
        let message = kept.err().map(|error| format!("in effect, but it would not survive a crash: {error}"));
        responder.ack(message, offset_ms.map(|offset_ms| json!({"offset_ms": offset_ms})));
    }
}

fn track(args: &Map<String, Value>) -> Result<Track, String> {
    let (artist, title) = (text(args, "artist")?, text(args, "title")?);
    if artist.is_empty() || title.is_empty() {
        let missing = if artist.is_empty() { "artist" } else { "title" };
        return Err(format!("'{missing}' is missing"));
    }
    let duration = match args.get("duration_sec") {
        None | Some(Value::Null) => Duration::ZERO,
        Some(value) => value
            .as_f64()
            .filter(|sec| (0.0..=86_400.0).contains(sec))
            .map(Duration::from_secs_f64)
            .ok_or("'duration_sec' must be a number of seconds, at most a day")?,
    };
    Ok(Track { artist, title, album: text(args, "album")?, duration })
}

/// An argument that is a text; none is an empty one.
fn text(args: &Map<String, Value>, name: &str) -> Result<String, String> {
    match args.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) if text.len() <= NAME_BYTES_MAX => Ok(text.trim().to_owned()),
        Some(_) => Err(format!("'{name}' must be a text of at most {NAME_BYTES_MAX} bytes")),
    }
}

fn described(lyrics: &Lyrics, is_from_cache: bool) -> String {
    let from = if is_from_cache { "the cache" } else { "LRCLIB" };
    match lyrics {
        Lyrics::Instrumental => format!("instrumental, by {from}"),
        Lyrics::Synced(_) | Lyrics::Plain(_) => {
            format!("{} lyrics, {} lines, from {from}", kind(lyrics), lyrics.texts().len())
        }
    }
}
