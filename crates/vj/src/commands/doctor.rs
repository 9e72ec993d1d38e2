//! `vj doctor`: checks everything that a show would use, says what is missing and how to mend it.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::{Value, json};
use vj_adapters::SystemPlayerFiles;
use vj_core::ProcessName;
use vj_core::settings::Source;
use vj_env::real::{BusDir, FileStore};
use vj_workers::ports::PlayerFiles;

use super::{devices, doctor_lyrics, doctor_spotify, status};
use crate::client::{Bus, Called, on_this_bus};
use crate::config::{Config, ConfigArgs, Paths, table_of};
use crate::terminal::{Paint, print_line};

/// Who does not answer within this is not waited for: `vj up` looks, too, and a show is to begin.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
ok: it is as it should be. note: a show runs without it, perhaps not as you wish. bad: a show cannot run like this.
Exit codes: 0 a show can run, 1 something is bad, 2 the config is bad.";

/// What `vj doctor` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorArgs {
    /// Print one JSON document
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// The show runs without it, but perhaps not as wished.
    Note,
    /// The show cannot run like this.
    Bad,
}

pub(super) struct Check {
    what: &'static str,
    verdict: Verdict,
    found: String,
    /// How to mend it.
    fix: Option<String>,
}

impl Check {
    pub(super) fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Fine, found: found.into(), fix: None }
    }

    pub(super) fn note(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Note, found: found.into(), fix: Some(fix.into()) }
    }

    fn bad(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Bad, found: found.into(), fix: Some(fix.into()) }
    }
}

