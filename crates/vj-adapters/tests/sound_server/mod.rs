//! A sound server of the test's own: its sinks play to nobody, and it ends with the test.

#![allow(dead_code, reason = "not every test binary needs all of it")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use vj_adapters::SystemBackend;

/// Whether the user left these tests out.
pub(crate) fn is_left_out() -> bool {
    let without = std::env::var("VJ_WITHOUT").unwrap_or_default();
    without.split(',').any(|it| matches!(it, "pulseaudio" | "paplay" | "alsa"))
}

/// The server.
pub(crate) struct Server {
    temp: TempDir,
    process: Child,
}

impl Server {
    /// Starts one with these modules loaded, and waits until it answers.
    pub(crate) fn start(modules: &[&str]) -> Self {
        let temp = TempDir::new().unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = isolated(temp.path(), "pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]);
        for module in modules {
            command.args(["-L", module]);
        }
        let socket = temp.path().join("socket");
        command.arg("-L").arg(format!("module-native-protocol-unix socket={}", socket.display()));
        let process = command.spawn().expect("pulseaudio is missing: cargo xtask setup");
        let server = Self { temp, process };
        while !server.pactl(&["info"]) {}
        server
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.temp.path().join("socket")
    }

    /// What a worker would hear with it.
    pub(crate) fn backend(&self) -> SystemBackend {
        SystemBackend::on_server(&self.socket())
    }

    /// An order to the server; whether it was carried out.
    pub(crate) fn pactl(&self, args: &[&str]) -> bool {
        self.client("pactl").args(args).status().expect("pactl is missing: cargo xtask setup").success()
    }

    /// SIGSTOP, SIGCONT and the like.
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Plays a file into the default sink.
    pub(crate) fn play(&self, file: &Path) -> Playing {
        let player = self.client("paplay").arg(file).spawn();
        Playing(player.expect("paplay is missing: cargo xtask setup"))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = isolated(self.temp.path(), program);
        command.env("PULSE_SERVER", format!("unix:{}", self.socket().display()));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A player, ended with the test.
pub(crate) struct Playing(Child);

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn isolated(dir: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ["PULSE_SERVER", "PULSE_COOKIE", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    command.env("XDG_RUNTIME_DIR", dir).env("HOME", dir);
    command
}
