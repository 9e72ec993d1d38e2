//! `cargo xtask mutants`: deliberate mistakes, and whether the simulator finds them.

use std::fs;

use anyhow::{Context, Result};

use crate::usage::Arguments;
use crate::{fixtures, setup, shell, workspace};

/// Where the programs with the mistakes are kept: those of the ordinary build must not be taken for them, nor these for those.
const KEPT: &str = "target/mutants";

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let is_real = arguments.flag("--real");
    let without = arguments.values("--without")?;
    arguments.nothing_more()?;
    setup::check_names(&without)?;
    fixtures::ensure()?;
    let feature = if is_real { "vj-sim/mutants-real" } else { "vj-sim/mutants" };
    let mut test = shell::cargo(&["test", "--workspace", "--features", feature, "--test", "mutants"]);
    if is_real {
        let mut build = shell::cargo(&["build", "-q", "--workspace", "--bin", "vj", "--bin", "vj-sim"]);
        build.args(["--features", "vj/mutants,vj-sim/mutants"]).args(setup::features(&without));
        shell::run(build)?;
        let kept = workspace::root().join(KEPT);
        fs::create_dir_all(&kept).with_context(|| format!("failed to make {KEPT}"))?;
        for program in ["vj", "vj-sim"] {
            let built = workspace::target_folder()?.join("debug").join(program);
            fs::copy(&built, kept.join(program))
                .with_context(|| format!("failed to keep {}", built.display()))?;
        }
        test.args(["--test", "mutants_real"]).env("VJ_MUTANTS", &kept);
    }
    test.args(setup::features(&without)).args(["--", "--nocapture"]);
    shell::run(test)
}