/// Checks everything. Exit code 1: something must be mended first.
pub(crate) fn run(args: DoctorArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    let paths = Paths::find(config_args);
    let config = match Config::load(config_args) {
        Ok(config) => config,
        Err(errors) => {
            let fix = "mend what is named; `vj config --defaults` prints a config that is good";
            let checks = [Check::bad("config", errors.to_string(), fix)];
            print(&checks, args.json)?;
            return Ok(ExitCode::from(2));
        }
    };
    on_this_bus(config, paths, |bus| async move {
        let checks = all(&bus).await;
        print(&checks, args.json)?;
        let bad = checks.iter().any(|check| check.verdict == Verdict::Bad);
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
}

/// What `vj up` says before it starts: only what somebody may want to change.
pub(crate) async fn brief(bus: &Bus) {
    let checks = all(bus).await;
    let told = checks.into_iter().filter(|check| check.verdict != Verdict::Fine && check.what != "show");
    // A show does not wait for somebody to read.
    let _ = print(&told.collect::<Vec<_>>(), false);
}

async fn all(bus: &Bus) -> Vec<Check> {
    let mut checks = vec![config(bus), bus_dir(bus), state_dir(bus)];
    // All at once: each may have to be waited for. Sound comes last, since it keeps the thread.
    let (show, spotify, virtualdj, lyrics, sound) = tokio::join!(
        show(bus),
        doctor_spotify::check(bus),
        virtualdj(bus),
        doctor_lyrics::check(bus),
        sound(bus),
    );
    checks.push(show);
    checks.extend(receivers(bus));
    checks.extend([sound, spotify]);
    checks.extend(virtualdj);
    checks.extend(lyrics);
    checks
}

fn config(bus: &Bus) -> Check {
    let shown = bus.paths.config.display();
    if bus.paths.config.exists() {
        Check::fine("config", shown.to_string())
    } else {
        Check::fine("config", format!("all defaults ({shown} does not exist, and need not)"))
    }
}

fn bus_dir(bus: &Bus) -> Check {
    match BusDir::create(bus.dir.path()).and_then(|dir| dir.bindable_socket(ProcessName::ProcessManager)) {
        Ok(_) => Check::fine("bus", bus.dir.path().display().to_string()),
        Err(error) => {
            Check::bad("bus", error.to_string(), "name another directory with --bus-dir or bus.dir")
        }
    }
}

fn state_dir(bus: &Bus) -> Check {
    let state = bus.paths.state.display();
    let probe = "doctor.tmp-0";
    let tried = FileStore::new(&bus.paths.state).replace_now(probe, b"");
    let _ = std::fs::remove_file(bus.paths.state.join(probe));
    match tried {
        Ok(()) => Check::fine("state", state.to_string()),
        Err(error) => Check::bad(
            "state",
            format!("cannot be written: {error}"),
            "name another directory with VJ_STATE_DIR",
        ),
    }
}

async fn show(bus: &Bus) -> Check {
    match status::manager_state(bus).await {
        Some(state) => match state["config_error"].as_str() {
            Some(error) => {
                Check::note("show", format!("runs with the last good config: {error}"), "mend the config")
            }
            None => Check::fine("show", format!("runs (manager pid {})", state["pid"])),
        },
        None => Check::note("show", "does not run", "`vj up` starts it"),
    }
}

/// A receiver on this machine holds its port, which shows by trying to take it.
fn receivers(bus: &Bus) -> Vec<Check> {
    let targets = bus.config.launch(ProcessName::AudioAnalyzer).telemetry.targets;
    if targets.is_empty() {
        let fix = "set telemetry.targets, as in [\"127.0.0.1:9000\"]";
        return vec![Check::note("visuals", "no OSC target is set", fix)];
    }
    let check = |target: &SocketAddr| {
        if !target.ip().is_loopback() {
            return Check::fine(
                "visuals",
                format!("{target} (on another machine: cannot be checked from here)"),
            );
        }
        match UdpSocket::bind(target) {
            Ok(_) => Check::note(
                "visuals",
                format!("nobody listens on {target} yet"),
                "start the visuals and let them receive OSC there; vj sends all the same",
            ),
            Err(_) => Check::fine("visuals", format!("somebody listens on {target}")),
        }
    };
    targets.iter().map(check).collect()
}

async fn sound(bus: &Bus) -> Check {
    let Some(table) = table_of(ProcessName::AudioAnalyzer) else { return Check::fine("sound", "-") };
    let (enabled, source) = bus.config.enabled(table);
    if !enabled {
        let by = if source == Source::Default { "" } else { " in the config" };
        return Check::note(
            "sound",
            format!("audio_analyzer is not enabled{by}"),
            "set audio_analyzer.enabled = true, or `vj start audio_analyzer` for this show",
        );
    }
    match devices::Source::find(bus).await {
        devices::Source::File(path) => match std::fs::metadata(&path) {
            Ok(_) => Check::fine("sound", format!("the file {path}")),
            Err(error) => Check::note(
                "sound",
                format!("the file {path}: {error}"),
                "put it there, or set audio_analyzer.source",
            ),
        },
        devices::Source::Input(wanted) => match devices::chosen(&wanted) {
            Ok(name) => Check::fine("sound", format!("would listen to \"{name}\"")),
            Err(why) => Check::note(
                "sound",
                why,
                "`vj devices` lists the inputs; audio_analyzer waits for it and recovers by itself",
            ),
        },
    }
}

/// What VirtualDJ writes down, and its ways in real time, as far as they are asked for.
async fn virtualdj(bus: &Bus) -> Vec<Check> {
    const WHAT: &str = "virtualdj";
    let Some(table) = table_of(ProcessName::VirtualDjMonitor) else { return Vec::new() };
    if !bus.config.enabled(table).0 {
        return Vec::new();
    }
    let settings = bus.config.settings(table);
    let path = settings.text("file_path");
    let files = SystemPlayerFiles::new();
    // A share that hangs must not keep a show from its guardian.
    let Ok(look) = bus.clock.timeout(ANSWERS_WITHIN, files.look(&path)).await else {
        let advice = "is a network share gone? set virtualdj_monitor.file_path to a place on this machine";
        return vec![Check::note(WHAT, "the folder of its files does not answer", advice)];
    };
    let newest = look.files.iter().max_by_key(|file| file.written_at_sec);
    let mut checks = vec![match (newest, look.unreadable.first()) {
        (Some(file), _) => {
            let late = if file.path.ends_with("playing.txt") {
                ""
            } else {
                "; VirtualDJ writes it 45 s late unless its option historyDelay is 0"
            };
            Check::fine(WHAT, format!("would read {}{late}", file.path))
        }
        (None, Some(why)) => Check::note(WHAT, why.as_str(), "let this user read it"),
        (None, None) if path.is_empty() => Check::fine(
            WHAT,
            "no files in the usual places: it waits for some, or set virtualdj_monitor.file_path",
        ),
        (None, None) => Check::note(
            WHAT,
            format!("no file of VirtualDJ's at {path} yet"),
            "it appears with the first track; or set virtualdj_monitor.file_path",
        ),
    }];
    // Only the worker knows who answers.
    let Ok(Called::Replied(reply)) = bus.call(ProcessName::VirtualDjMonitor, "get_state", Value::Null).await
    else {
        return checks;
    };
    let state = reply.data;
    let source = state["source_status"].as_str().unwrap_or_default();
    if source.contains("historyDelay") {
        checks.push(Check::note(
            WHAT,
            "its history comes 45 s late",
            "set VirtualDJ's option historyDelay to 0",
        ));
    }
    if settings.bool("osc") {
        checks.push(if state["source"] == "osc" {
            Check::fine(WHAT, "its decks answer by OSC")
        } else {
            let fix = "set VirtualDJ's options oscPort and oscPortBack (it needs a Pro licence); till then its files count";
            Check::note(WHAT, format!("its decks do not answer by OSC on {}", settings.text("osc_send")), fix)
        });
    }
    if settings.bool("os2l") {
        checks.push(if state["os2l_status"] == "connected" {
            Check::fine(WHAT, "its beats come in (OS2L)")
        } else {
            let at = settings.text("os2l_listen");
            let fix = format!("set VirtualDJ's options os2l to yes and os2lDirectIp to {at}");
            Check::note(WHAT, "its beats do not come in (OS2L)", fix)
        });
    }
    checks
}

fn print(checks: &[Check], as_json: bool) -> io::Result<()> {
    let word = |verdict| match verdict {
        Verdict::Fine => "ok",
        Verdict::Note => "note",
        Verdict::Bad => "bad",
    };
    if as_json {
        let list: Vec<_> = checks
            .iter()
            .map(
                |it| json!({"check": it.what, "verdict": word(it.verdict), "found": it.found, "fix": it.fix}),
            )
            .collect();
        return print_line(json!({"checks": list}));
    }
    let paint = Paint::for_stdout();
    for Check { what, verdict, found, fix } in checks {
        let word = match verdict {
            Verdict::Fine => "ok  ".to_owned(),
            Verdict::Note => paint.strong("note"),
            Verdict::Bad => paint.alarm("bad "),
        };
        print_line(format_args!("{word}  {what:<9} {found}"))?;
        if let Some(fix) = fix {
            print_line(format_args!("                {}", paint.faint(fix)))?;
        }
    }
    Ok(())
}
