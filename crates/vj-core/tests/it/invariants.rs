//! What must hold whatever happens: properties of the law in a world of random lives, wishes and freezes.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use vj_core::supervision::{Action, Event, Health, Law, Signal, Supervisor};
use vj_core::{At, ProcessName};

use crate::model_agrees::config;
use crate::stage::{AUDIO, TEST, secs};
use crate::world::{Life, Told, World};

#[derive(Debug, Clone, Copy)]
enum Deed {
    Awake(u64),
    Frozen(u64, bool),
    Start,
    Stop,
    Restart,
}

fn lives() -> impl Strategy<Value = Option<Life>> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let good =
        Life { registers: Some(Duration::from_millis(20)), hangs: None, ends: None, obeys: Some(secs(0.1)) };
    prop_oneof![
        1 => Just(None),
        4 => Just(Some(good)),
        4 => millis(0..40_000).prop_map(move |ends| Some(Life { ends: Some(ends), ..good })),
        3 => Just(Some(Life { registers: None, ends: Some(Duration::ZERO), ..good })),
        2 => millis(0..90_000).prop_map(move |hangs| Some(Life { hangs: Some(hangs), ..good })),
        1 => millis(0..40_000).prop_map(move |registers| Some(Life { registers: Some(registers), ..good })),
        2 => Just(Some(Life { obeys: None, ..good })),
        1 => Just(Some(Life { registers: None, obeys: None, ..good })),
    ]
}

fn deeds() -> impl Strategy<Value = (Deed, bool)> {
    let deed = prop_oneof![
        6 => (0u64..20_000).prop_map(Deed::Awake),
        3 => (20_000u64..150_000).prop_map(Deed::Awake),
        1 => (0u64..60_000, any::<bool>()).prop_map(|(millis, clock)| Deed::Frozen(millis, clock)),
        1 => Just(Deed::Start), 1 => Just(Deed::Stop), 1 => Just(Deed::Restart),
    ];
    (deed, any::<bool>())
}

/// Plays it all, then leaves everybody alone for two minutes.
fn play(plan: &[(Deed, bool)], lives: &[Option<Life>]) -> World<impl FnMut() -> Option<Life> + use<>> {
    let lives = lives.to_vec();
    let mut next = 0;
    let mut world = World::new(Law::default(), [(AUDIO, true), (TEST, true)], move || {
        next += 1;
        lives[(next - 1) % lives.len()]
    });
    world.tell(Event::Begin);
    for (deed, first) in plan {
        let worker = if *first { AUDIO } else { TEST };
        match deed {
            Deed::Awake(millis) => world.awake(Duration::from_millis(*millis)),
            Deed::Frozen(millis, clock) => world.frozen(Duration::from_millis(*millis), *clock),
            Deed::Start => world.tell(Event::StartRequested { worker }),
            Deed::Stop => world.tell(Event::StopRequested { worker }),
            Deed::Restart => world.tell(Event::RestartRequested { worker }),
        }
    }
    world.awake(secs(120.0));
    world
}

fn is_by_hand(event: Event, worker: ProcessName) -> bool {
    event == (Event::StartRequested { worker }) || event == (Event::RestartRequested { worker })
}

/// A start only of what is wished for and not given up, or in back-off, unless a person just asked.
fn starts_are_wished_for(told: &[Told]) -> Result<(), TestCaseError> {
    for step in told {
        for action in &step.actions {
            let Action::Spawn { worker } = action else { continue };
            let before = &step.before[worker];
            let asked = is_by_hand(step.event, *worker);
            prop_assert!(before.enabled || asked, "{step:?}");
            prop_assert!(before.health != Health::GivenUp || asked, "{step:?}");
            let due = before.next_restart.is_none_or(|due| due <= step.at);
            prop_assert!(due || asked, "a back-off was cut short: {step:?}");
        }
    }
    Ok(())
}

