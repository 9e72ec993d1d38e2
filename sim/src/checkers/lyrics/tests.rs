//! Each of the checkers is fed a lie.

use serde_json::Value;

use super::tellings::{FETCHER, int};
use super::*;
use crate::history::What;

fn line(t: f64, from: &str, addr: &str, args: Value) -> OscLine {
    let (from, addr, args) = (from.to_owned(), addr.to_owned(), args.as_array().unwrap().clone());
    let tags = if addr.contains("categories") && !addr.ends_with("mood") { "f" } else { "" };
    OscLine { t, from, addr, tags: tags.to_owned(), args }
}

fn track(t: f64, from: &str, title: &str) -> OscLine {
    line(t, from, "/karaoke/track", serde_json::json!([1, "spotify", "A", title, "", 100.0, 0]))
}

fn of_fetcher(t: f64, addr: &str, args: Value) -> OscLine {
    line(t, FETCHER, addr, args)
}

fn book() -> Book {
    let lines = |words: &[(f64, &str)]| words.iter().map(|(t, it)| (*t, (*it).to_owned())).collect();
    Book::from([
        ("One".to_owned(), lines(&[(2.0, "first"), (4.0, "second")])),
        ("Two".to_owned(), lines(&[(1.0, "other")])),
    ])
}

/// The first song, told well and sung.
fn well() -> Vec<OscLine> {
    let pos = |t: f64, sec: f64| line(t, "spotify_monitor", "/karaoke/pos", serde_json::json!([sec, 1]));
    let mut osc = vec![
        track(1.0, "spotify_monitor", "One"),
        of_fetcher(1.0, "/karaoke/lyrics/reset", serde_json::json!([])),
        track(1.1, FETCHER, "One"),
        of_fetcher(1.1, "/karaoke/lyrics/line", serde_json::json!([0, 2.0, "first"])),
        of_fetcher(1.1, "/karaoke/lyrics/line", serde_json::json!([1, 4.0, "second"])),
        of_fetcher(3.0, "/karaoke/line/active", serde_json::json!([0])),
        of_fetcher(5.0, "/karaoke/line/active", serde_json::json!([1])),
    ];
    osc.extend((0..12).map(|step| pos(1.0 + 0.5 * f64::from(step), 0.5 * f64::from(step))));
    osc.sort_by(|one, two| one.t.total_cmp(&two.t));
    osc
}

