//! A player on a session bus.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use vj_adapters::spotify::local::Mpris;
use vj_core::playback::{Playback, PlaybackKind};
use vj_workers::ports::{PlaybackSource, SourceError};
use zbus::{ObjectPath, Variant};

use super::session_bus::{BusPlayer, Properties, SessionBus, is_left_out};
use super::stage::{Stage, on_one_thread, title};

/// As Spotify's own player describes itself.
fn playing(title: &str, track_id: &'static str, position_us: i64) -> Properties {
    let metadata: BTreeMap<&str, Variant<'static>> = BTreeMap::from([
        ("mpris:trackid", ObjectPath::try_from(track_id).unwrap().into()),
        ("mpris:length", 305_000_000_u64.into()),
        ("xesam:artist", vec!["Björk".to_owned(), "Mark Bell".to_owned()].into()),
        ("xesam:title", title.to_owned().into()),
        ("xesam:album", "Homogenic".into()),
    ]);
    BTreeMap::from([
        ("PlaybackStatus", "Playing".into()),
        ("Metadata", metadata.into()),
        ("Position", position_us.into()),
    ])
}

fn with_a_bus(test: impl AsyncFnOnce()) {
    if !is_left_out() {
        on_one_thread(test);
    }
}

fn stage_on(bus: &SessionBus) -> (Stage, Rc<dyn PlaybackSource>) {
    let stage = Stage::new(Vec::new());
    let local = Rc::new(Mpris::on_bus(&stage.env, &bus.address));
    let stage = stage.with_local(local);
    let source = stage.player().source(&stage.settings(json!({"source": "local"})));
    (stage, source)
}

#[test]
fn what_the_player_on_this_machine_plays_is_read_and_its_changes_are_heard_at_once() {
    with_a_bus(async || {
        let bus = SessionBus::start();
        let (stage, source) = stage_on(&bus);
        assert_eq!(source.poll().await, Ok(Playback::default()), "nobody is there");
        let player = BusPlayer::start(&bus, "spotify", &stage.env.scope).await;
        player.show(playing("Jóga", "/com/spotify/track/1", 61_500_000)).await;
        source.changed().await;
        let playback = source.poll().await.unwrap();
        let track = playback.track.clone().unwrap();
        assert_eq!((track.artist.as_str(), track.album.as_str()), ("Björk, Mark Bell", "Homogenic"));
        assert_eq!(
            (track.duration, playback.position),
            (Duration::from_secs(305), Some(Duration::from_millis(61_500)))
        );
        assert_eq!(
            (title(&playback), playback.is_playing, playback.kind),
            ("Jóga", true, PlaybackKind::Track)
        );
        assert_eq!(source.name(), "mpris");
        let mut paused = playing("Jóga", "/com/spotify/track/1", 62_000_000);
        paused.insert("PlaybackStatus", "Paused".into());
        player.show(paused).await;
        source.changed().await;
        assert!(!source.poll().await.unwrap().is_playing);
        player.leave().await;
        assert_eq!(source.poll().await, Ok(Playback::default()), "it has left");
    });
}

#[test]
fn ads_podcasts_and_files_are_told_apart_and_an_odd_player_is_read_as_far_as_it_goes() {
    with_a_bus(async || {
        let bus = SessionBus::start();
        let (stage, source) = stage_on(&bus);
        let player = BusPlayer::start(&bus, "spotifyd.instance42", &stage.env.scope).await;
        for (track_id, kind, has_track) in [
            ("/com/spotify/ad/1", PlaybackKind::Ad, false),
            ("/com/spotify/episode/1", PlaybackKind::Podcast, true),
            ("/com/spotify/local/Artist/Demo/200", PlaybackKind::Local, true),
        ] {
            player.show(playing("Jóga", track_id, 0)).await;
            let playback = source.poll().await.unwrap();
            assert_eq!((playback.kind, playback.track.is_some()), (kind, has_track), "{track_id}");
        }
        let metadata: BTreeMap<&str, Variant<'static>> = BTreeMap::from([
            ("xesam:title", "Demo".into()),
            ("mpris:length", (-1_i64).into()),
            ("xesam:artist", "Me".into()),
        ]);
        let odd = BTreeMap::from([
            ("PlaybackStatus", "Playing".into()),
            ("Metadata", metadata.into()),
            ("Volume", 0.5.into()),
        ]);
        player.show(odd).await;
        let playback = source.poll().await.unwrap();
        let track = playback.track.clone().unwrap();
        assert_eq!((track.artist.as_str(), track.duration, playback.position), ("Me", Duration::ZERO, None));
        player.show(BTreeMap::from([("PlaybackStatus", "Stopped".into())])).await;
        assert_eq!(source.poll().await, Ok(Playback::default()));
    });
}

#[test]
fn a_player_that_hangs_and_a_bus_that_dies_cost_an_answer_and_both_are_found_again() {
    with_a_bus(async || {
        let mut bus = SessionBus::start();
        let (stage, source) = stage_on(&bus);
        let player = BusPlayer::start(&bus, "spotify", &stage.env.scope).await;
        player.show(playing("Jóga", "/com/spotify/track/1", 0)).await;
        player.let_answer(false);
        let hangs = source.poll().await;
        assert!(
            matches!(&hangs, Err(SourceError::Transient(why)) if why.contains("does not answer")),
            "{hangs:?}"
        );
        player.let_answer(true);
        assert_eq!(title(&source.poll().await.unwrap()), "Jóga");
        bus.kill();
        let gone = source.poll().await;
        assert!(matches!(&gone, Err(SourceError::Transient(_) | SourceError::NotConfigured(_))), "{gone:?}");
        let gone = source.poll().await;
        assert!(
            matches!(&gone, Err(SourceError::NotConfigured(why)) if why.contains("no session bus")),
            "{gone:?}"
        );
    });
}
