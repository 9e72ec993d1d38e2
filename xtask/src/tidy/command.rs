//! `cargo xtask tidy`: all rules, or those named.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::source::Source;
use super::violation::Violation;
use super::{
    arrows, banned_calls, leftovers, long_files, osc_table, portable_floats, pure, scenarios, select,
};
use crate::usage::{Arguments, UsageError};
use crate::workspace::{self, SourceFile};

/// A rule's name and what it holds us to.
const RULES: [(&str, &str); 9] = [
    (arrows::NAME, "imports between our crates point one way"),
    (pure::NAME, "vj-core and vj-audio do no I/O and read no clock"),
    (select::NAME, "every select! starts with biased;"),
    (banned_calls::NAME, "time, tasks and hashed order only through the seam"),
    (scenarios::NAME, "every scenario is described in the documents"),
    (osc_table::NAME, "the OSC table in docs/OSC.md is the address book"),
    (leftovers::NAME, "nothing half done"),
    (long_files::NAME, "no file past its length"),
    (portable_floats::NAME, "the fixtures' synthesiser gives the same bytes everywhere"),
];

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    if arguments.flag("--list") {
        RULES.iter().for_each(|(name, what)| println!("{name:16} {what}"));
        return Ok(());
    }
    let bless = arguments.flag("--bless");
    let mut wanted = Vec::new();
    while let Some(name) = arguments.leading_word() {
        wanted.push(name);
    }
    arguments.nothing_more()?;
    let root = workspace::root();
    if bless {
        osc_table::bless(root)?;
    }
    let violations = check(root, &chosen(&wanted)?)?;
    violations.iter().for_each(|violation| println!("{violation}"));
    match violations.len() {
        0 => {
            let held = if wanted.is_empty() { RULES.len() } else { wanted.len() };
            println!(
                "tidy: {}",
                if held == 1 { "the rule holds".to_owned() } else { format!("{held} rules hold") }
            );
            Ok(())
        }
        1 => bail!("tidy: 1 violation"),
        many => bail!("tidy: {many} violations"),
    }
}

fn chosen(wanted: &[String]) -> Result<Vec<&'static str>> {
    let all = RULES.map(|(name, _)| name);
    if let Some(unknown) = wanted.iter().find(|wanted| !all.contains(&wanted.as_str())) {
        return Err(UsageError(format!("\"{unknown}\" is no rule; rules are {}", all.join(", "))).into());
    }
    Ok(all
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name))
        .collect())
}

fn check(root: &Path, rules: &[&'static str]) -> Result<Vec<Violation>> {
    let files = workspace::source_files(root)?;
    let sources: Vec<Source> = files.iter().map(Source::of).collect();
    let manifests = manifests(root)?;
    let mut violations = Vec::new();
    for rule in rules {
        violations.extend(match *rule {
            arrows::NAME => each(&manifests, arrows::check)?,
            pure::NAME => [pure::check(&sources), each(&manifests, pure::check_manifest)?].concat(),
            select::NAME => select::check(&sources),
            banned_calls::NAME => banned_calls::check(&sources),
            scenarios::NAME => scenarios::check(root)?,
            osc_table::NAME => osc_table::check(root)?,
            leftovers::NAME => leftovers::check(&sources),
            long_files::NAME => long_files::check(&files),
            portable_floats::NAME => portable_floats::check(&sources),
            unknown => bail!("the rule {unknown} has a name but no check"),
        });
    }
    violations.sort();
    violations.dedup();
    Ok(violations)
}

fn manifests(root: &Path) -> Result<Vec<SourceFile>> {
    let read = |folder: String| {
        let path = format!("{folder}/Cargo.toml");
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("{path}: cannot be read"))?;
        Ok(SourceFile { path, text })
    };
    workspace::member_folders(root)?.into_iter().map(read).collect()
}

fn each(manifests: &[SourceFile], check: fn(&str, &str) -> Result<Vec<Violation>>) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for manifest in manifests {
        violations.extend(check(&manifest.path, &manifest.text)?);
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_rule_is_a_mistake_of_the_caller() {
        let error = chosen(&["arrow".to_owned()]).unwrap_err();
        assert!(
            error
                .downcast_ref::<UsageError>()
                .unwrap()
                .0
                .starts_with("\"arrow\" is no rule; rules are arrows,")
        );
        assert_eq!(chosen(&[]).unwrap().len(), RULES.len());
    }

    #[test]
    fn every_rule_with_a_name_has_a_check() {
        // An empty workspace breaks no rule but those whose input is missing, and every rule is known.
        let root = tempfile_root();
        fs::create_dir_all(root.join("crates")).unwrap();
        for folder in ["sim", "xtask"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            let name = if folder == "sim" { "vj-sim" } else { "xtask" };
            fs::write(root.join(folder).join("Cargo.toml"), format!("[package]\nname = \"{name}\"\n"))
                .unwrap();
        }
        fs::write(root.join("xtask/main.rs"), "fn main() {}\n").unwrap();
        let violations = check(&root, &chosen(&[]).unwrap()).unwrap();
        fs::remove_dir_all(&root).unwrap();
        let rules: Vec<&str> = violations.iter().map(|violation| violation.rule).collect();
        assert!(rules.contains(&scenarios::NAME) && rules.contains(&osc_table::NAME), "{violations:?}");
    }

    fn tempfile_root() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("xtask-tidy-{}", std::process::id()))
    }
}
