//! Every `select!` says `biased;` first: else it polls its arms in a random order, and no run repeats.

use super::source::{Source, line_of, whole_words};
use super::violation::Violation;

pub(crate) const NAME: &str = "biased-select";

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        for at in whole_words(&source.code, "select!") {
            let inside = source.code[at + "select!".len()..].trim_start();
            let first = inside.strip_prefix(['{', '(', '[']).map_or("", str::trim_start);
            let is_biased =
                first.strip_prefix("biased").is_some_and(|rest| rest.trim_start().starts_with(';'));
            if !is_biased {
                let what = "select! must start with `biased;`, its arms in an order chosen on purpose";
                violations.push(Violation::new(&source.path, line_of(&source.code, at), NAME, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&[source("a.rs", text)]).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn an_unbiased_select_is_found() {
        assert_eq!(lines("x;\ntokio::select! {\n    a = b => {}\n}"), [2]);
        assert_eq!(lines("select!(a = b => {})"), [1]);
        assert_eq!(lines("select! { biased_thing = b => {} }"), [1]);
        assert_eq!(lines("select! { // biased;\n a = b => {} }"), [1]);
    }

    #[test]
    fn a_biased_one_passes_with_comments_between() {
        assert_eq!(
            lines("tokio::select! {\n    // stop wins over work\n    biased ;\n a = b => {} }"),
            [0; 0]
        );
        assert_eq!(lines("// select! without it\nlet text = \"select! {\";\npreselect! { a }"), [0; 0]);
    }
}
