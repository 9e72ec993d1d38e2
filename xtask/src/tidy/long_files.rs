//! One noun, one file: past this length a file holds more than one.

use super::violation::Violation;
use crate::workspace::SourceFile;

pub(crate) const NAME: &str = "long-files";

const LINES_MAX: usize = 600;

pub(crate) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let lengths = files.iter().map(|file| (file, file.text.lines().count()));
    lengths
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| {
            let what = format!("{lines} lines, at most {LINES_MAX}: split it by its nouns");
            Violation::new(&file.path, LINES_MAX + 1, NAME, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_sharp() {
        let file = |lines| SourceFile { path: "a.rs".to_owned(), text: "x\n".repeat(lines) };
        assert_eq!(check(&[file(LINES_MAX)]), []);
        let found = check(&[file(LINES_MAX + 1)]);
        assert_eq!(
            found[0].to_string(),
            "a.rs:601: long-files: 601 lines, at most 600: split it by its nouns"
        );
    }
}
