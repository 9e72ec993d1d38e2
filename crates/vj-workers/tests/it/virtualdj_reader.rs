//! VirtualDJ's files, looked at again and again: each play is new exactly once, whatever happens to the file.

use std::time::Duration;

use proptest::prelude::*;
use vj_core::At;
use vj_core::playback::Track;
use vj_workers::ports::FoundFile;
use vj_workers::virtualdj_monitor::files::{Entry, print_m3u};
use vj_workers::virtualdj_monitor::{Before, News, Reader};

const HEAD: &str = "VirtualDJ History 2026/11/26\r\n------------------------------\r\n";

/// Files that are looked at every tenth of a second.
struct Desk {
    reader: Reader,
    now: At,
}

impl Desk {
    /// A desk on which these files stood before anybody looked.
    fn with(files: &[(&str, &str)]) -> Self {
        let mut desk = Self { reader: Reader::new(None, Before::Nothing), now: At::ZERO };
        assert_eq!(desk.look(files), [""; 0], "what stood there before is old");
        desk
    }

    fn look(&mut self, files: &[(&str, &str)]) -> Vec<String> {
        self.look_at(files).into_iter().map(|news| news.entry.track.title).collect()
    }

    fn look_at(&mut self, files: &[(&str, &str)]) -> Vec<News> {
        self.now += Duration::from_millis(100);
        let found = |(path, text): &(&str, &str)| FoundFile {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
            written_at_sec: None,
        };
        self.reader.look(self.now, &files.iter().map(found).collect::<Vec<_>>());
        std::iter::from_fn(|| self.reader.next_news()).collect()
    }

    /// Looks for so long at files that stay as they are.
    fn look_for(&mut self, sec: f64, files: &[(&str, &str)]) -> Vec<String> {
        (0..(sec * 10.0) as usize).flat_map(|_| self.look(files)).collect()
    }
}

fn m3u(titles: &[&str]) -> String {
    let entry = |(at, title): (usize, &&str)| Entry {
        track: Track::new("A", title),
        stamp: format!("21:00 {at}"),
        played_at_sec: Some(at as u64),
    };
    titles.iter().enumerate().map(entry).map(|entry| print_m3u(&entry, "/x.mp3")).collect()
}

#[test]
fn what_is_added_is_new_once_also_when_it_is_the_same_track_again() {
    let file = |lines: &str| format!("{HEAD}21:00 : A - one\r\n{lines}");
    let mut desk = Desk::with(&[("tracklist.txt", &file(""))]);
    let two = file("21:04 : A - two\r\n");
    assert_eq!(desk.look_for(1.0, &[("tracklist.txt", &two)]), ["two"]);
    let again = file("21:04 : A - two\r\n21:04 : A - two\r\n");
    assert_eq!(desk.look_for(1.0, &[("tracklist.txt", &again)]), ["two"]);
    let both = file("21:04 : A - two\r\n21:04 : A - two\r\n21:09 : A - three\r\n21:09 : B - four\r\n");
    assert_eq!(
        desk.look_for(1.0, &[("tracklist.txt", &both)]),
        ["three", "four"],
        "two decks at once, in order"
    );
}

#[test]
fn half_a_line_waits_for_its_end() {
    let mut desk = Desk::with(&[("tracklist.txt", HEAD)]);
    assert_eq!(desk.look_for(1.0, &[("tracklist.txt", &format!("{HEAD}21:00 : A - wh"))]), [""; 0]);
    assert_eq!(desk.look(&[("tracklist.txt", &format!("{HEAD}21:00 : A - whole"))]), [""; 0]);
    assert_eq!(desk.look(&[("tracklist.txt", &format!("{HEAD}21:00 : A - whole\r\n"))]), ["whole"]);
    // One that never ends its lines is heard too.
    let open = format!("{HEAD}21:00 : A - whole\r\n21:05 : A - open");
    assert_eq!(desk.look_for(2.0, &[("tracklist.txt", &open)]), ["open"]);
    assert_eq!(desk.look_for(2.0, &[("tracklist.txt", &format!("{open}\r\n"))]), [""; 0]);
}

