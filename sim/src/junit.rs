//! Results as JUnit XML, which every CI service shows.

use std::fmt::Write as _;

/// Results that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suite {
    /// What was tried.
    pub name: String,
    /// Each thing that had to hold.
    pub cases: Vec<Case>,
}

/// One thing that had to hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Case {
    /// The sentence that should have been true.
    pub name: String,
    /// How long it took, if that is known. Seconds.
    pub time_sec: f64,
    /// What was wrong, a line each; empty: it holds.
    pub failures: Vec<String>,
}

impl Case {
    /// A case that holds, unless there are failures.
    #[must_use]
    pub fn new(name: impl Into<String>, failures: Vec<String>) -> Self {
        Self { name: name.into(), time_sec: 0.0, failures }
    }
}

/// The text of the file.
#[must_use]
pub fn to_xml(suites: &[Suite]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for Suite { name, cases } in suites {
        let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
        let time_sec: f64 = cases.iter().map(|case| case.time_sec).sum();
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\" time=\"{time_sec:.3}\">",
            text(name),
            cases.len()
        );
        for case in cases {
            let (of, time_sec) = (text(&case.name), case.time_sec);
            let head =
                format!("    <testcase classname=\"{}\" name=\"{of}\" time=\"{time_sec:.3}\"", text(name));
            match case.failures.first() {
                None => {
                    let _ = writeln!(xml, "{head}/>");
                }
                Some(first) => {
                    let all = text(&case.failures.join("\n"));
                    let _ = writeln!(
                        xml,
                        "{head}>\n      <failure message=\"{}\">{all}</failure>\n    </testcase>",
                        text(first)
                    );
                }
            }
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// Escaped, and without the characters that XML 1.0 does not have.
fn text(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let mut safe = String::with_capacity(text.len());
    for c in
        text.chars().map(|c| if allowed(c) && !matches!(c, '\u{fffe}' | '\u{ffff}') { c } else { '\u{fffd}' })
    {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_and_what_does_not_in_the_words_of_junit() {
        let cases = vec![
            Case { time_sec: 1.5, ..Case::new("it ends", Vec::new()) },
            Case::new("/a is <as> \"expected\"", vec!["at 1 s: \u{1b}[31m & so".into(), "and more".into()]),
        ];
        let xml = to_xml(&[Suite { name: "A & B".into(), cases }]);
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
             <testsuite name=\"A &amp; B\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.500\">\n    \
             <testcase classname=\"A &amp; B\" name=\"it ends\" time=\"1.500\"/>\n    \
             <testcase classname=\"A &amp; B\" name=\"/a is &lt;as&gt; &quot;expected&quot;\" time=\"0.000\">\n      \
             <failure message=\"at 1 s: \u{fffd}[31m &amp; so\">at 1 s: \u{fffd}[31m &amp; so\nand more</failure>\n    \
             </testcase>\n  </testsuite>\n</testsuites>\n"
        );
    }

    #[test]
    fn nothing_tried_is_a_file_too() {
        assert!(to_xml(&[]).ends_with("<testsuites>\n</testsuites>\n"));
    }
}