fn all(osc: &[OscLine]) -> Vec<String> {
    let mut found = words_are_of_their_song(&[], osc, &book());
    found.extend(active_lines_are_on_time(&[], osc, 0.02));
    found.extend(moods_are_of_their_song(osc, |title, mood| (title, mood) == ("One", "calm")));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_song_that_is_told_well_is_fine() {
    let mut osc = well();
    osc.push(of_fetcher(6.0, "/karaoke/categories/mood", serde_json::json!(["calm"])));
    assert_eq!(all(&osc), [""; 0]);
    let waits = waits(&osc, &book());
    assert_eq!((waits.len(), waits[0].first_line, waits[0].is_known), (1, Some(1.1), false));
    assert_eq!(last_moods(&osc)[0].3, "calm");
    assert!(words_come_within(&waits, 0.2).is_empty());
    let late = words_come_within(&waits, 0.05);
    assert!(late[0].to_string().contains("'One', told at 1.000, came after 0.100 s"), "{late:?}");
}

/// What becomes of the song if a line is changed.
fn changed(change: impl Fn(&mut OscLine)) -> Vec<String> {
    let mut osc = well();
    osc.iter_mut().for_each(change);
    osc.sort_by(|one, two| one.t.total_cmp(&two.t));
    all(&osc)
}

#[test]
fn each_lie_is_found() {
    let is = |line: &OscLine, addr: &str, index: i64| line.addr.ends_with(addr) && int(line, 0) == index;
    let found = |violations: Vec<String>, what: &str| {
        assert!(violations.iter().any(|it| it.contains(what)), "{what}: {violations:#?}");
    };
    found(
        changed(|line| {
            if is(line, "/line", 1) {
                line.args[2] = "other".into();
            }
        }),
        "'other' came as line 1 of 'One'",
    );
    found(
        changed(|line| {
            if line.addr == "/karaoke/track" && line.from == FETCHER {
                line.args[3] = "Two".into();
            }
        }),
        "'Two' was said to have lyrics, and does not play",
    );
    found(
        changed(|line| {
            if is(line, "/active", 1) {
                line.t -= 0.5;
            }
        }),
        "line 1 was active at",
    );
    found(
        changed(|line| {
            if is(line, "/active", 1) {
                line.t += 0.3;
            }
        }),
        "line 1 was due at 5.000, and Some(0) was active",
    );
    let mut twice = well();
    twice.push(of_fetcher(6.0, "/karaoke/lyrics/line", serde_json::json!([1, 4.0, "second"])));
    found(all(&twice), "came as line 2 of 'One'");
    let mut no_reset = well();
    no_reset.retain(|line| line.from != FETCHER || line.addr != "/karaoke/track");
    found(all(&no_reset), "no track was said to have lyrics");
    let mut moody = well();
    moody.push(of_fetcher(6.0, "/karaoke/categories/mood", serde_json::json!(["dark"])));
    moody.push(of_fetcher(6.0, "/karaoke/categories/dark", serde_json::json!([1.5])));
    found(all(&moody), "'dark' was told of 'One'");
    found(all(&moody), "/karaoke/categories/dark 1.5");
    let told = mood_is_told(&moody, "One", "calm", 9.0);
    assert!(told[0].to_string().contains("'One' is calm, and Some(\"dark\") was told"), "{told:?}");
    assert!(mood_is_told(&moody, "One", "dark", 9.0).is_empty());
    let mut painted = well();
    painted.push(of_fetcher(6.0, "/karaoke/image", serde_json::json!(["/cache/images/a.png"])));
    let image = |title: &str| {
        let record = serde_json::json!({"title": title}).to_string().into_bytes();
        vec![("images/a.png".to_owned(), crate::services::png("red")), ("images/a.json".to_owned(), record)]
    };
    assert!(images_are_of_their_song(&painted, &image("One")).is_empty());
    let wrong = images_are_of_their_song(&painted, &image("Two"));
    assert!(wrong[0].to_string().contains("of \"Two\" while 'One' plays"), "{wrong:?}");
    assert_eq!(images_are_of_their_song(&painted, &[]).len(), 1, "it is not there");
}

/// It stands at 3.5 s until 5 s of the run, goes on, and has no second report since another song begins.
fn goes_on(line_at: f64) -> Vec<String> {
    let mut osc = well();
    osc.retain(|line| line.t <= 4.0);
    let pos = |t: f64, is_playing: u8| {
        line(t, "spotify_monitor", "/karaoke/pos", serde_json::json!([3.5, is_playing]))
    };
    osc.extend([pos(4.5, 0), pos(5.0, 1)]);
    osc.push(of_fetcher(line_at, "/karaoke/line/active", serde_json::json!([1])));
    osc.extend([
        track(5.45, "spotify_monitor", "Two"),
        of_fetcher(5.45, "/karaoke/lyrics/reset", Value::Array(Vec::new())),
    ]);
    all(&osc)
}

#[test]
fn after_a_pause_it_may_go_on_faster_but_not_at_any_pace() {
    // The line is due half a second later, or a third of one, with 0.5 s of error to be worked off each second.
    assert_eq!(goes_on(5.36), [""; 0]);
    assert!(goes_on(5.2)[0].contains("line 1 was active at 3.700 s of the song"));
}

#[test]
fn a_late_line_is_excused_by_bad_links_and_by_nothing_else() {
    let mut osc = well();
    osc.iter_mut()
        .filter(|line| line.addr == "/karaoke/line/active" && line.t == 5.0)
        .for_each(|it| it.t = 5.2);
    osc.sort_by(|one, two| one.t.total_cmp(&two.t));
    let (kind, target) = ("weather".to_owned(), "links".to_owned());
    let bad = |t: f64| Entry {
        t,
        what: What::Fault { kind: kind.clone(), target: target.clone(), detail: String::new() },
    };
    let good = |t: f64| Entry { t, what: What::Mended { kind: kind.clone(), target: target.clone() } };
    let late = |history: &[Entry]| active_lines_are_on_time(history, &osc, 0.02).len();
    assert!(late(&[]) > 0);
    assert_eq!(late(&[bad(4.0), good(4.5)]), 0);
    assert_eq!(late(&[bad(4.0)]), 0, "they stay bad");
    assert!(late(&[bad(0.0), good(0.001)]) > 0, "long over");
    assert!(late(&[bad(9.0)]) > 0, "still to come");
    let mut early = well();
    early
        .iter_mut()
        .filter(|line| line.addr == "/karaoke/line/active" && line.t == 5.0)
        .for_each(|it| it.t = 4.2);
    early.sort_by(|one, two| one.t.total_cmp(&two.t));
    let told = active_lines_are_on_time(&[bad(0.5)], &early, 0.02);
    assert!(!told.is_empty(), "a line that comes early is wrong over any links");
}
