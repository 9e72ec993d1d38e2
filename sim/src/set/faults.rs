//! What is to break on the way.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vj_core::ProcessName;

use super::file::in_one_line;
use super::opened::SetError;
use super::settings::known;
use crate::faults::Fault;

/// Faults in one plan: a night has 40,000 seconds, and one a second is more than anybody can read about.
const FAULTS_MAX: usize = 10_000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsFile {
    #[serde(default)]
    faults: Vec<Fault>,
}

/// Reads a plan of faults for a set of these processes: a file of `[[faults]]` as in `set.toml`.
///
/// # Errors
/// See [`SetError`].
pub fn read_faults(path: &Path, processes: &[ProcessName]) -> Result<Vec<Fault>, SetError> {
    let text = fs::read_to_string(path).map_err(|source| SetError::Read { path: path.to_owned(), source })?;
    let bad = |why: String| SetError::Bad { path: path.to_owned(), why };
    let file: FaultsFile = toml::from_str(&text).map_err(|e| bad(in_one_line(&e, &text)))?;
    check(&file.faults, processes).map_err(bad)?;
    Ok(file.faults)
}

/// Faults as a file that [`read_faults`] reads.
#[must_use]
pub fn faults_toml(faults: &[Fault]) -> String {
    let file = FaultsFile { faults: faults.to_vec() };
    toml::to_string(&file).expect("faults are numbers and words")
}

/// Whether they can be done, and strike processes that there are.
pub(super) fn check(faults: &[Fault], processes: &[ProcessName]) -> Result<(), String> {
    if faults.len() > FAULTS_MAX {
        return Err(format!("{} faults are more than the limit of {FAULTS_MAX}", faults.len()));
    }
    faults.iter().try_for_each(Fault::check)?;
    for fault in faults {
        if let Some(target) = fault.process()? {
            known(target.as_str(), processes).map_err(|why| format!("fault at {} s: {why}", fault.at))?;
        }
        fault.fits(processes, &[])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::chaos_of_set;

    #[test]
    fn what_is_printed_is_read_again() {
        let processes = [ProcessName::AudioAnalyzer, ProcessName::ProcessManager];
        let plan = chaos_of_set(3, 20.0, 300.0, &processes, false);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.toml");
        fs::write(&path, faults_toml(&plan)).unwrap();
        assert_eq!(read_faults(&path, &processes).unwrap(), plan);
    }
}
