//! `cargo xtask pictures`: the pictures of the console in the documents, taken anew from the real one.

use anyhow::Result;

use crate::usage::Arguments;
use crate::{fixtures, shell};

/// Where they are, and the set that is played for them.
const PICTURES: &str = "docs/pictures";
const SET: &str = "fixtures/sets/first-night";

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    arguments.nothing_more()?;
    fixtures::ensure()?;
    shell::run(shell::cargo(&["build", "-q", "--workspace", "--bin", "vj"]))?;
    let words = ["run", "-q", "--bin", "vj-sim", "--", "pictures", "--out", PICTURES, "--set", SET];
    shell::run(shell::cargo(&words))
}
