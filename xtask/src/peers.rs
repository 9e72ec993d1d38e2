//! `cargo xtask bench --peers`: what the whole analyser costs, beside programs that do a part of it, in one run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{fixtures, shell, workspace};

/// Each is run so often, all in turn, so that a busy moment of the machine hits nobody alone.
const ROUNDS: usize = 5;

/// What is heard.
const SOUND: &str = "fixtures/sets/first-night/audio.wav";

/// A program, the arguments before the sound's path, and what it does.
const PEERS: [(&str, &[&str], &str); 4] = [
    ("aubiotrack", &["-i"], "beats"),
    ("aubioonset", &["-i"], "onsets"),
    ("aubiopitch", &["-p", "yinfft", "-i"], "pitch"),
    ("aubiopitch", &["-p", "yinfast", "-i"], "pitch"),
];

pub(crate) fn run() -> Result<()> {
    fixtures::ensure()?;
    shell::run(shell::cargo(&["build", "--release", "-q", "--workspace", "--bin", "vj"]))?;
    let sound = workspace::root().join(SOUND);
    let duration_sec = duration_sec(&sound)?;
    let mut vj = vec![workspace::target_folder()?.join("release/vj").display().to_string()];
    vj.extend(["analyze", "--json"].map(str::to_owned));
    let mut all = vec![("vj analyze".to_owned(), vj, "beats, bars, tempo, onsets, pitch, structure, levels")];
    for (program, arguments, about) in PEERS {
        if !shell::succeeds("sh", &["-c", &format!("command -v {program}")]) {
            println!("{program} is not here: `sudo apt-get install aubio-tools` installs it");
            continue;
        }
        let words = std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned);
        let name = format!("{program} {}", arguments[..arguments.len() - 1].join(" "));
        all.push((name.trim().to_owned(), words.collect(), about));
    }
    let mut took = vec![Vec::new(); all.len()];
    for _ in 0..ROUNDS {
        for (at, (_, words, _)) in all.iter().enumerate() {
            took[at].push(seconds(words, &sound)?);
        }
    }
    println!(
        "\n{SOUND}, {duration_sec:.1} s, median of {ROUNDS} runs, each from start to end of its process:\n"
    );
    println!("{:24} {:>9} {:>14} {:>16}  of", "", "seconds", "times as fast", "% of one core");
    for ((name, _, about), mut took) in all.into_iter().zip(took) {
        took.sort_by(f64::total_cmp);
        let median = took[took.len() / 2];
        let (speed, share) = (duration_sec / median, 100.0 * median / duration_sec);
        println!("{name:24} {median:>9.3} {speed:>14.0} {share:>16.2}  {about}");
    }
    Ok(())
}

/// Wall time; each of them uses one core.
fn seconds(words: &[String], sound: &Path) -> Result<f64> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(sound).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let began = Instant::now();
    let status = command.status().with_context(|| format!("`{}` could not be started", words[0]))?;
    if !status.success() {
        bail!("`{}` failed", words.join(" "));
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Of 16-bit stereo at 44.1 kHz, which the fixture is.
fn duration_sec(sound: &Path) -> Result<f64> {
    let bytes =
        std::fs::metadata(sound).with_context(|| format!("failed to read {}", sound.display()))?.len();
    Ok(bytes as f64 / (44_100.0 * 4.0))
}
