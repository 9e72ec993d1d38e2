//! The law and the model agree on random histories: every action, every status, every deadline.

use proptest::prelude::*;
use vj_core::supervision::{Event, Exit, Health, Law, Reported, Supervisor};
use vj_core::{At, ProcessName};

use crate::model::judge;
use crate::stage::{AUDIO, TEST, secs};

/// The same cases every time, unless the environment asks for others (`PROPTEST_CASES`, `PROPTEST_RNG_SEED`).
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let asked = |name: &str| std::env::var_os(name).is_some();
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if !asked("PROPTEST_CASES") {
        config.cases = cases;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = proptest::test_runner::RngSeed::Fixed(0x766a);
    }
    config
}

/// How the next moment is reached.
#[derive(Debug, Clone, Copy)]
enum Wait {
    /// The driver keeps its promises for so many milliseconds.
    Awake(u64),
    /// Exactly until the law's next deadline, if it has one; the deadline's own tick is left out.
    Deadline,
    /// Nothing is stepped for so many milliseconds, whatever was promised.
    Frozen(u64),
}

/// What happens then, told in a way that fits any state.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Tick,
    Begin,
    Start,
    Stop,
    Restart,
    ShutdownAll,
    /// The answer to a start: it runs, it failed, or another holds the lock.
    Spawned,
    SpawnFailed,
    Found,
    FoundAgain,
    /// Of the live process; or of one that is not, or no longer, known.
    Registered {
        known: bool,
    },
    Heartbeat {
        known: bool,
        status: Reported,
    },
    Exited {
        known: bool,
    },
    /// It crashes as soon as it is started, so many times.
    Crashes(u8),
    /// It runs well for so many heartbeats.
    Steady(u8),
}

fn waits() -> impl Strategy<Value = Wait> {
    let awake = prop_oneof![
        4 => Just(0), 4 => 1u64..1_000, 3 => 1_000u64..5_000, 2 => 4_900u64..5_101, 2 => 14_900u64..15_101,
        1 => 29_900u64..30_101, 1 => 59_900u64..60_101,
    ];
    let frozen = prop_oneof![9_000u64..11_000, 1_000u64..100_000];
    prop_oneof![12 => awake.prop_map(Wait::Awake), 3 => Just(Wait::Deadline), 1 => frozen.prop_map(Wait::Frozen)]
}

fn deeds() -> impl Strategy<Value = Deed> {
    let known = prop::bool::weighted(0.85);
    let status = prop::sample::select(vec![
        Reported::Running,
        Reported::Degraded,
        Reported::Starting,
        Reported::Stopping,
    ]);
    prop_oneof![
        1 => Just(Deed::Tick), 2 => Just(Deed::Begin), 2 => Just(Deed::Start), 2 => Just(Deed::Stop),
        2 => Just(Deed::Restart), 10 => Just(Deed::Spawned), 2 => Just(Deed::SpawnFailed), 1 => Just(Deed::Found),
        1 => Just(Deed::FoundAgain),
        6 => known.prop_map(|known| Deed::Registered { known }),
        6 => (known, status).prop_map(|(known, status)| Deed::Heartbeat { known, status }),
        10 => known.prop_map(|known| Deed::Exited { known }),
        2 => (1u8..14).prop_map(Deed::Steady),
        1 => (1u8..8).prop_map(Deed::Crashes),
    ]
}

/// Drives the law through a plan and notes everything that it was told and said.
struct Driver {
    supervisor: Supervisor,
    now: At,
    pids: u32,
    history: Vec<(At, Event)>,
    said: Vec<crate::model::Verdict>,
    seen: Vec<Health>,
}

impl Driver {
    fn step(&mut self, event: Event) {
        let actions = self.supervisor.step(self.now, event);
        self.history.push((self.now, event));
        let next_deadline = self.supervisor.next_deadline();
        assert!(next_deadline.is_none_or(|at| at > self.now), "the law spins: {event:?} at {}", self.now);
        let statuses: Vec<_> = self.supervisor.workers().map(|(_, status)| status).collect();
        self.seen.extend(statuses.iter().map(|status| status.health));
        self.said.push(crate::model::Verdict { actions, statuses, next_deadline });
    }

    fn wait(&mut self, wait: Wait) {
        match wait {
            Wait::Awake(millis) => self.awake_until(self.now + std::time::Duration::from_millis(millis)),
            Wait::Deadline => self.now = self.supervisor.next_deadline().unwrap_or(self.now),
            Wait::Frozen(millis) => self.now += std::time::Duration::from_millis(millis),
        }
    }

    fn awake_until(&mut self, until: At) {
        while let Some(deadline) = self.supervisor.next_deadline().filter(|at| *at <= until) {
            self.now = deadline;
            self.step(Event::Tick);
        }
        self.now = until;
    }

    fn fresh_pid(&mut self) -> u32 {
        self.pids += 1;
        self.pids
    }

