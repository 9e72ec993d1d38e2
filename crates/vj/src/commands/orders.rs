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
use crate::config::ConfigArgs;
use crate::terminal::Paint;

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

/// What `vj send` is asked for.
#[derive(Debug, Args)]
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
        let answer =
            bus.call(ProcessName::ProcessManager, cmd, json!({"worker": args.worker.as_str()})).await?;
        let warning = match answer {
            Called::NotRunning => return Ok(not_running("process_manager")),
            Called::Refused(why) => return Ok(failed(&why)),
            Called::Replied(reply) => reply.message,
        };
        if let Some(warning) = warning {
            eprintln!("warning: {warning}");
        }
        Ok(match outcome(&bus, cmd, args.worker).await? {
            Ok(how) => {
                println!("{}: {how}", args.worker);
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

/// How the newest order of this kind ended. It stands in the manager's state.
async fn outcome(bus: &Bus, cmd: &str, worker: ProcessName) -> Result<Result<String, String>> {
    let until = bus.clock.now() + ENDS_WITHIN;
    loop {
        let Called::Replied(reply) = bus.call(ProcessName::ProcessManager, "get_state", Value::Null).await?
        else {
            return Ok(Err("the manager is gone".to_owned()));
        };
        let health = reply.data["workers"][worker.as_str()]["health"].as_str().unwrap_or_default().to_owned();
        let orders = reply.data["last_commands"].as_object().cloned().unwrap_or_default();
        let open = orders.values().any(|order| order["cmd"] == cmd && order["state"] == "accepted");
        if !open {
            return Ok(match (cmd, health.as_str()) {
                ("stop_worker", "stopped") => Ok(health),
                ("stop_worker", _) => Err(format!("it is {health}")),
                (_, "healthy" | "degraded") => Ok(health),
                (_, _) => Err(format!("it is {health}; `vj logs {worker}` tells more")),
            });
        }
        if bus.clock.now() >= until {
            return Ok(Err(format!("accepted, and still {health} after {} s", ENDS_WITHIN.as_secs())));
        }
        bus.clock.sleep(LOOKS).await;
    }
}

/// Sends one command and prints the answer.
pub(crate) fn send(args: SendArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let arguments: Map<String, Value> = args.args.into_iter().collect();
        match bus.call(args.process, &args.cmd, arguments.into()).await? {
            Called::NotRunning => Ok(not_running(args.process.as_str())),
            Called::Refused(why) => {
                if args.json {
                    println!("{}", json!({"success": false, "message": why}));
                }
                Ok(failed(&why))
            }
            Called::Replied(reply) if args.json => {
                println!("{}", json!({"success": true, "message": reply.message, "data": reply.data}));
                Ok(ExitCode::SUCCESS)
            }
            Called::Replied(reply) => {
                match (&reply.message, &reply.data) {
                    (Some(message), _) => println!("{message}"),
                    (None, Value::Null) => println!("done"),
                    (None, data) => println!("{data:#}"),
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
