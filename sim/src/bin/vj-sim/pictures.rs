//! Pictures of the console's screens, for the documents: a set is played by real processes, the console looks on in a real
//! terminal, and what that shows is drawn.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use vj_console::model::screen::Screen;
use vj_console::model::theme::Theme;
use vj_core::At;
use vj_sim::console::is_complete;
use vj_sim::ground::{Driver, Ground};
use vj_sim::picture;
use vj_sim::real::RealMachine;
use vj_sim::rehearsal::{Guest, Rehearsal, rehearse};
use vj_sim::set::Set;
use vj_sim::tape::Tapes;

/// As wide as fits beside a text.
const ROWS: u16 = 36;
const COLUMNS: u16 = 110;

/// When the first picture is taken: words are sung, and the tempo has a history.
const FROM: At = At::from_millis(24_000);

/// Until a screen shows what it was told to.
const SHOWN: Duration = Duration::from_millis(1_500);

/// Until a set is rehearsed.
const REHEARSED: Duration = Duration::from_secs(8);

/// What is asked for.
#[derive(Args)]
pub(crate) struct PicturesArgs {
    /// Where the pictures go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The set that is played
    #[arg(long, value_name = "SET")]
    set: PathBuf,
    /// The program of the processes [default: `vj` beside this one]
    #[arg(long, value_name = "FILE")]
    pub(crate) vj: Option<PathBuf>,
}

pub(crate) fn run(args: &PicturesArgs, program: PathBuf) -> Result<ExitCode> {
    fs::create_dir_all(&args.out).with_context(|| format!("failed to make {}", args.out.display()))?;
    let outcome = Rc::<RefCell<Option<Result<()>>>>::default();
    let (told, out) = (outcome.clone(), args.out.clone());
    // The one that is played lies among those that can be rehearsed.
    let sets = std::path::absolute(&args.set)?.parent().map(Path::to_owned).unwrap_or_default();
    let guest: Guest = Box::new(move |machine| {
        Box::pin(async move {
            let taken = take_all(&machine, &out, &sets).await;
            *told.borrow_mut() = Some(taken);
        })
    });
    let rehearsal = Rehearsal {
        driver: Driver::Real(program),
        listeners: Vec::new(),
        set: Set::open(&args.set)?,
        seed: 1,
        faults: Vec::new(),
        backend: Tapes::new(),
        live_services: None,
        guest: Some(guest),
        hands: None,
    };
    let played = rehearse(rehearsal, |_| {});
    match (outcome.take(), played.failure) {
        (Some(taken), _) => taken.map(|()| ExitCode::SUCCESS),
        (None, Some(why)) => bail!("the set was not played: {why}"),
        (None, None) => bail!("the set was over before the pictures were taken"),
    }
}

async fn take_all(machine: &RealMachine, out: &Path, sets: &Path) -> Result<()> {
    let clock = machine.clock().clone();
    let mut console = machine.console_with(ROWS, COLUMNS, Theme::Dark, &[("VJ_SETS_DIR", sets)])?;
    clock.sleep_until(FROM).await;
    if !is_complete(&console.text()) {
        bail!("the console is not complete:\n{}", console.text());
    }
    for screen in Screen::ALL {
        console.keys(&screen.key().to_string());
        clock.sleep(SHOWN).await;
        if screen == Screen::Sets {
            console.keys("\r");
            clock.sleep(REHEARSED).await;
        }
        let name = screen.title().to_lowercase().replace([' ', '&'], "-").replace("---", "-");
        let path = out.join(format!("console-{}-{name}.svg", screen.key()));
        let about = format!("the console's screen {} ({})", screen.key(), screen.title());
        let picture = console.with_screen(|seen| picture::svg(seen, &about));
        fs::write(&path, picture).with_context(|| format!("failed to write {}", path.display()))?;
        println!("{}", path.display());
    }
    console.keys("q");
    Ok(())
}
