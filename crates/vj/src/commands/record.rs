//! `vj record`: records a live show into a set folder, beside it and without its knowledge.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use vj_env::real::{LockFile, UdpTelemetry};
use vj_env::{Clock, Scope, Shutdown};
use vj_sim::recorder::{Folder, Outside, Progress, Title, record};

use crate::client::{Bus, on_bus};
use crate::config::{ConfigArgs, Paths};
use crate::terminal::{Paint, print_line};

/// Held in the folder while it is recorded into, so that others know, and know by whom.
pub(crate) const LOCK: &str = "recording.lock";

/// What `vj record` is asked for.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// A new folder, or an empty one [default: a folder named by date and time in `sets` in the state directory]
    dir: Option<PathBuf>,
    /// For people [default: the folder's name]
    #[arg(long, env = "VJ_TITLE")]
    title: Option<String>,
    /// End by itself after so many seconds
    #[arg(long = "for", env = "VJ_RECORD_FOR", value_name = "SECONDS")]
    for_sec: Option<f64>,
}

/// Records until Ctrl-C, SIGTERM, or the end of the terminal. It waits for a show that has not begun yet.
pub(crate) fn run(args: RecordArgs, config: &ConfigArgs) -> Result<ExitCode> {
    if let Some(sec) = args.for_sec.filter(|sec| !sec.is_finite() || *sec <= 0.0) {
        return Ok(wrong(&format!("--for cannot be {sec} (allowed: more than 0 seconds)")));
    }
    let now = jiff::Zoned::now();
    let dir = args.dir.clone().unwrap_or_else(|| {
        Paths::find(config).state.join("sets").join(now.strftime("%Y-%m-%d %H-%M-%S").to_string())
    });
    let folder = match Folder::create(&dir, true) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let dir = dir.display();
            return Ok(wrong(&format!("{dir} is not empty (allowed: a new folder, or an empty one)")));
        }
        Err(error) => return Err(error).with_context(|| format!("failed to make the set {}", dir.display())),
    };
    let lock = dir.join(LOCK);
    // It only tells others. A disk that knows no locks must not cost the recording.
    let held = LockFile::try_take(&lock);
    if let Err(error) = &held {
        eprintln!("no console will see this recording: {}: {error}", lock.display());
    }
    let name = dir.file_name().map_or_else(|| "set".into(), |name| name.to_string_lossy());
    let title = Title {
        title: args.title.clone().unwrap_or_else(|| name.into_owned()),
        date: now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    };
    let ended = on_bus(config, |bus| live(bus, folder, title, args.for_sec, dir.clone()));
    let _ = fs::remove_file(&lock);
    drop(held);
    ended
}

async fn live(
    bus: Bus,
    folder: Folder,
    title: Title,
    for_sec: Option<f64>,
    dir: PathBuf,
) -> Result<ExitCode> {
    let telemetry = Rc::new(UdpTelemetry::new().context("failed to open a UDP socket")?);
    let (stop, scope) = (Shutdown::new(), Scope::new());
    end_on_signals(&stop, &scope)?;
    if let Some(sec) = for_sec {
        end_after(sec, &bus.clock, &stop, &scope);
    }
    let outside = Outside { clock: bus.clock.clone(), control: Rc::new(bus.control), telemetry };
    let is_watched = io::stderr().is_terminal();
    if is_watched {
        eprintln!("recording into {}; Ctrl-C ends it", dir.display());
    }
    let recorded = record(outside, folder, title, &stop, |at| {
        if is_watched {
            // One line, written over each second. A terminal that is gone must not end the recording.
            let _ = write!(io::stderr(), "\r\x1b[K{}", in_words(at));
        }
    });
    let recorded = recorded.await;
    if is_watched {
        eprintln!();
    }
    match recorded {
        Ok(at) => {
            print_line(format!("recorded {} into {}", in_words(at), dir.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => bail!("{why}: the recording ends here, and what is in {} is whole", shown(&dir)),
    }
}

fn in_words(at: Progress) -> String {
    let sec = at.length_sec as u64;
    let (hours, minutes) = (sec / 3_600, sec / 60 % 60);
    let processes = match at.processes {
        0 => "nothing runs yet".to_owned(),
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    let megabytes = at.bytes as f64 / 1e6;
    format!(
        "{hours}:{minutes:02}:{:02}, {:.0} s of sound, {megabytes:.1} MB, {processes}",
        sec % 60,
        at.sound_sec
    )
}

fn shown(dir: &Path) -> String {
    dir.display().to_string()
}

fn wrong(why: &str) -> ExitCode {
    eprintln!("{} {why}", Paint::for_stderr().alarm("error:"));
    ExitCode::from(2)
}

fn end_on_signals(stop: &Shutdown, scope: &Scope) -> io::Result<()> {
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let mut signals = signal(kind)?;
        let stop = stop.clone();
        scope.spawn(async move {
            if signals.recv().await.is_some() {
                stop.ask();
            }
        });
    }
    Ok(())
}

fn end_after(sec: f64, clock: &Clock, stop: &Shutdown, scope: &Scope) {
    let (stop, wait) = (stop.clone(), clock.sleep(Duration::try_from_secs_f64(sec).unwrap_or(Duration::MAX)));
    scope.spawn(async move {
        wait.await;
        stop.ask();
    });
}
