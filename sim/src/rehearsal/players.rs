//! Who plays beside the workers: the players of a set, the services that they ask, and what breaks.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use serde_json::{Map, Value};
use vj_core::ProcessName::{LyricsFetcher, SpotifyMonitor, VirtualDjMonitor};
use vj_env::Scope;

use crate::deck_stand_in::DeckStandIn;
use crate::faults::{self, Fault};
use crate::ground::{Driver, Ground};
use crate::player_tape::PlayerTape;
use crate::services::ServicesStandIn;
use crate::set::Set;
use crate::spotify::StandIn;
use crate::stage::Stage;
use crate::transport::Transport;

/// The players of a set, and the services that know of what they play: all of them played by tapes.
pub(super) struct Players {
    spotify: Option<StandIn>,
    virtualdj: Option<PlayerTape>,
    decks: Option<DeckStandIn>,
    pub(super) services: Option<ServicesStandIn>,
    /// Settings with which the real services are asked instead.
    pub(super) live_services: Option<Map<String, Value>>,
}

impl Players {
    pub(super) fn new(
        driver: &Driver,
        set: &Set,
        live_services: Option<Map<String, Value>>,
    ) -> io::Result<Self> {
        let tape = set.playback.spotify.clone();
        let spotify = tape.map(|tape| StandIn::new(driver, tape)).transpose()?;
        let decks = set.playback.decks.clone().map(|tape| DeckStandIn::new(driver, tape)).transpose()?;
        let services = set.services.clone().filter(|_| live_services.is_none());
        let services = services.map(|tape| ServicesStandIn::new(driver, tape)).transpose()?;
        Ok(Self { spotify, virtualdj: set.playback.virtualdj.clone(), decks, services, live_services })
    }

    /// The workers that follow them, with the set's settings.
    pub(super) fn enter(&self, mut stage: Stage, set: &Set) -> Stage {
        let table = |name| Value::Object(set.config.get(&name).cloned().unwrap_or_default());
        if let Some(spotify) = &self.spotify {
            stage.spotify = spotify.open();
            stage = stage.with(SpotifyMonitor, spotify.table(table(SpotifyMonitor)));
        }
        if set.playback.has_virtualdj() {
            let mut told = table(VirtualDjMonitor);
            if let Some(decks) = &self.decks {
                (stage.network, told) = (decks.network(), decks.table(told));
            }
            stage = stage.with(VirtualDjMonitor, told);
        }
        if let Some(services) = &self.services {
            stage.web = services.web();
            stage = stage.with(LyricsFetcher, services.table(table(LyricsFetcher)));
        }
        if let Some(live) = &self.live_services {
            // What the set says of the worker counts, and of where the services are the user's own config.
            let mut table = live.clone();
            table.extend(set.config.get(&LyricsFetcher).cloned().unwrap_or_default());
            stage = stage.with(LyricsFetcher, Value::Object(table));
        }
        stage
    }

    /// They play until `onlookers` are gone.
    pub(super) fn begin(
        &self,
        ground: &Rc<dyn Ground>,
        onlookers: &Scope,
        tapes: &Tapes,
        faults: &[Fault],
    ) -> Result<(), String> {
        if let Some(spotify) = &self.spotify {
            spotify.begin(&**ground, onlookers).map_err(|error| format!("no fake Spotify: {error}"))?;
        }
        if let Some(services) = &self.services {
            services.begin(&**ground, onlookers).map_err(|error| format!("no fake services: {error}"))?;
        }
        if let Some(tape) = &self.virtualdj {
            tape.prepare(&**ground);
        }
        self.decks.iter().for_each(|decks| decks.begin(&**ground, onlookers));
        tapes.run(ground, self, faults.to_vec(), 0.0);
        Ok(())
    }

    /// All of them are so far ahead of the show from now on.
    fn jump(&self, ground: &Rc<dyn Ground>, tapes: &Tapes, faults: &[Fault], ahead_sec: f64) {
        let now_sec = ground.clock().now().as_secs_f64() + ahead_sec;
        self.spotify.iter().for_each(|spotify| spotify.jump(ahead_sec));
        self.services.iter().for_each(|services| services.jump(ahead_sec));
        self.virtualdj.iter().for_each(|tape| tape.set_to(&**ground, now_sec));
        let mut faults: Vec<_> = faults.iter().filter(|fault| fault.at > now_sec).cloned().collect();
        faults.iter_mut().for_each(|fault| fault.at -= ahead_sec);
        tapes.run(ground, self, faults, ahead_sec);
    }
}

/// Whatever runs beside the show until somebody jumps: VirtualDJ's tapes, and what breaks.
#[derive(Default)]
pub(super) struct Tapes {
    scope: RefCell<Option<Scope>>,
}

impl Tapes {
    fn run(&self, ground: &Rc<dyn Ground>, players: &Players, faults: Vec<Fault>, ahead_sec: f64) {
        let scope = Scope::new();
        if let Some(before) = self.scope.replace(Some(scope.clone())) {
            before.kill();
        }
        if let Some(tape) = players.virtualdj.clone() {
            let ground = ground.clone();
            scope.spawn(async move { tape.play_on(&*ground, ahead_sec).await });
        }
        if let Some(decks) = players.decks.clone() {
            scope.spawn(async move { decks.play_on(ahead_sec).await });
        }
        let ground = ground.clone();
        scope.spawn(async move { faults::play(&*ground, &faults).await });
    }
}

impl Drop for Tapes {
    fn drop(&mut self) {
        if let Some(scope) = self.scope.take() {
            scope.kill();
        }
    }
}

/// Moves the tapes with each jump of the sound; for ever.
pub(super) async fn follow(
    ground: Rc<dyn Ground>,
    transport: &Transport,
    faults: &[Fault],
    players: &Players,
    tapes: &Tapes,
) {
    let mut jumps = transport.jumps();
    while jumps.changed().await.is_ok() {
        players.jump(&ground, tapes, faults, transport.ahead_sec());
    }
}
