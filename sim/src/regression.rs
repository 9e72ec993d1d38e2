//! A run that once failed, written down to be played for ever: `sim/regressions/*.toml`.
//!
//! ```toml
//! # lyrics are of the song that plays
//! scenario = "track-change-race"
//! seed = 4711
//! property = "lyrics are of the song that plays"
//! date = "2026-11-27"
//! seen = "'Old' was said to have lyrics, and does not play"
//!
//! [[faults]]                 # left out: what the scenario draws from the seed
//! at = 12.0
//! kind = "kill"
//! target = "lyrics_fetcher"
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::checkers::Violation;
use crate::faults::Fault;

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// Which scenario failed.
    pub scenario: String,
    /// With which seed.
    pub seed: u64,
    /// What did not hold.
    pub property: String,
    /// When that was found.
    pub date: String,
    /// What was seen then.
    #[serde(default)]
    pub seen: String,
    /// What broke, as few of them as did it; none: what the scenario draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<Fault>>,
}

impl Regression {
    /// Of a violation that was seen on this date.
    #[must_use]
    pub fn of(
        scenario: &str,
        seed: u64,
        violation: &Violation,
        faults: Option<Vec<Fault>>,
        date: &str,
    ) -> Self {
        let (scenario, date) = (scenario.to_owned(), date.to_owned());
        let (property, seen) = (violation.property.to_owned(), violation.detail.clone());
        Self { scenario, seed, property, date, seen, faults }
    }

    /// What its file is called: scenario, property, seed.
    #[must_use]
    pub fn file_name(&self) -> String {
        let words: String =
            self.property.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
        format!("{}-{}-{}.toml", self.scenario, words.join("-"), self.seed)
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, with the path, and the line where there is one.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bad = |why: String| format!("{}: {why}", path.display());
        let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let read: Self =
            toml::from_str(&text).map_err(|error| bad(crate::set::in_one_line(&error, &text)))?;
        read.faults.iter().flatten().try_for_each(Fault::check).map_err(bad)?;
        Ok(read)
    }

    /// Writes it into `folder`; returns where.
    ///
    /// # Errors
    /// What the system refused, with the path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, String> {
        let path = folder.join(self.file_name());
        let bad = |why: String| format!("failed to write {}: {why}", path.display());
        fs::create_dir_all(folder).map_err(|error| bad(error.to_string()))?;
        let text = toml::to_string_pretty(self).map_err(|error| bad(error.to_string()))?;
        let head = format!("# {} did not hold. Plays with: cargo xtask sim {}\n", self.property, self.name());
        fs::write(&path, head + &text).map_err(|error| bad(error.to_string()))?;
        Ok(path)
    }

    fn name(&self) -> String {
        self.file_name().trim_end_matches(".toml").to_owned()
    }
}

/// Where they lie.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultKind;

    fn one() -> Regression {
        Regression {
            scenario: "crash-recovery".to_owned(),
            seed: 7,
            property: "telemetry has no long gap".to_owned(),
            date: "2026-11-27".to_owned(),
            seen: "nothing for 3 s".to_owned(),
            faults: Some(vec![Fault::new(5.0, FaultKind::Kill).on("audio_analyzer")]),
        }
    }

    #[test]
    fn what_is_written_down_is_read_back_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = one().write(dir.path()).unwrap();
        assert!(path.ends_with("crash-recovery-telemetry-has-no-long-gap-7.toml"), "{path:?}");
        assert_eq!(Regression::read(&path).unwrap(), one());
        let without = Regression { faults: None, ..one() };
        assert_eq!(Regression::read(&without.write(dir.path()).unwrap()).unwrap(), without);
        let nothing = Regression { faults: Some(Vec::new()), ..one() };
        assert_eq!(Regression::read(&nothing.write(dir.path()).unwrap()).unwrap(), nothing);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Regression::read(&path).unwrap_err().replace(&dir.path().display().to_string(), "DIR")
        };
        assert!(read("scenario = 1").starts_with("DIR/x.toml: line 1: invalid type"));
        let bad = "scenario = \"a\"\nseed = 1\nproperty = \"b\"\ndate = \"c\"\n[[faults]]\nat = 1.0\nkind = \"kill\"\n";
        assert_eq!(read(bad), "DIR/x.toml: fault at 1 s: 'target' is missing (a process)");
    }
}
