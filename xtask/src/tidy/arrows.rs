//! Which crate may import which: the arrows of ARCHITECTURE.md, as a table. A new arrow is rare; it needs a line in both.

use anyhow::Result;

use super::violation::Violation;
use crate::toml_reader::{Document, Table};

pub(crate) const NAME: &str = "arrows";

/// A crate of the workspace and what it may import.
struct Arrows {
    from: &'static str,
    /// In `[dependencies]` and `[build-dependencies]`.
    to: &'static [&'static str],
    /// In `[dev-dependencies]` too: what tests and benchmarks need besides.
    to_in_tests: &'static [&'static str],
}

const fn arrows(
    from: &'static str,
    to: &'static [&'static str],
    to_in_tests: &'static [&'static str],
) -> Arrows {
    Arrows { from, to, to_in_tests }
}

/// Tests may drive a crate in the simulator; the simulator itself never needs the heavy adapters.
const ALLOWED: [Arrows; 12] = [
    arrows("vj-core", &[], &[]),
    arrows("vj-audio", &["vj-core"], &[]),
    arrows("vj-lyrics", &["vj-core"], &[]),
    arrows("vj-env", &["vj-core"], &["vj-sim"]),
    arrows("vj-bus", &["vj-env", "vj-core"], &["vj-sim"]),
    arrows("vj-workers", &["vj-bus", "vj-env", "vj-audio", "vj-lyrics", "vj-core"], &["vj-sim"]),
    arrows("vj-supervisor", &["vj-bus", "vj-env", "vj-core"], &["vj-sim"]),
    arrows("vj-adapters", &["vj-workers", "vj-env", "vj-audio", "vj-core"], &["vj-sim", "vj-lyrics"]),
    arrows("vj-console", &["vj-bus", "vj-env", "vj-core"], &["vj-sim"]),
    arrows(
        "vj-sim",
        &[
            "vj-console",
            "vj-supervisor",
            "vj-workers",
            "vj-bus",
            "vj-env",
            "vj-audio",
            "vj-lyrics",
            "vj-core",
        ],
        &[],
    ),
    arrows(
        "vj",
        &[
            "vj-sim",
            "vj-console",
            "vj-adapters",
            "vj-supervisor",
            "vj-workers",
            "vj-bus",
            "vj-env",
            "vj-audio",
            "vj-core",
        ],
        &[],
    ),
    arrows("xtask", &[], &[]),
];

/// Judges one member's manifest.
pub(crate) fn check(path: &str, text: &str) -> Result<Vec<Violation>> {
    let document = Document::new(path, text.to_owned());
    let entries = document.parse()?;
    let manifest = Table::root(&document, &entries);
    let name = match manifest.table("package")? {
        Some(package) => package.needed_text("name")?,
        None => return Err(manifest.complaint("[package] is missing")),
    };
    let Some(allowed) = ALLOWED.iter().find(|allowed| allowed.from == name) else {
        let what = format!(
            "{name} is not in the table of allowed arrows, xtask/src/tidy/arrows.rs: add what it may import"
        );
        return Ok(vec![Violation::new(path, 1, NAME, what)]);
    };
    let mut violations = Vec::new();
    for tables in std::iter::once(manifest.clone()).chain(targets(&manifest)?) {
        for (kind, with_tests) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            if let Some(dependencies) = tables.table(kind)? {
                judge(path, allowed, &dependencies, with_tests, &mut violations);
            }
        }
    }
    Ok(violations)
}

/// The tables of `[target.'cfg(...)']`.
fn targets<'t>(manifest: &Table<'t>) -> Result<Vec<Table<'t>>> {
    let Some(targets) = manifest.table("target")? else { return Ok(Vec::new()) };
    let found = targets.keys().map(|key| targets.table(key)).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().flatten().collect())
}

fn judge(
    path: &str,
    allowed: &Arrows,
    dependencies: &Table<'_>,
    with_tests: bool,
    violations: &mut Vec<Violation>,
) {
    for key in dependencies.keys() {
        let line = dependencies.line_of(key);
        let details = dependencies.table(key).ok().flatten();
        let renamed = details.as_ref().and_then(|details| details.text("package").ok().flatten());
        if details.as_ref().is_some_and(|details| details.keys().any(|key| key == "path")) {
            let what =
                format!("{key} by path: `{key}.workspace = true`, its path stands in the root manifest");
            violations.push(Violation::new(path, line, NAME, what));
        }
        let imported = renamed.unwrap_or(key);
        let is_ours = ALLOWED.iter().any(|ours| ours.from == imported) || imported.starts_with("vj-");
        let is_allowed =
            allowed.to.contains(&imported) || with_tests && allowed.to_in_tests.contains(&imported);
        if is_ours && !is_allowed {
            let mut may = allowed.to.to_vec();
            may.extend(allowed.to_in_tests.iter().filter(|_| with_tests));
            let may = if may.is_empty() { "nothing of ours".to_owned() } else { may.join(", ") };
            let what = format!("{} must not import {imported}; here it may import {may}", allowed.from);
            violations.push(Violation::new(path, line, NAME, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, dependencies: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{name}\"\n{dependencies}");
        check("Cargo.toml", &text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn allowed_arrows_pass() {
        assert_eq!(
            found("vj-bus", "[dependencies]\nvj-env.workspace = true\ntokio.workspace = true"),
            [""; 0]
        );
        assert_eq!(found("vj-bus", "[dev-dependencies]\nvj-sim.workspace = true"), [""; 0]);
    }

    #[test]
    fn other_arrows_are_named_with_their_line() {
        assert_eq!(
            found("vj-core", "[dependencies]\nserde = \"1\"\nvj-env.workspace = true"),
            ["Cargo.toml:5: arrows: vj-core must not import vj-env; here it may import nothing of ours"]
        );
        let cases = [
            ("vj-bus", "[dependencies]\nvj-sim.workspace = true", "vj-bus must not import vj-sim"),
            ("vj-sim", "[dependencies]\nvj-adapters.workspace = true", "vj-sim must not import vj-adapters"),
            (
                "vj-env",
                "[target.'cfg(unix)'.dependencies]\nvj-bus.workspace = true",
                "must not import vj-bus",
            ),
            ("xtask", "[build-dependencies]\nvj-core.workspace = true", "xtask must not import vj-core"),
            (
                "vj-env",
                "[dependencies]\ncore = { package = \"vj-bus\", version = \"1\" }",
                "must not import vj-bus",
            ),
            ("vj-env", "[dependencies]\nvj-core = { path = \"../vj-core\" }", "vj-core by path"),
            ("vj-new", "", "vj-new is not in the table of allowed arrows"),
        ];
        for (name, dependencies, expected) in cases {
            let found = found(name, dependencies);
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?} should say {expected}");
        }
    }
}
