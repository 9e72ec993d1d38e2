//! What the system knows of processes.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// Signals one process. One that is gone is no error.
pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// The live processes of the show on this bus, by their environment: whoever was started by it inherits the bus.
#[cfg(target_os = "linux")]
pub(super) fn processes_on(bus: &Path) -> Vec<u32> {
    let wanted = format!("VJ_BUS_DIR={}\0", bus.display());
    let pids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    pids.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environ.windows(wanted.len()).any(|it| it == wanted.as_bytes()) && is_running(*pid)
        })
        .collect()
}

/// The same by their command lines, which name the bus too.
#[cfg(not(target_os = "linux"))]
pub(super) fn processes_on(bus: &Path) -> Vec<u32> {
    let listed = std::process::Command::new("ps").args(["-axo", "pid=,stat=,command="]).output();
    let listed =
        listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let bus = bus.display().to_string();
    let ours = listed.lines().filter(|line| line.contains(&bus) && !line.contains(" Z"));
    ours.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

/// A dead process that nobody has waited for does not run.
#[cfg(target_os = "linux")]
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Open descriptors of a process, where the system tells.
pub(super) fn descriptors(pid: u32) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

/// Resident memory of a process in bytes, where the system tells.
#[cfg(target_os = "linux")]
pub(super) fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// The same, from `ps`.
#[cfg(not(target_os = "linux"))]
pub(super) fn resident_bytes(pid: u32) -> Option<u64> {
    let output =
        std::process::Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().ok()? * 1024)
}
