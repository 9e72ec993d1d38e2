//! The synthesiser of the fixtures takes its sines and powers from `libm`: those of `std` differ between platforms in their
//! last bits, and the files would not be the same bytes everywhere.

use super::source::{Source, line_of};
use super::violation::Violation;

pub(crate) const NAME: &str = "portable-floats";

const PLACE: &str = "xtask/src/fixtures/";
const BANNED: [&str; 17] = [
    "sin", "cos", "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp", "exp2",
    "ln", "log2", "log10", "cbrt",
];
const BANNED_WITH_ARGUMENTS: [&str; 4] = ["powf", "powi", "log", "hypot"];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with(PLACE)) {
        let calls = BANNED.iter().map(|name| (name, format!(".{name}()")));
        let with_arguments = BANNED_WITH_ARGUMENTS.iter().map(|name| (name, format!(".{name}(")));
        for (name, call) in calls.chain(with_arguments) {
            violations.extend(source.code.match_indices(&call).map(|(at, _)| {
                let what =
                    format!("no std .{name} here, use libm's: the bytes must be the same on every platform");
                Violation::new(&source.path, line_of(&source.code, at), NAME, what)
            }));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    #[test]
    fn platform_dependent_floats_are_found_in_the_fixtures_alone() {
        let bad = "let y = x.sin() + x.powf(2.0);";
        assert_eq!(check(&[source("xtask/src/fixtures/drums.rs", bad)]).len(), 2);
        assert_eq!(check(&[source("crates/vj-audio/src/window.rs", bad)]), []);
        assert_eq!(
            check(&[source("xtask/src/fixtures/drums.rs", "libm::sin(x); x.sqrt(); wave.sine(440.0)")]),
            []
        );
    }
}
