//! `cargo xtask bench`: all benchmarks, then their medians in one place, and the table of the live ones.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::usage::Arguments;
use crate::{fixtures, peers, shell, workspace};

/// Tells the benchmark of real processes where to leave its table, which would else go by among what cargo says.
const LIVE_TABLE: &str = "VJ_LIVE_TABLE";

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let with_peers = arguments.flag("--peers");
    let filter = arguments.leading_word();
    arguments.nothing_more()?;
    if with_peers {
        return peers::run();
    }
    fixtures::ensure()?;
    #[expect(clippy::disallowed_methods, reason = "tells this run's figures from older ones")]
    let started = SystemTime::now();
    let target = workspace::target_folder()?;
    let live = target.join("live-figures.md");
    // What an earlier run left is no figure of this one.
    let _ = fs::remove_file(&live);
    let mut bench = shell::cargo(&["bench", "--workspace", "--benches"]);
    bench.args(filter.iter().flat_map(|filter| ["--", filter])).env(LIVE_TABLE, &live);
    shell::run(bench)?;
    let folder = target.join("criterion");
    let mut figures = Vec::new();
    collect(&folder, &folder, started, &mut figures)?;
    if !figures.is_empty() {
        println!("\nmedians of this run:");
        for (name, median_ns) in &figures {
            println!("  {:>12}  {name}", duration(*median_ns));
        }
        println!("all figures: {}", folder.display());
    }
    if let Ok(table) = fs::read_to_string(&live) {
        println!("\nreal processes in this run:\n\n{table}");
    }
    Ok(())
}

/// Every `new/estimates.json` that is newer than the start of the run.
fn collect(top: &Path, folder: &Path, started: SystemTime, figures: &mut Vec<(String, f64)>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for name in workspace::entries(folder)? {
        let path = folder.join(&name);
        let estimates = path.join("estimates.json");
        let is_fresh =
            || fs::metadata(&estimates).and_then(|file| file.modified()).is_ok_and(|at| at >= started);
        if name == "new" && is_fresh() {
            let text = fs::read_to_string(&estimates)
                .with_context(|| format!("{}: cannot be read", estimates.display()))?;
            let benchmark = folder.strip_prefix(top).unwrap_or(folder).display().to_string();
            figures.extend(median_ns(&text).map(|median| (benchmark, median)));
        } else if path.is_dir() {
            collect(top, &path, started, figures)?;
        }
    }
    Ok(())
}

/// The median in criterion's estimates.
fn median_ns(estimates: &str) -> Option<f64> {
    let (_, median) = estimates.split_once("\"median\":")?;
    let (_, value) = median.split_once("\"point_estimate\":")?;
    value.split([',', '}']).next()?.trim().parse().ok()
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_found_and_readable() {
        let estimates = r#"{"mean":{"confidence_interval":{"confidence_level":0.95},"point_estimate":9.0,
            "standard_error":0.1},"median":{"confidence_interval":{"upper_bound":2.0},"point_estimate":36500.5,"x":1}}"#;
        let median = median_ns(estimates).unwrap();
        assert_eq!(duration(median), "36.50 us");
        assert_eq!(median_ns("{}"), None);
    }
}
