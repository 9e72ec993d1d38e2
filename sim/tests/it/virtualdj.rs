//! VirtualDJ with all its ways of telling: its decks, their beats, and the files that come late.

use std::rc::Rc;
use std::time::Duration;

use rosc::OscType;
use serde_json::json;
use vj_core::ProcessName::{SpotifyMonitor, VirtualDjMonitor};
use vj_core::playback::{Playback, PlaybackKind, Track};
use vj_env::{Level, LocalBoxFuture};
use vj_sim::deck_network::DeckNetwork;
use vj_sim::player_files::FileDeed;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;
use vj_workers::ports::{PlaybackSource, SourceError};
use vj_workers::virtualdj_monitor::files::{Entry, print_m3u};

use crate::support::{Show, play};

const PLAYLIST: &str = "2026-11-26.m3u";

fn stage(network: &DeckNetwork, table: serde_json::Value) -> Stage {
    let mut stage = Stage::new(1, Tapes::new()).with(VirtualDjMonitor, table);
    stage.network = Rc::new(network.clone());
    stage
}

fn deck_plays(network: &DeckNetwork, deck: u32, title: &str) {
    network.deck_says(deck, "get_artist", OscType::String("A".to_owned()));
    network.deck_says(deck, "get_title", OscType::String(title.to_owned()));
    network.deck_says(deck, "is_audible", OscType::Int(1));
}

fn deck_is_silent(network: &DeckNetwork, deck: u32) {
    network.deck_says(deck, "is_audible", OscType::Int(0));
}

/// VirtualDJ writes down what was played at this date, so much later.
fn history_tells(show: &Show, title: &str, played_at_sec: u64, late_sec: u64) {
    let (stamp, played_at_sec) = (format!("21:00 {played_at_sec}"), Some(played_at_sec));
    let entry = Entry { track: Track::new("A", title), stamp, played_at_sec };
    let deed = FileDeed::Append(print_m3u(&entry, "/x.mp3").into_bytes());
    let date_sec = played_at_sec.unwrap() + late_sec;
    show.world.player_files().act(PLAYLIST, deed, date_sec);
}

/// Every title that the visuals were told of.
fn told(show: &Show) -> Vec<String> {
    let tracks = show.osc_of("/karaoke/track", 0.0, f64::MAX);
    let titles = tracks.iter().map(|line| line.args[3].as_str().unwrap().to_owned());
    titles.filter(|title| !title.is_empty()).collect()
}

#[test]
fn a_history_that_is_late_never_brings_an_old_track_back_when_the_decks_fall_silent() {
    let network = DeckNetwork::default();
    let vdj = network.clone();
    play(stage(&network, json!({"osc": true})), |show| async move {
        show.begin(&[VirtualDjMonitor]).await;
        show.until(3.0).await;
        assert!(vdj.questions() > 0, "they are asked");
        deck_plays(&vdj, 1, "one");
        show.until(4.0).await;
        for _ in 0..10 {
            vdj.deck_says(1, "get_position", OscType::Float(0.1));
            show.pause(1.0).await;
        }
        deck_plays(&vdj, 2, "two");
        deck_is_silent(&vdj, 1);
        show.pause(2.0).await;
        assert_eq!(told(&show), ["one", "two"]);
        // Nothing is heard of the decks any more; their history comes 45 s late.
        show.until(48.0).await;
        history_tells(&show, "one", 1_000, 45);
        show.until(59.0).await;
        history_tells(&show, "two", 1_011, 45);
        show.until(80.0).await;
        assert_eq!(told(&show), ["one", "two"], "nothing old, and nothing twice");
        let state = show.state(VirtualDjMonitor).await;
        assert_eq!((&state["track"]["title"], &state["is_playing"]), (&json!("two"), &json!(true)));
        assert!(state["position_sec"].as_f64().unwrap() > 60.0, "it runs on where it was");
        history_tells(&show, "three", 1_080, 45);
        show.pause(2.0).await;
        assert_eq!(told(&show), ["one", "two", "three"], "that is newer");
        deck_plays(&vdj, 1, "four");
        show.pause(2.0).await;
        assert_eq!(told(&show), ["one", "two", "three", "four"], "the decks are back");
    });
}

#[test]
fn decks_that_are_asked_seldom_are_not_taken_for_gone() {
    let network = DeckNetwork::default();
    let vdj = network.clone();
    play(stage(&network, json!({"osc": true, "poll_interval": 60.0})), |show| async move {
        show.begin(&[VirtualDjMonitor]).await;
        show.until(3.0).await;
        let before = vdj.questions();
        show.until(6.0).await;
        assert!(vdj.questions() > before);
    });
}

