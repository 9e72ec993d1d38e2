//! What Spotify's player says is playing, read tolerantly.
//!
//! The service leaves fields out as it likes: `external_ids` and `popularity` are gone for newer apps, local files have no
//! id, ads have no item, and `progress_ms` may be null. A field that is missing or odd costs that field and nothing else.
//!
//! Source: the schema of `GET /me/player/currently-playing`, a part of which stands in `fixtures/spotify/`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is playing, or was when the service last heard of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// What sort of thing it is.
    pub kind: ItemKind,
    /// The track or episode; none for an ad, for something unknown, and where the service does not say.
    pub item: Option<Item>,
    /// As the service has it: it may be true for hours after the end, or while the player is paused.
    pub is_playing: bool,
    /// How far into the item, in milliseconds. Some devices never say, others always say 0.
    pub progress_ms: Option<u64>,
}

/// What sort of thing is playing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ItemKind {
    /// A song.
    Track,
    /// A podcast's.
    Episode,
    /// An advertisement.
    Ad,
    /// The service does not know, or has thought of something new.
    #[default]
    Unknown,
}

/// A track or an episode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// Spotify's URI: it names the item for as long as it exists. Empty if the service does not say.
    pub uri: String,
    /// Its name.
    pub title: String,
    /// Its artists, joined by commas; an episode's show.
    pub artist: String,
    /// Its album; an episode's show.
    pub album: String,
    /// Its length in milliseconds.
    pub duration_ms: Option<u64>,
}

impl Answer {
    /// Reads the body of an answer; an empty one is `None`: nothing plays.
    ///
    /// # Errors
    /// What is wrong with a body that is no JSON object.
    pub fn parse(body: &str) -> Result<Option<Self>, String> {
        if body.trim().is_empty() {
            return Ok(None);
        }
        let playing: Playing = serde_json::from_str(body).map_err(|error| error.to_string())?;
        Ok(Some(playing.into()))
    }
}

/// The answer on the wire.
#[derive(Deserialize)]
struct Playing {
    #[serde(default, deserialize_with = "if_fit")]
    currently_playing_type: Option<String>,
    #[serde(default, deserialize_with = "if_fit")]
    is_playing: Option<bool>,
    #[serde(default, deserialize_with = "if_fit")]
    progress_ms: Option<f64>,
    #[serde(default, deserialize_with = "if_fit")]
    item: Option<WireItem>,
}

#[derive(Deserialize)]
struct WireItem {
    #[serde(default, deserialize_with = "if_fit", rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "if_fit")]
    uri: Option<String>,
    #[serde(default, deserialize_with = "if_fit")]
    name: Option<String>,
    #[serde(default, deserialize_with = "if_fit")]
    duration_ms: Option<f64>,
    #[serde(default, deserialize_with = "if_fit")]
    artists: Option<Vec<Named>>,
    #[serde(default, deserialize_with = "if_fit")]
    album: Option<Named>,
    #[serde(default, deserialize_with = "if_fit")]
    show: Option<Named>,
}

/// An artist, an album, a show: only the name matters.
#[derive(Deserialize)]
struct Named {
    #[serde(default, deserialize_with = "if_fit")]
    name: Option<String>,
}

/// The value if it has the right form, else none.
fn if_fit<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

impl From<Playing> for Answer {
    fn from(playing: Playing) -> Self {
        let item_kind = playing.item.as_ref().and_then(|item| item.kind.clone());
        let kind = match playing.currently_playing_type.or(item_kind).as_deref() {
            Some("track") => ItemKind::Track,
            Some("episode") => ItemKind::Episode,
            Some("ad") => ItemKind::Ad,
            _ => ItemKind::Unknown,
        };
        Self {
            kind,
            item: playing.item.map(Item::from).filter(|item| !item.title.is_empty()),
            is_playing: playing.is_playing.unwrap_or(false),
            progress_ms: playing.progress_ms.and_then(whole_ms),
        }
    }
}

impl From<WireItem> for Item {
    fn from(item: WireItem) -> Self {
        let name = |named: Option<Named>| named.and_then(|it| it.name).unwrap_or_default();
        let artists: Vec<String> = item.artists.into_iter().flatten().filter_map(|it| it.name).collect();
        let artists: Vec<&str> = artists.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        let show = name(item.show);
        let artist = if artists.is_empty() { show.clone() } else { artists.join(", ") };
        let album = item.album.map_or(show, |album| name(Some(album)));
        Self {
            uri: item.uri.unwrap_or_default(),
            title: item.name.unwrap_or_default().trim().to_owned(),
            artist: artist.trim().to_owned(),
            album: album.trim().to_owned(),
            duration_ms: item.duration_ms.and_then(whole_ms).filter(|ms| *ms > 0),
        }
    }
}

