//! Spotify does everything that it is known to do: each track is told once and in time, no rest is disturbed, no sign-in lost.

use std::cell::{Cell, RefCell};
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use vj_bus::Outcome;
use vj_core::ProcessName;
use vj_env::{Clock, Scope};

use super::probe::Probe;
use super::show::{perform, until};
use super::{Drivers, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::spotify::{
    Asked, Author, Event, FakePlayer, FakeServer, SITUATIONS, Service, Tape, TapeTime, first_token,
};
use crate::stage::Stage;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "spotify-storm",
    about: "every way in which Spotify is known to behave: one question per rest, also for one that dies in it, the refresh token is never lost, recovered within two polls",
    run,
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
    // The night is over; in a last rest the monitor dies, and its next life must not ask within it.
    let mut lines = tape.lines().to_vec();
    lines.push((night_sec, Event::Limit(LAST_REST_SEC)));
    let tape = Tape::of(lines);
    let dies_sec = night_sec + LAST_REST_SEC / 2.0;
    let end_sec = night_sec + LAST_REST_SEC + 5.0 * poll_sec;
    let service = Rc::new(RefCell::new(Service::new(tape.clone())));
    // The clock of the run, once there is one.
    let clock: Rc<RefCell<Option<Clock>>> = Rc::default();
    let read = clock.clone();
    let time: TapeTime =
        Rc::new(move || read.borrow().as_ref().map_or(0.0, |clock| clock.now().as_secs_f64()));
    let listener = driver.is_real().then(|| TcpListener::bind(("127.0.0.1", 0)).ok()).flatten();
    let mut table = json!({"poll_interval": poll_sec, "source": "web_api", "client_id": "app-1"});
    if let Some(at) = listener.as_ref().and_then(|it| it.local_addr().ok()) {
        table["api_base_url"] = format!("http://{at}/v1/").into();
        table["auth_base_url"] = format!("http://{at}/").into();
    }
    let mut stage = Stage::new(seed, Tapes::new()).with(ProcessName::SpotifyMonitor, table);
    stage.spotify = FakePlayer::new(service.clone(), time.clone()).open();
    let served = service.clone();
    // Only the real adapter keeps it in a file.
    let is_kept = Rc::new(Cell::new(!driver.is_real()));
    let kept = is_kept.clone();
    let is_real = driver.is_real();
    let (mut history, osc) = perform(driver, SCENARIO.name, stage, |world, onlookers| async move {
        *clock.borrow_mut() = Some(world.clock().clone());
        if let Some(listener) = listener {
            serve(&*world, listener, &served, time, &onlookers);
        }
        let token = first_token(&served.borrow().access_token(), &served.borrow().refresh_token());
        world.put_state_file(TOKEN_FILE, token.to_string().as_bytes());
        world.start(ProcessName::ProcessManager);
        onlookers.spawn(mark_status(world.clone()));
        until(&*world, dies_sec).await;
        if let Some(pid) = world.pid_of(ProcessName::SpotifyMonitor) {
            world.kill(pid);
        }
        until(&*world, end_sec).await;
        if is_real {
            let good = served.borrow().refresh_token();
            let file = world.state_file(TOKEN_FILE).unwrap_or_default();
            kept.set(String::from_utf8_lossy(&file).contains(&format!("{good:?}")));
        }
    });
    for (t, event) in tape.lines() {
        let detail = serde_json::to_string(event).unwrap_or_default();
        history.push(Entry { t: *t, what: What::Mark { name: checkers::SPOTIFY.to_owned(), detail } });
    }
    history.extend(service.borrow().asked().iter().map(question));
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
    let figures = checkers::told_within_questions(&history, &osc, poll_sec)
        .into_iter()
        .map(|sec| ("s from Spotify's change to the word, beyond the poll interval", sec))
        .collect();
    Run { history, osc, violations, seen, figures }
}

/// Where a sign-in is kept.
const TOKEN_FILE: &str = "spotify_token.json";

fn serve(
    world: &dyn Ground,
    listener: TcpListener,
    service: &Rc<RefCell<Service>>,
    time: TapeTime,
    onlookers: &Scope,
) {
    if let Err(error) =
        FakeServer::start_on(listener, service.clone(), time, world.clock().clone(), onlookers)
    {
        world.note(What::Mark {
            name: super::show::STUCK.to_owned(),
            detail: format!("no fake service: {error}"),
        });
    }
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
