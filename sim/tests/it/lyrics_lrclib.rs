//! LRCLIB is asked as it wishes to be, and what it does not know or cannot say is told from each other.

use serde_json::json;
use vj_core::ProcessName::LyricsFetcher;
use vj_core::playback::Track;

use crate::support::{LRC, Reply, candidate, night, track};

#[test]
fn it_is_asked_by_name_with_album_and_length_and_told_who_asks() {
    night(json!({}), |night| async move {
        night.player.plays(&track("One"));
        night.show.pause(2.0).await;
        let asked = night.web.asked("lrclib.net");
        assert_eq!(asked.len(), 1);
        let url =
            "https://lrclib.net/api/get?artist_name=Somebody&track_name=One&album_name=Album&duration=240";
        assert_eq!(asked[0].url, url);
        let agent = asked[0].headers.iter().find(|(name, _)| *name == "User-Agent").unwrap();
        assert!(agent.1.starts_with("vj v"), "{agent:?}");
        // A mix of more than an hour would be refused with its length.
        let mut mix = track("Mix");
        mix.duration = std::time::Duration::from_secs(5_000);
        night.player.plays(&mix);
        night.show.pause(2.0).await;
        let asked = night.web.asked("track_name=Mix");
        assert!(!asked[0].url.contains("duration"), "{}", asked[0].url);
    });
}

#[test]
fn it_is_asked_at_most_twice_a_second_and_for_the_newest_song() {
    night(json!({}), |night| async move {
        night.web.lrclib_knows_nothing();
        let began = night.show.now();
        for round in 0..20 {
            night.player.plays(&track(&format!("Song number {round}")));
            night.show.pause(0.1).await;
        }
        night.show.pause(5.0).await;
        let asked = night.web.asked("lrclib.net");
        for pair in asked.windows(2) {
            assert!(pair[1].t - pair[0].t >= 0.499, "{} and {}", pair[0].t, pair[1].t);
        }
        let last = night.web.asked("Song%20number%2019");
        assert_eq!(last.len(), 2, "get and search");
        assert!(last[1].t - began < 4.0, "the songs before it do not stand in its way");
    });
}

#[test]
fn it_gets_the_rest_that_it_asks_for() {
    night(json!({}), |night| async move {
        night.web.on("/api/", Reply::status(429, "<html>slow down</html>").retry_after(20));
        let began = night.player.plays(&track("One"));
        let state = night.until_state(2.0, "failed", |state| state["lyrics"]["status"] == "failed").await;
        assert_eq!(state["services"]["lrclib"]["answers"], false);
        night.show.pause(5.0).await;
        night.player.plays(&track("Two"));
        night.show.pause(5.0).await;
        night.player.plays(&track("One"));
        night.web.lrclib(candidate("One", LRC));
        assert_eq!(night.web.asked("/api/").len(), 1, "nobody asks meanwhile");
        let line = night.hears("/karaoke/lyrics/line", began, 15.0).await;
        let again = night.web.asked("/api/")[1].t;
        assert!((20.0..21.5).contains(&(again - began)), "{}", again - began);
        assert!(line.t - again < 0.2);
        assert_eq!(night.state().await["lyrics"]["status"], "found");
    });
}

#[test]
fn a_service_that_fails_is_asked_ever_more_seldom_and_the_user_hears_of_it() {
    night(json!({}), |night| async move {
        night.web.on("/api/", Reply::status(503, "<html>"));
        let began = night.player.plays(&track("One"));
        night.show.pause(10.0).await;
        assert_eq!(night.state().await["status"], "running", "a moment of weakness");
        night.show.pause(50.0).await;
        let times: Vec<f64> = night.web.asked("/api/").iter().map(|asked| asked.t - began).collect();
        let waits: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).round()).collect();
        assert_eq!(waits, [2.0, 4.0, 8.0, 16.0], "{times:?}");
        assert_eq!(night.state().await["status"], "degraded");
        night.web.lrclib(candidate("One", LRC));
        night.until_state(40.0, "it answers again", |state| state["status"] == "running").await;
        assert_eq!(night.state().await["lyrics"]["status"], "found");
    });
}

#[test]
fn what_it_does_not_know_is_not_asked_again_for_a_day() {
    night(json!({}), |night| async move {
        night.web.lrclib_knows_nothing();
        night.player.plays(&track("One"));
        night.show.pause(3.0).await;
        assert_eq!(night.state().await["lyrics"]["status"], "not_found");
        let asked = |night: &crate::support::Night| night.web.asked("lrclib.net").len();
        let before = asked(&night);
        assert_eq!(before, 2, "get, then search");
        let again = async |step_ms: i64| {
            night.show.world.step_wall_clock(step_ms);
            night.player.plays(&track("Two"));
            night.show.pause(0.2).await;
            night.player.plays(&track("One"));
            night.show.pause(3.0).await;
        };
        again(0).await;
        let with_two = asked(&night);
        assert_eq!(night.web.asked("track_name=One").len(), 2);
        assert!(with_two > before, "of the other one nothing was known");
        again(23 * 3_600_000).await;
        assert_eq!(night.web.asked("track_name=One").len(), 2);
        // A date that jumps back is no news either, up to a day.
        again(-26 * 3_600_000).await;
        assert_eq!(night.web.asked("track_name=One").len(), 2);
        again(28 * 3_600_000).await;
        assert_eq!(night.web.asked("track_name=One").len(), 4, "a day has passed");
    });
}

#[test]
fn a_failure_is_never_remembered() {
    night(json!({}), |night| async move {
        night.web.on("/api/", Reply::unreachable());
        night.player.plays(&track("One"));
        night.show.pause(1.0).await;
        assert_eq!(night.state().await["lyrics"]["status"], "failed");
        night.web.lrclib(candidate("One", LRC));
        night.show.kill(LyricsFetcher).await;
        night.show.served_within(LyricsFetcher, 3.0).await;
        night.until_state(10.0, "found", |state| state["lyrics"]["status"] == "found").await;
    });
}

#[test]
fn a_question_that_it_refuses_or_answers_with_plain_words_leads_to_the_search() {
    night(json!({}), |night| async move {
        let refusal =
            r#"{"message":"duration: must be between 1 and 3600","name":"ValidationError","statusCode":400}"#;
        night.web.on("/api/get", Reply::status(400, refusal));
        night.player.plays(&track("One"));
        night.until_state(3.0, "found", |state| state["lyrics"]["status"] == "found").await;
        let mut plain = candidate("Two", "");
        plain["plainLyrics"] = json!("words\nwithout times");
        night.web.on("/api/get", Reply::json(&plain));
        night.web.on("/api/search", Reply::json(&json!([candidate("Two", LRC)])));
        night.player.plays(&track("Two"));
        night.until_state(3.0, "synced", |state| state["lyrics"]["status"] == "found").await;
    });
}

#[test]
fn another_version_and_a_track_without_a_name_have_no_lyrics() {
    night(json!({}), |night| async move {
        night.web.lrclib(candidate("One (Live)", LRC));
        night.player.plays(&track("One"));
        let state = night.until_state(3.0, "none", |state| state["lyrics"]["status"] == "not_found").await;
        assert!(state["lyrics"]["message"].as_str().unwrap().contains("other versions"));
        let questions = night.web.asked("/api/").len();
        night.player.plays(&Track::new("", "untitled"));
        night
            .until_state(3.0, "none", |state| {
                state["lyrics"]["message"].as_str().unwrap().contains("does not say")
            })
            .await;
        assert_eq!(night.web.asked("/api/").len(), questions);
    });
}
