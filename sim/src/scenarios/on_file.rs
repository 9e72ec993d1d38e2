//! Scenarios that lie in files: those of `sim/scenarios`, the runs that once failed in `sim/regressions`, and any other.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::show::STUCK;
use super::{Drivers, How, Run, Scenario, find};
use crate::faults::Fault;
use crate::ground::Driver;
use crate::history::{Entry, What};
use crate::regression::{self, Regression};
use crate::scenario_file::ScenarioFile;

/// Where scenario files lie.
#[must_use]
pub fn files_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All scenarios of `sim/scenarios`, and all regressions, by name.
///
/// # Errors
/// The first that cannot be read, and why.
pub fn on_file() -> Result<&'static [&'static Scenario], String> {
    static FOUND: OnceLock<Result<Vec<&'static Scenario>, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let files = tomls(&files_folder()).into_iter().map(|path| scenario(&path));
        let regressions = tomls(&regression::folder()).into_iter().map(|path| once_failed(&path));
        files.chain(regressions).collect()
    });
    found.as_deref().map_err(Clone::clone)
}

/// The scenario or regression in this file.
///
/// # Errors
/// The file, the place in it, what is wrong there and what is allowed.
pub fn read(path: &Path) -> Result<&'static Scenario, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    // Each says what it is by a key that the other does not know.
    let is_regression = text.lines().any(|line| line.trim_start().starts_with("scenario"));
    if is_regression { once_failed(path) } else { scenario(path) }
}

fn tomls(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect();
    paths.sort();
    paths
}

/// What is read from a file lives as long as the program, like the scenarios in Rust: there are some dozens.
fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn scenario(path: &Path) -> Result<&'static Scenario, String> {
    let file = keep(ScenarioFile::read(path)?);
    let sometimes: Vec<&'static str> = file.sometimes().iter().map(String::as_str).collect();
    Ok(keep(Scenario {
        name: file.name(),
        about: file.about(),
        how: How::File(file),
        drivers: file.drivers(),
        alone: false,
        long: file.is_long(),
        sometimes: Vec::leak(sometimes),
        twice: file.is_twice(),
    }))
}

fn once_failed(path: &Path) -> Result<&'static Scenario, String> {
    let regression = keep(Regression::read(path)?);
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let about = format!(
        "{} with seed {}, where this once did not hold: {}",
        regression.scenario, regression.seed, regression.property
    );
    Ok(keep(Scenario {
        name: text(&name),
        about: text(&about),
        how: How::Again(regression),
        drivers: Drivers::VirtualOnly,
        alone: false,
        long: false,
        sometimes: &[],
        twice: false,
    }))
}

/// Plays a run that once failed.
pub(super) fn again(regression: &Regression, driver: &Driver, plan: Option<&[Fault]>) -> Run {
    match find(&regression.scenario).filter(|scenario| !scenario.is_a_regression()) {
        Some(scenario) => {
            let run = scenario.play_with(driver, regression.seed, plan.or(regression.faults.as_deref()));
            Run { seen: Vec::new(), ..run }
        }
        None => {
            let detail = format!("there is no scenario '{}' any more", regression.scenario);
            let history = vec![Entry { t: 0.0, what: What::Mark { name: STUCK.to_owned(), detail } }];
            let violations = crate::checkers::comes_to_its_end(&history, STUCK);
            Run { history, violations, ..Run::default() }
        }
    }
}
