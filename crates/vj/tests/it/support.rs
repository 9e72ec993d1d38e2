//! What the tests share: running `vj`, and music to run it on.

use std::f64::consts::TAU;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const RATE_HZ: u32 = 44_100;

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn vj<S: AsRef<OsStr>>(args: &[S]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_vj"))
        .args(args)
        .env_remove("COLUMNS")
        .output()
        .expect("vj was built for this test");
    let text = |bytes| String::from_utf8(bytes).expect("vj prints UTF-8");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

pub(crate) fn analyze(path: &Path) -> Value {
    let run = vj(&[OsStr::new("analyze"), path.as_os_str(), OsStr::new("--json")]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// Writes samples as a mono WAV.
pub(crate) fn wav(dir: &TempDir, name: &str, samples: &[i16]) -> PathBuf {
    let path = dir.path().join(name);
    let spec =
        WavSpec { channels: 1, sample_rate: RATE_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    path
}

/// Four to the floor at 126 BPM with hats, snares and a bass line; from 8 s on drums and bass are away under a rising
/// noise, and from 14 s on they are back.
pub(crate) fn drums(seconds: f64) -> Vec<i16> {
    let beat_sec = 60.0 / 126.0;
    let mut noise = 1_u32;
    let mut sample = |n: u32| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = f64::from(noise >> 8) / f64::from(1 << 23) - 1.0;
        let t = f64::from(n) / f64::from(RATE_HZ);
        let (in_beat, beat) = (t % beat_sec, (t / beat_sec) as u32);
        let kick =
            (TAU * (45.0 * in_beat + 3.0 * (1.0 - (-30.0 * in_beat).exp()))).sin() * (-9.0 * in_beat).exp();
        let snare = if beat % 2 == 1 { hiss * (-18.0 * in_beat).exp() } else { 0.0 };
        let hat = hiss * (-60.0 * ((t + beat_sec / 2.0) % beat_sec)).exp();
        let root = [55.0, 55.0, 65.4, 49.0][(beat / 4 % 4) as usize];
        let bass = (TAU * root * t).sin() * (1.0 - (-20.0 * in_beat).exp());
        let lead = (TAU * 4.0 * root * t).sin() * 0.1;
        if (8.0..14.0).contains(&t) {
            lead + hiss * 0.3 * (t - 8.0) / 6.0
        } else {
            0.5 * kick + 0.2 * snare + 0.12 * hat + 0.25 * bass + lead
        }
    };
    (0..(seconds * f64::from(RATE_HZ)) as u32).map(|n| (sample(n) * 26_000.0) as i16).collect()
}