/// Milliseconds that a position or a length can have: up to some days, which is longer than anything that plays.
fn whole_ms(ms: f64) -> Option<u64> {
    const LONGEST_MS: f64 = 1e9;
    (0.0..=LONGEST_MS).contains(&ms).then_some(ms as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Answer {
        Answer::parse(&body.to_string()).unwrap().unwrap()
    }

    /// As the service answers apps that were made since 2026.
    fn song() -> Value {
        json!({
            "timestamp": 1_790_000_000_000_u64, "progress_ms": 61_234, "is_playing": true, "context": null,
            "currently_playing_type": "track", "actions": {"disallows": {"resuming": true}},
            "item": {
                "album": {"name": "Ágætis byrjun", "type": "album"},
                "artists": [{"name": "Sigur Rós", "type": "artist"}, {"name": "Björk"}],
                "duration_ms": 481_000, "id": "6Ye", "is_local": false, "name": "Svefn-g-englar", "type": "track",
                "uri": "spotify:track:6Ye"
            }
        })
    }

    #[test]
    fn a_track_without_what_newer_apps_do_not_get_is_whole() {
        let expected = Answer {
            kind: ItemKind::Track,
            item: Some(Item {
                uri: "spotify:track:6Ye".to_owned(),
                title: "Svefn-g-englar".to_owned(),
                artist: "Sigur Rós, Björk".to_owned(),
                album: "Ágætis byrjun".to_owned(),
                duration_ms: Some(481_000),
            }),
            is_playing: true,
            progress_ms: Some(61_234),
        };
        assert_eq!(read(song()), expected);
    }

    #[test]
    fn nothing_at_all_is_no_playback() {
        assert_eq!(Answer::parse(""), Ok(None));
        assert_eq!(Answer::parse(" \n"), Ok(None));
    }

    #[test]
    fn an_ad_and_something_unknown_have_no_item() {
        for (word, kind) in
            [("ad", ItemKind::Ad), ("unknown", ItemKind::Unknown), ("hologram", ItemKind::Unknown)]
        {
            let answer = read(
                json!({"item": null, "currently_playing_type": word, "is_playing": true, "progress_ms": 7}),
            );
            assert_eq!(answer, Answer { kind, item: None, is_playing: true, progress_ms: Some(7) }, "{word}");
        }
    }

    #[test]
    fn an_episode_has_its_show_for_artist_and_album() {
        let answer = read(json!({
            "currently_playing_type": "episode", "is_playing": false, "progress_ms": null,
            "item": {"type": "episode", "name": "On Bells", "show": {"name": "The Hour"}, "uri": "spotify:episode:1",
                "duration_ms": 1_686_230}
        }));
        let item = answer.item.unwrap();
        assert_eq!((answer.kind, answer.progress_ms, answer.is_playing), (ItemKind::Episode, None, false));
        assert_eq!(
            (item.title.as_str(), item.artist.as_str(), item.album.as_str()),
            ("On Bells", "The Hour", "The Hour")
        );
    }

    #[test]
    fn a_local_file_is_named_though_it_has_no_id() {
        let mut body = song();
        body["item"]["id"] = Value::Null;
        body["item"]["is_local"] = true.into();
        body["item"]["album"] = json!({"name": "", "id": null});
        body["item"]["uri"] = "spotify:local:Artist::Demo:200".into();
        let item = read(body).item.unwrap();
        assert_eq!((item.uri.as_str(), item.album.as_str()), ("spotify:local:Artist::Demo:200", ""));
        assert_eq!(item.title, "Svefn-g-englar");
    }

    #[test]
    fn a_field_that_is_odd_costs_that_field_alone() {
        for (pointer, odd) in [
            ("/progress_ms", json!("a minute")),
            ("/progress_ms", json!(-5)),
            ("/item/album", json!("Ágætis byrjun")),
            ("/item/artists", json!({"name": "Björk"})),
            ("/item/duration_ms", json!([])),
            ("/is_playing", json!("yes")),
            ("/timestamp", json!({})),
            ("/currently_playing_type", json!(1)),
        ] {
            let mut body = song();
            *body.pointer_mut(pointer).unwrap() = odd;
            let item = read(body).item.unwrap_or_else(|| panic!("{pointer} cost the item"));
            assert_eq!(item.title, "Svefn-g-englar", "{pointer}");
        }
    }

    #[test]
    fn what_is_no_answer_is_said() {
        for bad in ["<html>502</html>", "[]x", "{\"item\":", "\"ok\"", "Too many requests"] {
            assert!(Answer::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in ".{0,300}", cut in 0_usize..700) {
            let _ = Answer::parse(&body);
            let whole = song().to_string();
            let cut = (0..=cut.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
            prop_assert_eq!(Answer::parse(&whole[..cut]).is_ok(), cut == 0 || cut == whole.len());
        }

        #[test]
        fn whatever_a_title_is_it_comes_through_whole(title in "\\PC{1,80}", ms in 0_u64..500_000_000) {
            let mut body = song();
            body["item"]["name"] = title.clone().into();
            body["progress_ms"] = ms.into();
            let answer = read(body);
            prop_assert_eq!(answer.progress_ms, Some(ms));
            let kept = answer.item.map(|item| item.title).unwrap_or_default();
            prop_assert_eq!(kept.as_str(), title.trim());
        }
    }
}
