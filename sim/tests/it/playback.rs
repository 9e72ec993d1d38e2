//! Two monitors, one truth: what the visuals are told when both have something to say, or one is gone.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use vj_core::ProcessName::{SpotifyMonitor, VirtualDjMonitor};
use vj_core::playback::{Playback, PlaybackKind, Track};
use vj_env::LocalBoxFuture;
use vj_sim::osc_log::OscLine;
use vj_sim::player_files::FileDeed;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;
use vj_workers::ports::{OpenPlayback, PlaybackSource, Rest, SourceError};

use crate::support::{Show, play};

type Answer = Result<Playback, SourceError>;

/// A service that answers what it was told to.
#[derive(Clone)]
struct Service(Rc<RefCell<Answer>>);

impl Service {
    fn new() -> Self {
        Self(Rc::new(RefCell::new(Ok(Playback::default()))))
    }

    fn open(&self) -> OpenPlayback {
        let service = self.clone();
        Rc::new(move |_| Rc::new(service.clone()))
    }

    fn answers(&self, answer: Answer) {
        *self.0.borrow_mut() = answer;
    }

    fn plays(&self, title: &str) {
        let track = Some(Track::new("Somebody", title));
        let (kind, play) = (PlaybackKind::Track, None);
        self.answers(Ok(Playback { track, position: None, is_playing: true, kind, play }));
    }

    fn pauses(&self) {
        if let Ok(playback) = &mut *self.0.borrow_mut() {
            playback.is_playing = false;
        }
    }
}

impl PlaybackSource for Service {
    fn name(&self) -> String {
        "service".to_owned()
    }

    fn poll(&self) -> LocalBoxFuture<'static, Answer> {
        let answer = self.0.borrow().clone();
        Box::pin(async { answer })
    }
}

fn both(service: &Service) -> Stage {
    let mut stage =
        Stage::new(1, Tapes::new()).with(SpotifyMonitor, json!({})).with(VirtualDjMonitor, json!({}));
    stage.spotify = service.open();
    stage
}

/// VirtualDJ plays this, or nothing.
fn virtualdj_plays(show: &Show, line: &str) {
    let deed =
        if line.is_empty() { FileDeed::Empty } else { FileDeed::Write(format!("{line}\n").into_bytes()) };
    show.world.player_files().act("now_playing.txt", deed, 0);
}

/// What the visuals were told last, as `source: title`.
fn told(show: &Show) -> String {
    let tracks = show.osc_of("/karaoke/track", 0.0, f64::MAX);
    tracks.last().map_or_else(|| "nobody".to_owned(), described)
}

fn described(line: &OscLine) -> String {
    let text = |at: usize| line.args[at].as_str().unwrap().to_owned();
    if line.args[0] == 0 { "nothing".to_owned() } else { format!("{}: {}", text(1), text(3)) }
}

#[test]
fn the_visuals_see_one_track_whoever_plays() {
    let service = Service::new();
    play(both(&service), |show| async move {
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        show.until(5.0).await;
        assert_eq!(told(&show), "nothing");
        service.plays("one");
        show.until(8.0).await;
        assert_eq!(told(&show), "spotify: one");
        virtualdj_plays(&show, "DJ - two");
        show.until(8.5).await;
        assert_eq!(told(&show), "virtualdj: two", "both play, and this one is preferred");
        service.plays("three");
        show.until(20.0).await;
        assert_eq!(told(&show), "virtualdj: two", "nobody hears of it");
        let from = show.osc_of("/karaoke/pos", 9.0, 20.0);
        assert!(
            from.iter().all(|line| line.from == "virtualdj_monitor") && from.len() >= 21,
            "{}",
            from.len()
        );
        virtualdj_plays(&show, "");
        show.until(35.0).await;
        assert_eq!(told(&show), "spotify: three", "VirtualDJ plays nothing any more");
        let mut all: Vec<_> = show.osc_of("/karaoke/track", 0.0, 40.0).iter().map(described).collect();
        // That nothing plays may be said by both as they start.
        all.dedup();
        assert_eq!(all, ["nothing", "spotify: one", "virtualdj: two", "spotify: three"], "each once");
    });
}

#[test]
fn a_pause_of_a_breath_gives_the_stage_to_nobody_and_a_longer_one_does() {
    let service = Service::new();
    let mut stage = both(&service);
    stage.prefer = vec![vj_core::playback::Player::Spotify];
    play(stage, |show| async move {
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        service.plays("one");
        virtualdj_plays(&show, "Old - entry");
        show.until(5.0).await;
        virtualdj_plays(&show, "DJ - two");
        show.until(10.0).await;
        assert_eq!(told(&show), "spotify: one", "it is preferred here");
        service.pauses();
        show.until(12.5).await;
        service.plays("one");
        show.until(20.0).await;
        assert_eq!(told(&show), "spotify: one");
        service.pauses();
        show.until(27.0).await;
        assert_eq!(told(&show), "virtualdj: two");
        service.plays("one");
        show.until(30.0).await;
        assert_eq!(told(&show), "spotify: one");
        let all: Vec<_> = show.osc_of("/karaoke/track", 1.0, 40.0).iter().map(described).collect();
        assert_eq!(all, ["spotify: one", "virtualdj: two", "spotify: one"], "no taking turns");
    });
}

