//! Live sound through a real sound server of the test's own, with a sink that plays to nobody.
#![cfg(all(target_os = "linux", feature = "live-capture"))]

use std::f64::consts::TAU;
use std::io::{BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::real_show::{Show, signal, until};
use crate::support::{RATE_HZ, drums, wav};

/// A sound server, killed at the end of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What leaves this test out: the user said so.
fn is_left_out() -> bool {
    let without = std::env::var("VJ_WITHOUT").unwrap_or_default();
    without.split(',').any(|it| matches!(it, "pulseaudio" | "paplay" | "alsa"))
}

fn in_show(show: &Show, program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_remove("PULSE_SERVER").env_remove("DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.envs(show.env.iter().map(|(name, value)| (name, value)));
    command
}

fn server(show: &Show) -> Server {
    let mut command = in_show(show, "pulseaudio");
    // Its cookie is not where the others look for one: it has to know them as its own user.
    let run = show.path("run");
    command.env("HOME", &run).env("XDG_CONFIG_HOME", run.join(".config"));
    command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]);
    command.args(["-L", "module-null-sink sink_name=show", "-L", "module-native-protocol-unix"]);
    Server(command.spawn().expect("pulseaudio is missing: cargo xtask setup"))
}

fn pactl(show: &Show, args: &[&str]) {
    until(&format!("pactl {args:?}"), || {
        in_show(show, "pactl").args(args).status().ok()?.success().then_some(())
    })
    .unwrap();
}

/// A show whose sound server is its own.
fn show_with_a_home() -> Show {
    let mut show = Show::of_a_device();
    let run = show.path("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let home = run.join("home");
    for (name, path) in
        [("XDG_RUNTIME_DIR", &run), ("HOME", &home), ("XDG_CONFIG_HOME", &home.join(".config"))]
    {
        show.env.push((name.to_owned(), path.display().to_string()));
    }
    show
}

#[test]
fn d31_a_monitor_is_heard_lost_and_found_again() {
    if is_left_out() {
        return;
    }
    let show = show_with_a_home();
    // Before the sound server: degraded, not dead.
    show.up();
    let state =
        show.until("audio_analyzer", "degraded without a device", |state| state["status"] == "degraded");
    assert!(state["last_error"].as_str().is_some_and(|why| why.contains("no audio input")), "{state}");
    let worker = show.pid("audio_analyzer");
    let serving = server(&show);
    let is_open = |state: &serde_json::Value| {
        state["status"] == "running" && state["device"] == "Monitor of Null Output"
    };
    let state = show.until("audio_analyzer", "the monitor is heard", is_open);
    assert_eq!((&state["sample_rate_hz"], &state["channels"]), (&44_100.into(), &2.into()));
    let devices = show.fine(&["devices", "--json"]);
    assert!(devices.contains("\"chosen\":true") && devices.contains("\"loopback\":true"), "{devices}");

    let music = wav(&show.temp, "music.wav", &drums(60.0));
    let mut player =
        in_show(&show, "paplay").arg(&music).spawn().expect("paplay is missing: cargo xtask setup");
    let state = show.until("audio_analyzer", "the tempo is found", |state| {
        state["stats"]["bpm"].as_f64().is_some_and(|bpm| (bpm - 126.0).abs() < 3.0)
    });
    assert_eq!(state["signal"], "ok");
    let levels = show.fine(&["osc", "--pattern", "/audio/levels", "-n", "30", "--json"]);
    let loud = levels.lines().any(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["args"][7].as_f64().is_some_and(|rms| rms > 0.3)
    });
    assert!(loud, "{levels}");
    player.kill().unwrap();
    player.wait().unwrap();

    // The device goes and comes back, at another rate.
    pactl(&show, &["unload-module", "module-null-sink"]);
    let state =
        show.until("audio_analyzer", "degraded without its device", |state| state["status"] == "degraded");
    assert!(
        state["device"].is_null() && state["last_error"].as_str().unwrap().contains("Monitor of Null Output"),
        "{state}"
    );
    // Another one is there meanwhile, and is not taken.
    pactl(
        &show,
        &["load-module", "module-null-sink", "sink_name=other", "sink_properties=device.description=Other"],
    );
    show.until("audio_analyzer", "it names the other and does not take it", |state| {
        let why = state["last_error"].as_str().unwrap_or_default();
        state["status"] == "degraded" && why.contains("Monitor of Other")
    });
    pactl(&show, &["load-module", "module-null-sink", "sink_name=show", "rate=48000"]);
    let state = show.until("audio_analyzer", "it is heard again", is_open);
    assert_eq!(state["sample_rate_hz"], 48_000);

    // The whole server dies and comes back.
    drop(serving);
    show.until("audio_analyzer", "degraded without a server", |state| state["status"] == "degraded");
    let _serving = server(&show);
    show.until("audio_analyzer", "it is heard again", is_open);
    assert_eq!(show.pid("audio_analyzer"), worker, "through all this it was one process");
    let manager = show.state("process_manager").unwrap();
    assert_eq!(manager["workers"]["audio_analyzer"]["restart_count"], 0);
}

