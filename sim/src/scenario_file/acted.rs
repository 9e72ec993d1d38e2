//! Plays a scenario file, and judges what it left behind.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde_json::Value;
use vj_core::ProcessName;

use super::schema::{STANDS_SEC, ScenarioFile};
use super::staged::{Cast, POLL_SEC};
use crate::checkers;
use crate::faults::{self, Fault};
use crate::ground::{Driver, Ground};
use crate::history::{Entry, What};
use crate::properties::Judged;
use crate::scenarios::probe::Probe;
use crate::scenarios::show::{STUCK, mark, perform, until};
use crate::scenarios::{Drivers, Run};
use crate::services::ServicesTape;

/// What processes hold is counted once all stand and have found each other.
const COUNTED_SEC: f64 = 2.0 * STANDS_SEC;

/// Between two questions of a client: often enough to be in the way of every fault.
const ASKS_EVERY: Duration = Duration::from_millis(250);

impl ScenarioFile {
    /// Its name: that of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What happens and what must hold, in one line.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Under which drivers it can be played.
    #[must_use]
    pub fn drivers(&self) -> Drivers {
        self.drivers
    }

    /// Whether a run is hours of a show.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.long
    }

    /// Whether it must be played in two processes.
    #[must_use]
    pub fn is_twice(&self) -> bool {
        self.twice
    }

    /// Faults of which one must have struck in some run of a campaign.
    #[must_use]
    pub fn sometimes(&self) -> &[String] {
        &self.sometimes
    }

    /// Plays it with what it draws from the seed, or with this plan, and judges. Of its `sometimes`, those that happened are told by
    /// their place.
    #[must_use]
    pub fn play(&self, driver: &Driver, seed: u64, plan: Option<&[Fault]>) -> (Run, Vec<usize>) {
        let end_sec = driver.pick(self.end_sec, self.real_end_sec);
        let mut rng = Pcg64::seed_from_u64(seed);
        let played = self.played(&mut rng, driver, end_sec);
        let drawn = self.plan(&mut rng, end_sec);
        let plan = plan.map_or(drawn, <[_]>::to_vec);
        let cast = match self.cast(driver, seed, played, &plan) {
            Ok(cast) => cast,
            Err(why) => return (stuck(why), Vec::new()),
        };
        let mut run = self.act(driver, cast, &plan, end_sec);
        let struck = |named: &String| {
            let was_missed = |fault: &Fault| {
                run.history.iter().any(|entry| {
                    let is_it = (entry.t - fault.at).abs() < 0.01;
                    is_it && matches!(&entry.what, What::Mark { name, detail } if name == faults::MISSED && *detail == fault.to_string())
                })
            };
            plan.iter().any(|fault| fault.to_string().starts_with(named.as_str()) && !was_missed(fault))
        };
        let seen = (0..).zip(&self.sometimes).filter(|(_, named)| struck(named)).map(|(at, _)| at).collect();
        run.plan = Some(plan);
        (run, seen)
    }

    fn act(&self, driver: &Driver, cast: Cast, plan: &[Fault], end_sec: f64) -> Run {
        let Cast { stage, spotify, services, decks, playback, book } = cast;
        let (spotify_tape, services_tape) =
            (spotify.as_ref().map(|it| it.1.clone()), services.as_ref().map(|it| it.1.clone()));
        let spotify = spotify.map(|(stand_in, _)| Rc::new(stand_in));
        let services = services.map(|(stand_in, _)| Rc::new(stand_in));
        let cache = Rc::<RefCell<Vec<_>>>::default();
        let (asked, found, plan) = (services.clone(), cache.clone(), plan.to_vec());
        let workers: Vec<ProcessName> = self.processes.iter().copied().filter(|it| it.is_worker()).collect();
        let clients = if self.asks { workers.clone() } else { Vec::new() };
        let virtualdj = playback.virtualdj.clone().unwrap_or_default();
        let name = self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let (mut history, osc) = perform(driver, name, stage, |world, onlookers| async move {
            let begun = spotify.as_ref().map_or(Ok(()), |it| it.begin(&*world, &onlookers));
            let begun = begun.and_then(|()| services.map_or(Ok(()), |it| it.begin(&*world, &onlookers)));
            if let Err(error) = begun {
                mark(&*world, STUCK, &format!("no fake service: {error}"));
            }
            virtualdj.prepare(&*world);
            if let Some(decks) = decks {
                decks.begin(&*world, &onlookers);
                onlookers.spawn(async move { decks.play_on(0.0).await });
            }
            world.guard(&onlookers);
            let (broken, written) = (world.clone(), world.clone());
            onlookers.spawn(async move { faults::play(&*broken, &plan).await });
            onlookers.spawn(async move { virtualdj.play(&*written).await });
            for worker in clients {
                onlookers.spawn(
                    Probe::new(&world, &format!("probe-{worker}")).keep_asking_every(ASKS_EVERY, worker),
                );
            }
            until(&*world, COUNTED_SEC.min(end_sec / 2.0)).await;
            count(&*world);
            until(&*world, end_sec).await;
            // What is read now must be as old as what the fakes were asked.
            world.curtain().fall().await;
            count(&*world);
            *found.borrow_mut() = world.cache_files();
        });
        history.extend(spotify_tape.iter().flat_map(|tape| tape.marks(checkers::SPOTIFY)));
        history.extend(services_tape.iter().flat_map(ServicesTape::marks));
        history.sort_by(|one, two| one.t.total_cmp(&two.t));
        let (lrclib, mut models) = asked.map_or_else(Default::default, |it| (it.lrclib(), it.ollama()));
        models.retain(|seen| seen.asked.method == "POST");
        let workers: Vec<&str> = workers.iter().map(|it| it.as_str()).collect();
        let cache = cache.take();
        let judged = Judged {
            history: &history,
            osc: &osc,
            driver,
            end_sec,
            settle_sec: self.settle_sec,
            poll_sec: self.poll_sec(),
            workers: &workers,
            book: &book,
            lrclib: &lrclib,
            models: &models,
            cache: &cache,
        };
        let violations = self.hold.iter().flat_map(|it| it.property.check(&judged, &it.given)).collect();
        Run { history, osc, violations, ..Run::default() }
    }

    fn poll_sec(&self) -> f64 {
        let table = self.config.get(&ProcessName::SpotifyMonitor);
        table.and_then(|table| table.get("poll_interval")).and_then(Value::as_f64).unwrap_or(POLL_SEC)
    }
}

fn count(world: &dyn Ground) {
    for (name, count) in world.held() {
        mark(world, checkers::HELD, &format!("{name} {count}"));
    }
}

fn stuck(why: String) -> Run {
    let what = What::Mark { name: STUCK.to_owned(), detail: why };
    Run { history: vec![Entry { t: 0.0, what }], ..Run::default() }
}