#[test]
fn a_file_that_is_emptied_removed_or_put_back_tells_nothing_again() {
    let two = m3u(&["one", "two"]);
    let mut desk = Desk::with(&[("2026-11-26.m3u", &m3u(&["one"]))]);
    assert_eq!(desk.look(&[("2026-11-26.m3u", &two)]), ["two"]);
    for text in ["", "\r\n", &m3u(&["one"]), &two, "#comment\n", &two] {
        assert_eq!(desk.look_for(3.0, &[("2026-11-26.m3u", text)]), [""; 0], "{text:?}");
    }
    assert_eq!(desk.look_for(3.0, &[]), [""; 0]);
    assert_eq!(desk.look_for(3.0, &[("2026-11-26.m3u", &two)]), [""; 0]);
    assert_eq!(desk.look(&[("2026-11-26.m3u", &m3u(&["one", "two", "three"]))]), ["three"]);
}

#[test]
fn the_line_of_a_script_is_new_when_it_is_another() {
    let path = "now_playing.txt";
    let mut desk = Desk::with(&[(path, "A - old")]);
    for (text, expect) in [
        ("A - old\n", &[][..]),
        ("", &[]),
        ("A - old", &[]),
        ("A - new", &["new"]),
        ("", &[]),
        ("A - new\r\n", &[]),
        ("A - old", &["old"]),
    ] {
        assert_eq!(desk.look_for(0.5, &[(path, text)]), expect, "{text:?}");
        assert!(!desk.reader.is_silent());
    }
    assert_eq!(desk.look_for(6.0, &[(path, "")]), [""; 0]);
    assert!(desk.reader.is_silent(), "emptied for good, it says that nothing plays");
    assert_eq!(desk.look_for(0.5, &[(path, "A - old")]), ["old"]);
    assert!(!desk.reader.is_silent());
}

#[test]
fn a_line_whose_rest_comes_late_is_one_play_corrected() {
    let path = "now_playing.txt";
    let mut desk = Desk::with(&[(path, "A - old")]);
    let corrections = |desk: &mut Desk, text: &str| -> Vec<(String, bool)> {
        let news = desk.look_at(&[(path, text)]);
        news.into_iter().map(|news| (news.entry.track.title, news.is_correction)).collect()
    };
    let told = |desk: &mut Desk, text: &str| (0..4).flat_map(|_| corrections(desk, text)).collect::<Vec<_>>();
    for (text, expect) in [
        ("A - Lo", Some(("Lo", false))),
        ("A - Love", Some(("Love", true))),
        ("A - Love Me", Some(("Love Me", true))),
        ("A - Love Me\n", None),
        ("A - Next", Some(("Next", false))),
        ("", None),
        ("A - Next of them\n", Some(("Next of them", true))),
        ("A - On", Some(("On", false))),
    ] {
        let expect: Vec<_> = expect.into_iter().map(|(title, is)| (title.to_owned(), is)).collect();
        assert_eq!(told(&mut desk, text), expect, "{text:?}");
    }
    desk.look_for(2.0, &[(path, "A - On")]);
    assert_eq!(told(&mut desk, "A - One"), [("One".to_owned(), false)], "that was another line");
}

#[test]
fn a_file_that_appears_later_is_found_and_an_old_one_that_appears_is_not_believed() {
    for (path, text) in [("now_playing.txt", "A - first".to_owned()), ("2026-11-26.m3u", m3u(&["first"]))] {
        let mut desk = Desk::with(&[]);
        assert_eq!(desk.look_for(2.0, &[(path, &text)]), ["first"], "D32: {path}");
    }
    let yesterday = m3u(&["a", "b"]);
    let mut desk = Desk::with(&[("h/2026-11-26.m3u", &yesterday)]);
    let one = m3u(&["late"]);
    assert_eq!(
        desk.look(&[("h/2026-11-26.m3u", &yesterday), ("h/2026-11-27.m3u", &one)]),
        ["late"],
        "midnight"
    );
    let old = m3u(&["x"]);
    assert_eq!(desk.look(&[("h/2026-11-20.m3u", &old)]), [""; 0], "an older day's, put back");
    let mounted = m3u(&["x", "y", "z"]);
    assert_eq!(desk.look(&[("tracklists/2026-11-28.m3u", &mounted)]), [""; 0], "a share, mounted late");
}

