//! Takes the terminal, runs the console, and gives it back.

use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tokio::signal::unix::{SignalKind, signal};
use vj_console::model::theme::Theme;
use vj_console::session::{self, Events, Seat};
use vj_console::terminal::{self, RealTerminal};
use vj_console::{Event, Model};
use vj_env::Scope;
use vj_env::real::UdpTelemetry;

use super::host::Program;
use crate::client::on_bus;
use crate::config::ConfigArgs;

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
It is a window on the show and nothing more: close it, kill it, open two; the show does not notice. `?` shows the keys, \
`u` starts the show, `q` ends the console. It needs 80 columns and 24 rows.";

/// What `vj console` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ConsoleArgs {
    /// In which colours; `plain` has none, and is what NO_COLOR gives
    #[arg(long, env = "VJ_THEME", value_parser = themes())]
    theme: Option<Theme>,
    /// Where sets are looked for, besides the state directory's `sets` and the current folder
    #[arg(long, env = "VJ_SETS_DIR", value_name = "DIR")]
    sets: Option<PathBuf>,
}

fn themes() -> impl TypedValueParser<Value = Theme> {
    PossibleValuesParser::new(Theme::ALL.map(Theme::name))
        .map(|name| Theme::named(&name).expect("only names of themes were let through"))
}

/// Shows the console until somebody ends it.
pub(crate) fn run(args: ConsoleArgs, config_args: &ConfigArgs) -> Result<ExitCode> {
    if !(stdin().is_terminal() && stdout().is_terminal()) {
        bail!("the console needs a terminal; `vj status`, `vj logs -f` and `vj osc` print to anything");
    }
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = args.theme.unwrap_or(if is_plain { Theme::Plain } else { Theme::Dark });
    let config_args = config_args.clone();
    on_bus(&config_args.clone(), |bus| async move {
        let seat = Seat {
            control: Rc::new(bus.control),
            telemetry: Rc::new(UdpTelemetry::new().context("failed to open a UDP socket")?),
            clock: bus.clock.clone(),
            scope: Scope::new(),
        };
        let mut model = Model::new(bus.clock.now(), bus.dir.path().display().to_string(), theme);
        model.ahead_of_utc_sec = jiff::Zoned::now().offset().seconds();
        let events = Rc::<Events>::default();
        end_on_signals(&seat.scope, &events)?;
        let host = Rc::new(Program::new(config_args, &bus.paths, args.sets));
        let mut screen = RealTerminal::enter().context("failed to take the terminal")?;
        take_inputs(&seat.scope, &events);
        let scope = seat.scope.clone();
        let ended = session::run(seat, model, events, host, &mut screen).await;
        scope.kill();
        drop(screen);
        // A terminal that is gone has nobody in front of it.
        ended.map(|()| ExitCode::SUCCESS).context("the terminal is gone")
    })
}

/// SIGTERM and the like end the console, and the terminal is what it was.
fn end_on_signals(scope: &Scope, events: &Rc<Events>) -> Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()] {
        let (mut signals, events) = (signal(kind)?, events.clone());
        scope.spawn(async move {
            while signals.recv().await.is_some() {
                events.push(Event::Stop);
            }
        });
    }
    Ok(())
}

/// What is typed; the end of the terminal ends the console.
fn take_inputs(scope: &Scope, events: &Rc<Events>) {
    let (mut inputs, events) = (terminal::inputs(), events.clone());
    scope.spawn(async move {
        while let Some(event) = inputs.recv().await {
            events.push(event);
        }
        events.push(Event::Stop);
    });
}
