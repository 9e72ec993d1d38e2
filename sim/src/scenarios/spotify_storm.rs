//! Spotify does everything that it is known to do: each track is told once and in time, no rest is disturbed, no sign-in lost.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use vj_bus::Outcome;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{STUCK, mark, perform, until};
use super::two_players::stuck_without_a_service;
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::spotify::{Asked, Author, Event, LAST_SITUATION, SITUATIONS, StandIn, Tape};
use crate::stage::Stage;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "spotify-storm",
    about: "Spotify behaves as it is known to: one question per rest, also for one that dies in it, the refresh token is never lost, what plays is told by the second question",
    how: How::Script(run),
    sometimes: SITUATIONS,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// The show stands by then.
const BEGINS_SEC: f64 = 5.0;

/// From the answer to the word, in seconds.
const TOLD_WITHIN_SEC: f64 = 0.3;

/// The rest in which the monitor dies: longer than it takes until the next one asks, for the first time and again.
const LAST_REST_SEC: f64 = 12.0;

/// A service that counts on behind the end of a track is not believed after ten seconds; with the questions that show it.
const OVER_SEC: f64 = 10.0;

fn run(driver: &Driver, seed: u64) -> Run {
    let poll_sec = driver.pick(2.0, 0.5);
    let end_sec = driver.pick(1_200.0, 70.0);
    let mut rng = Pcg64::seed_from_u64(seed);
    let (tape, seen) = Author::new(&mut rng, BEGINS_SEC, poll_sec).write_until(end_sec);
    let night_sec = tape.ends_at_sec() + 20.0 * poll_sec;
    // The night is over; in a last rest the monitor dies, and its next life must not ask within it. Once the sign-in has
    // ended nobody hears of a rest any more.
    let has_ended = seen.contains(&LAST_SITUATION);
    let mut lines = tape.lines().to_vec();
    lines.extend((!has_ended).then_some((night_sec, Event::Limit(LAST_REST_SEC))));
    let tape = Tape::of(lines);
    let dies_sec = night_sec + LAST_REST_SEC / 2.0;
    let end_sec = night_sec + LAST_REST_SEC + 5.0 * poll_sec;
    let service = match StandIn::new(driver, tape.clone()) {
        Ok(service) => Rc::new(service),
        Err(error) => return stuck_without_a_service(&error),
    };
    let table = service.table(json!({"poll_interval": poll_sec}));
    let mut stage = Stage::new(seed, Tapes::new()).with(ProcessName::SpotifyMonitor, table);
    stage.spotify = service.open();
    let is_kept = Rc::new(Cell::new(false));
    let (served, kept) = (service.clone(), is_kept.clone());
    let (mut history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| async move {
        if let Err(error) = served.begin(&*world, &onlookers) {
            mark(&*world, STUCK, &format!("no fake service: {error}"));
        }
        world.start(ProcessName::ProcessManager);
        onlookers.spawn(mark_status(world.clone()));
        until(&*world, dies_sec).await;
        if let Some(pid) = world.pid_of(ProcessName::SpotifyMonitor) {
            world.kill(pid);
        }
        until(&*world, end_sec).await;
        kept.set(served.is_kept(&*world));
    });
    history.extend(tape.marks(checkers::SPOTIFY));
    history.extend(service.asked().iter().map(question));
    history.sort_by(|one, two| one.t.total_cmp(&two.t));
    let slack_sec = TOLD_WITHIN_SEC * driver.patience();
    let night: Vec<Entry> = history.iter().filter(|entry| entry.t < night_sec).cloned().collect();
    let heard: Vec<OscLine> = osc.iter().filter(|line| line.t < night_sec).cloned().collect();
    let mut violations = checkers::what_plays_is_told(&night, &heard, slack_sec);
    violations.extend(checkers::one_question_per_rest(&history));
    violations.extend(checkers::rest_is_shown(&night, slack_sec));
    violations.extend(checkers::sign_in_is_never_lost(&history));
    violations.extend(checkers::nobody_is_asked_without_a_sign_in(&night));
    violations.extend(checkers::a_pause_is_told(&night, &heard, slack_sec));
    let over_sec = OVER_SEC + 3.0 * poll_sec + slack_sec;
    violations.extend(checkers::no_track_outlasts_itself(&night, &heard, over_sec));
    violations.extend(checkers::no_restarts(&history, &[("spotify_monitor", 2), ("process_manager", 1)]));
    violations.extend(checkers::no_panic(&history));
    if !is_kept.get() {
        violations.push(checkers::sign_in_is_not_kept(end_sec));
    }
    let beyond = checkers::told_within_questions(&history, &osc, poll_sec).into_iter();
    let after = checkers::told_after_its_question(&history, &osc).into_iter();
    let figures = beyond
        .map(|sec| ("s from Spotify's change to the word, beyond the poll interval", sec))
        .chain(after.map(|sec| ("ms from a question to the word that its answer brings", sec * 1e3)))
        .collect();
    Run { history, osc, violations, seen, figures, ..Run::default() }
}

fn question(asked: &Asked) -> Entry {
    let detail = match (asked.for_token, asked.with_good_token) {
        (false, _) => "player",
        (true, true) => checkers::FOR_A_TOKEN,
        (true, false) => checkers::WITH_A_LOST_TOKEN,
    };
    Entry {
        t: asked.at_sec,
        what: What::Mark { name: checkers::ASKED.to_owned(), detail: detail.to_owned() },
    }
}

/// Asks the worker how its source is, once a second; for ever.
async fn mark_status(world: Rc<dyn Ground>) {
    loop {
        if let Some(mut client) =
            Probe::new(&world, checkers::SOURCE_STATUS).connect(ProcessName::SpotifyMonitor).await
        {
            while let Outcome::Replied(answer) = client.call("get_state", Value::Null).await {
                let detail = answer.data["source_status"].as_str().unwrap_or_default().to_owned();
                world.note(What::Mark { name: checkers::SOURCE_STATUS.to_owned(), detail });
                world.clock().sleep(Duration::from_secs(1)).await;
            }
        }
        world.clock().sleep(Duration::from_millis(100)).await;
    }
}
