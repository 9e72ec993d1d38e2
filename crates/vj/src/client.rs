//! What commands that talk to running processes share: a runtime, the bus, and the words for how it went.

use std::future::Future;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::task::LocalSet;
use vj_bus::{Client, Outcome};
use vj_core::ProcessName;
use vj_core::limits::CALL_TIMEOUT;
use vj_env::real::{BusDir, UnixControl};
use vj_env::{Clock, ConnectError};

use crate::config::{Config, ConfigArgs, Paths};
use crate::terminal::Paint;

/// Exit code: not running.
pub(crate) const NOT_RUNNING: u8 = 3;

/// The bus as a client sees it. A client makes no directory, takes no lock and removes nothing.
pub(crate) struct Bus {
    pub(crate) config: Config,
    pub(crate) paths: Paths,
    pub(crate) dir: BusDir,
    pub(crate) clock: Clock,
    pub(crate) control: UnixControl,
}

/// Runs a command that needs the bus. A bad config is exit code 2, unless a show is on.
pub(crate) fn on_bus<F: Future<Output = Result<ExitCode>>>(
    args: &ConfigArgs,
    work: impl FnOnce(Bus) -> F,
) -> Result<ExitCode> {
    let paths = Paths::find(args);
    let config = match Config::load(args) {
        Ok(config) => config,
        // In the middle of a show one must see what is wrong, and be able to stop it.
        Err(errors) => match Config::last_good(args) {
            Some(config) => {
                eprintln!(
                    "{} {errors}",
                    Paint::for_stderr().alarm("bad config, the show's last good one counts:")
                );
                config
            }
            None => return Ok(errors.report()),
        },
    };
    on_this_bus(config, paths, work)
}

/// Runs a command on the bus that this config names.
pub(crate) fn on_this_bus<F: Future<Output = Result<ExitCode>>>(
    config: Config,
    paths: Paths,
    work: impl FnOnce(Bus) -> F,
) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let life = async {
        let clock = crate::process::clock()?;
        let dir = BusDir::look_at(&config.bus_dir());
        let control = UnixControl::new(dir.clone(), clock.clone());
        work(Bus { config, paths, dir, clock, control }).await
    };
    let done = LocalSet::new().block_on(&runtime, life);
    runtime.shutdown_background();
    done
}

impl Bus {
    /// Asks one process one thing.
    pub(crate) async fn call(&self, name: ProcessName, cmd: &str, args: Value) -> Result<Called> {
        Ok(self.call_by_id(name, cmd, args).await?.0)
    }

    /// The same, with the `msg_id` under which the process tells how a command ended that takes time.
    pub(crate) async fn call_by_id(
        &self,
        name: ProcessName,
        cmd: &str,
        args: Value,
    ) -> Result<(Called, String)> {
        let mut client = match Client::connect(&self.control, &self.clock, name).await {
            Ok(client) => client,
            Err(ConnectError::NotRunning(_) | ConnectError::Stale(_)) => {
                return Ok((Called::NotRunning, String::new()));
            }
            Err(error) => bail!(error),
        };
        let msg_id = client.send(cmd, args);
        let outcome = match self.clock.timeout(CALL_TIMEOUT, client.next_outcome()).await {
            Ok((_, outcome)) => outcome,
            Err(_) => Outcome::Unknown(format!("no answer to {cmd} within {} s", CALL_TIMEOUT.as_secs())),
        };
        match outcome {
            Outcome::Replied(reply) => Ok((Called::Replied(reply), msg_id)),
            Outcome::Refused(why) => Ok((Called::Refused(why), msg_id)),
            Outcome::Unknown(why) => {
                Err(anyhow::anyhow!(why)).with_context(|| format!("{name} gave no answer"))
            }
        }
    }
}

/// How a call went.
pub(crate) enum Called {
    Replied(vj_bus::Reply),
    Refused(String),
    NotRunning,
}

/// Says that a process does not run, and what helps.
pub(crate) fn not_running(what: ProcessName) -> ExitCode {
    let helps = if what.is_worker() { "`vj status` shows who does" } else { "`vj up` starts it" };
    eprintln!("{} {what} is not running: {helps}", Paint::for_stderr().alarm("error:"));
    ExitCode::from(NOT_RUNNING)
}
