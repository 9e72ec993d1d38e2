//! Live sound through a real sound server of the test's own.
#![cfg(all(target_os = "linux", feature = "live-capture"))]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use hound::SampleFormat;
use tempfile::TempDir;
use vj_adapters::SystemBackend;
use vj_env::Clock;
use vj_env::real::real_clock;
use vj_workers::ports::{AudioBackend, AudioError, SoundInput};

use crate::sound_server::{Server, is_left_out};
use crate::support::{amplitude, channel, spec};

/// Nothing here should take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

const TONE_HZ: f64 = 1_000.0;

/// Runs a test as a worker's one thread does.
fn on_one_thread(test: impl AsyncFnOnce(Clock)) {
    if is_left_out() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = real_clock();
        clock.timeout(PATIENCE, test(clock.clone())).await.expect("it takes far too long");
    });
}

/// Half a minute of a tone of half the full scale, alike in all channels.
fn tone(temp: &TempDir, rate_hz: u32, channels: u16) -> PathBuf {
    let path = temp.path().join(format!("tone-{rate_hz}-{channels}.wav"));
    let mut writer = hound::WavWriter::create(&path, spec(SampleFormat::Int, 16, rate_hz, channels)).unwrap();
    for frame in 0..rate_hz * 30 {
        let sample =
            (std::f64::consts::TAU * TONE_HZ * f64::from(frame) / f64::from(rate_hz)).sin() * 16_384.0;
        for _ in 0..channels {
            writer.write_sample(sample as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
    path
}

async fn open(backend: &SystemBackend, name: &str) -> Box<dyn SoundInput> {
    backend.open_input(name).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn refusal(backend: &SystemBackend, name: &str) -> String {
    match backend.open_input(name).await {
        Err(AudioError::Retry(why)) => why,
        Err(AudioError::Fatal(why)) => panic!("it may still come: {why}"),
        Ok(input) => panic!("{} was opened", input.device()),
    }
}

/// At least `count` samples that are not silence.
async fn hear(input: &mut dyn SoundInput, count: usize) -> Vec<f32> {
    let mut out = Vec::new();
    loop {
        input.changed().await;
        input.read(&mut out).unwrap_or_else(|error| panic!("{error}"));
        let begin = out.iter().position(|sample| *sample != 0.0).unwrap_or(out.len());
        // Whole frames, and none of the player's first ones, which fade in.
        let channels = usize::from(input.format().channels);
        if out.len() - begin > 3 * count {
            let from = (out.len() - count) / channels * channels;
            return out.split_off(from);
        }
    }
}

/// Why it failed, once it does.
async fn failure(input: &mut dyn SoundInput) -> String {
    let mut out = Vec::new();
    loop {
        input.changed().await;
        match input.read(&mut out) {
            Ok(_) => out.clear(),
            Err(error) => return error.to_string(),
        }
    }
}

/// Connections to the server.
fn connections(server: &Server) -> usize {
    let table = fs::read_to_string("/proc/net/unix").unwrap();
    let path = server.socket().display().to_string();
    // The server's end of each has its path, and so has the one that listens.
    table.lines().filter(|line| line.ends_with(&path)).count() - 1
}

#[test]
fn sound_of_every_format_rate_and_number_of_channels_is_heard_as_it_is() {
    on_one_thread(async |_| {
        let temp = TempDir::new().unwrap();
        let formats = [
            ("s16le", 44_100, 1),
            ("s16le", 48_000, 2),
            ("s16le", 96_000, 6),
            ("s32le", 44_100, 6),
            ("s32le", 48_000, 1),
            ("s32le", 96_000, 2),
            ("float32le", 44_100, 2),
            ("float32le", 48_000, 6),
            ("float32le", 96_000, 1),
            ("u8", 22_050, 2),
        ];
        for (format, rate_hz, channels) in formats {
            let sink =
                format!("module-null-sink sink_name=show format={format} rate={rate_hz} channels={channels}");
            let server = Server::start(&[&sink]);
            let backend = server.backend();
            let mut input = open(&backend, "").await;
            assert_eq!(input.device(), "Monitor of Null Output");
            let heard = input.format();
            assert_eq!((heard.sample_rate_hz, heard.channels), (rate_hz, channels), "{format}");
            let _player = server.play(&tone(&temp, rate_hz, channels));
            let samples = hear(&mut *input, rate_hz as usize / 10 * usize::from(channels)).await;
            for which in 0..usize::from(channels) {
                let level = amplitude(&channel(&samples, usize::from(channels), which), rate_hz, TONE_HZ);
                assert!(
                    (level - 0.5).abs() < 0.02,
                    "{format} {rate_hz} Hz, channel {which} of {channels}: {level}"
                );
            }
            assert_eq!(input.overruns(), 0);
        }
    });
}

#[test]
fn the_monitor_of_what_people_hear_is_preferred_and_others_are_taken_by_name() {
    on_one_thread(async |_| {
        let server = Server::start(&[
            "module-null-source source_name=mic description=Microphone",
            "module-null-sink sink_name=hdmi sink_properties=device.description=HDMI",
            "module-null-sink sink_name=speakers sink_properties=device.description=Speakers",
        ]);
        assert!(
            server.pactl(&["set-default-sink", "speakers"]) && server.pactl(&["set-default-source", "mic"])
        );
        let backend = server.backend();
        let inputs = backend.inputs().unwrap();
        let shown: Vec<_> =
            inputs.iter().map(|it| (it.name.as_str(), it.is_loopback, it.is_preferred)).collect();
        let expected = [
            ("Microphone", false, false),
            ("Monitor of HDMI", true, false),
            ("Monitor of Speakers", true, true),
        ];
        assert_eq!(shown, expected);
        for (name, device) in [
            ("", expected[2].0),
            ("Microphone", "Microphone"),
            ("mic", "Microphone"),
            ("hdmi", expected[1].0),
        ] {
            assert_eq!(open(&backend, name).await.device(), device, "{name}");
        }
        let why = refusal(&backend, "Monitor").await;
        assert!(why.contains("\"Monitor\" is not there") && why.contains("\"Monitor of HDMI\""), "{why}");
        // Another of the same name: both are told apart, and none is guessed.
        assert!(server.pactl(&[
            "load-module",
            "module-null-sink",
            "sink_name=second",
            "sink_properties=device.description=Speakers"
        ]));
        refusal(&backend, "Monitor of Speakers").await;
        let second = open(&backend, "Monitor of Speakers (second.monitor)").await;
        assert_eq!(second.device(), "Monitor of Speakers (second.monitor)");
        assert_eq!(open(&backend, "").await.device(), "Monitor of Speakers (speakers.monitor)");
    });
}

/// A server that rescues streams moves them to another device when their own is gone.
#[test]
fn a_stream_ends_with_its_device_and_is_never_moved_to_another() {
    on_one_thread(async |_| {
        let server = Server::start(&[
            "module-rescue-streams",
            "module-null-source source_name=mic description=Microphone",
            "module-null-sink sink_name=show",
        ]);
        let backend = server.backend();
        let mut input = open(&backend, "Monitor of Null Output").await;
        input.changed().await;
        assert!(server.pactl(&["unload-module", "module-null-sink"]));
        let why = failure(&mut *input).await;
        assert!(why.contains("\"Monitor of Null Output\" is gone"), "{why}");
        let why = refusal(&backend, input.device()).await;
        assert!(why.contains("is not there") && why.contains("\"Microphone\""), "{why}");
        assert!(server.pactl(&["load-module", "module-null-sink", "sink_name=show", "rate=96000"]));
        assert_eq!(open(&backend, input.device()).await.format().sample_rate_hz, 96_000);
    });
}

#[test]
fn a_server_that_dies_is_noticed_at_once() {
    on_one_thread(async |_| {
        let server = Server::start(&["module-null-sink sink_name=show"]);
        let mut input = open(&server.backend(), "").await;
        server.signal("-KILL");
        let why = failure(&mut *input).await;
        assert!(why.contains("server is gone"), "{why}");
    });
}

#[test]
fn a_server_that_hangs_costs_one_attempt_each_and_nothing_is_left_of_them() {
    on_one_thread(async |clock| {
        let server = Server::start(&["module-null-sink sink_name=show"]);
        let backend = server.backend();
        let mut input = open(&backend, "").await;
        input.changed().await;
        server.signal("-STOP");
        let why = refusal(&backend, "").await;
        assert!(why.contains("does not answer"), "{why}");
        // Somebody who gives up before the answer.
        let gives_up = clock.timeout(Duration::from_millis(50), backend.open_input("")).await;
        assert!(gives_up.is_err());
        server.signal("-CONT");
        let mut out = Vec::new();
        while input.read(&mut out).unwrap().is_none() {
            input.changed().await;
        }
        let mut again = open(&backend, "").await;
        again.changed().await;
        drop((input, again));
        while connections(&server) > 0 {
            clock.sleep(Duration::from_millis(10)).await;
        }
    });
}

#[test]
fn where_no_server_runs_an_unknown_input_is_waited_for() {
    on_one_thread(async |_| {
        let temp = TempDir::new().unwrap();
        let why = refusal(&SystemBackend::on_server(&temp.path().join("nobody")), "Not of This World").await;
        assert!(why.contains("\"Not of This World\" is not there"), "{why}");
    });
}
