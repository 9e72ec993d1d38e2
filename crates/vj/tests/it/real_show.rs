//! A show of real processes for a test, on a bus and a state directory of its own. Waits are waits for something, with a
//! deadline far beyond what it takes.

#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{drums, wav};

/// Nothing here should take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(40);

const LOOKS: Duration = Duration::from_millis(20);

/// A bus, a state directory, a sound and the commands on them; at the end nothing of it runs any more.
pub(crate) struct Show {
    pub(crate) temp: TempDir,
    pub(crate) env: Vec<(String, String)>,
}

impl Show {
    /// A show that listens to a file, of the audio worker alone.
    pub(crate) fn of_a_file() -> Self {
        let temp = TempDir::new().unwrap();
        let path = wav(&temp, "drums.wav", &drums(4.0));
        let source = format!(
            "[telemetry]\ntargets = []\n[audio_analyzer]\nsource = 'file:{}'\nloop = true\n",
            path.display()
        );
        let others = ["SPOTIFY_MONITOR", "VIRTUALDJ_MONITOR", "LYRICS_FETCHER", "OSC_DEBUGGER"];
        let show = Self { temp, env: others.into_iter().map(off).collect() };
        fs::write(show.path("config.toml"), source).unwrap();
        show
    }

    /// A show of everybody, as it is without a word in the config but for the sound and these lines. Its user has an empty home.
    pub(crate) fn of_everybody(more: &str) -> Self {
        let mut show = Self::of_a_file();
        let path = show.path("config.toml");
        let config = fs::read_to_string(&path).unwrap() + more;
        fs::write(path, config).unwrap();
        let home = show.path("home").display().to_string();
        // Nobody outside this machine, and no model of the user's, is asked by a test.
        let nowhere = ("VJ_LYRICS_FETCHER_LRCLIB_BASE_URL".to_owned(), "http://127.0.0.1:9".to_owned());
        let no_model = ("VJ_LYRICS_FETCHER_LLM_PROVIDER".to_owned(), "none".to_owned());
        // Tests run beside each other, and beside a show of whoever runs them.
        let listen = ("VJ_OSC_DEBUGGER_LISTEN".to_owned(), free_udp().to_string());
        show.env = vec![("HOME".to_owned(), home), nowhere, no_model, listen];
        show
    }

    /// A show that listens to a device, with nothing set.
    #[cfg(all(target_os = "linux", feature = "live-capture"))]
    pub(crate) fn of_a_device() -> Self {
        let show = Self { temp: TempDir::new().unwrap(), env: vec![off("OSC_DEBUGGER")] };
        fs::write(show.path("config.toml"), "[telemetry]\ntargets = []\n").unwrap();
        show
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vj"));
        command.args(args).env_remove("COLUMNS").stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VJ_")) {
            command.env_remove(name);
        }
        command
            .env("VJ_CONFIG", self.path("config.toml"))
            .env("VJ_BUS_DIR", self.path("bus"))
            .env("VJ_STATE_DIR", self.path("state"))
            .env("VJ_CACHE_DIR", self.path("cache"))
            .env_remove("OPENAI_API_KEY")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn vj(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs what must succeed, and returns what it printed.
    pub(crate) fn fine(&self, args: &[&str]) -> String {
        let output = self.vj(args);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "vj {args:?}: {:?}\n{out}\n{err}\n{}", output.status, self.logs());
        out
    }

    pub(crate) fn up(&self) {
        self.fine(&["up", "--detach"]);
    }

    pub(crate) fn logs(&self) -> String {
        String::from_utf8_lossy(&self.vj(&["logs", "-n", "60"]).stdout).into_owned()
    }

    /// What a process says of itself, or nothing while it does not answer.
    pub(crate) fn state(&self, process: &str) -> Option<Value> {
        let output = self.vj(&["send", process, "get_state", "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
        answer.get("data").cloned()
    }

    pub(crate) fn pid(&self, process: &str) -> u32 {
        let lock = fs::read_to_string(self.path("bus").join(format!("{process}.lock"))).unwrap_or_default();
        lock.trim().parse().unwrap_or_else(|_| panic!("nobody holds the lock of {process}\n{}", self.logs()))
    }

    /// The newest state for which this holds.
    pub(crate) fn until(&self, process: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        until(&format!("{process}: {what}"), || {
            let state = self.state(process)?;
            last = Some(state.clone());
            holds(&state).then_some(state)
        })
        .unwrap_or_else(|why| panic!("{why}\nlast: {}\n{}", last.unwrap_or_default(), self.logs()))
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        let _ = self.vj(&["down"]);
    }
}

/// This worker is no part of the show.
fn off(name: &str) -> (String, String) {
    (format!("VJ_{name}_ENABLED"), "false".to_owned())
}

/// An address at which nobody listens.
pub(crate) fn free_udp() -> SocketAddr {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// A connection as any program in any language would make it.
pub(crate) struct Wire(UnixStream);

impl Wire {
    pub(crate) fn to(show: &Show, process: &str) -> Self {
        let stream = UnixStream::connect(show.path("bus").join(format!("{process}.sock"))).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.0.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(body.as_bytes()).unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut len = [0; 4];
        self.0.read_exact(&mut len).expect("an answer in time");
        let mut body = vec![0; u32::from_be_bytes(len) as usize];
        self.0.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub(crate) fn ask(&mut self, message: Value) -> Value {
        self.send(&message);
        self.answer()
    }
}

/// Looks until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, String> {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE {
            return Err(format!("{what}: not within {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(LOOKS);
    }
}

pub(crate) fn signal(pid: u32, signal: &str) {
    let status = Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill {signal} {pid}");
}

pub(crate) fn runs(pid: u32) -> bool {
    // A dead process that nobody has waited for does not run.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    match stat.rsplit_once(") ") {
        Some((_, rest)) => !rest.starts_with('Z'),
        None => {
            !Path::new("/proc/self").exists()
                && Command::new("kill").args(["-0", &pid.to_string()]).status().unwrap().success()
        }
    }
}

pub(crate) fn gone(pid: u32) {
    until("it ends", || (!runs(pid)).then_some(())).unwrap();
}

pub(crate) fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// The processes of this show that run, by their command lines.
#[cfg(target_os = "linux")]
pub(crate) fn processes_of(show: &Show) -> Vec<(u32, String)> {
    let bus = show.path("bus").display().to_string();
    let state = show.path("state").display().to_string();
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|it| it.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let environ = String::from_utf8_lossy(&environ).into_owned();
        let is_ours = line.contains("/vj ") && environ.contains(&bus) && environ.contains(&state);
        (is_ours && runs(pid)).then_some((pid, line))
    })
    .collect()
}
