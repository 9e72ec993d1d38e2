//! What the visuals are told of a song's words, and in which order.

use std::rc::Rc;

use serde_json::json;
use vj_core::ProcessName::{LyricsFetcher, SpotifyMonitor, VirtualDjMonitor};
use vj_sim::player_files::FileDeed;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::support::{FakePlayer, FakeWeb, LRC, Night, Reply, candidate, night, play, track};

/// The reset of a song, in its order.
const RESET: [&str; 6] = [
    "/karaoke/lyrics/reset",
    "/karaoke/refrain/reset",
    "/karaoke/keywords/reset",
    "/karaoke/line/active",
    "/karaoke/refrain/active",
    "/karaoke/keywords/active",
];

#[test]
fn a_new_track_resets_first_then_come_its_lines_and_what_they_say() {
    night(json!({}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.hears("/karaoke/categories/mood", began, 2.0).await;
        night.show.pause(0.5).await;
        let told = night.told(began);
        let addrs: Vec<&str> = told.iter().map(|line| line.addr.as_str()).collect();
        assert_eq!(addrs[..6], RESET);
        assert_eq!(told[3].args, [json!(-1)]);
        assert_eq!(told[4].args, [json!(-1), json!("")]);
        assert_eq!(addrs[6], "/karaoke/track");
        let monitor = night.show.osc_of("/karaoke/track", began, f64::MAX);
        let [first, second] = &monitor[..] else { panic!("{monitor:?}") };
        assert_eq!((first.from.as_str(), second.from.as_str()), ("spotify_monitor", "lyrics_fetcher"));
        assert_eq!(first.args[..6], second.args[..6], "the same track once more");
        assert_eq!((&first.args[6], &second.args[6]), (&json!(0), &json!(1)));
        let lines = night.told_of("/karaoke/lyrics/line", began);
        assert_eq!(lines.len(), 13);
        assert_eq!(lines[3].args, [json!(3), json!(16.0), json!("Burn it down and burn it all")]);
        assert_eq!(lines[2].args[2], "", "a pause");
        let refrain = night.told_of("/karaoke/refrain/line", began);
        assert_eq!(refrain.len(), 6);
        assert_eq!(refrain[3].args, [json!(3), json!(30.0), json!("Burn it down and burn it all")]);
        assert!(!night.told_of("/karaoke/keywords/line", began).is_empty());
        let groups = [
            "/karaoke/lyrics/line",
            "/karaoke/refrain/line",
            "/karaoke/keywords/line",
            "/karaoke/categories/dark",
        ];
        let first_of = |addr: &str| addrs.iter().position(|it| *it == addr).unwrap();
        assert!(groups.windows(2).all(|pair| first_of(pair[0]) < first_of(pair[1])));
        let state = night.state().await;
        assert_eq!(
            (&state["lyrics"]["status"], &state["lyrics"]["from"]),
            (&json!("found"), &json!("lrclib"))
        );
        assert_eq!(
            (&state["lyrics"]["language"], &state["sequence"]),
            (&json!("English"), &state["stats"]["sequence"])
        );
        assert_eq!(state["lyrics"]["lines"][3]["refrain"], true);
    });
}

#[test]
fn a_song_that_is_kept_shows_its_first_line_within_50_ms() {
    night(json!({}), |night| async move {
        night.player.plays(&track("One"));
        night.show.pause(3.0).await;
        night.player.plays(&track("Two"));
        night.show.pause(3.0).await;
        let questions = night.web.asked("/api/").len();
        let began = night.player.plays(&track("One"));
        let line = night.hears("/karaoke/lyrics/line", began, 1.0).await;
        assert!(line.t - began <= 0.05, "{} ms", (line.t - began) * 1e3);
        assert_eq!(night.web.asked("/api/").len(), questions, "nobody was asked");
        assert_eq!(night.state().await["lyrics"]["from"], "cache");
    });
}

