//! Every scenario of the simulator stands in the documents: a scenario that nobody can read about protects nobody.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::violation::Violation;
use crate::workspace;

pub(crate) const NAME: &str = "scenarios";

const CODE: &str = "sim/src/scenarios";
const FILES: &str = "sim/scenarios";
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "docs/SCENARIOS.md"];
/// Files beside the scenarios that are none.
const NO_SCENARIOS: [&str; 6] =
    ["mod.rs", "on_file.rs", "onlooker.rs", "probe.rs", "show.rs", "two_players.rs"];

pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    if !root.join(CODE).is_dir() {
        let what = "is missing: each scenario is a file there";
        return Ok(vec![Violation::new(CODE, 1, NAME, what)]);
    }
    let mut scenarios = scenarios_in(root, CODE, ".rs")?;
    if root.join(FILES).is_dir() {
        scenarios.extend(scenarios_in(root, FILES, ".toml")?);
    }
    let documents = DOCUMENTS.map(|document| fs::read_to_string(root.join(document)).unwrap_or_default());
    Ok(judge(&scenarios, &documents.concat()))
}

/// The scenarios' files below the root.
fn scenarios_in(root: &Path, folder: &str, ending: &str) -> Result<Vec<String>> {
    let names = workspace::entries(&root.join(folder))?;
    let is_scenario = |name: &String| name.ends_with(ending) && !NO_SCENARIOS.contains(&name.as_str());
    Ok(names.into_iter().filter(is_scenario).map(|name| format!("{folder}/{name}")).collect())
}

fn judge(paths: &[String], documents: &str) -> Vec<Violation> {
    if paths.is_empty() {
        return vec![Violation::new(CODE, 1, NAME, "holds no scenario, so nothing can be checked")];
    }
    let missing = paths.iter().filter(|path| !mentions(documents, &scenario(path)));
    missing
        .map(|path| {
            let what = format!("`{}` must be described in {}", scenario(path), DOCUMENTS.join(" or "));
            Violation::new(path, 1, NAME, what)
        })
        .collect()
}

/// `sim/src/scenarios/crash_loop.rs` -> `crash-loop`.
fn scenario(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).replace('_', "-")
}

fn mentions(text: &str, scenario: &str) -> bool {
    let belongs = |sign: char| sign.is_alphanumeric() || sign == '-' || sign == '_';
    text.match_indices(scenario).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(belongs);
        let after = text[at + scenario.len()..].chars().next().is_some_and(belongs);
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_no_document_names_is_found() {
        let paths = ["crash_loop", "crash_recovery", "hung_worker"].map(|name| format!("{CODE}/{name}.rs"));
        let found = judge(&paths, "| `crash-loop` | ... | see crash-recovery-old and hung-worker.");
        let expected = "sim/src/scenarios/crash_recovery.rs:1: scenarios: \
                        `crash-recovery` must be described in ARCHITECTURE.md or docs/SCENARIOS.md";
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn no_scenarios_at_all_is_a_violation_too() {
        assert_eq!(judge(&[], "").len(), 1);
        let nowhere = Path::new("/nonexistent/for/this/test");
        assert!(check(nowhere).unwrap()[0].to_string().contains("is missing"));
    }
}
