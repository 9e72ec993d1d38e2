//! `cargo xtask sim`: hands everything on to the simulator, and its exit code back.

use anyhow::Result;

use crate::usage::Arguments;
use crate::{fixtures, shell};

/// 0 pass, 2 usage, 10 safety, 11 liveness, 12 panic, 13 nondeterminism, 14 a *sometimes* never seen; 101 if it does not build.
pub(crate) fn run(arguments: Arguments) -> Result<u8> {
    fixtures::ensure()?;
    let mut simulator = shell::cargo(&["run", "-q", "-p", "vj-sim", "--bin", "vj-sim", "--"]);
    simulator.args(arguments.rest());
    Ok(shell::exit_code(shell::status(simulator)?))
}
