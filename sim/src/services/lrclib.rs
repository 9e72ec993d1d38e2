//! LRCLIB, as its own server answers (observed: state of December 2024).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vj_lyrics::words::fold;

use super::service::Nature;
use crate::http::{Asked, Reply};

/// A track that it knows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Who made it.
    pub artist: String,
    /// Its name.
    pub title: String,
    /// Its album.
    #[serde(default)]
    pub album: String,
    /// Its length.
    pub duration_sec: f64,
    /// Nobody sings.
    #[serde(default)]
    pub instrumental: bool,
    /// The words without times.
    #[serde(default)]
    pub plain: Option<String>,
    /// The words in LRC, or what somebody took for it.
    #[serde(default)]
    pub synced: Option<String>,
}

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LrclibEvent {
    /// Somebody has added a track.
    Knows(Record),
}

/// The service.
#[derive(Debug, Default)]
pub struct Lrclib {
    records: Vec<Record>,
}

/// The lengths that it takes.
const DURATION_SEC: std::ops::RangeInclusive<f64> = 1.0..=3_600.0;

/// By how much a length may be off.
const OFF_SEC: f64 = 2.0;

/// Tracks in an answer to a search.
const FOUND_MAX: usize = 20;

impl Nature for Lrclib {
    type Event = LrclibEvent;

    fn happens(&mut self, _: f64, event: LrclibEvent) {
        match event {
            LrclibEvent::Knows(record) => self.records.push(record),
        }
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        match asked.path.as_str() {
            "/api/get" => self.get(asked),
            "/api/search" => self.search(asked),
            path => {
                let id = path.strip_prefix("/api/get/").and_then(|id| id.parse::<usize>().ok());
                match id.map(|id| id.checked_sub(1).and_then(|at| self.records.get(at).map(|it| (at, it)))) {
                    Some(found) => found.map_or_else(not_found, |(at, it)| Reply::json(200, &shown(at, it))),
                    // `/api/get-cached` among them: the documents speak of it, the server knows it no more.
                    None => Reply::new(404, "", ""),
                }
            }
        }
    }

    /// What stands in front of the public service says so.
    fn limited(&self) -> Reply {
        Reply::page(429, "429 Too Many Requests")
    }
}

impl Lrclib {
    fn get(&self, asked: &Asked) -> Reply {
        let (artist, title) = (asked.parameter("artist_name"), asked.parameter("track_name"));
        let (Some(artist), Some(title)) = (artist, title) else {
            let missing = if title.is_none() { "track_name" } else { "artist_name" };
            let why = format!("Failed to deserialize query string: missing field `{missing}`");
            return Reply::new(400, "text/plain; charset=utf-8", why);
        };
        let duration_sec = asked.parameter("duration").map(|text| text.parse::<f64>().unwrap_or_default());
        if duration_sec.is_some_and(|sec| !DURATION_SEC.contains(&sec)) {
            let why = "duration: must be between 1 and 3600";
            return Reply::json(400, &error(400, "ValidationError", why));
        }
        let album = asked.parameter("album_name").map(fold);
        let found = self.records.iter().enumerate().find(|(_, record)| {
            fold(&record.artist) == fold(artist)
                && fold(&record.title) == fold(title)
                && album.as_ref().is_none_or(|album| fold(&record.album) == *album)
                && duration_sec.is_none_or(|sec| (record.duration_sec - sec).abs() <= OFF_SEC)
        });
        found.map_or_else(not_found, |(at, record)| Reply::json(200, &shown(at, record)))
    }

    fn search(&self, asked: &Asked) -> Reply {
        let asked_for = |name: &str| asked.parameter(name).map(fold).filter(|text| !text.is_empty());
        let (all, title, artist) = (asked_for("q"), asked_for("track_name"), asked_for("artist_name"));
        let says_all = |words: &Option<String>, text: &str| {
            words
                .as_ref()
                .is_none_or(|words| words.split(' ').all(|word| text.split(' ').any(|it| it == word)))
        };
        let fits = |record: &Record| {
            let (of_title, of_artist) = (fold(&record.title), fold(&record.artist));
            let of_all = format!("{of_title} {of_artist} {}", fold(&record.album));
            says_all(&all, &of_all) && says_all(&title, &of_title) && says_all(&artist, &of_artist)
        };
        let has_asked = all.is_some() || title.is_some();
        let found = self.records.iter().enumerate().filter(|(_, record)| has_asked && fits(record));
        let found: Vec<Value> = found.take(FOUND_MAX).map(|(at, record)| shown(at, record)).collect();
        Reply::json(200, &found.into())
    }
}

