//! A show that follows two players through an evening, with faults; judged by what the visuals were told.

use std::io;
use std::rc::Rc;

use serde_json::json;
use vj_core::ProcessName::{SpotifyMonitor, VirtualDjMonitor};

use super::Run;
use super::show::{STUCK, mark, perform, until};
use crate::checkers::{self, Grace};
use crate::faults::{self, Fault};
use crate::ground::Driver;
use crate::history::{Entry, What};
use crate::playback_tape::PlaybackTape;
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
}

/// Plays it and judges it.
pub(super) fn play(driver: &Driver, evening: &TwoPlayers) -> Run {
    let TwoPlayers { name, seed, tape, faults, settle_sec, ends_sec } = evening;
    let spotify = tape.spotify.clone().unwrap_or_default();
    let service = match StandIn::new(driver, spotify.clone()) {
        Ok(service) => Rc::new(service),
        Err(error) => return stuck_without_a_service(&error),
    };
    let mut stage = Stage::new(*seed, Tapes::new())
        .with(SpotifyMonitor, service.table(json!({"poll_interval": POLL_SEC})))
        .with(VirtualDjMonitor, json!({}));
    stage.spotify = service.open();
    let (plan, end, asked) = (faults.clone(), *ends_sec, service.clone());
    let virtualdj = tape.virtualdj.clone().unwrap_or_default();
    let (mut history, osc) = perform(driver, name, stage, |world, onlookers| async move {
        if let Err(error) = service.begin(&*world, &onlookers) {
            mark(&*world, STUCK, &format!("no fake service: {error}"));
        }
        virtualdj.prepare(&*world);
        world.guard(&onlookers);
        let (broken, written) = (world.clone(), world.clone());
        onlookers.spawn(async move { faults::play(&*broken, &plan).await });
        onlookers.spawn(async move { virtualdj.play(&*written).await });
        until(&*world, end).await;
    });
    history.extend(spotify.marks(checkers::SPOTIFY));
    history.sort_by(|one, two| one.t.total_cmp(&two.t));
    let slack_sec = 0.3 * driver.patience();
    let grace = Grace { poll_sec: POLL_SEC, slack_sec, settle_sec: settle_sec * driver.patience() };
    let mut violations = checkers::visuals_see_what_plays(&history, &osc, grace);
    violations.extend(checkers::only_victims_end(&history));
    violations.extend(checkers::whole_in_the_end(&history, &["spotify_monitor", "virtualdj_monitor"]));
    violations.extend(checkers::no_panic(&history));
    let questions = asked.asked().iter().filter(|asked| !asked.for_token).count();
    let figures = vec![("questions to Spotify an hour", questions as f64 * 3_600.0 / end)];
    Run { history, osc, violations, figures, ..Run::default() }
}

/// A run that could not begin.
pub(super) fn stuck_without_a_service(error: &io::Error) -> Run {
    let what = What::Mark { name: STUCK.to_owned(), detail: format!("no fake service: {error}") };
    Run { history: vec![Entry { t: 0.0, what }], ..Run::default() }
}
