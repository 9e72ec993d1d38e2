//! Arguments, taken one by one; what nobody takes is a mistake of the caller.

use std::fmt;

use anyhow::Result;

/// The caller's mistake: exit code 2.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}; `cargo xtask help` lists what there is", self.0)
    }
}

impl std::error::Error for UsageError {}

/// The arguments behind the command's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(rest: Vec<String>) -> Self {
        Self { rest }
    }

    pub(crate) fn none() -> Self {
        Self { rest: Vec::new() }
    }

    /// Takes `--name` wherever it stands.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|argument| argument != name);
        self.rest.len() < before
    }

    /// Takes each `--name VALUE` or `--name=VALUE`.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let (mut values, mut rest) = (Vec::new(), Vec::new());
        let mut arguments = std::mem::take(&mut self.rest).into_iter();
        while let Some(argument) = arguments.next() {
            if argument == name {
                let value = arguments.next().filter(|value| !value.starts_with('-'));
                values.push(value.ok_or_else(|| UsageError(format!("{name} needs a value")))?);
            } else if let Some(value) = argument.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                values.push(value.to_owned());
            } else {
                rest.push(argument);
            }
        }
        self.rest = rest;
        Ok(values)
    }

    /// The last `--name NUMBER`, or the default.
    pub(crate) fn number(&mut self, name: &str, default: u64) -> Result<u64> {
        match self.values(name)?.last() {
            None => Ok(default),
            Some(value) => {
                let wrong = || UsageError(format!("{name} needs a whole number, not \"{value}\"")).into();
                value.parse().map_err(|_| wrong())
            }
        }
    }

    /// Takes the first argument unless it is an option.
    pub(crate) fn leading_word(&mut self) -> Option<String> {
        let is_word = self.rest.first().is_some_and(|first| !first.starts_with('-'));
        is_word.then(|| self.rest.remove(0))
    }

    pub(crate) fn rest(self) -> Vec<String> {
        self.rest
    }

    pub(crate) fn nothing_more(&self) -> Result<()> {
        match self.rest.first() {
            None => Ok(()),
            Some(first) => Err(UsageError(format!("\"{first}\" is not known here")).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn options_are_taken_wherever_they_stand() {
        let mut taken = arguments("set --check --seeds 5 --without a --without=b -v");
        assert!(taken.flag("--check") && !taken.flag("--check"));
        assert_eq!(taken.number("--seeds", 20).unwrap(), 5);
        assert_eq!(taken.values("--without").unwrap(), ["a", "b"]);
        assert_eq!(taken.leading_word().as_deref(), Some("set"));
        assert_eq!(taken.leading_word(), None);
        assert_eq!(taken.rest(), ["-v"]);
    }

    #[test]
    fn mistakes_are_told() {
        let told = |error: anyhow::Error| error.downcast::<UsageError>().unwrap().0;
        assert_eq!(told(arguments("--seeds").number("--seeds", 1).unwrap_err()), "--seeds needs a value");
        assert_eq!(
            told(arguments("--seeds x").number("--seeds", 1).unwrap_err()),
            "--seeds needs a whole number, not \"x\""
        );
        assert_eq!(told(arguments("--chekc").nothing_more().unwrap_err()), "\"--chekc\" is not known here");
    }
}
