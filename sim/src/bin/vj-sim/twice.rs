//! The same seed in another process must give the same bytes.

use std::process::Command;

use anyhow::{Context, Result};
use vj_sim::checkers::{Class, Violation};
use vj_sim::scenarios::{Run, Scenario};
use vj_sim::{history, osc_log};

/// Plays the same seed in another process and compares, byte for byte.
pub(crate) fn played_again(scenario: &Scenario, seed: u64, run: &Run) -> Result<Option<Violation>> {
    let dir = std::env::temp_dir().join(format!("vj-sim-{}-{seed}", std::process::id()));
    let exe = std::env::current_exe().context("failed to find this program")?;
    let output = Command::new(exe)
        .args([scenario.name, "--seed", &seed.to_string(), "--keep"])
        .arg(&dir)
        .output()
        .context("failed to start this program again")?;
    let read = |file: &str| {
        std::fs::read(dir.join(file)).with_context(|| {
            format!("the second process left no {file}: {}", String::from_utf8_lossy(&output.stderr).trim())
        })
    };
    let (mut ours, mut our_osc) = (Vec::new(), Vec::new());
    history::write_jsonl(&run.history, &mut ours)?;
    osc_log::write_jsonl(&run.osc, &mut our_osc)?;
    let differs = [("history.jsonl", ours), ("osc.jsonl", our_osc)]
        .into_iter()
        .map(|(file, ours)| Ok(first_difference(file, &ours, &read(file)?)))
        .collect::<Result<Vec<_>>>();
    // Whatever came of it, the folder is ours to clear away.
    let _ = std::fs::remove_dir_all(&dir);
    let detail = differs?.into_iter().flatten().next();
    Ok(detail.map(|detail| Violation {
        class: Class::Nondeterminism,
        property: "the same seed gives the same bytes",
        t: 0.0,
        detail,
    }))
}

fn first_difference(file: &str, ours: &[u8], theirs: &[u8]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (text(ours), text(theirs));
    let line = (0..ours.len().max(theirs.len())).find(|line| ours.get(*line) != theirs.get(*line))?;
    let show = |lines: &[String]| lines.get(line).cloned().unwrap_or_else(|| "(the end)".to_owned());
    Some(format!("{file}, line {}:\n  here  {}\n  there {}", line + 1, show(&ours), show(&theirs)))
}
