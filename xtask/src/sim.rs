//! `cargo xtask sim`: hands everything on to the simulator, and its exit code back.

use anyhow::Result;

use crate::usage::Arguments;
use crate::{fixtures, setup, shell};

/// The scenario that needs a sound server of its own, and what that consists of.
const WITH_SOUND: (&str, [&str; 3]) = ("audio-unplug", ["alsa", "pulseaudio", "paplay"]);

/// 0 pass, 2 usage, 10 safety, 11 liveness, 12 panic, 13 nondeterminism, 14 a *sometimes* never seen; 101 if it does not build.
pub(crate) fn run(mut arguments: Arguments) -> Result<u8> {
    fixtures::ensure()?;
    let (needs, scenarios): (Vec<String>, Vec<String>) =
        arguments.values("--without")?.into_iter().partition(|name| setup::names().contains(&name.as_str()));
    let mut words = arguments.rest().to_vec();
    words.extend(scenarios.into_iter().flat_map(left_out));
    if words.iter().any(|word| word == "--real") {
        let mut program = shell::cargo(&["build", "-q", "--workspace", "--bin", "vj"]);
        program.args(setup::features(&needs));
        shell::run(program)?;
        if needs.iter().any(|need| WITH_SOUND.1.contains(&need.as_str())) {
            words.extend(left_out(WITH_SOUND.0.to_owned()));
        }
    }
    let mut simulator = shell::cargo(&["run", "-q", "--bin", "vj-sim", "--"]);
    simulator.args(words);
    Ok(shell::exit_code(shell::status(simulator)?))
}

fn left_out(scenario: String) -> [String; 2] {
    ["--without".to_owned(), scenario]
}
