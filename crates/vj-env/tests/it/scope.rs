//! A process's tasks: frozen and killed together, and one that panics takes no other with it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;
use vj_env::{Scope, Shutdown};

use crate::virtually;

/// Counts a second each second.
fn ticking(scope: &Scope) -> Rc<Cell<u32>> {
    let ticks = Rc::<Cell<u32>>::default();
    let counted = ticks.clone();
    scope.spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            counted.set(counted.get() + 1);
        }
    });
    ticks
}

#[test]
fn a_frozen_process_does_not_move_and_goes_on_when_thawed() {
    virtually(async {
        let scope = Scope::new();
        let ticks = ticking(&scope);
        sleep(Duration::from_millis(3_500)).await;
        assert_eq!(ticks.get(), 3);
        scope.gate().freeze();
        sleep(Duration::from_secs(60)).await;
        assert_eq!((ticks.get(), scope.gate().is_frozen()), (3, true));
        scope.gate().thaw();
        sleep(Duration::from_millis(500)).await;
        assert_eq!(ticks.get(), 4, "the timer that ran out meanwhile fires once");
    });
}

#[test]
fn a_killed_process_never_moves_again_and_lets_go_of_what_it_held() {
    for frozen in [false, true] {
        virtually(async {
            let scope = Scope::new();
            let ticks = ticking(&scope);
            sleep(Duration::from_millis(1_500)).await;
            if frozen {
                scope.gate().freeze();
                sleep(Duration::from_secs(2)).await;
            }
            scope.kill();
            sleep(Duration::from_secs(60)).await;
            assert_eq!((ticks.get(), scope.gate().is_killed()), (1, true));
            assert_eq!(Rc::strong_count(&ticks), 1, "the task is dropped");
            // A task that is started too late is dead from the start, and nothing wakes the dead.
            let late = ticking(&scope);
            scope.gate().thaw();
            sleep(Duration::from_secs(60)).await;
            assert_eq!(late.get(), 0);
        });
    }
}

#[test]
fn a_panic_is_reported_and_ends_its_task_alone() {
    virtually(async {
        let scope = Scope::new();
        let said = Rc::<RefCell<Vec<String>>>::default();
        let ears = said.clone();
        scope.gate().on_panic(move |message| ears.borrow_mut().push(message));
        let ticks = ticking(&scope);
        scope.spawn(async { panic!("out of tune") });
        scope.spawn(async { panic!("{} out of tune", 2) });
        sleep(Duration::from_millis(1_500)).await;
        assert_eq!(*said.borrow(), ["out of tune", "2 out of tune"]);
        assert_eq!(ticks.get(), 1);
    });
}

#[test]
fn a_wish_to_end_is_heard_by_all_who_wait_and_by_who_asks_later() {
    virtually(async {
        let shutdown = Shutdown::new();
        assert!(!shutdown.is_asked());
        let scope = Scope::new();
        let heard = Rc::<Cell<u32>>::default();
        for _ in 0..3 {
            let (shutdown, heard) = (shutdown.clone(), heard.clone());
            scope.spawn(async move {
                shutdown.asked().await;
                heard.set(heard.get() + 1);
            });
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!(heard.get(), 0);
        shutdown.ask();
        shutdown.ask();
        shutdown.asked().await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!((heard.get(), shutdown.is_asked()), (3, true));
    });
}

/// Tells the process that this test starts that it is to panic.
const PANICS: &str = "VJ_ENV_TEST_PANICS";

#[test]
fn a_panic_that_nobody_is_told_of_ends_the_whole_process() {
    if std::env::var_os(PANICS).is_some() {
        // Should it live on, it ends well, and the parent sees that.
        return virtually(async {
            let scope = Scope::new();
            scope.spawn(async { panic!("out of tune") });
            sleep(Duration::from_secs(1)).await;
        });
    }
    let name = "scope::a_panic_that_nobody_is_told_of_ends_the_whole_process";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(PANICS, "1")
        .output()
        .unwrap();
    assert_eq!(child.status.code(), Some(101));
    // A test that merely fails ends with 101 too, but with a last word of the harness.
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(said.contains("running 1 test") && !said.contains("test result"), "{said}");
    assert!(String::from_utf8_lossy(&child.stderr).contains("out of tune"));
}
