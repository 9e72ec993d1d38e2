//! Nothing half done lands: no marks for later, no unfinished bodies, no tests that are passed over.

use super::source::{Source, line_of, whole_words};
use super::violation::Violation;

pub(crate) const NAME: &str = "leftovers";

/// In comments too.
const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];
const CODE: [&str; 3] = ["todo!", "unimplemented!", "#[ignore"];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let marks = MARKS.iter().map(|mark| (&source.prose, *mark));
        let code = CODE.iter().map(|call| (&source.code, *call));
        for (text, wanted) in marks.chain(code) {
            violations.extend(whole_words(text, wanted).map(|at| {
                let what = format!("no {wanted} in the project: do it, or write it down as an issue");
                Violation::new(&source.path, line_of(text, at), NAME, what)
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
    fn leftovers_are_found_in_comments_and_code() {
        for bad in [
            "// TODO: later",
            "fn f() {} // FIXME",
            "fn f() { todo!() }",
            "#[ignore]\nfn t() {}",
            "#[ignore = \"x\"]",
        ] {
            assert_eq!(check(&[source("a.rs", bad)]).len(), 1, "{bad}");
        }
        assert_eq!(check(&[source("a.rs", "let todo = \"TODO\"; #[ignored_by] // TODOS")]), []);
    }
}