#[test]
fn what_two_files_tell_is_one_play() {
    let (list, line) = ("2026-11-26.m3u", "now_playing.txt");
    let mut desk = Desk::with(&[(list, &m3u(&["a"])), (line, "A - a")]);
    assert_eq!(desk.look_for(1.0, &[(list, &m3u(&["a"])), (line, "A - b")]), ["b"]);
    assert_eq!(desk.look_for(1.0, &[(list, &m3u(&["a"])), (line, "A - c")]), ["c"]);
    assert_eq!(desk.look_for(1.0, &[(list, &m3u(&["a", "b"])), (line, "A - c")]), [""; 0], "45 s late");
    assert_eq!(desk.look_for(1.0, &[(list, &m3u(&["a", "b", "c"])), (line, "A - c")]), [""; 0]);
    assert_eq!(desk.look_for(1.0, &[(list, &m3u(&["a", "b", "c", "c"])), (line, "A - c")]), ["c"]);
}

#[test]
fn after_a_crash_what_came_meanwhile_is_new() {
    let last = Entry { track: Track::new("A", "two"), stamp: "21:00 1".to_owned(), played_at_sec: Some(1) };
    let listed = |text: &str, path: &str| {
        let reader = Reader::new(None, Before::Last("2026-11-26.m3u".to_owned(), last.clone()));
        let mut desk = Desk { reader, now: At::ZERO };
        desk.look(&[(path, text)])
    };
    assert_eq!(listed(&m3u(&["one", "two"]), "2026-11-26.m3u"), [""; 0]);
    assert_eq!(listed(&m3u(&["one", "two", "three"]), "2026-11-26.m3u"), ["three"]);
    assert_eq!(
        listed(&m3u(&["one", "two", "three", "four"]), "2026-11-26.m3u"),
        ["four"],
        "the last still plays"
    );
    assert_eq!(listed(&m3u(&["next day"]), "2026-11-27.m3u"), ["next day"]);
    assert_eq!(listed(&m3u(&["x", "y", "z"]), "2026-11-26.m3u"), [""; 0], "another file altogether");
}

#[test]
fn a_list_that_becomes_another_one_is_followed_from_there() {
    let mut desk = Desk::with(&[("tracklist.txt", &m3u(&[])), ("a.m3u", &m3u(&["a", "b", "c"]))]);
    assert_eq!(desk.look_for(2.0, &[("a.m3u", &m3u(&["x", "y", "z"]))]), [""; 0], "another night's");
    assert_eq!(desk.look_for(2.0, &[("a.m3u", &m3u(&["x", "y", "z", "new"]))]), ["new"]);
    // It was being written when it was looked at for the first time.
    let mut desk = Desk::with(&[("a.m3u", "")]);
    assert_eq!(desk.look_for(2.0, &[("a.m3u", &m3u(&["a", "b", "c"]))]), [""; 0]);
    assert_eq!(desk.look_for(2.0, &[("a.m3u", &m3u(&["a", "b", "c", "d"]))]), ["d"]);
}

