//! `cargo xtask eval DIR`: how well the analyser hears a folder of annotated sound.
//!
//! Beside each sound `NAME.flac` (or `.wav`) lies what is known of it, `NAME.json`: `duration`, `beats`, `downbeats`, `onsets`
//! (seconds), `structure` (`type`, `start`, `end`), `tempo_change_at` or `restart_at`, and of pitch `times` and `f0` (Hz; 0 = none,
//! below 0 = not judged). Whatever is not known is not judged. A folder in it with `audio.wav` and `truth.json`, as a set has them, is
//! a piece, too.

mod annotation;
mod beats;
mod events;
mod floors;
mod pitch;
mod scores;
mod structure;
mod tempo;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::usage::{Arguments, UsageError};
use crate::{setup, shell, workspace};
use annotation::{Told, Truth};
use floors::Floors;
use scores::{COLUMNS, Scores, score, together};

/// All pieces together.
const ALL: &str = "all";

pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let predictions = arguments.values("--predictions")?.pop().map(PathBuf::from);
    let by = arguments.values("--by")?.pop();
    let out = arguments.values("--json")?.pop();
    let without = arguments.values("--without")?;
    let (each, is_dev) = (arguments.flag("--each"), arguments.flag("--dev"));
    let floors =
        arguments.values("--floors")?.pop().map(|path| Floors::read(Path::new(&path))).transpose()?;
    let dir = arguments.leading_word().ok_or_else(|| UsageError("eval needs a folder".to_owned()))?;
    arguments.nothing_more()?;
    setup::check_names(&without)?;
    let pieces = pieces(Path::new(&dir))?;
    let vj = match &predictions {
        None => Some(built(is_dev, &without)?),
        Some(_) => None,
    };
    let mut judged = Vec::new();
    for (name, sound, annotation) in &pieces {
        let truth = Truth::read(annotation)?;
        let told = match (&vj, &predictions, sound) {
            (Some(vj), _, Some(sound)) => analyzed(vj, sound)?,
            (None, Some(folder), _) if folder.join(format!("{name}.json")).is_file() => {
                Told::read(&folder.join(format!("{name}.json")))?
            }
            _ => continue,
        };
        judged.push((name.as_str(), by.as_ref().map(|key| truth.group(key)), score(&truth, &told)));
    }
    if judged.is_empty() {
        bail!("{dir}: of no annotation there is a sound or a prediction");
    }
    let rows = rows(&judged, each);
    print(&rows);
    if judged.len() < pieces.len() {
        println!(
            "\n{} of {} annotations have no sound or prediction",
            pieces.len() - judged.len(),
            pieces.len()
        );
    }
    if let Some(out) = out {
        let document: BTreeMap<&str, Value> = rows
            .iter()
            .map(|(name, count, values)| (name.as_str(), json!({"n": count, "scores": values})))
            .collect();
        fs::write(&out, serde_json::to_string_pretty(&document)?)
            .with_context(|| format!("failed to write {out}"))?;
    }
    if floors.is_some() && judged.len() < pieces.len() {
        bail!(
            "the floors are those of all pieces; `cargo xtask fixtures` makes the sound of the project's own"
        );
    }
    match (floors, rows.last()) {
        (Some(floors), Some((_, _, values))) => floors.hold(values),
        _ => Ok(()),
    }
}