    fn act(&mut self, worker: ProcessName, deed: Deed) {
        let live = self.supervisor.status(worker).pid;
        let pid = |known: bool, pids: u32| if known { live.unwrap_or(pids) } else { pids.saturating_sub(1) };
        let exit = Exit::Code(0);
        let event = match deed {
            Deed::Tick => Event::Tick,
            Deed::Begin => Event::Begin,
            Deed::Start => Event::StartRequested { worker },
            Deed::Stop => Event::StopRequested { worker },
            Deed::Restart => Event::RestartRequested { worker },
            Deed::ShutdownAll => Event::ShutdownAll,
            Deed::Spawned => Event::Spawned { worker, pid: self.fresh_pid() },
            Deed::SpawnFailed => Event::SpawnFailed { worker },
            Deed::Found => Event::Found { worker, pid: self.fresh_pid() },
            Deed::FoundAgain => Event::Found { worker, pid: pid(true, self.pids) },
            Deed::Registered { known } => Event::Registered { worker, pid: pid(known, self.pids) },
            Deed::Heartbeat { known, status } => {
                Event::Heartbeat { worker, pid: pid(known, self.pids), status }
            }
            Deed::Exited { known } => Event::Exited { worker, pid: pid(known, self.pids), exit },
            Deed::Steady(beats) => return self.steady(worker, live, beats),
            Deed::Crashes(crashes) => return self.crashes(worker, crashes),
        };
        self.step(event);
    }

    fn steady(&mut self, worker: ProcessName, pid: Option<u32>, beats: u8) {
        let Some(pid) = pid else { return };
        self.step(Event::Registered { worker, pid });
        for _ in 0..beats {
            self.awake_until(self.now + secs(5.0));
            self.step(Event::Heartbeat { worker, pid, status: Reported::Running });
        }
    }

    fn crashes(&mut self, worker: ProcessName, crashes: u8) {
        for _ in 0..crashes {
            let status = self.supervisor.status(worker);
            if let Some(restart) = status.next_restart {
                self.awake_until(restart);
            }
            let pid = status.pid.unwrap_or_else(|| self.fresh_pid());
            self.step(Event::Spawned { worker, pid });
            self.step(Event::Exited { worker, pid, exit: Exit::Signal(11) });
        }
    }
}

type Plan = Vec<(Wait, bool, Deed)>;

fn plans() -> impl Strategy<Value = Plan> {
    let deed = (waits(), prop::bool::weighted(0.8), deeds());
    let ending = prop::option::weighted(
        0.3,
        (waits(), prop::collection::vec((waits(), any::<bool>(), deeds()), 0..8)),
    );
    (prop::collection::vec(deed, 1..60), ending).prop_map(|(mut plan, ending)| {
        if let Some((wait, rest)) = ending {
            plan.push((wait, true, Deed::ShutdownAll));
            plan.extend(rest);
        }
        plan
    })
}

/// The law of the documents, or a quicker one whose numbers lie closer together.
fn laws() -> impl Strategy<Value = Law> {
    let odd = Law {
        backoff: vec![secs(0.5), secs(20.0)],
        max_restarts: 2,
        restart_window: secs(90.0),
        healthy_resets_after: secs(12.0),
        stop_grace: secs(0.0),
        ..Law::default()
    };
    prop_oneof![3 => Just(Law::default()), 1 => Just(odd)]
}

fn play(law: &Law, workers: &[(ProcessName, bool)], plan: &Plan) -> Driver {
    let supervisor = Supervisor::new(law.clone(), workers.iter().copied());
    let mut driver = Driver {
        supervisor,
        now: At::from_secs_f64(100.0),
        pids: 10,
        history: vec![],
        said: vec![],
        seen: vec![],
    };
    for (wait, first, deed) in plan {
        driver.wait(*wait);
        driver.act(if *first { AUDIO } else { TEST }, *deed);
    }
    driver
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn the_law_and_the_model_agree(law in laws(), wishes in any::<(bool, bool)>(), plan in plans()) {
        let workers = [(AUDIO, wishes.0), (TEST, wishes.1)];
        let driver = play(&law, &workers, &plan);
        let verdicts = judge(&law, &workers, &driver.history);
        for (index, (said, verdict)) in driver.said.iter().zip(&verdicts).enumerate() {
            let (at, event) = driver.history[index];
            prop_assert_eq!(&said.actions, &verdict.actions, "actions of step {}: {:?} at {}", index, event, at);
            prop_assert_eq!(&said.statuses, &verdict.statuses, "after step {}: {:?} at {}", index, event, at);
            prop_assert_eq!(said.next_deadline, verdict.next_deadline, "after step {}: {:?} at {}", index, event, at);
        }
    }

    /// And on the same history twice, the law agrees with itself.
    #[test]
    fn equal_inputs_give_equal_outputs(law in laws(), plan in plans()) {
        let workers = [(AUDIO, true), (TEST, false)];
        let first = play(&law, &workers, &plan);
        let mut again = Supervisor::new(law, workers);
        for ((at, event), said) in first.history.iter().zip(&first.said) {
            prop_assert_eq!(&again.step(*at, *event), &said.actions);
        }
    }
}

/// A green run proves little unless the plans get everywhere.
#[test]
fn the_random_histories_reach_every_health() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(config(1));
    let mut seen = [0u32; Health::ALL.len()];
    for _ in 0..300 {
        let plan = plans().new_tree(&mut runner).unwrap().current();
        let driver = play(&Law::default(), &[(AUDIO, true), (TEST, true)], &plan);
        for (index, health) in Health::ALL.iter().enumerate() {
            seen[index] += u32::from(driver.seen.contains(health));
        }
    }
    assert!(seen.iter().all(|histories| *histories >= 15), "{:?} in {seen:?} of 300 histories", Health::ALL);
}