#[test]
fn what_two_files_tell_in_different_words_is_one_play() {
    let (list, night) = ("tracklist.txt", "a.m3u");
    let lines = |more: &str| format!("{HEAD}20:00 : A - old\r\n{more}");
    let mut desk = Desk::with(&[(list, &lines("")), (night, &m3u(&["old"]))]);
    let told = desk
        .look_for(2.0, &[(list, &lines("21:00 : A - one\r\n")), (night, &m3u(&["old", "one (Club Mix)"]))]);
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn after_a_crash_before_the_first_entry_the_first_entry_is_new() {
    let mut before = Desk { reader: Reader::new(None, Before::Nothing), now: At::ZERO };
    assert_eq!(before.reader.found(), None);
    before.look(&[("now_playing.txt", "")]);
    assert_eq!(before.reader.found(), Some(Before::NoEntry));
    let begin = |path, text: &str| {
        let mut desk = Desk { reader: Reader::new(None, Before::NoEntry), now: At::ZERO };
        desk.look(&[(path, text)])
    };
    assert_eq!(begin("now_playing.txt", "A - one"), ["one"]);
    assert_eq!(begin("a.m3u", &m3u(&["one", "two"])), ["two"], "of several the last still plays");
    assert_eq!(begin("a.m3u", &m3u(&["one", "two", "three"])), [""; 0], "a file of another night");
    // What was old when the show began is known to be old.
    let mut before = Desk { reader: Reader::new(None, Before::Nothing), now: At::ZERO };
    assert_eq!(before.look(&[("a.m3u", &m3u(&["old"]))]), [""; 0]);
    let mut after = Desk { reader: Reader::new(None, before.reader.found().unwrap()), now: At::ZERO };
    assert_eq!(after.look(&[("a.m3u", &m3u(&["old", "new"]))]), ["new"]);
}

#[test]
fn a_line_that_is_empty_after_a_crash_says_that_nothing_plays_until_it_comes_back() {
    let line = "now_playing.txt";
    let last = Entry { track: Track::new("A", "one"), stamp: "A - one".to_owned(), played_at_sec: None };
    let mut desk = Desk { reader: Reader::new(None, Before::Last(line.to_owned(), last)), now: At::ZERO };
    assert_eq!(desk.look(&[(line, "")]), [""; 0]);
    assert!(desk.reader.is_silent(), "whoever knows since when it is empty is dead");
    assert_eq!(desk.look_for(1.0, &[(line, "A - one")]), [""; 0], "it was being written");
    assert!(!desk.reader.is_silent());
    desk.look_for(6.0, &[(line, "")]);
    assert_eq!(desk.look_for(1.0, &[(line, "A - one")]), ["one"], "played again after nothing");
}

proptest! {
    /// However a file is cut while it is written, and whenever it is looked at, each play is told once and in order.
    #[test]
    fn each_play_once_however_it_is_written(
        count in 1_usize..8,
        looks in prop::collection::vec((0.0_f64..1.0, any::<bool>()), 1..40),
    ) {
        let titles: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let before = m3u(&["old"]);
        let all = m3u(&[&["old"], titles.as_slice()].concat());
        let mut desk = Desk::with(&[("x.m3u", &before)]);
        let mut told = Vec::new();
        let mut ends: Vec<_> = looks;
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (part, emptied) in ends {
            let end = before.len() + ((all.len() - before.len()) as f64 * part) as usize;
            if emptied {
                told.extend(desk.look(&[("x.m3u", "")]));
            }
            told.extend(desk.look(&[("x.m3u", &all[..end])]));
        }
        told.extend(desk.look_for(2.0, &[("x.m3u", &all)]));
        prop_assert_eq!(told, titles);
    }

    #[test]
    fn no_files_are_too_much(
        looks in prop::collection::vec(prop::collection::vec((0_usize..4, "(#EXTVDJ:<title>.{0,5}</title>|21:00 : .{0,9}|\n){0,6}"), 0..4), 0..9),
    ) {
        let paths = ["now_playing.txt", "tracklist.txt", "a.m3u", "b.m3u"];
        let mut desk = Desk { reader: Reader::new(None, Before::Nothing), now: At::ZERO };
        for look in &looks {
            let files: Vec<_> = look.iter().map(|(path, text)| (paths[*path], text.as_str())).collect();
            let _ = desk.look(&files);
        }
    }
}