#[test]
fn a_long_song_is_told_in_small_bursts() {
    night(json!({}), |night| async move {
        let lrc: String =
            (0..400).map(|at| format!("[{:02}:{:02}.00]Line number {at}\n", at / 60, at % 60)).collect();
        night.web.lrclib(candidate("Long", &lrc));
        let mut long = track("Long");
        long.duration = std::time::Duration::from_secs(420);
        night.web.answers("/api/get", move |_| {
            let mut song = candidate("Long", &lrc);
            song["duration"] = json!(420.0);
            Reply::json(&song)
        });
        let began = night.player.plays(&long);
        night.show.pause(5.0).await;
        let told = night.told(began);
        assert_eq!(told.iter().filter(|line| line.addr == "/karaoke/lyrics/line").count(), 400);
        for (at, line) in told.iter().enumerate() {
            let burst = told[at..].iter().take_while(|later| later.t < line.t + 0.0049).count();
            assert!(burst <= 20, "{burst} messages at once at {}", line.t);
        }
    });
}

#[test]
fn an_answer_for_a_song_that_is_over_is_kept_and_never_shown() {
    night(json!({}), |night| async move {
        night.web.answers("/api/get", |asked| {
            let title = if asked.url.contains("track_name=One") { "One" } else { "Two" };
            let after = if title == "One" { 4.0 } else { 0.2 };
            Reply::json(&candidate(title, &LRC.replace("Seven", title))).after(after)
        });
        night.player.plays(&track("One"));
        night.show.pause(1.0).await;
        let began = night.player.plays(&track("Two"));
        night.show.pause(8.0).await;
        let lines = night.told_of("/karaoke/lyrics/line", 0.0);
        assert!(lines.iter().all(|line| !line.args[2].as_str().unwrap().starts_with("One")));
        assert_eq!(night.told_of("/karaoke/lyrics/line", began).len(), 13);
        let state = night.state().await;
        assert_eq!(state["stats"]["late_answers"], 1);
        let questions = night.web.asked("/api/").len();
        let again = night.player.plays(&track("One"));
        let line = night.hears("/karaoke/lyrics/line", again, 1.0).await;
        assert!(line.args[2].as_str().unwrap().starts_with("One"), "the late answer was kept");
        assert_eq!(night.web.asked("/api/").len(), questions);
    });
}

#[test]
fn nothing_of_a_song_is_told_after_the_reset_of_the_next() {
    night(json!({}), |night| async move {
        night.web.answers("/api/get", |asked| {
            let title = if asked.url.contains("track_name=One") { "One" } else { "Two" };
            Reply::json(&candidate(title, &LRC.replace("Seven", title)))
        });
        for round in 0..20 {
            let title = ["One", "Two"][round % 2];
            night.player.plays(&track(title));
            night.show.pause(0.02 + 0.013 * round as f64).await;
        }
        night.show.pause(3.0).await;
        let (mut song, mut lines) = (0, 0);
        let titles = ["One", "Two"];
        for line in night.told(3.0) {
            match line.addr.as_str() {
                "/karaoke/lyrics/reset" => song += 1,
                "/karaoke/lyrics/line" if line.args[0] == 0 => {
                    lines += 1;
                    let title = titles[(song + 1) % 2];
                    assert!(line.args[2].as_str().unwrap().starts_with(title), "{line:?} in song {song}");
                }
                _ => {}
            }
        }
        assert_eq!(song, 20);
        assert!(lines > 0);
    });
}

#[test]
fn plain_and_instrumental_songs_are_known_as_such_and_have_no_lines() {
    night(json!({}), |night| async move {
        let mut plain = candidate("Plain", "");
        plain["plainLyrics"] =
            json!("I love you, my darling heart\nYour loving heart is all my love, I love you so");
        night.web.lrclib(plain);
        let began = night.player.plays(&track("Plain"));
        let mood = night.hears("/karaoke/categories/mood", began, 3.0).await;
        assert_eq!(mood.args, [json!("love")]);
        let state = night.state().await;
        assert_eq!(
            (&state["lyrics"]["status"], &state["lyrics"]["line_count"]),
            (&json!("plain"), &json!(2))
        );
        let mut silent = candidate("Silent", "");
        silent["instrumental"] = json!(true);
        night.web.lrclib(silent);
        let began = night.player.plays(&track("Silent"));
        night.until_state(3.0, "instrumental", |state| state["lyrics"]["status"] == "instrumental").await;
        let moods = night.told_of("/karaoke/categories/mood", began);
        assert_eq!(moods[0].args, [json!("")], "the mood of the last song is not this one's");
        assert!(night.told_of("/karaoke/lyrics/line", 0.0).is_empty());
        assert!(night.told_of("/karaoke/track", 0.0).is_empty());
    });
}

