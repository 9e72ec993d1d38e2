//! How much two logs may differ.

use serde::{Deserialize, Serialize};
use vj_bus::osc::Pattern;

/// A tick and a half at 30 a second: nobody sees that.
const TIME_SEC: f64 = 0.05;

/// Of a level between 0 and 1.
const VALUE: f64 = 0.001;

/// How often a worker is told of, and since when it lives, is another thing in each run.
const IGNORED: &str = "/vj/worker/*";

/// How much two logs may differ: `[compare]` in `set.toml`. Every key has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tolerance {
    /// Messages before this moment are not looked at. Seconds of the set.
    pub from_sec: f64,
    /// Messages after this moment are not looked at.
    pub to_sec: Option<f64>,
    /// By how much a message may come earlier or later. Seconds.
    pub time_sec: f64,
    /// By how much a number may differ: so much, or this share of it, whichever is larger.
    pub value: f64,
    /// The share of an address's messages that may be missing, 0 to 1.
    pub missing: f64,
    /// The share that may have come beside them.
    pub extra: f64,
    /// The share that may differ in a value, or in time, by more than is allowed.
    pub differing: f64,
    /// Address patterns that are not looked at.
    pub ignore: Vec<String>,
    /// Addresses with tolerances of their own; the first pattern that matches counts.
    pub address: Vec<AddressTolerance>,
}

/// The tolerance of some addresses, where it differs from the others'.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressTolerance {
    /// Which: an OSC address pattern.
    pub pattern: String,
    /// As in [`Tolerance`].
    pub time_sec: Option<f64>,
    /// As in [`Tolerance`].
    pub value: Option<f64>,
    /// As in [`Tolerance`].
    pub missing: Option<f64>,
    /// As in [`Tolerance`].
    pub extra: Option<f64>,
    /// As in [`Tolerance`].
    pub differing: Option<f64>,
}

/// What counts for one address.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// As in [`Tolerance`].
    pub time_sec: f64,
    /// As in [`Tolerance`].
    pub value: f64,
    /// As in [`Tolerance`].
    pub missing: f64,
    /// As in [`Tolerance`].
    pub extra: f64,
    /// As in [`Tolerance`].
    pub differing: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            from_sec: 0.0,
            to_sec: None,
            time_sec: TIME_SEC,
            value: VALUE,
            missing: 0.0,
            extra: 0.0,
            differing: 0.0,
            ignore: vec![IGNORED.to_owned()],
            address: Vec::new(),
        }
    }
}

impl Tolerance {
    /// Whether every number and pattern makes sense.
    ///
    /// # Errors
    /// Which key does not, and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let Self { from_sec, to_sec, time_sec, value, missing, extra, differing, ignore, address } = self;
        at_least_zero("from_sec", *from_sec)?;
        if let Some(to_sec) = to_sec.filter(|to_sec| *to_sec <= *from_sec || to_sec.is_nan()) {
            return Err(format!(
                "to_sec cannot be {to_sec} (allowed: more than from_sec, which is {from_sec})"
            ));
        }
        let all = [("time_sec", time_sec), ("value", value)];
        all.into_iter().try_for_each(|(key, number)| at_least_zero(key, *number))?;
        let all = [("missing", missing), ("extra", extra), ("differing", differing)];
        all.into_iter().try_for_each(|(key, number)| share(key, *number))?;
        for pattern in ignore {
            Pattern::parse(pattern).map_err(|why| format!("ignore: {why}"))?;
        }
        address.iter().try_for_each(|own| {
            own.check().map_err(|why| format!("[[compare.address]] '{}': {why}", own.pattern))
        })
    }

    /// The patterns, read once: for each address the limits that count, or none where it is not looked at.
    pub(super) fn judge(&self) -> impl Fn(&str) -> Option<Limits> {
        // A pattern that cannot be read matches nothing; `check` has said so before.
        let parse = |text: &String| Pattern::parse(text).ok();
        let ignored: Vec<Pattern> = self.ignore.iter().filter_map(parse).collect();
        let common = Limits {
            time_sec: self.time_sec,
            value: self.value,
            missing: self.missing,
            extra: self.extra,
            differing: self.differing,
        };
        let own: Vec<(Pattern, Limits)> =
            self.address.iter().filter_map(|own| Some((parse(&own.pattern)?, own.over(common)))).collect();
        move |address| {
            if ignored.iter().any(|pattern| pattern.matches(address)) {
                return None;
            }
            let own = own.iter().find(|(pattern, _)| pattern.matches(address));
            Some(own.map_or(common, |(_, limits)| *limits))
        }
    }
}

