//! The results of runs as JUnit XML: a suite for each scenario, a case for each seed.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use vj_sim::junit::{Case, Suite, to_xml};

use crate::batch::Verdict;

/// The file, opened before the play and not after it.
pub(crate) struct JunitFile(File);

impl JunitFile {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Self(File::create(path).with_context(|| format!("failed to write {}", path.display()))?))
    }

    /// Writes all runs, which come scenario by scenario.
    pub(crate) fn write<'a>(
        mut self,
        runs: impl Iterator<Item = ((&'a str, u64), &'a Verdict)>,
    ) -> Result<()> {
        let mut suites: Vec<Suite> = Vec::new();
        for ((scenario, seed), verdict) in runs {
            if suites.last().is_none_or(|suite| suite.name != scenario) {
                suites.push(Suite { name: scenario.to_owned(), cases: Vec::new() });
            }
            let failures = verdict.violations.iter().map(ToString::to_string).collect();
            let case = Case { time_sec: verdict.took_sec, ..Case::new(format!("seed {seed}"), failures) };
            if let Some(suite) = suites.last_mut() {
                suite.cases.push(case);
            }
        }
        self.0.write_all(to_xml(&suites).as_bytes()).context("failed to write the results as JUnit XML")
    }
}
