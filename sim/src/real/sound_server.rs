//! A sound server of the show's own, whose sinks play to nobody: their monitors are the machine's audio inputs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use vj_workers::ports::AudioBackend;

use super::config::write_wav;
use crate::tape::Tapes;

/// What the name of a sink's monitor begins with.
const MONITOR_OF: &str = "Monitor of ";

/// How often a server that has just been started is asked whether it is there. Each try takes some milliseconds.
const TRIES: usize = 2_000;

/// A PulseAudio server, with a player of drums on each of its sinks. It ends with this.
pub(super) struct SoundServer {
    run: PathBuf,
    drums: PathBuf,
    server: Child,
    /// By the name of the input: the module that makes it, and who plays into it.
    plugged: RefCell<BTreeMap<String, (String, Option<Child>)>>,
}

impl SoundServer {
    /// Starts a server in `dir`, and waits until it answers.
    pub(super) fn start(dir: &Path) -> Result<Self> {
        let run = dir.join("run");
        DirBuilder::new().mode(0o700).create(&run)?;
        let drums = dir.join("room.wav");
        let mut tape = Tapes::new().open_file(Path::new("drums")).map_err(anyhow::Error::msg)?;
        write_wav(&drums, &mut *tape)?;
        let server = command(&run, "pulseaudio")
            .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"])
            .args(["-L", "module-native-protocol-unix"])
            .spawn()
            .context("failed to start pulseaudio: `cargo xtask setup` installs it")?;
        let plugged = RefCell::default();
        let this = Self { run, drums, server, plugged };
        for _ in 0..TRIES {
            if command(&this.run, "pactl").arg("info").status().context("failed to run pactl")?.success() {
                return Ok(this);
            }
        }
        bail!("pulseaudio does not answer")
    }

    /// What the processes of the show need to find it.
    pub(super) fn environment(&self) -> [(&'static str, PathBuf); 3] {
        environment(&self.run)
    }

    /// An input appears, with sound on it.
    pub(super) fn plug(&self, name: &str, rate_hz: u32, channels: u16) -> Result<()> {
        let sink = name.strip_prefix(MONITOR_OF);
        let label = sink.unwrap_or(name);
        let slug: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        let format = [format!("rate={rate_hz}"), format!("channels={channels}")];
        let made = if sink.is_some() {
            let properties = format!("sink_properties=device.description={label}");
            self.pactl(
                &["load-module", "module-null-sink", &format!("sink_name={slug}"), &properties],
                &format,
            )?
        } else {
            let properties = format!("description={label}");
            self.pactl(
                &["load-module", "module-null-source", &format!("source_name={slug}"), &properties],
                &format,
            )?
        };
        let player = sink
            .is_some()
            .then(|| command(&self.run, "paplay").arg(format!("--device={slug}")).arg(&self.drums).spawn());
        let player = player.transpose().context("failed to start paplay: `cargo xtask setup` installs it")?;
        self.plugged.borrow_mut().insert(name.to_owned(), (made, player));
        Ok(())
    }

    /// It is gone.
    pub(super) fn unplug(&self, name: &str) -> Result<()> {
        let Some((module, player)) = self.plugged.borrow_mut().remove(name) else {
            bail!("there is no audio input \"{name}\"")
        };
        // The player first: the server would move it to another sink.
        end(player);
        self.pactl(&["unload-module", &module], &[])?;
        Ok(())
    }

    fn pactl(&self, args: &[&str], more: &[String]) -> Result<String> {
        let mut pactl = command(&self.run, "pactl");
        let output =
            pactl.args(args).args(more).stdout(Stdio::piped()).output().context("failed to run pactl")?;
        if !output.status.success() {
            bail!("pactl {args:?} failed ({})", output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        for (_, (_, player)) in std::mem::take(&mut *self.plugged.borrow_mut()) {
            end(player);
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.run);
    }
}

fn end(player: Option<Child>) {
    if let Some(mut player) = player {
        let _ = player.kill();
        let _ = player.wait();
    }
}

/// Nothing of the user's own sound is touched.
fn environment(run: &Path) -> [(&'static str, PathBuf); 3] {
    [("XDG_RUNTIME_DIR", run.to_owned()), ("HOME", run.to_owned()), ("XDG_CONFIG_HOME", run.join(".config"))]
}

fn command(run: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ["PULSE_SERVER", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
        command.env_remove(name);
    }
    command.envs(environment(run));
    command
}
