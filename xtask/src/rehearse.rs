//! `cargo xtask rehearse`: from a fresh clone to a report of a rehearsed set.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::setup::{self, Scope};
use crate::usage::Arguments;
use crate::{fixtures, shell, workspace};

/// The set that comes with the project.
const BUNDLED: &str = "fixtures/sets/first-night";

/// The exit code is that of `vj rehearse`.
pub(crate) fn run(mut arguments: Arguments) -> Result<u8> {
    let without = arguments.values("--without")?;
    setup::check_names(&without)?;
    let set =
        arguments.leading_word().map_or_else(|| PathBuf::from(BUNDLED), |set| workspace::from_here(&set));
    let report = report_folder(&set, &mut arguments)?;
    setup::run(Scope::Build, &without)?;
    if set.starts_with("fixtures") {
        fixtures::ensure()?;
    }
    let features = setup::features(&without);
    let mut build = shell::cargo(&["build", "--workspace", "--bin", "vj"]);
    build.args(features);
    shell::run(build)?;
    let mut rehearsal = shell::cargo(&["run", "-q", "--bin", "vj"]);
    rehearsal.args(features).args(["--", "rehearse"]);
    rehearsal.arg(&set).arg("--report").arg(&report).args(arguments.rest());
    let status = shell::status(rehearsal)?;
    if status.success() {
        let page = workspace::root().join(&report).join("report.html");
        if !page.is_file() {
            bail!("the rehearsal ended well, but there is no {}", workspace::shown(&page).display());
        }
    }
    Ok(shell::exit_code(status))
}

/// `--report DIR`, or `report/NAME` for a set called NAME.
fn report_folder(set: &Path, arguments: &mut Arguments) -> Result<PathBuf> {
    if let Some(given) = arguments.values("--report")?.pop() {
        return Ok(workspace::from_here(&given));
    }
    let name = set.file_stem().map_or_else(|| "set".into(), |stem| stem.to_string_lossy());
    Ok(Path::new("report").join(name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_goes_where_the_user_says_or_is_named_after_the_set() {
        let folder = |set: &str, line: &str| {
            let words = line.split_whitespace().map(str::to_owned).collect();
            report_folder(Path::new(set), &mut Arguments::new(words)).unwrap()
        };
        assert_eq!(folder(BUNDLED, "--seed 3"), Path::new("report/first-night"));
        assert_eq!(folder("/music/set.flac", ""), Path::new("report/set"));
        assert_eq!(folder(BUNDLED, "--seed 3 --report /tmp/out"), Path::new("/tmp/out"));
    }
}
