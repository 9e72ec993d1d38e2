//! Which scenarios, and which seeds.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};
use vj_sim::ground::Driver;
use vj_sim::scenarios::{self, SCENARIOS, Scenario};

/// How many seeds, or from which to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seeds {
    Count(u64),
    /// Both ends are played.
    Range(u64, u64),
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        match text.split_once("..") {
            None => match number(text)? {
                0 => Err("there must be one at least".to_owned()),
                count => Ok(Self::Count(count)),
            },
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
                if last < first {
                    Err(format!("{last} comes before {first}"))
                } else {
                    Ok(Self::Range(first, last))
                }
            }
        }
    }
}

impl Seeds {
    /// The first one, and how many.
    pub(crate) fn from(self, first: u64) -> Result<(u64, u64)> {
        let (first, count) = match self {
            Self::Count(count) => (first, count),
            Self::Range(first, last) => (first, (last - first).saturating_add(1)),
        };
        if first.checked_add(count).is_none() {
            bail!("--seed {first} has no {count} seeds after it");
        }
        Ok((first, count))
    }
}

/// All scenarios of this driver but those that are left out.
pub(crate) fn all(driver: &Driver, without: &[String]) -> Result<Vec<&'static Scenario>> {
    let on_file = scenarios::on_file().map_err(anyhow::Error::msg)?;
    let there = || SCENARIOS.iter().chain(on_file.iter().copied());
    if let Some(unknown) = without.iter().find(|name| !there().any(|scenario| scenario.name == **name)) {
        bail!("--without {unknown}: no such scenario (there are: {})", known());
    }
    let is_in = |scenario: &&Scenario| !without.iter().any(|name| name == scenario.name);
    Ok(there().filter(|scenario| scenario.is_for(driver)).filter(is_in).collect())
}

/// The scenario of that name, or in that file; or all.
pub(crate) fn named(name: &str, driver: &Driver, without: &[String]) -> Result<Vec<&'static Scenario>> {
    // A file that cannot be read is told of, whatever was asked for: else a misspelt key would hide a scenario.
    let everything = all(driver, without)?;
    if name == "all" {
        return Ok(everything);
    }
    let path = Path::new(name);
    let scenario = match scenarios::find(name) {
        Some(scenario) => scenario,
        None if path.is_file() => scenarios::read(path).map_err(anyhow::Error::msg)?,
        None if name.ends_with(".toml") => bail!("there is no file {name}"),
        None => bail!("no scenario '{name}' (there are: {}, all, and files that are scenarios)", known()),
    };
    match scenario.is_for(driver) {
        true => Ok(vec![scenario]),
        false if driver.is_real() => bail!("{name} can only be played in virtual time: leave --real out"),
        false => bail!("{name} is about real processes and files: play it with --real"),
    }
}

fn known() -> String {
    let on_file = scenarios::on_file().unwrap_or_default();
    let names: Vec<_> =
        SCENARIOS.iter().chain(on_file.iter().copied()).map(|scenario| scenario.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_range() {
        let read = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.from(7).unwrap());
        assert_eq!(read("3"), Ok((7, 3)));
        assert_eq!(read("1..500"), Ok((1, 500)));
        assert_eq!(read("4..=4"), Ok((4, 1)));
        assert!(read("0").is_err() && read("5..3").unwrap_err().contains("3 comes before 5"));
        assert!(read("many").is_err() && read("..").is_err());
        assert!(Seeds::Count(2).from(u64::MAX).is_err());
    }
}
