//! `fetch_lyrics`: accepted at once, and success is said of nothing else than success.

use serde_json::{Value, json};
use vj_bus::Outcome;
use vj_core::ProcessName::LyricsFetcher;

use crate::support::{LRC, Night, Reply, candidate, night, track};

/// Asks for a song's lyrics; returns the order's `msg_id`.
async fn fetch(night: &Night, title: &str) -> String {
    let mut client = night.show.client(LyricsFetcher).await;
    let args = json!({"artist": "Somebody", "title": title, "album": "Album", "duration_sec": 240});
    let msg_id = client.send("fetch_lyrics", args);
    let before = night.show.now();
    let (answered, outcome) = client.next_outcome().await;
    assert_eq!(answered, msg_id);
    assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
    assert!(night.show.now() - before < 0.01, "it is accepted at once");
    msg_id
}

/// How it ended.
async fn end(night: &Night, msg_id: &str) -> (String, String) {
    let is_over = |state: &Value| state["last_commands"][msg_id]["state"] != "accepted";
    let state = night.until_state(30.0, "the order ends", is_over).await;
    let text = |name: &str| state["last_commands"][msg_id][name].as_str().unwrap().to_owned();
    (text("state"), text("message"))
}

#[test]
fn d26_success_is_never_said_of_lyrics_that_were_not_fetched() {
    night(json!({}), |night| async move {
        night.player.plays(&track("Another"));
        night.web.lrclib_knows_nothing();
        night.show.pause(3.0).await;
        let order = fetch(&night, "Nobody knows it").await;
        let (state, message) = end(&night, &order).await;
        assert_eq!(state, "failed");
        assert!(message.contains("no lyrics were found"), "{message}");
        night.web.on("/api/", Reply::status(500, "{}"));
        let order = fetch(&night, "Broken").await;
        let (state, message) = end(&night, &order).await;
        assert_eq!(state, "failed", "{message}");
        assert!(message.contains("500"), "{message}");
    });
}

#[test]
fn d27_what_is_said_to_be_done_was_done() {
    night(json!({}), |night| async move {
        night.player.plays(&track("Another"));
        night.show.pause(3.0).await;
        let order = fetch(&night, "One").await;
        assert_eq!(
            end(&night, &order).await,
            ("done".to_owned(), "synced lyrics, 13 lines, from LRCLIB".to_owned())
        );
        assert!(night.told_of("/karaoke/lyrics/line", 0.0).is_empty(), "another song plays");
        let questions = night.web.asked("/api/").len();
        let began = night.player.plays(&track("One"));
        let line = night.hears("/karaoke/lyrics/line", began, 1.0).await;
        assert!(line.t - began < 0.05);
        assert_eq!(night.web.asked("/api/").len(), questions, "it was kept");
        // What cannot be kept is not there when it is wanted.
        night.show.world.set_disk_full(true);
        night.web.lrclib(candidate("Two", LRC));
        let order = fetch(&night, "Two").await;
        let (state, message) = end(&night, &order).await;
        assert_eq!(state, "failed");
        assert!(message.contains("found, but not kept"), "{message}");
    });
}

#[test]
fn words_of_another_length_are_not_the_songs_also_where_whoever_asks_names_no_length() {
    night(json!({}), |night| async move {
        let mut longer = candidate("Long", LRC);
        longer["duration"] = json!(300.0);
        // A server that does not look at lengths.
        night.web.lrclib(longer);
        night.player.plays(&track("Long"));
        night.show.pause(3.0).await;
        let mut client = night.show.client(LyricsFetcher).await;
        let order = client.send("fetch_lyrics", json!({"artist": "Somebody", "title": "Long"}));
        let (_, outcome) = client.next_outcome().await;
        assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
        let (state, message) = end(&night, &order).await;
        assert_eq!(state, "failed", "{message}");
        assert!(night.told_of("/karaoke/lyrics/line", 0.0).is_empty(), "the words of a song of 300 s");
    });
}

#[test]
fn it_is_shown_where_nothing_plays_and_where_it_is_what_plays() {
    night(json!({}), |night| async move {
        let from = night.show.now();
        let order = fetch(&night, "One").await;
        night.hears("/karaoke/lyrics/line", from, 3.0).await;
        assert_eq!(end(&night, &order).await.0, "done");
        assert_eq!(night.told(from)[0].addr, "/karaoke/lyrics/reset");
        let state = night.state().await;
        assert_eq!((&state["lyrics"]["status"], &state["active_line"]), (&json!("found"), &json!(-1)));
        // Not found a moment ago, it is there now.
        night.web.lrclib_knows_nothing();
        night.player.plays(&track("Two"));
        night.until_state(5.0, "not found", |state| state["lyrics"]["status"] == "not_found").await;
        night.web.lrclib(candidate("Two", LRC));
        let from = night.show.now();
        let order = fetch(&night, "Two").await;
        night.hears("/karaoke/lyrics/line", from, 3.0).await;
        assert_eq!(end(&night, &order).await.0, "done");
    });
}

#[test]
fn what_cannot_be_meant_is_refused_and_nothing_is_left_open() {
    night(json!({}), |night| async move {
        for (args, why) in [
            (json!({}), "'artist' is missing"),
            (json!({"artist": "Somebody"}), "'title' is missing"),
            (json!({"artist": 7, "title": "One"}), "'artist' must be a text"),
            (json!({"artist": "x".repeat(301), "title": "One"}), "at most 300 bytes"),
            (json!({"artist": "Somebody", "title": "One", "duration_sec": -1}), "'duration_sec'"),
        ] {
            let refused = night.show.refused(LyricsFetcher, "fetch_lyrics", args).await;
            assert!(refused.contains(why), "{refused}");
        }
        night.web.on("/api/", Reply::json(&json!([])).after(9.0));
        for round in 0..16 {
            fetch(&night, &format!("Song {round}")).await;
        }
        let args = json!({"artist": "Somebody", "title": "One"});
        let refused = night.show.refused(LyricsFetcher, "fetch_lyrics", args).await;
        assert!(refused.contains("under way"), "{refused}");
        night.show.done(LyricsFetcher, "restart", json!({})).await;
        night.show.pause(1.0).await;
        let state = night.state().await;
        let ends = state["last_commands"].as_object().unwrap();
        assert!(ends.values().all(|end| end["state"] == "failed"), "{ends:?}");
    });
}

#[test]
fn the_song_that_plays_does_not_wait_for_songs_that_are_looked_up_for_later() {
    night(json!({}), |night| async move {
        night.player.plays(&track("Another"));
        night.show.pause(3.0).await;
        night.web.lrclib_knows_nothing();
        let mut orders = Vec::new();
        for round in 0..16 {
            orders.push(fetch(&night, &format!("Song {round}")).await);
        }
        night.web.answers("track_name=One", |_| Reply::json(&candidate("One", LRC)));
        let began = night.player.plays(&track("One"));
        let line = night.hears("/karaoke/lyrics/line", began, 3.0).await;
        assert!(line.t - began < 0.7, "{} s", line.t - began);
        for order in orders {
            assert_eq!(end(&night, &order).await.0, "failed");
        }
        let asked = night.web.asked("lrclib.net");
        assert!(asked.windows(2).all(|pair| pair[1].t - pair[0].t >= 0.499));
    });
}