/// A rehearsal, which ends its processes when it is told to end.
struct Rehearsal(Child);

impl Drop for Rehearsal {
    fn drop(&mut self) {
        signal(self.0.id(), "-TERM");
        let _ = self.0.wait();
    }
}

/// Samples a second of what is heard of it.
const HEARD_HZ: u32 = 48_000;

/// The pitch of the first second of sound that comes out of the server, by its zero crossings.
fn pitch_heard(show: &Show) -> f64 {
    let mut ear = in_show(show, "parec");
    ear.args(["-d", "show.monitor", "--raw", "--format=s16le", "--channels=1", "--latency-msec=20"]);
    ear.arg(format!("--rate={HEARD_HZ}")).stdout(Stdio::piped());
    let mut ear = Server(ear.spawn().expect("parec is missing: cargo xtask setup"));
    let mut heard = BufReader::new(ear.0.stdout.take().unwrap());
    // It gives silence until there is something.
    let mut sample = || {
        let mut bytes = [0; 2];
        heard.read_exact(&mut bytes).unwrap();
        f64::from(i16::from_le_bytes(bytes))
    };
    let deadline_sec = 60;
    let begins = (0..deadline_sec * HEARD_HZ).any(|_| sample().abs() > 1_000.0);
    assert!(begins, "nothing was heard in {deadline_sec} s");
    // Not its first moments, in which it may still be looking for its place.
    for _ in 0..HEARD_HZ / 2 {
        sample();
    }
    let (mut before, mut crossings) = (0.0, 0);
    for _ in 0..HEARD_HZ {
        let now = sample();
        crossings += u32::from(before < 0.0 && now >= 0.0);
        before = now;
    }
    f64::from(crossings)
}

/// A rehearsal is heard at the place where it is, and at its speed as from a turntable.
#[test]
fn the_sound_of_a_rehearsal_is_heard_where_it_is() {
    if is_left_out() {
        return;
    }
    let show = show_with_a_home();
    let _serving = server(&show);
    pactl(&show, &["info"]);
    // A tone, and after 20 s its octave.
    let tone = |n: u32| {
        let t = f64::from(n) / f64::from(RATE_HZ);
        let hz = if t < 20.0 { 440.0 } else { 880.0 };
        ((TAU * hz * t).sin() * 12_000.0) as i16
    };
    let sound = wav(&show.temp, "tones.wav", &(0..60 * RATE_HZ).map(tone).collect::<Vec<_>>());
    for (more, expect_hz) in [(&[][..], 440.0), (&["--from", "25"], 880.0), (&["--speed", "0.5"], 220.0)] {
        let mut rehearse = in_show(&show, env!("CARGO_BIN_EXE_vj"));
        rehearse.arg("rehearse").arg(&sound).args(["--realtime", "--sound"]).args(more);
        let rehearsal = Rehearsal(rehearse.spawn().unwrap());
        let hz = pitch_heard(&show);
        drop(rehearsal);
        assert!((hz - expect_hz).abs() < expect_hz * 0.03, "{more:?}: {hz} Hz, not {expect_hz}");
    }
}
