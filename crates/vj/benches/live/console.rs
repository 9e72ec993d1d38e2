//! What the console costs, and how soon it answers a key.

use std::time::Duration;

use vj_console::model::theme::Theme;
use vj_core::ProcessName::{AudioAnalyzer, OscDebugger, ProcessManager, TestWorker};
use vj_sim::console::is_complete;
use vj_sim::ground::Ground;
use vj_sim::pty::Pty;
use vj_sim::real::RealMachine;

use crate::ask::{bare_start, when};
use crate::sound::cpu_sec;
use crate::table::{Row, Table, Times};

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

const LASTS: Duration = Duration::from_secs(15);

/// Nothing that is waited for here takes as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Keys that are typed one after another.
const KEYS: u32 = 200;

/// Consoles that are opened one after another.
const OPENED: u32 = 20;

/// The console idle, with everything live, and while keys are typed.
pub(crate) async fn measure(machine: &RealMachine, table: &mut Table) {
    let idle = {
        let console = machine.console_in(ROWS, COLUMNS, Theme::Dark).unwrap();
        assert!(console.shows(PATIENCE, "u starts the show"), "{}", console.text());
        share(machine, &console).await
    };
    machine.start(ProcessManager);
    for worker in [AudioAnalyzer, OscDebugger, TestWorker] {
        when(machine, worker, |state| state["status"] == "running").await;
    }
    let mut console = open(machine);
    console.keys("5");
    assert!(console.shows(PATIENCE, "Spectrum"), "{}", console.text());
    let live = share(machine, &console).await;
    console.keys("2");
    assert!(console.shows(PATIENCE, "/audio/levels"), "{}", console.text());
    let osc = share(machine, &console).await;
    table.add(Row {
        what: "console, 120x40: idle / sound live / OSC live",
        figure: format!("{idle} / {live} / {osc} of a core"),
        goal: "3 / 10 / 10 %",
        ancestor: "",
        control: String::new(),
    });
    let keys = keys(machine, &mut console);
    table.add(Row {
        what: "key to screen, everything live",
        figure: format!(
            "p50 {:.1}, p99 {:.1}, max {:.1} ms",
            ms(&keys, 0.5),
            ms(&keys, 0.99),
            ms(&keys, 1.0)
        ),
        goal: "one drawing: 33 ms",
        ancestor: "76 to 830 ms",
        control: "drawn at most 30 times a second".to_owned(),
    });
    drop(console);
    let opened: Vec<_> = (0..OPENED)
        .map(|_| {
            let began = machine.clock().now();
            let console = open(machine);
            let took = machine.clock().now().since(began);
            drop(console);
            took
        })
        .collect();
    let opened = Times::of(opened);
    let bare = Times::of((0..OPENED).map(|_| bare_start(machine.clock())).collect());
    table.add(Row {
        what: "console opened to complete",
        figure: format!("p50 {:.1}, max {:.1} ms", ms(&opened, 0.5), ms(&opened, 1.0)),
        goal: "1 s",
        ancestor: "",
        control: format!("`vj --version`: {:.1} ms", ms(&bare, 0.5)),
    });
}

fn ms(times: &Times, share: f64) -> f64 {
    times.at(share).as_secs_f64() * 1e3
}

/// A console that shows all that runs.
fn open(machine: &RealMachine) -> Pty {
    let console = machine.console_in(ROWS, COLUMNS, Theme::Dark).unwrap();
    assert!(console.wait(PATIENCE, |screen| is_complete(&screen.contents())), "{}", console.text());
    console
}

/// Its share of a core, in words.
async fn share(machine: &RealMachine, console: &Pty) -> String {
    let clock = machine.clock();
    let used = || console.pid().and_then(cpu_sec);
    let (before, began) = (used(), clock.now());
    clock.sleep(LASTS).await;
    let lasted_sec = clock.now().since(began).as_secs_f64();
    match (before, used()) {
        (Some(before), Some(after)) => format!("{:.1} %", (after - before) / lasted_sec * 100.0),
        _ => "not told".to_owned(),
    }
}

/// From a key to the screen that shows it: the palette takes in a letter, or leaves.
fn keys(machine: &RealMachine, console: &mut Pty) -> Times {
    let clock = machine.clock();
    let mut took = Vec::new();
    for turn in 0..KEYS {
        let (key, is_there) = if turn % 2 == 0 { ("?", true) } else { ("\x1b", false) };
        let began = clock.now();
        console.keys(key);
        let seen = console.wait(PATIENCE, |screen| screen.contents().contains("any key closes") == is_there);
        assert!(seen, "{}", console.text());
        took.push(clock.now().since(began));
    }
    Times::of(took)
}
