//! What the console asks of this program. All of it is done by this program again, as processes of their own: nothing that
//! hangs, a sound server say, holds up the console.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;
use vj_console::session::Host;
use vj_console::{Device, HostAnswer, HostRequest};
use vj_env::LocalBoxFuture;

use super::{recordings, sets};
use crate::config::{ConfigArgs, Paths};

/// This program.
pub(super) struct Program {
    config: ConfigArgs,
    /// Where sets are looked for.
    folders: Vec<PathBuf>,
    /// Where reports of rehearsals go.
    reports: PathBuf,
    /// What a recording says that was begun here.
    recorder_log: PathBuf,
}

impl Program {
    pub(super) fn new(config: ConfigArgs, paths: &Paths, sets: Option<PathBuf>) -> Self {
        let here = std::env::current_dir().ok();
        let folders = sets.into_iter().chain([paths.state.join("sets")]).chain(here).collect();
        let (reports, recorder_log) = (paths.state.join("rehearsals"), paths.state.join("record.log"));
        Self { config, folders, reports, recorder_log }
    }

    /// Runs this program with these arguments; what it printed, or what it complained of. Ends with the console.
    fn vj(&self, args: &[&str], ends_with_console: bool) -> Result<Command> {
        let mut command = std::process::Command::new(std::env::current_exe()?);
        command.args(args);
        self.config.hand_on(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = Command::from(command);
        command.kill_on_drop(ends_with_console);
        Ok(command)
    }
}

impl Host for Program {
    fn ask(&self, request: HostRequest) -> LocalBoxFuture<'static, HostAnswer> {
        match request {
            HostRequest::StartShow => {
                let command = self.vj(&["up", "--detach"], false);
                Box::pin(async { HostAnswer::Started(in_words(output(command).await.map(|_| ()))) })
            }
            HostRequest::Devices => {
                let command = self.vj(&["devices", "--json"], true);
                Box::pin(async { HostAnswer::Devices(in_words(devices(command).await)) })
            }
            HostRequest::Sets => {
                let folders = self.folders.clone();
                Box::pin(async move {
                    let found = tokio::task::spawn_blocking(move || sets::find(&folders)).await;
                    HostAnswer::Sets(found.map_err(|error| error.to_string()))
                })
            }
            HostRequest::Rehearse(path) => {
                let name = PathBuf::from(&path).file_name().map_or_else(|| "set".into(), ToOwned::to_owned);
                let report = self.reports.join(name);
                let command = self.vj(&["rehearse", &path, "--report", &report.to_string_lossy()], true);
                Box::pin(async move {
                    let ended = output(command).await.map(|said| summary(&said));
                    HostAnswer::Rehearsed { path, ended: in_words(ended) }
                })
            }
            HostRequest::Recordings => {
                let folders = self.folders.clone();
                Box::pin(async move {
                    let found = tokio::task::spawn_blocking(move || recordings::find(&folders)).await;
                    HostAnswer::Recordings(found.unwrap_or_default())
                })
            }
            HostRequest::Record => {
                let (command, log) = (self.vj(&["record"], false), self.recorder_log.clone());
                Box::pin(
                    async move { HostAnswer::Recorded(in_words(recordings::record(command, &log).await)) },
                )
            }
            HostRequest::EndRecording(pid) => {
                let folders = self.folders.clone();
                Box::pin(async move {
                    let ended = tokio::task::spawn_blocking(move || recordings::end(&folders, pid)).await;
                    let ended = ended.map_err(anyhow::Error::from).and_then(|ended| ended);
                    HostAnswer::RecordingEnds(in_words(ended))
                })
            }
        }
    }
}

fn in_words<T>(done: Result<T>) -> Result<T, String> {
    done.map_err(|error| format!("{error:#}"))
}

async fn output(command: Result<Command>) -> Result<String> {
    let output = command?.output().await.context("failed to run vj")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    bail!("{}", complaint(&String::from_utf8_lossy(&output.stderr)))
}

/// What went wrong stands in the last line.
pub(super) fn complaint(said: &str) -> &str {
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it failed");
    last.strip_prefix("error: ").unwrap_or(last)
}

async fn devices(command: Result<Command>) -> Result<Vec<Device>> {
    let document: Value = serde_json::from_str(&output(command).await?)?;
    let read = |device: &Value| {
        let kind = if device["loopback"] == true { ", what this machine plays" } else { "" };
        Device {
            name: device["name"].as_str().unwrap_or_default().to_owned(),
            is_chosen: device["chosen"] == true,
            about: format!("{} Hz, {} ch{kind}", device["sample_rate_hz"], device["channels"]),
        }
    };
    Ok(document["devices"].as_array().into_iter().flatten().map(read).collect())
}

/// What a rehearsal says: how it went, and where the report is.
fn summary(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let headline = lines.get(1).copied().unwrap_or_default().trim_end_matches('.');
    let report = lines.iter().find(|line| line.starts_with("report:")).copied().unwrap_or_default();
    format!("{headline}; {report}").trim_matches([';', ' ']).to_owned()
}
