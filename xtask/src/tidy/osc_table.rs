//! The OSC table in the documents is the address book in the code: made from it, never by hand.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::source::line_of;
use super::violation::Violation;
use crate::shell;

pub(crate) const NAME: &str = "osc-table";

const DOCUMENT: &str = "docs/OSC.md";
const BEGIN: &str = "<!-- osc-table:begin -->";
const END: &str = "<!-- osc-table:end -->";
const MAKE: [&str; 4] = ["run", "-q", "--example", "osc_table"];

pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let Ok(document) = fs::read_to_string(root.join(DOCUMENT)) else {
        let what = format!("is missing; it needs a block between {BEGIN} and {END}");
        return Ok(vec![Violation::new(DOCUMENT, 1, NAME, what)]);
    };
    match shell::output(shell::cargo(&MAKE)) {
        Ok(table) => Ok(compare(&document, &table)),
        Err(error) => {
            let what = format!("its table cannot be made: {error}");
            Ok(vec![Violation::new(DOCUMENT, 1, NAME, what)])
        }
    }
}

/// Writes the table anew.
pub(crate) fn bless(root: &Path) -> Result<()> {
    let path = root.join(DOCUMENT);
    let document = fs::read_to_string(&path).with_context(|| format!("{DOCUMENT}: cannot be read"))?;
    let table = shell::output(shell::cargo(&MAKE))?;
    let (start, end) =
        block(&document).with_context(|| format!("{DOCUMENT}: needs a block between {BEGIN} and {END}"))?;
    let blessed = format!("{}\n\n{}\n\n{}", &document[..start], table.trim(), &document[end..]);
    if blessed != document {
        fs::write(&path, blessed).with_context(|| format!("{DOCUMENT}: cannot be written"))?;
        println!("{DOCUMENT}: table written anew");
    }
    Ok(())
}

fn compare(document: &str, table: &str) -> Vec<Violation> {
    let Some((start, end)) = block(document) else {
        let what = format!("needs a block between {BEGIN} and {END}");
        return vec![Violation::new(DOCUMENT, 1, NAME, what)];
    };
    let made: Vec<&str> = table.trim().lines().collect();
    if made.len() < 3 {
        let what = "the address book makes no table, so nothing can be checked";
        return vec![Violation::new(DOCUMENT, line_of(document, start), NAME, what)];
    }
    let written = &document[start..end];
    let first_line = line_of(document, start) + written.chars().take_while(|sign| *sign == '\n').count();
    let written: Vec<&str> = written.trim().lines().collect();
    let differs = (0..made.len().max(written.len())).find(|at| made.get(*at) != written.get(*at));
    let violation = |at: usize| {
        let line = made.get(at).map_or_else(|| "nothing more".to_owned(), |line| format!("\"{line}\""));
        let what = format!("here the address book has {line}; `cargo xtask tidy --bless` writes it");
        Violation::new(DOCUMENT, first_line + at, NAME, what)
    };
    differs.map(violation).into_iter().collect()
}

/// What lies between the two marks.
fn block(document: &str) -> Option<(usize, usize)> {
    let start = document.find(BEGIN)? + BEGIN.len();
    let end = start + document[start..].find(END)?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| a | b |\n|---|---|\n| /x | f |\n";

    fn found(document: &str, table: &str) -> Vec<String> {
        compare(document, table).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_table_passes() {
        assert_eq!(found(&format!("# OSC\n{BEGIN}\n\n{TABLE}\n{END}\nmore"), TABLE), [""; 0]);
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let changed = TABLE.replace("/x", "/y");
        let found_changed = found(&format!("# OSC\n{BEGIN}\n\n{changed}\n{END}\n"), TABLE);
        assert_eq!(
            found_changed,
            [
                "docs/OSC.md:6: osc-table: here the address book has \"| /x | f |\"; `cargo xtask tidy --bless` writes it"
            ]
        );
        let longer = format!("{TABLE}| /gone | i |\n");
        assert!(found(&format!("{BEGIN}\n{longer}{END}"), TABLE)[0].contains("has nothing more"));
    }

    #[test]
    fn no_block_and_no_table_are_violations() {
        assert!(found("# OSC\n", TABLE)[0].contains("needs a block between"));
        assert!(found(&format!("{BEGIN}\n{END}"), "")[0].contains("makes no table"));
    }
}
