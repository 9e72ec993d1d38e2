//! What the system knows of processes.

use std::net::SocketAddr;
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

/// In which Linux tells how long a process has run, whatever its own clock does.
#[cfg(target_os = "linux")]
const TICKS_PER_SEC: f64 = 100.0;

/// Seconds of a core that a process has used, where the system tells.
#[cfg(target_os = "linux")]
pub(super) fn cpu_sec(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may hold anything: utime is the 12th, stime the 13th.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 / TICKS_PER_SEC)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn cpu_sec(_: u32) -> Option<f64> {
    None
}

/// Datagrams to an IPv4 port that found no room in its buffer, where the system tells.
#[cfg(target_os = "linux")]
pub(super) fn datagrams_lost(at: SocketAddr) -> Option<u64> {
    let port = format!(":{:04X}", at.port());
    let table = std::fs::read_to_string("/proc/net/udp").ok()?;
    let line =
        table.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|it| it.ends_with(&port)))?;
    line.split_whitespace().last()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn datagrams_lost(_: SocketAddr) -> Option<u64> {
    None
}