#[test]
fn a_share_that_hangs_holds_up_no_deck_and_is_found_again() {
    let network = DeckNetwork::default();
    let vdj = network.clone();
    play(stage(&network, json!({"osc": true})), |show| async move {
        show.begin(&[VirtualDjMonitor]).await;
        show.until(3.0).await;
        show.world.player_files().set_hanging(true);
        show.until(5.0).await;
        deck_plays(&vdj, 1, "one");
        show.until(6.0).await;
        assert_eq!(told(&show), ["one"]);
        show.until(16.0).await;
        let status = show.state(VirtualDjMonitor).await["source_status"].clone();
        assert!(status.as_str().unwrap().contains("does not answer"), "{status}");
        deck_plays(&vdj, 2, "two");
        deck_is_silent(&vdj, 1);
        show.until(18.0).await;
        assert_eq!(told(&show), ["one", "two"]);
        show.world.player_files().set_hanging(false);
        show.until(30.0).await;
        history_tells(&show, "three", 1_000, 0);
        show.until(32.0).await;
        assert_eq!(told(&show), ["one", "two", "three"]);
    });
}

#[test]
fn a_history_that_is_always_45_s_late_is_said_once_and_stays_to_be_seen() {
    let network = DeckNetwork::default();
    play(stage(&network, json!({})), |show| async move {
        let said = |show: &Show| {
            let lines = show.said(VirtualDjMonitor, Level::Warning);
            lines.iter().filter(|line| line.contains("historyDelay")).count()
        };
        history_tells(&show, "old", 900, 45);
        show.begin(&[VirtualDjMonitor]).await;
        show.until(3.0).await;
        history_tells(&show, "one", 1_000, 45);
        show.until(6.0).await;
        assert_eq!(said(&show), 0, "once may be an accident");
        history_tells(&show, "two", 1_200, 44);
        history_tells(&show, "three", 1_400, 46);
        show.until(9.0).await;
        assert_eq!((told(&show), said(&show)), (vec!["one".into(), "two".into(), "three".into()], 1));
        let status = show.state(VirtualDjMonitor).await["source_status"].clone();
        assert!(status.as_str().unwrap().contains("historyDelay to 0"), "{status}");
        history_tells(&show, "four", 1_600, 0);
        show.until(12.0).await;
        assert_eq!(show.state(VirtualDjMonitor).await["source_status"], "ok", "it was set to 0");
    });
}

#[test]
fn a_script_that_writes_its_line_in_two_pieces_is_one_play_whose_title_is_corrected() {
    let network = DeckNetwork::default();
    play(stage(&network, json!({})), |show| async move {
        let writes = |text: &str| {
            let deed = FileDeed::Write(text.as_bytes().to_vec());
            show.world.player_files().act("now_playing.txt", deed, 0);
        };
        show.begin(&[VirtualDjMonitor]).await;
        show.until(3.0).await;
        writes("A - Lo");
        show.until(3.6).await;
        writes("A - Love");
        show.until(5.0).await;
        assert_eq!(told(&show), ["Lo", "Love"], "it could not be known");
        let position = show.state(VirtualDjMonitor).await["position_sec"].as_f64().unwrap();
        assert!((1.8..2.1).contains(&position), "{position} s: it began with its first piece");
    });
}

/// Spotify plays, and VirtualDJ is only tried out.
struct Spotify;

impl PlaybackSource for Spotify {
    fn name(&self) -> String {
        "spotify".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Result<Playback, SourceError>> {
        let track = Some(Track::new("Somebody", "song"));
        let (position, kind, play) = (None, PlaybackKind::Track, None);
        Box::pin(async move { Ok(Playback { track, position, is_playing: true, kind, play }) })
    }
}

#[test]
fn beats_of_a_player_that_is_not_the_current_one_reach_subscribers_only() {
    let network = DeckNetwork::default();
    let vdj = network.clone();
    let mut stage = stage(&network, json!({"os2l": true})).with(SpotifyMonitor, json!({}));
    stage.spotify = Rc::new(|_| Rc::new(Spotify));
    play(stage, |show| async move {
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        show.until(5.0).await;
        let ears = show.world.listen(([127, 0, 0, 1], 9_100).into());
        let args = json!({"host": "127.0.0.1", "port": 9_100, "patterns": ["/audio/*"], "lease_sec": 60});
        show.done(VirtualDjMonitor, "subscribe", args).await;
        vdj.os2l(r#"{"evt":"beat","pos":1,"bpm":120.0,"strength":0.9}"#);
        let (mut heard, wanted) = (Vec::new(), [b"/audio/beat/deck".as_slice(), b"/audio/bpm/deck"]);
        for _ in wanted {
            heard.push(show.world.clock().timeout(Duration::from_secs(2), ears.next()).await.unwrap().1);
        }
        assert!(wanted.iter().zip(&heard).all(|(address, packet)| packet.starts_with(address)));
        assert_eq!(beats(&show), (0, 0), "Spotify is the current player");
        show.world.player_files().act("now_playing.txt", FileDeed::Write(b"DJ - set\n".to_vec()), 0);
        show.until(8.0).await;
        vdj.os2l(r#"{"evt":"beat","pos":2,"bpm":120.0,"strength":0.9}"#);
        show.until(9.0).await;
        assert_eq!(beats(&show), (1, 1), "now VirtualDJ is, and its tempo is news to the visuals");
    });
}

/// Beats and tempos that the visuals were told.
fn beats(show: &Show) -> (usize, usize) {
    let count = |address| show.osc_of(address, 0.0, f64::MAX).len();
    (count("/audio/beat/deck"), count("/audio/bpm/deck"))
}
