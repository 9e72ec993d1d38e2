//! A show that follows two players through an evening, with faults; judged by what the visuals were told.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use serde_json::{Value, json};
use vj_core::ProcessName::{LyricsFetcher, SpotifyMonitor, VirtualDjMonitor};
use vj_env::Scope;

use super::Run;
use super::show::{STUCK, mark, perform, until};
use crate::checkers::{self, Grace};
use crate::faults::{self, Fault};
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::playback_tape::PlaybackTape;
use crate::services::{Seen, ServicesStandIn, ServicesTape};
use crate::spotify::StandIn;
use crate::stage::Stage;
use crate::tape::Tapes;

/// Between two questions to Spotify.
pub(super) const POLL_SEC: f64 = 2.0;

/// After this long without changes and faults everything is told as it is: a restart, a short back-off or an end that is
/// believed, a player that holds the stage, and a question.
pub(super) const SETTLE_SEC: f64 = 15.0;

/// The same after a service was silent for minutes: it is asked twice a minute then.
pub(super) const SETTLE_AFTER_SILENCE_SEC: f64 = 40.0;

/// An evening, and how it is played.
pub(super) struct TwoPlayers {
    pub(super) name: &'static str,
    pub(super) seed: u64,
    pub(super) tape: PlaybackTape,
    pub(super) faults: Vec<Fault>,
    pub(super) settle_sec: f64,
    pub(super) ends_sec: f64,
    /// Who looks for the words of what is played, if somebody does.
    pub(super) lyrics: Option<Lyrics>,
}

/// The lyrics worker, and the services that it asks.
#[derive(Debug, Clone)]
pub(super) struct Lyrics {
    pub(super) services: ServicesTape,
    pub(super) table: Value,
}

/// What such an evening leaves behind, beside its run.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What each service was asked.
    pub(super) lrclib: Vec<Seen>,
    pub(super) ollama: Vec<Seen>,
    pub(super) openai: Vec<Seen>,
    pub(super) comfyui: Vec<Seen>,
    /// The cache, file by file.
    pub(super) cache: Vec<(String, Vec<u8>)>,
}

/// Plays it and judges what was told of tracks.
pub(super) fn play(driver: &Driver, evening: &TwoPlayers) -> Run {
    play_with(driver, evening, |_, _| std::future::ready(())).0
}

/// The same with a script beside it; hands over also what services were asked.
pub(super) fn play_with<F: Future<Output = ()> + 'static>(
    driver: &Driver,
    evening: &TwoPlayers,
    beside: impl FnOnce(Rc<dyn Ground>, Scope) -> F,
) -> (Run, Asked) {
    let TwoPlayers { name, seed, tape, faults, settle_sec, ends_sec, lyrics } = evening;
    let spotify = tape.spotify.clone().unwrap_or_default();
    let service = match StandIn::new(driver, spotify.clone()) {
        Ok(service) => Rc::new(service),
        Err(error) => return (stuck_without_a_service(&error), Asked::default()),
    };
    let services = lyrics.as_ref().map(|it| ServicesStandIn::new(driver, it.services.clone())).transpose();
    let services = match services {
        Ok(services) => services.map(Rc::new),
        Err(error) => return (stuck_without_a_service(&error), Asked::default()),
    };
    let mut stage = Stage::new(*seed, Tapes::new())
        .with(SpotifyMonitor, service.table(json!({"poll_interval": POLL_SEC})))
        .with(VirtualDjMonitor, json!({}));
    stage.spotify = service.open();
    let mut workers = vec!["spotify_monitor", "virtualdj_monitor"];
    if let Some((services, lyrics)) = services.as_ref().zip(lyrics.as_ref()) {
        stage.web = services.web();
        stage = stage.with(LyricsFetcher, services.table(lyrics.table.clone()));
        workers.push("lyrics_fetcher");
    }
    let cache = Rc::<RefCell<Vec<_>>>::default();
    let (plan, end, asked) = (faults.clone(), *ends_sec, service.clone());
    let virtualdj = tape.virtualdj.clone().unwrap_or_default();
    let (served, found) = (services.clone(), cache.clone());
    let (mut history, osc) = perform(driver, name, stage, |world, onlookers| async move {
        let begun = service.begin(&*world, &onlookers);
        let begun = begun.and_then(|()| served.map_or(Ok(()), |it| it.begin(&*world, &onlookers)));
        if let Err(error) = begun {
            mark(&*world, STUCK, &format!("no fake service: {error}"));
        }
        onlookers.spawn(beside(world.clone(), onlookers.clone()));
        virtualdj.prepare(&*world);
        world.guard(&onlookers);
        let (broken, written) = (world.clone(), world.clone());
        onlookers.spawn(async move { faults::play(&*broken, &plan).await });
        onlookers.spawn(async move { virtualdj.play(&*written).await });
        until(&*world, end).await;
        *found.borrow_mut() = world.cache_files();
    });
    history.extend(spotify.marks(checkers::SPOTIFY));
    history.extend(lyrics.iter().flat_map(|it| it.services.marks()));
    history.sort_by(|one, two| one.t.total_cmp(&two.t));
    let slack_sec = 0.3 * driver.patience();
    let grace = Grace { poll_sec: POLL_SEC, slack_sec, settle_sec: settle_sec * driver.patience() };
    let mut violations = checkers::visuals_see_what_plays(&history, &osc, grace);
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::whole_in_the_end(&history, &workers));
    violations.extend(checkers::no_panic(&history));
    let questions = asked.asked().iter().filter(|asked| !asked.for_token).count();
    let figures = vec![("questions to Spotify an hour", questions as f64 * 3_600.0 / end)];
    let mut asked = services.map_or_else(Asked::default, |it| Asked {
        lrclib: it.lrclib(),
        ollama: it.ollama(),
        openai: it.openai(),
        comfyui: it.comfyui(),
        cache: Vec::new(),
    });
    asked.cache = cache.take();
    let plan = Some(faults.clone());
    (Run { history, osc, violations, figures, plan, ..Run::default() }, asked)
}

/// A run that could not begin.
pub(super) fn stuck_without_a_service(error: &io::Error) -> Run {
    let what = What::Mark { name: STUCK.to_owned(), detail: format!("no fake service: {error}") };
    Run { history: vec![Entry { t: 0.0, what }], ..Run::default() }
}