#[test]
fn when_the_other_is_gone_or_stands_still_it_is_the_truth() {
    let service = Service::new();
    play(both(&service), |show| async move {
        service.plays("one");
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        virtualdj_plays(&show, "DJ - two");
        show.until(5.0).await;
        assert_eq!(told(&show), "virtualdj: two");
        let killed_at = show.kill(VirtualDjMonitor).await;
        show.until(killed_at + 0.2).await;
        assert_eq!(told(&show), "spotify: one");
        show.until(killed_at + 4.0).await;
        assert_eq!(told(&show), "virtualdj: two", "it is back, and its last entry is still the current one");
        let pid = show.world.pid_of(VirtualDjMonitor).unwrap();
        let frozen_at = show.now();
        show.world.freeze(pid);
        show.until(frozen_at + 2.0).await;
        assert_eq!(told(&show), "spotify: one", "one that stands still is gone too");
        show.world.thaw(pid);
        show.pause(2.0).await;
        assert_eq!(told(&show), "virtualdj: two");
    });
}

#[test]
fn subscribers_hear_both() {
    let service = Service::new();
    play(both(&service), |show| async move {
        service.plays("one");
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        virtualdj_plays(&show, "DJ - two");
        show.until(5.0).await;
        let address = ([127, 0, 0, 1], 9_100).into();
        let ears = show.world.listen(address);
        let args = json!({"host": "127.0.0.1", "port": 9_100, "patterns": ["/karaoke/*"], "lease_sec": 60});
        show.done(SpotifyMonitor, "subscribe", args).await;
        service.plays("three");
        let (from, first) = ears.next().await;
        assert_eq!(from, SpotifyMonitor);
        let mut heard = vec![first];
        for _ in 0..12 {
            heard.push(ears.next().await.1);
        }
        assert!(heard.iter().any(|packet| packet.windows(5).any(|it| it == b"three")));
        assert_eq!(told(&show), "virtualdj: two", "the visuals hear nothing of it");
    });
}

/// Over storms of kills and of pauses: the visuals are never told of two players in turns, and never of nobody, for longer than
/// it takes to ask once.
#[test]
fn the_two_never_both_speak_or_both_keep_silent_for_long() {
    let service = Service::new();
    play(both(&service), |show| async move {
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        service.plays("song");
        virtualdj_plays(&show, "Old - entry");
        show.until(4.0).await;
        virtualdj_plays(&show, "DJ - set");
        show.until(6.0).await;
        let mut random = 11_u32;
        for round in 0..30 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match (random >> 28) % 4 {
                victim @ 0..=1 => {
                    let victim = [VirtualDjMonitor, SpotifyMonitor][victim as usize];
                    // With both of them dead there is nobody to speak.
                    show.served_within(SpotifyMonitor, 40.0).await;
                    show.served_within(VirtualDjMonitor, 40.0).await;
                    show.pause(3.0).await;
                    let _ = show.kill(victim).await;
                }
                2 => virtualdj_plays(&show, &format!("DJ - set {round}")),
                _ => service.plays(&format!("song {round}")),
            }
            show.pause(5.0 + f64::from(random >> 30)).await;
            // A manager that gives up is another matter.
            show.pause(10.0).await;
        }
        let end = show.now();
        let spoken = show.osc_of("/karaoke/pos", 6.0, end);
        for pair in spoken.windows(2) {
            let gap = pair[1].t - pair[0].t;
            assert!(gap <= 1.0, "silence of {gap} s at {}", pair[0].t);
        }
        let turns: Vec<f64> =
            spoken.windows(2).filter(|pair| pair[0].from != pair[1].from).map(|pair| pair[1].t).collect();
        // Two that speak at the same time change places all the time.
        let mut began = turns.first().copied().unwrap_or_default();
        for pair in turns.windows(2) {
            if pair[1] - pair[0] > 0.6 {
                began = pair[1];
            }
            assert!(pair[1] - began <= 1.0, "both speak from {began} to {}", pair[1]);
        }
        assert!(!turns.is_empty(), "the storm moved nobody");
    });
}

#[test]
fn a_source_that_fails_costs_freshness_and_nothing_else() {
    let service = Service::new();
    play(both(&service), |show| async move {
        service.plays("one");
        show.begin(&[SpotifyMonitor, VirtualDjMonitor]).await;
        show.until(4.0).await;
        service.answers(Err(SourceError::Transient("the network is gone".to_owned())));
        show.until(20.0).await;
        let state = show.state(SpotifyMonitor).await;
        assert_eq!((&state["track"]["title"], &state["is_playing"]), (&json!("one"), &json!(true)));
        assert_eq!(
            (&state["status"], &state["source_status"]),
            (&json!("degraded"), &json!("the network is gone"))
        );
        assert!(state["position_sec"].as_f64().unwrap() > 18.0, "it runs on by itself");
        service.answers(Err(SourceError::RetryAfter(Rest::limited(Duration::from_secs(51)))));
        show.until(36.0).await;
        let polls = show.state(SpotifyMonitor).await["stats"]["polls"].clone();
        let status = show.state(SpotifyMonitor).await["source_status"].clone();
        assert!(status.as_str().unwrap().starts_with("rate limited, "), "{status}");
        service.plays("two");
        show.pause(30.0).await;
        assert_eq!(
            show.state(SpotifyMonitor).await["stats"]["polls"],
            polls,
            "it is left in peace as it asked"
        );
        show.pause(30.0).await;
        assert_eq!(told(&show), "spotify: two");
        assert_eq!(show.state(SpotifyMonitor).await["status"], "running");
    });
}
