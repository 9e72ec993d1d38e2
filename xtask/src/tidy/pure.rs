//! The pure crates do no I/O and read no clock: what they compute can be replayed.

use anyhow::Result;

use super::source::Source;
use super::violation::Violation;
use crate::toml_reader::{Document, Table};

pub(crate) const NAME: &str = "pure";

const PURE: [&str; 3] = ["crates/vj-core", "crates/vj-audio", "crates/vj-lyrics"];
const BANNED_PATHS: [&str; 8] = [
    "tokio",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::os",
];
const BANNED_CRATES: [&str; 3] = ["tokio", "rustix", "mio"];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let Some(home) = PURE.iter().find(|home| source.path.starts_with(&format!("{home}/src/"))) else {
            continue;
        };
        for banned in BANNED_PATHS {
            let imported = source.imports().into_iter().filter(|(_, path)| is_below(path, banned));
            let imported = imported.map(|(line, _)| line);
            let written = source.lines_with(banned).into_iter().filter(|_| banned.contains("::"));
            let mut lines: Vec<usize> = imported.chain(written).collect();
            lines.sort_unstable();
            lines.dedup();
            violations.extend(lines.into_iter().map(|line| {
                let what = format!("{home} is pure, no {banned} there: take the value as an argument");
                Violation::new(&source.path, line, NAME, what)
            }));
        }
    }
    violations
}

/// A pure crate must not even be able to reach for I/O.
pub(crate) fn check_manifest(path: &str, text: &str) -> Result<Vec<Violation>> {
    if !PURE.iter().any(|home| path == format!("{home}/Cargo.toml")) {
        return Ok(Vec::new());
    }
    let document = Document::new(path, text.to_owned());
    let entries = document.parse()?;
    let Some(dependencies) = Table::root(&document, &entries).table("dependencies")? else {
        return Ok(Vec::new());
    };
    let banned = dependencies.keys().filter(|key| BANNED_CRATES.contains(key));
    let violation = |key: &str| {
        let what = format!("a pure crate must not depend on {key}");
        Violation::new(path, dependencies.line_of(key), NAME, what)
    };
    Ok(banned.map(violation).collect())
}

fn is_below(path: &str, ancestor: &str) -> bool {
    let path = path.strip_prefix("::").unwrap_or(path);
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[source(path, text)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn io_in_a_pure_crate_is_found_however_it_is_written() {
        let path = "crates/vj-core/src/law.rs";
        for bad in [
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "fn f() { std::fs::read(\"x\"); }",
            "use tokio::sync::mpsc;",
            "use std::time::{Duration, Instant};",
            "let x: std::time::SystemTime = y;",
            "use ::std::net::UdpSocket;",
        ] {
            let found = found(path, bad);
            assert!(
                found.len() == 1 && found[0].starts_with("crates/vj-core/src/law.rs:1: pure: "),
                "{bad}: {found:?}"
            );
        }
    }

    #[test]
    fn other_crates_tests_and_comments_are_left_alone() {
        assert_eq!(found("crates/vj-env/src/real.rs", "use std::fs;"), [""; 0]);
        assert_eq!(found("crates/vj-audio/tests/it.rs", "use std::fs;"), [""; 0]);
        assert_eq!(
            found("crates/vj-core/src/law.rs", "// std::fs is not for us\nuse std::time::Duration;"),
            [""; 0]
        );
    }

    #[test]
    fn a_pure_crate_must_not_depend_on_a_runtime() {
        let found =
            check_manifest("crates/vj-audio/Cargo.toml", "[dependencies]\ntokio.workspace = true\n").unwrap();
        assert_eq!(
            found[0].to_string(),
            "crates/vj-audio/Cargo.toml:2: pure: a pure crate must not depend on tokio"
        );
        assert_eq!(check_manifest("sim/Cargo.toml", "[dependencies]\ntokio.workspace = true\n").unwrap(), []);
    }
}
