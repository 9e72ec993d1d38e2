//! The recordings that run, whoever began them: each holds a lock in its folder while it does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use vj_console::event::Recording;
use vj_env::real::LockFile;

use super::host::complaint;
use super::sets;
use crate::commands::record::LOCK;

/// All recordings below these folders.
pub(super) fn find(folders: &[PathBuf]) -> Vec<Recording> {
    sets::folders(folders).filter_map(|path| recording(&path)).collect()
}

fn recording(path: &Path) -> Option<Recording> {
    let lock = path.join(LOCK);
    let pid = LockFile::holder(&lock).ok()??.pid?;
    // It is written once, when the recording begins.
    let began = fs::metadata(&lock).and_then(|lock| lock.modified()).ok();
    let for_sec = began.and_then(|began| began.elapsed().ok()).map_or(0, |age| age.as_secs());
    let files = fs::read_dir(path).into_iter().flatten().flatten();
    let bytes = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    Some(Recording { path: path.display().to_string(), pid, for_sec, bytes })
}

/// Records until somebody ends it, and says how it went. It goes on without the console, so that its words go into a file.
pub(super) async fn record(command: Result<Command>, log: &Path) -> Result<String> {
    let mut command = command?;
    if let Some(dir) = log.parent() {
        fs::create_dir_all(dir)?;
    }
    let words = File::create(log).with_context(|| format!("failed to write {}", log.display()))?;
    command.stdout(words.try_clone()?).stderr(Stdio::from(words));
    // Not what the terminal ends with the console.
    command.process_group(0);
    let status = command.status().await.context("failed to run vj record")?;
    let said = fs::read_to_string(log).unwrap_or_default();
    if !status.success() {
        bail!("{}", complaint(&said));
    }
    Ok(complaint(&said).to_owned())
}

/// Lets it end, as Ctrl-C would: only if it is one.
pub(super) fn end(folders: &[PathBuf], pid: u32) -> Result<()> {
    if !find(folders).iter().any(|recording| recording.pid == pid) {
        bail!("process {pid} records nothing any more");
    }
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw).context("it has no process")?;
    Ok(kill_process(target, Signal::TERM)?)
}
