//! Lyrics back into text.

use super::stamp::write_time;
use super::{Line, Lyrics};

pub(super) fn format(lyrics: &Lyrics) -> String {
    match lyrics {
        Lyrics::Synced(lines) => lines.iter().map(|line| format_line(line) + "\n").collect(),
        Lyrics::Plain(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
        Lyrics::Instrumental => "[au: instrumental]\n".to_owned(),
    }
}

fn format_line(line: &Line) -> String {
    let mut written = format!("[{}] ", write_time(line.time_ms));
    let mut from = 0;
    for word in &line.words {
        written.push_str(line.text.get(from..word.at).unwrap_or(""));
        written.push_str(&format!("<{}>", write_time(word.time_ms)));
        from = word.at;
    }
    written.push_str(line.text.get(from..).unwrap_or(""));
    written.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_words_and_pauses_are_written_in_milliseconds() {
        let text = "[00:01.000] <00:01.000>One <00:01.500>two<00:02.000>\n[00:03.000]\n[61:00.005] Three\n";
        assert_eq!(Lyrics::parse(text).unwrap().format(), text);
        assert_eq!(Lyrics::parse("One\n\nTwo").unwrap().format(), "One\n\nTwo\n");
        assert_eq!(Lyrics::parse(&Lyrics::Instrumental.format()), Some(Lyrics::Instrumental));
    }
}
