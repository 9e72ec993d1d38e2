//! A show of one player and the lyrics worker, and songs for it.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use vj_core::ProcessName::{LyricsFetcher, SpotifyMonitor};
use vj_core::playback::Track;
use vj_sim::osc_log::OscLine;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use super::{FakePlayer, FakeWeb, Show, play};

/// Lines of the song, two seconds apart from the tenth second on; the second half is sung twice.
pub(crate) const LRC: &str = "[00:10.00]Seven years and seven doors\n[00:12.00]Dusty maps and foreign shores\n[00:14.00]\n\
    [00:16.00]Burn it down and burn it all\n[00:18.00]Let it go and let it fall\n[00:20.00]Nothing here was ours at all\n[00:22.00]\n\
    [00:24.00]Eleven weeks without a word\n[00:26.00]The only letter was a bird\n[00:28.00]\n\
    [00:30.00]Burn it down and burn it all\n[00:32.00]Let it go and let it fall\n[00:34.00]Nothing here was ours at all";

/// A track of four minutes.
pub(crate) fn track(title: &str) -> Track {
    Track { duration: Duration::from_secs(240), album: "Album".to_owned(), ..Track::new("Somebody", title) }
}

/// It, as LRCLIB knows it.
pub(crate) fn candidate(title: &str, synced: &str) -> Value {
    json!({
        "id": 1, "name": title, "trackName": title, "artistName": "Somebody", "albumName": "Album",
        "duration": 240.0, "instrumental": false, "plainLyrics": null, "syncedLyrics": synced,
    })
}

/// What a test has in hand.
#[derive(Clone)]
pub(crate) struct Night {
    pub(crate) show: Show,
    pub(crate) player: FakePlayer,
    pub(crate) web: FakeWeb,
}

/// A show of one player, with this table of the lyrics worker; no model is asked but where the table says so. LRCLIB knows the
/// song `One`.
pub(crate) fn night<F: Future<Output = ()>>(table: Value, script: impl FnOnce(Night) -> F) {
    let (player, web) = (FakePlayer::new(), FakeWeb::default());
    web.lrclib(candidate("One", LRC));
    let mut config = json!({"llm_provider": "none"});
    for (name, value) in table.as_object().unwrap() {
        config[name] = value.clone();
    }
    let mut stage = Stage::new(1, Tapes::new()).with(SpotifyMonitor, json!({})).with(LyricsFetcher, config);
    stage.spotify = player.open();
    stage.web = Rc::new(web.clone());
    play(stage, |show| async move {
        player.on(show.world.clock(), &web);
        show.begin(&[SpotifyMonitor, LyricsFetcher]).await;
        show.until(3.0).await;
        script(Night { show, player, web }).await;
    });
}

impl Night {
    /// All that the lyrics worker has told since `from`.
    pub(crate) fn told(&self, from: f64) -> Vec<OscLine> {
        let mut lines = self.show.osc();
        lines.retain(|line| line.t >= from && line.from == "lyrics_fetcher");
        lines
    }

    /// Of one address.
    pub(crate) fn told_of(&self, addr: &str, from: f64) -> Vec<OscLine> {
        let mut lines = self.told(from);
        lines.retain(|line| line.addr == addr);
        lines
    }

    /// Waits until the visuals were told something of that address after `from`; returns the first.
    pub(crate) async fn hears(&self, addr: &str, from: f64, limit_sec: f64) -> OscLine {
        let heard = || !self.told_of(addr, from).is_empty();
        self.show.wait_until(limit_sec, &format!("nothing on {addr} since {from}"), heard).await;
        self.told_of(addr, from).swap_remove(0)
    }

    pub(crate) async fn state(&self) -> Value {
        self.show.state(LyricsFetcher).await
    }

    /// Waits until the worker's state is so.
    pub(crate) async fn until_state(
        &self,
        limit_sec: f64,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = self.show.now() + limit_sec;
        loop {
            let state = self.state().await;
            if is_so(&state) {
                return state;
            }
            assert!(self.show.now() < deadline, "after {limit_sec} s: {what}; {state:#}");
            self.show.pause(0.02).await;
        }
    }
}
