//! What must not get worse: the least, or the most, that a column may be over all pieces.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::scores::COLUMNS;

/// By column.
#[derive(Debug, Default)]
pub(super) struct Floors {
    at_least: BTreeMap<String, f64>,
    at_most: BTreeMap<String, f64>,
}

impl Floors {
    /// Reads a file of two tables, `[at_least]` and `[at_most]`.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} names no floors", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut floors = Self::default();
        for (name, table) in text.parse::<toml::Table>()? {
            let into = match name.as_str() {
                "at_least" => &mut floors.at_least,
                "at_most" => &mut floors.at_most,
                _ => bail!("'{name}' is no table of it (allowed: at_least, at_most)"),
            };
            for (column, value) in table.as_table().into_iter().flatten() {
                if !COLUMNS.iter().any(|(name, ..)| name == column) {
                    bail!("[{name}] '{column}' is no column of the table");
                }
                let value = value.as_float().or_else(|| value.as_integer().map(|value| value as f64));
                into.insert(
                    column.clone(),
                    value.with_context(|| format!("[{name}] {column}: a number is needed"))?,
                );
            }
        }
        Ok(floors)
    }

    /// Whether they hold.
    pub(super) fn hold(&self, values: &BTreeMap<&'static str, f64>) -> Result<()> {
        let mut broken = Vec::new();
        let all = self.at_least.iter().map(|it| (it, true)).chain(self.at_most.iter().map(|it| (it, false)));
        for ((column, floor), is_least) in all {
            let value = values.get(column.as_str()).copied();
            let holds = value.is_some_and(|value| if is_least { value >= *floor } else { value <= *floor });
            if !holds {
                let value = value.map_or("not measured".to_owned(), |value| format!("{value:.3}"));
                let word = if is_least { "at least" } else { "at most" };
                broken.push(format!("{column} is {value}, and must be {word} {floor}"));
            }
        }
        if !broken.is_empty() {
            bail!("the ears got worse: {}", broken.join("; "));
        }
        println!("all {} floors hold", self.at_least.len() + self.at_most.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_got_worse_or_was_not_measured_is_told() {
        let floors = Floors::parse("[at_least]\nF = 0.9\ndbF = 0.5\n[at_most]\nlat = 0\n").unwrap();
        assert!(floors.hold(&[("F", 0.95), ("dbF", 0.6), ("lat", -20.0)].into()).is_ok());
        let error = floors.hold(&[("F", 0.85), ("lat", 3.0)].into()).unwrap_err().to_string();
        assert_eq!(
            error,
            "the ears got worse: F is 0.850, and must be at least 0.9; dbF is not measured, and must be at least 0.5; \
             lat is 3.000, and must be at most 0"
        );
        assert!(Floors::parse("[at_least]\nG = 1\n").unwrap_err().to_string().contains("'G' is no column"));
        assert!(Floors::parse("[best]\nF = 1\n").unwrap_err().to_string().contains("'best' is no table"));
    }
}
