//! Answers as the real service writes them, for apps that were made since 2026: without `external_ids`, `popularity`,
//! `available_markets` and `linked_from`.

use serde_json::{Value, json};

use super::service::{Granted, Now, Says};
use super::tape::{Song, SongKind};

/// 2026-11-26, 12:00 UTC: the day on which every tape begins.
const BEGINS_MS: u64 = 1_795_694_400_000;

/// What the owner of an app without Premium gets, to the letter.
const NO_PREMIUM: &str = "Active premium subscription required for the owner of the app. When the subscription status changes, it \
                          can take a few hours before requests are allowed again.";

/// Status, `Retry-After`, and body.
pub(super) type Reply = (u16, Option<u64>, String);

/// An answer at this second of the tape.
#[must_use]
pub fn answer(says: &Says, at_sec: f64) -> (u16, Option<u64>, String) {
    let error = |status: u16, message: &str| {
        (status, None, json!({"error": {"status": status, "message": message}}).to_string())
    };
    match says {
        Says::Playing(None, _) => (204, None, String::new()),
        Says::Playing(Some(now), _) => (200, None, playing(now, at_sec).to_string()),
        Says::Unauthorized => error(401, "The access token expired"),
        Says::NoPremium => (403, None, NO_PREMIUM.to_owned()),
        Says::Limited { sec, is_quota: true } => {
            let error = json!({"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"});
            (429, Some(*sec), json!({"error": error}).to_string())
        }
        // Every other time in plain text, as the service does.
        Says::Limited { sec, .. } if sec % 2 == 0 => (429, Some(*sec), "Too many requests".to_owned()),
        Says::Limited { sec, .. } => {
            let (status, _, body) = error(429, "API rate limit exceeded");
            (status, Some(*sec), body)
        }
        Says::Status(status) => (*status, None, format!("<html><body>{status}</body></html>")),
    }
}

/// An answer of the accounts service.
#[must_use]
pub(super) fn grant(granted: &Granted) -> Reply {
    match granted {
        Granted::Tokens { access, refresh } => (200, None, tokens(access, refresh.as_deref()).to_string()),
        Granted::Invalid => {
            let body = json!({"error": "invalid_grant", "error_description": "Refresh token revoked"});
            (400, None, body.to_string())
        }
        Granted::Down => (503, None, "upstream connect error".to_owned()),
    }
}

/// The answer to a sign-in.
#[must_use]
pub fn first_token(access: &str, refresh: &str) -> Value {
    tokens(access, Some(refresh))
}

fn tokens(access: &str, refresh: Option<&str>) -> Value {
    let mut body = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 3600,
        "scope": "user-read-currently-playing user-read-playback-state",
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = refresh.into();
    }
    body
}

fn playing(now: &Now, at_sec: f64) -> Value {
    let kind = match &now.song {
        None if now.is_ad => "ad",
        None => "unknown",
        Some(song) if song.kind == SongKind::Episode => "episode",
        Some(_) => "track",
    };
    let disallows = if now.is_playing { json!({"resuming": true}) } else { json!({"pausing": true}) };
    json!({
        "timestamp": BEGINS_MS + (at_sec * 1_000.0) as u64,
        "context": null,
        "progress_ms": now.at_sec.map(|sec| (sec * 1_000.0) as u64),
        "item": now.song.as_ref().map(item),
        "currently_playing_type": kind,
        "actions": {"disallows": disallows},
        "is_playing": now.is_playing,
    })
}

fn item(song: &Song) -> Value {
    let id = id(song);
    let urls = |kind: &str| json!({"spotify": format!("https://open.spotify.com/{kind}/{id}")});
    let href = |kind: &str| format!("https://api.spotify.com/v1/{kind}s/{id}");
    let duration_ms = (song.duration_sec * 1_000.0) as u64;
    if song.kind == SongKind::Episode {
        let show = json!({
            "available_markets": ["SE"], "copyrights": [], "description": "", "html_description": "", "explicit": false,
            "external_urls": urls("show"), "href": href("show"), "id": id, "images": [], "is_externally_hosted": false,
            "languages": ["en"], "media_type": "audio", "name": song.artist, "publisher": song.artist, "type": "show",
            "uri": format!("spotify:show:{id}"), "total_episodes": 7,
        });
        return json!({
            "audio_preview_url": null, "description": "", "html_description": "", "duration_ms": duration_ms, "explicit": false,
            "external_urls": urls("episode"), "href": href("episode"), "id": id, "images": [],
            "is_externally_hosted": false, "is_playable": true, "language": "en", "languages": ["en"], "name": song.title,
            "release_date": "2026-01-02", "release_date_precision": "day", "type": "episode",
            "uri": format!("spotify:episode:{id}"), "show": show,
        });
    }
    let is_local = song.kind == SongKind::Local;
    let artists: Vec<Value> = song
        .artist
        .split(", ")
        .map(|name| {
            json!({
                "external_urls": urls("artist"), "href": href("artist"), "id": id, "name": name, "type": "artist",
                "uri": format!("spotify:artist:{id}"),
            })
        })
        .collect();
    let album = json!({
        "album_type": "album", "total_tracks": 9, "available_markets": [], "external_urls": urls("album"), "href": href("album"),
        "id": id, "images": [], "name": song.album, "release_date": "1997", "release_date_precision": "year",
        "type": "album", "uri": format!("spotify:album:{id}"), "artists": artists,
    });
    let uri = if is_local {
        format!("spotify:local:{}:{}:{}:{}", song.artist, song.album, song.title, song.duration_sec)
    } else {
        format!("spotify:track:{id}")
    };
    json!({
        "album": album, "artists": artists, "disc_number": 1, "duration_ms": duration_ms, "explicit": false,
        "external_urls": urls("track"), "href": href("track"), "id": (!is_local).then_some(&id), "is_local": is_local,
        "name": song.title, "track_number": 3, "type": "track", "uri": uri, "preview_url": null,
    })
}

/// Twenty-two letters and digits, as the service's ids have, the same for the same song.
fn id(song: &Song) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in song.artist.bytes().chain([0]).chain(song.title.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (0..22)
        .map(|_| {
            hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(DIGITS[(hash >> 33) as usize % DIGITS.len()])
        })
        .collect()
}
