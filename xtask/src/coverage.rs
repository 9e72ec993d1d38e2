//! `cargo xtask coverage`: which lines of the crates that must not fail on stage the whole suite runs.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::usage::Arguments;
use crate::{fixtures, setup, shell, workspace};

/// The crates that are measured, and the share of their lines that must be run at least, in percent.
const MEASURED: [&str; 4] = ["vj-core", "vj-bus", "vj-supervisor", "vj-workers"];
const GOAL_PERCENT: f64 = 80.0;

/// Where the figures go.
const OUT: &str = "target/coverage";

/// Seeds of each scenario. What twenty more of them run is no other line.
const SEEDS: &str = "3";

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let without = arguments.values("--without")?;
    arguments.nothing_more()?;
    setup::check_names(&without)?;
    setup::run(setup::Scope::Tests, &without)?;
    install()?;
    fixtures::ensure()?;
    let measured = |words: &[&str]| {
        let mut command = shell::cargo(&["llvm-cov", "--no-report"]);
        command.args(words);
        shell::run(command)
    };
    shell::run(shell::cargo(&["llvm-cov", "clean", "--workspace"]))?;
    let features = setup::features(&without);
    // To the end, whatever fails: the count must be of all of them, and the failure is told after it.
    let held = [
        measured(&[&["--workspace", "--no-fail-fast"], features].concat()),
        measured(&["run", "--bin", "vj-sim", "--", "all", "--seeds", SEEDS]),
    ];
    fs::create_dir_all(workspace::root().join(OUT)).with_context(|| format!("failed to make {OUT}"))?;
    let lcov = format!("{OUT}/lcov.info");
    // Tests kill processes, some of them while they write down what they have run: such files are passed over.
    let report = ["llvm-cov", "report", "--failure-mode", "all", "--lcov", "--output-path", &lcov];
    shell::run(shell::cargo(&report))?;
    let text = fs::read_to_string(workspace::root().join(&lcov))
        .with_context(|| format!("failed to read {lcov}"))?;
    let root = workspace::root();
    let tests_begin = |path: &str| {
        let source = fs::read_to_string(root.join(path)).unwrap_or_default();
        tests_begin(&source)
    };
    let files = lines_of(&text, &root.display().to_string(), tests_begin)?;
    println!("\n{:18} {:>7} {:>7} {:>8}", "crate", "lines", "run", "share");
    let mut below = Vec::new();
    for name in MEASURED {
        let of_it = files.iter().filter(|(path, _)| path.starts_with(&format!("crates/{name}/src/")));
        let (all, run) = of_it.fold((0, 0), |(all, run), (_, lines)| (all + lines.all, run + lines.run));
        if all == 0 {
            bail!("{name} was not measured");
        }
        let share = f64::from(run) * 100.0 / f64::from(all);
        println!("{name:18} {all:>7} {run:>7} {share:>7.1}%");
        below.extend((share < GOAL_PERCENT).then(|| format!("{name} {share:.1} %")));
    }
    println!("\nfiles with the most lines that nothing ran:");
    let mut files: Vec<_> = files
        .into_iter()
        .filter(|(path, _)| MEASURED.iter().any(|name| path.starts_with(&format!("crates/{name}/src/"))))
        .collect();
    files.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.all - lines.run));
    for (path, lines) in files.iter().take(15).filter(|(_, lines)| lines.run < lines.all) {
        println!("{:>5} of {:>4}  {path}: {}", lines.all - lines.run, lines.all, in_ranges(&lines.missed));
    }
    held.into_iter().collect::<Result<Vec<_>>>()?;
    if below.is_empty() {
        println!("\nall lines: {lcov}");
        return Ok(());
    }
    bail!("fewer than {GOAL_PERCENT} % of the lines are run: {}", below.join(", "))
}

/// The measuring tool, and what it needs of the compiler.
fn install() -> Result<()> {
    if !shell::succeeds("cargo", &["llvm-cov", "--version"]) {
        println!("installing cargo-llvm-cov: it counts the lines");
        shell::run(shell::cargo(&["install", "cargo-llvm-cov", "--locked"]))?;
    }
    let mut component = Command::new("rustup");
    component.args(["component", "add", "llvm-tools"]).current_dir(workspace::root());
    shell::run(component)
}

/// The lines of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines {
    all: u32,
    run: u32,
    missed: Vec<u32>,
}

/// The line at which the tests of a source begin: that they run is no merit.
fn tests_begin(source: &str) -> u32 {
    (1..).zip(source.lines()).find(|(_, line)| *line == "#[cfg(test)]").map_or(u32::MAX, |(at, _)| at)
}

/// Reads LCOV's format (`SF:` begins a file, `DA:LINE,COUNT` is a line of it), with paths as they are below `root`. What comes
/// after the line that `ends` says is left out.
fn lines_of(lcov: &str, root: &str, ends: impl Fn(&str) -> u32) -> Result<BTreeMap<String, Lines>> {
    let mut files = BTreeMap::<String, Lines>::new();
    let (mut file, mut end) = (String::new(), u32::MAX);
    for (number, line) in (1..).zip(lcov.lines()) {
        if let Some(path) = line.strip_prefix("SF:") {
            file = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/').to_owned();
            end = ends(&file);
        } else if let Some(data) = line.strip_prefix("DA:") {
            let bad = || anyhow!("line {number} of the coverage is no line of a file: {line}");
            let mut fields = data.split(',');
            let at: u32 = fields.next().and_then(|at| at.parse().ok()).ok_or_else(bad)?;
            let count: u64 = fields.next().and_then(|count| count.parse().ok()).ok_or_else(bad)?;
            if at >= end {
                continue;
            }
            let lines = files.entry(file.clone()).or_default();
            lines.all += 1;
            if count > 0 {
                lines.run += 1;
            } else {
                lines.missed.push(at);
            }
        }
    }
    Ok(files)
}

/// `3-5, 9`.
fn in_ranges(lines: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == *line => *to = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let in_words =
        |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    ranges.iter().map(in_words).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_by_file_and_those_that_nothing_ran_are_named() {
        let lcov =
            "SF:/here/crates/a.rs\nDA:1,5\nDA:2,0\nDA:3,0\nDA:7,0\nend_of_record\nSF:/lib/b.rs\nDA:1,1\n";
        let ends = |file: &str| if file == "crates/a.rs" { 7 } else { u32::MAX };
        let files = lines_of(lcov, "/here", ends).unwrap();
        assert_eq!(files["crates/a.rs"], Lines { all: 3, run: 1, missed: vec![2, 3] });
        assert_eq!(files["lib/b.rs"].run, 1);
        assert_eq!(in_ranges(&[2, 3, 7]), "2-3, 7");
        assert_eq!(tests_begin("fn a() {}\n\n#[cfg(test)]\nmod tests {}\n"), 3);
        assert!(lines_of("DA:x,1", "/", ends).unwrap_err().to_string().starts_with("line 1 of the coverage"));
    }
}