/// SIGKILL for three reasons only: 30 s of silence; a stop or restart by hand of one that is unhealthy; the end of the
/// grace of SIGTERM.
fn kills_are_deserved(told: &[Told]) -> Result<(), TestCaseError> {
    let mut terminated: BTreeMap<u32, At> = BTreeMap::new();
    let mut killed: Vec<u32> = Vec::new();
    for step in told {
        for action in &step.actions {
            match *action {
                Action::Signal { pid, signal: Signal::Terminate, .. } => {
                    prop_assert!(terminated.insert(pid, step.at).is_none(), "asked twice: {step:?}");
                }
                Action::Signal { worker, pid, signal: Signal::Kill } => {
                    let silence = step.at.since(step.heard[&pid]);
                    let graced = terminated.get(&pid).map(|asked| step.at.since(*asked));
                    let by_hand =
                        is_by_hand(step.event, worker) || step.event == Event::StopRequested { worker };
                    let deserved = match graced {
                        Some(grace) => grace >= secs(5.0),
                        None if by_hand => silence >= secs(15.0),
                        None => silence >= secs(30.0),
                    };
                    prop_assert!(deserved, "silent for {silence:?}, asked {graced:?} ago: {step:?}");
                    prop_assert!(!killed.contains(&pid), "killed twice: {step:?}");
                    killed.push(pid);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// At most five restarts of the law in any 60 s, counted anew when a person laid hands on it.
fn restarts_are_limited(told: &[Told]) -> Result<(), TestCaseError> {
    let mut restarts: BTreeMap<ProcessName, Vec<At>> = BTreeMap::new();
    for step in told {
        for worker in [AUDIO, TEST] {
            let mine = restarts.entry(worker).or_default();
            if is_by_hand(step.event, worker) {
                mine.clear();
            } else if step.actions.contains(&Action::Spawn { worker })
                && step.before[&worker].next_restart.is_some()
            {
                mine.push(step.at);
                let recent = mine.iter().filter(|at| step.at.since(**at) <= secs(60.0)).count();
                prop_assert!(recent <= 5, "{recent} restarts in a minute: {step:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(1_500))]

    /// "Never two of one worker" (D15, D22) is asserted by the world at every start.
    #[test]
    fn the_law_keeps_its_promises(
        plan in prop::collection::vec(deeds(), 1..40),
        lives in prop::collection::vec(lives(), 1..8),
    ) {
        let world = play(&plan, &lives);
        starts_are_wished_for(&world.told)?;
        kills_are_deserved(&world.told)?;
        restarts_are_limited(&world.told)?;
        for worker in [AUDIO, TEST] {
            let status = world.supervisor.status(worker);
            let live = world.live(worker);
            prop_assert_eq!(status.pid.into_iter().collect::<Vec<_>>(), live, "{:?}", status);
            // D19, D20: whoever does not run is stopped by wish, given up, or about to be started.
            let explained = status.running
                || !status.enabled && status.health == Health::Stopped
                || status.enabled && matches!(status.health, Health::GivenUp | Health::Backoff);
            prop_assert!(explained, "{:?}", status);
        }
    }

    /// A crash is counted once: the number of restarts is that of the crashes, but for the one that is waited for.
    #[test]
    fn d18_restarts_equal_crashes(lives in prop::collection::vec(lives(), 1..8), minutes in 1u64..20) {
        let world = play(&[(Deed::Awake(minutes * 60_000), true)], &lives);
        for worker in [AUDIO, TEST] {
            let is_crash = |told: &&Told| match told.event {
                Event::Exited { worker: it, .. } | Event::SpawnFailed { worker: it } => it == worker,
                _ => false,
            };
            let crashes = world.told.iter().filter(is_crash).count() as u64;
            let status = world.supervisor.status(worker);
            let open = u64::from(matches!(status.health, Health::Backoff | Health::GivenUp));
            prop_assert_eq!(status.restart_count, crashes - open, "{:?}", status);
        }
    }

    /// Healthy workers, and a manager that freezes again and again: nobody is blamed.
    #[test]
    fn a_frozen_manager_never_blames_the_healthy(
        freezes in prop::collection::vec((0u64..30_000, 0u64..100_000, any::<bool>()), 1..12),
    ) {
        let good = Life { registers: Some(secs(0.02)), hangs: None, ends: None, obeys: None };
        let mut world = World::new(Law::default(), [(AUDIO, true), (TEST, true)], move || Some(good));
        world.tell(Event::Begin);
        for (awake, frozen, clock) in freezes {
            world.awake(Duration::from_millis(awake));
            world.frozen(Duration::from_millis(frozen), clock);
        }
        world.awake(secs(60.0));
        for step in &world.told {
            for action in &step.actions {
                let blamed = matches!(action, Action::Signal { .. } | Action::HealthChanged { health: Health::Unhealthy, .. });
                prop_assert!(!blamed, "{step:?}");
            }
        }
    }

    /// A shutdown of all comes to its end, whatever the workers do, and starts nothing.
    #[test]
    fn a_shutdown_ends(
        plan in prop::collection::vec(deeds(), 0..12),
        lives in prop::collection::vec(lives(), 1..8),
        wait in 0u64..40_000,
    ) {
        let mut world = play(&plan, &lives);
        world.awake(Duration::from_millis(wait));
        let before = world.told.len();
        world.tell(Event::ShutdownAll);
        // Two graces, and a millisecond for each SIGKILL.
        world.awake(secs(10.1));
        prop_assert!(world.supervisor.is_idle());
        prop_assert!(world.live(AUDIO).is_empty() && world.live(TEST).is_empty());
        prop_assert_eq!(world.supervisor.next_deadline(), None);
        let started = |told: &Told| told.actions.iter().any(|action| matches!(action, Action::Spawn { .. }));
        prop_assert!(!world.told[before..].iter().any(started));
    }
}

/// The cost of a quiet day: one look at the clock each 5 s, which the heartbeats of the workers mostly save.
#[test]
fn a_quiet_day_is_cheap() {
    let good = Life { registers: Some(secs(0.02)), hangs: None, ends: None, obeys: None };
    let mut world = World::new(Law::default(), [(AUDIO, true), (TEST, true)], move || Some(good));
    world.tell(Event::Begin);
    world.awake(secs(24.0 * 3_600.0));
    let beats = 2 * 24 * 3_600 / 5;
    assert!(world.told.len() <= beats + 20, "{} steps for {beats} heartbeats", world.told.len());
    assert_eq!(world.supervisor.status(AUDIO).restart_count, 0);
    assert!(Supervisor::new(Law::default(), []).is_idle());
}