#[test]
fn at_the_end_of_the_music_the_words_leave_and_a_new_life_of_the_worker_brings_them_back() {
    night(json!({}), |night| async move {
        night.player.plays(&track("One"));
        night.show.pause(2.0).await;
        let killed = night.show.kill(LyricsFetcher).await;
        let line = night.hears("/karaoke/lyrics/line", killed, 5.0).await;
        let told = night.told(killed);
        assert_eq!(told[0].addr, "/karaoke/lyrics/reset");
        assert!(line.t > told[0].t - 1e-9);
        // With its monitor dead for a moment the song goes on, or begins anew; either way its words are there.
        let killed = night.show.kill(SpotifyMonitor).await;
        night.show.pause(8.0).await;
        assert_eq!(night.state().await["lyrics"]["status"], "found");
        let track_told = night.show.osc_of("/karaoke/track", killed, f64::MAX);
        assert_eq!(track_told.last().unwrap().args[6], 1, "{track_told:?}");
        let stopped = night.player.stops();
        let reset = night.hears("/karaoke/lyrics/reset", stopped, 8.0).await;
        assert!(night.told(reset.t).iter().all(|line| !line.addr.ends_with("/line")));
        assert!(night.state().await["track"].is_null());
    });
}

#[test]
fn the_words_are_those_of_the_player_that_the_visuals_are_told_of() {
    let (player, web) = (FakePlayer::new(), FakeWeb::default());
    web.answers("/api/", |asked| {
        let title = if asked.url.contains("track_name=One") { "One" } else { "Two" };
        let song = candidate(title, &LRC.replace("Seven", title));
        if asked.url.contains("/api/get") { Reply::json(&song) } else { Reply::json(&json!([song])) }
    });
    let mut stage = Stage::new(1, Tapes::new())
        .with(SpotifyMonitor, json!({}))
        .with(VirtualDjMonitor, json!({}))
        .with(LyricsFetcher, json!({"llm_provider": "none"}));
    (stage.spotify, stage.web) = (player.open(), Rc::new(web.clone()));
    play(stage, |show| async move {
        player.on(show.world.clock(), &web);
        show.begin(&[SpotifyMonitor, VirtualDjMonitor, LyricsFetcher]).await;
        let night = Night { show, player, web };
        night.show.until(3.0).await;
        let virtualdj = |line: &str| {
            let deed = FileDeed::Write(format!("{line}\n").into_bytes());
            night.show.world.player_files().act("now_playing.txt", deed, 0);
        };
        let mut random = 7_u32;
        for round in 0..40 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match (random >> 28) % 4 {
                0 => _ = night.player.plays(&track("One")),
                1 => virtualdj(&format!("Somebody - {}", ["One", "Two"][round % 2])),
                2 => virtualdj(""),
                _ => _ = night.player.pauses(random & 1 == 0),
            }
            night.show.pause(f64::from(random >> 24) / 60.0).await;
        }
        let (mut title, mut lines) = (String::new(), 0);
        for line in night.show.osc_of_all("/karaoke/") {
            match line.addr.as_str() {
                "/karaoke/track" => line.args[3].as_str().unwrap().clone_into(&mut title),
                "/karaoke/lyrics/line" if line.args[0] == 0 => {
                    lines += 1;
                    assert!(
                        line.args[2].as_str().unwrap().starts_with(&title),
                        "{line:?} while {title} plays"
                    );
                }
                _ => {}
            }
        }
        assert!(lines > 10, "{lines}");
    });
}