fn shown(at: usize, record: &Record) -> Value {
    let Record { artist, title, album, duration_sec, instrumental, plain, synced } = record;
    json!({
        "id": at + 1, "name": title, "trackName": title, "artistName": artist, "albumName": album,
        "duration": duration_sec, "instrumental": instrumental, "plainLyrics": plain, "syncedLyrics": synced,
    })
}

fn error(status: u16, name: &str, message: &str) -> Value {
    json!({"message": message, "name": name, "statusCode": status})
}

fn not_found() -> Reply {
    Reply::json(404, &error(404, "TrackNotFound", "Failed to find specified track"))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::http::Site;
    use crate::services::service::Service;
    use crate::services::tape::ServicesTape;

    /// The three tracks with which the real server was observed.
    const TAPE: &str = r#"{"t": 0, "lrclib": {"knows": {"artist": "A", "title": "T", "album": "L", "duration_sec": 320, "plain": "a\nb", "synced": "[00:01.00] a\n[00:05.50] b"}}}
        {"t": 0, "lrclib": {"knows": {"artist": "A", "title": "T (Live)", "album": "L", "duration_sec": 300, "plain": "a\nb"}}}
        {"t": 0, "lrclib": {"knows": {"artist": "A", "title": "I", "album": "L", "duration_sec": 345, "instrumental": true}}}"#;

    fn ask(path: &str) -> (u16, &'static str, String) {
        let mut service = Service::new(Lrclib::default(), ServicesTape::parse(TAPE).unwrap().lrclib);
        let url = Url::parse(&format!("http://x/api/{path}")).unwrap();
        let query = url.query_pairs().into_owned().collect();
        let asked = Asked { at_sec: 1.0, path: url.path().to_owned(), query, ..Asked::default() };
        let reply = service.answer(&asked);
        (reply.status, reply.kind, String::from_utf8(reply.body).unwrap())
    }

    #[test]
    fn it_answers_as_the_real_server_was_seen_to() {
        let track = r#"{"id":1,"name":"T","trackName":"T","artistName":"A","albumName":"L","duration":320.0,"instrumental":false,"plainLyrics":"a\nb","syncedLyrics":"[00:01.00] a\n[00:05.50] b"}"#;
        let json = "application/json";
        let same = |reply: (u16, &str, String), status: u16, body: &str| {
            let (one, two): (Value, Value) =
                (serde_json::from_str(&reply.2).unwrap(), serde_json::from_str(body).unwrap());
            assert_eq!((reply.0, reply.1, one), (status, json, two));
        };
        for path in [
            "get?artist_name=A&track_name=T&album_name=L&duration=320",
            "get?artist_name=A&track_name=T&album_name=L&duration=322",
            "get?artist_name=A&track_name=T",
            "get?artist_name=a&track_name=t!",
            "get/1",
        ] {
            same(ask(path), 200, track);
        }
        let not_found =
            r#"{"message":"Failed to find specified track","name":"TrackNotFound","statusCode":404}"#;
        same(ask("get?artist_name=A&track_name=T&album_name=L&duration=323"), 404, not_found);
        same(ask("get/999"), 404, not_found);
        let invalid =
            r#"{"message":"duration: must be between 1 and 3600","name":"ValidationError","statusCode":400}"#;
        for sec in ["0", "5000"] {
            same(ask(&format!("get?artist_name=A&track_name=T&duration={sec}")), 400, invalid);
        }
        let missing = "Failed to deserialize query string: missing field `track_name`";
        assert_eq!(ask("get?artist_name=A"), (400, "text/plain; charset=utf-8", missing.to_owned()));
        assert_eq!(ask("get-cached?artist_name=A&track_name=T"), (404, "", String::new()));
        let instrumental: Value = serde_json::from_str(&ask("get?artist_name=A&track_name=I").2).unwrap();
        assert_eq!(
            (&instrumental["instrumental"], &instrumental["plainLyrics"], &instrumental["syncedLyrics"]),
            (&json!(true), &Value::Null, &Value::Null)
        );
        for path in ["search?track_name=T&artist_name=A", "search?q=T"] {
            let found: Value = serde_json::from_str(&ask(path).2).unwrap();
            assert_eq!((&found[0]["id"], &found[1]["id"], &found[2]), (&json!(1), &json!(2), &Value::Null));
        }
        for path in ["search?q=nothing", "search"] {
            assert_eq!(ask(path), (200, json, "[]".to_owned()));
        }
    }
}