/// A row of the table: a name, of how many pieces, and their values.
type Row = (String, usize, BTreeMap<&'static str, f64>);

fn rows(judged: &[(&str, Option<String>, Scores)], each: bool) -> Vec<Row> {
    let row = |name: &str, of: &[&Scores]| (name.to_owned(), of.len(), together(of.iter().copied()));
    let mut groups: BTreeMap<&str, Vec<&Scores>> = BTreeMap::new();
    for (_, group, scores) in judged {
        groups.entry(group.as_deref().unwrap_or(ALL)).or_default().push(scores);
    }
    let mut rows = Vec::new();
    if each {
        rows.extend(judged.iter().map(|(name, _, scores)| row(name, &[scores])));
    }
    rows.extend(groups.iter().filter(|(name, _)| **name != ALL).map(|(name, of)| row(name, of)));
    let all: Vec<&Scores> = judged.iter().map(|(.., scores)| scores).collect();
    rows.push(row(ALL, &all));
    rows
}

/// The table as Markdown, and what its columns are.
fn print(rows: &[Row]) {
    let shown: Vec<_> = COLUMNS
        .iter()
        .filter(|(name, ..)| rows.iter().any(|(.., values)| values.contains_key(name)))
        .collect();
    let heads: Vec<&str> = ["", "n"].into_iter().chain(shown.iter().map(|(name, ..)| *name)).collect();
    let mut table = vec![heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>()];
    for (name, count, values) in rows {
        let values = shown.iter().map(|(column, shown, _)| shown.text(values.get(column).copied()));
        table.push([name.clone(), count.to_string()].into_iter().chain(values).collect());
    }
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| table.iter().map(|row| row[at].chars().count()).max().unwrap_or_default())
        .collect();
    for (at, row) in table.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        println!("| {} |", cells.join(" | "));
        if at == 0 {
            println!("|{}|", widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|"));
        }
    }
    println!();
    for (name, _, about) in shown {
        println!("{name:10} {about}");
    }
}

/// The annotations of a folder, by name, each with its sound if that is there.
fn pieces(dir: &Path) -> Result<Vec<(String, Option<PathBuf>, PathBuf)>> {
    let mut pieces = Vec::new();
    for entry in workspace::entries(dir)? {
        let path = dir.join(&entry);
        let (sound, truth) = (path.join("audio.wav"), path.join("truth.json"));
        if truth.is_file() {
            pieces.push((entry, sound.is_file().then_some(sound), truth));
            continue;
        }
        let Some(name) = entry.strip_suffix(".json") else { continue };
        let sound = ["flac", "wav"].map(|ending| path.with_extension(ending));
        pieces.push((name.to_owned(), sound.into_iter().find(|sound| sound.is_file()), path));
    }
    if pieces.is_empty() {
        bail!("{}: there is no annotation in it (NAME.json beside NAME.flac or NAME.wav)", dir.display());
    }
    pieces.sort();
    Ok(pieces)
}

/// The analyser as users have it, so that what it costs counts, too; or as developers do, which hears the same.
fn built(is_dev: bool, without: &[String]) -> Result<PathBuf> {
    let mut build = shell::cargo(&["build", "-q", "--workspace", "--bin", "vj"]);
    build.args((!is_dev).then_some("--release")).args(setup::features(without));
    shell::run(build)?;
    Ok(workspace::target_folder()?.join(if is_dev { "debug" } else { "release" }).join("vj"))
}

fn analyzed(vj: &Path, sound: &Path) -> Result<Told> {
    let mut analyze = std::process::Command::new(vj);
    analyze.arg("analyze").arg(sound).arg("--json").stdin(Stdio::null());
    let document: Value = serde_json::from_str(&shell::output(analyze)?)?;
    let cpu = document["elapsed_sec"].as_f64().zip(document["duration_sec"].as_f64());
    Ok(Told { cpu, ..Told::of_analyze(&document) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What mir_eval 0.8 says of the same beats and onsets; tools/mir_eval_cases.py has written it down.
    #[test]
    fn the_measures_agree_with_mir_eval() {
        let path = workspace::root().join("xtask/src/eval/mir_eval_cases.json");
        let cases: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let list = |value: &Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
        };
        let cases = cases.as_array().unwrap();
        assert!(cases.len() >= 50);
        for case in cases {
            let (truth, told) = (list(&case["truth"]), list(&case["told"]));
            let found = beats::score(&truth, &told).unwrap_or_default();
            let onsets = events::Found::of(&truth, &told, 0.05);
            for (name, ours) in [
                ("f", found.f),
                ("cml_total", found.cml_total),
                ("aml_total", found.aml_total),
                ("cemgil", found.cemgil),
                ("onset_f", onsets.f()),
                ("onset_precision", onsets.precision),
                ("onset_recall", onsets.recall),
            ] {
                let theirs = case[name].as_f64().unwrap();
                assert!(
                    (ours - theirs).abs() < 1e-3,
                    "{}: {name}: {ours}, mir_eval says {theirs}",
                    case["about"]
                );
            }
        }
    }
}
