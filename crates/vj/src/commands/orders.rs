//! `vj start`, `vj stop`, `vj restart`: through the manager. And `vj send`: one command to one process.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::{Map, Value, json};
use vj_core::ProcessName;

use super::worker::worker_names;
use crate::client::{Bus, Called, not_running, on_bus};
use crate::config::{ConfigArgs, as_meant_here, table_of};
use crate::terminal::{Paint, print_line};

/// A stop may take the whole grace of a worker that does not obey, and a start its time to be well.
const ENDS_WITHIN: Duration = Duration::from_secs(12);

const LOOKS: Duration = Duration::from_millis(50);

/// What `vj start`, `vj stop` and `vj restart` are asked for.
#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// Which worker
    #[arg(value_parser = worker_names())]
    worker: ProcessName,
}

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
Every process knows get_state, set_config, restart, shutdown, subscribe and unsubscribe; process_manager knows \
start_worker, stop_worker and restart_worker too. As in:
  vj send audio_analyzer get_state
  vj send audio_analyzer set_config latency_ms=30
  vj send process_manager restart_worker worker=audio_analyzer";

/// What `vj send` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SendArgs {
    /// To which process
    #[arg(value_parser = process_names())]
    process: ProcessName,
    /// The command: `get_state`, `set_config`, `restart`, ...
    cmd: String,
    /// Its arguments; values are JSON, else strings
    #[arg(value_name = "KEY=VALUE", value_parser = key_and_value)]
    args: Vec<(String, Value)>,
    /// Print the answer on one line
    #[arg(long, env = "VJ_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    json: bool,
}

fn process_names() -> impl TypedValueParser<Value = ProcessName> {
    let names = ProcessName::ALL.into_iter().filter(|name| name.is_in_a_show());
    PossibleValuesParser::new(names.map(ProcessName::as_str))
        .map(|name| name.parse().expect("only names of processes were let through"))
}

fn key_and_value(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("allowed: KEY=VALUE")?;
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

/// Gives the manager an order and stays until it has come about.
pub(crate) fn order(cmd: &'static str, args: OrderArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let asked = json!({"worker": args.worker.as_str()});
        let (answer, msg_id) = bus.call_by_id(ProcessName::ProcessManager, cmd, asked).await?;
        let warning = match answer {
            Called::NotRunning => return Ok(not_running(ProcessName::ProcessManager)),
            Called::Refused(why) => return Ok(failed(&why)),
            Called::Replied(reply) => reply.message,
        };
        if let Some(warning) = warning {
            eprintln!("warning: {warning}");
        }
        Ok(match outcome(&bus, &msg_id, cmd, args.worker).await? {
            Ok(how) => {
                print_line(format_args!("{}: {how}", args.worker))?;
                ExitCode::SUCCESS
            }
            Err(why) => failed(&format!("{}: {why}", args.worker)),
        })
    })
}

fn failed(why: &str) -> ExitCode {
    eprintln!("{} {why}", Paint::for_stderr().alarm("error:"));
    ExitCode::FAILURE
}

/// How an order ended. It stands in the manager's state, under the order's `msg_id`.
async fn outcome(bus: &Bus, msg_id: &str, cmd: &str, worker: ProcessName) -> Result<Result<String, String>> {
    let until = bus.clock.now() + ENDS_WITHIN;
    loop {
        let Called::Replied(reply) = bus.call(ProcessName::ProcessManager, "get_state", Value::Null).await?
        else {
            return Ok(Err("the manager is gone".to_owned()));
        };
        let health = reply.data["workers"][worker.as_str()]["health"].as_str().unwrap_or_default();
        let order = &reply.data["last_commands"][msg_id];
        let message = order["message"].as_str().unwrap_or_default().to_owned();
        match order["state"].as_str() {
            Some("done") => return Ok(Ok(message)),
            Some("failed") => return Ok(Err(format!("{message}; `vj logs {worker}` tells more"))),
            // A manager that is new knows nothing of the order; how the worker is says as much.
            None => {
                let is_as_asked = match cmd {
                    "stop_worker" => health == "stopped",
                    _ => matches!(health, "healthy" | "degraded"),
                };
                return Ok(if is_as_asked { Ok(health.to_owned()) } else { Err(format!("it is {health}")) });
            }
            Some(_) if bus.clock.now() >= until => {
                let waited = ENDS_WITHIN.as_secs();
                return Ok(Err(format!("accepted, and still {health} after {waited} s")));
            }
            Some(_) => bus.clock.sleep(LOOKS).await,
        }
    }
}

/// Sends one command and prints the answer.
pub(crate) fn send(args: SendArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let mut arguments: Map<String, Value> = args.args.into_iter().collect();
        if let Some(table) = table_of(args.process).filter(|_| args.cmd == "set_config") {
            arguments = arguments
                .into_iter()
                .map(|(key, value)| (key.clone(), as_meant_here(table, &key, value)))
                .collect();
        }
        match bus.call(args.process, &args.cmd, arguments.into()).await? {
            Called::NotRunning => Ok(not_running(args.process)),
            Called::Refused(why) => {
                if args.json {
                    print_line(json!({"success": false, "message": why}))?;
                }
                Ok(failed(&why))
            }
            Called::Replied(reply) if args.json => {
                print_line(json!({"success": true, "message": reply.message, "data": reply.data}))?;
                Ok(ExitCode::SUCCESS)
            }
            Called::Replied(reply) => {
                match (&reply.message, &reply.data) {
                    (Some(message), _) => print_line(message)?,
                    (None, Value::Null) => print_line("done")?,
                    (None, data) => print_line(format_args!("{data:#}"))?,
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