impl AddressTolerance {
    fn check(&self) -> Result<(), String> {
        Pattern::parse(&self.pattern)?;
        for (key, number) in [("time_sec", self.time_sec), ("value", self.value)] {
            number.map_or(Ok(()), |number| at_least_zero(key, number))?;
        }
        for (key, number) in [("missing", self.missing), ("extra", self.extra), ("differing", self.differing)]
        {
            number.map_or(Ok(()), |number| share(key, number))?;
        }
        Ok(())
    }

    fn over(&self, common: Limits) -> Limits {
        Limits {
            time_sec: self.time_sec.unwrap_or(common.time_sec),
            value: self.value.unwrap_or(common.value),
            missing: self.missing.unwrap_or(common.missing),
            extra: self.extra.unwrap_or(common.extra),
            differing: self.differing.unwrap_or(common.differing),
        }
    }
}

fn at_least_zero(key: &str, number: f64) -> Result<(), String> {
    if number >= 0.0 { Ok(()) } else { Err(format!("{key} cannot be {number} (allowed: 0 or more)")) }
}

fn share(key: &str, number: f64) -> Result<(), String> {
    let is_one = (0.0..=1.0).contains(&number);
    if is_one { Ok(()) } else { Err(format!("{key} cannot be {number} (allowed: 0 to 1, a share of all)")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_default_and_the_first_pattern_that_matches_counts() {
        let text = "time_sec = 0.1\n[[address]]\npattern = \"/audio/beat*\"\ntime_sec = 0.02\n\
                    [[address]]\npattern = \"/audio/*\"\nmissing = 0.01\n";
        let tolerance: Tolerance = toml::from_str(text).unwrap();
        tolerance.check().unwrap();
        let judge = tolerance.judge();
        assert_eq!(judge("/vj/worker/audio_analyzer"), None);
        let limits = ["/audio/beat", "/audio/levels", "/karaoke/pos"].map(|address| judge(address).unwrap());
        assert_eq!(limits.map(|it| (it.time_sec, it.missing)), [(0.02, 0.0), (0.1, 0.01), (0.1, 0.0)]);
        assert_eq!(toml::from_str::<Tolerance>("").unwrap(), Tolerance::default());
    }

    #[test]
    fn a_mistake_is_named_with_what_is_allowed() {
        for (text, why) in [
            ("time_sec = -1", "time_sec cannot be -1 (allowed: 0 or more)"),
            ("missing = 2", "missing cannot be 2 (allowed: 0 to 1, a share of all)"),
            ("from_sec = 5\nto_sec = 4", "to_sec cannot be 4 (allowed: more than from_sec, which is 5)"),
            ("ignore = [\"audio\"]", "ignore: 'audio' is not an OSC address pattern"),
            (
                "[[address]]\npattern = \"/a\"\nextra = -0.5",
                "[[compare.address]] '/a': extra cannot be -0.5 (allowed: 0 to 1, a share of all)",
            ),
        ] {
            let tolerance: Tolerance = toml::from_str(text).unwrap();
            assert_eq!(tolerance.check().unwrap_err(), why);
        }
        assert!(toml::from_str::<Tolerance>("tiem_sec = 1").is_err());
    }
}
