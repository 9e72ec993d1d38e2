//! What the visuals were told of lyrics, beside the words that the songs have and the position that their player reports.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Violation;
use super::lives::away;
use super::told::{Told, told};
use crate::history::Entry;
use crate::osc_log::OscLine;
use crate::services::text_of;

/// The lines of songs with their times, by title.
pub type Book = BTreeMap<String, Vec<(f64, String)>>;

/// Who tells them.
const FETCHER: &str = "lyrics_fetcher";

/// A monitor's word takes so long to whoever follows it, and a line so long to be sent.
const ON_THE_WAY_SEC: f64 = 0.3;

/// From one reset to the next.
#[derive(Debug, Clone, Default)]
struct Telling {
    /// When the next begins.
    to: f64,
    /// The track that was said to have lyrics, and when.
    named: Option<(f64, String)>,
    lines: Vec<TimedLine>,
    active: Vec<(f64, i64)>,
    moods: Vec<(f64, String)>,
}

#[derive(Debug, Clone)]
struct TimedLine {
    t: f64,
    index: i64,
    time_sec: f64,
    text: String,
}

fn text(line: &OscLine, at: usize) -> &str {
    line.args.get(at).and_then(Value::as_str).unwrap_or_default()
}

fn float(line: &OscLine, at: usize) -> f64 {
    line.args.get(at).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn int(line: &OscLine, at: usize) -> i64 {
    line.args.get(at).and_then(Value::as_i64).unwrap_or(i64::MIN)
}

/// All tellings. What was told before the first reset stands in one of its own.
fn tellings(osc: &[OscLine]) -> Vec<Telling> {
    let mut all = vec![Telling::default()];
    for line in osc.iter().filter(|line| line.from == FETCHER) {
        if line.addr == "/karaoke/lyrics/reset" {
            all.last_mut().expect("there is always one").to = line.t;
            all.push(Telling { to: f64::MAX, ..Telling::default() });
            continue;
        }
        let now = all.last_mut().expect("there is always one");
        match line.addr.as_str() {
            // A monitor that says its track again takes the word of the lyrics back: then it is said again, too.
            "/karaoke/track" if now.named.as_ref().is_some_and(|(_, title)| title == text(line, 3)) => {}
            "/karaoke/track" => now.named = Some((line.t, text(line, 3).to_owned())),
            "/karaoke/lyrics/line" => now.lines.push(TimedLine {
                t: line.t,
                index: int(line, 0),
                time_sec: float(line, 1),
                text: text(line, 2).to_owned(),
            }),
            "/karaoke/line/active" => now.active.push((line.t, int(line, 0))),
            "/karaoke/categories/mood" => now.moods.push((line.t, text(line, 0).to_owned())),
            _ => {}
        }
    }
    all
}

/// The title of a track, as a monitor told it.
fn title(told: &Told) -> &str {
    told.what.split_once(" - ").map_or(told.what.as_str(), |(_, title)| title)
}

/// After a reset each line comes once, in order, with its time, and is of the song that was said to have lyrics; and that is
/// the one that plays.
#[must_use]
pub fn words_are_of_their_song(history: &[Entry], osc: &[OscLine], book: &Book) -> Vec<Violation> {
    const PROPERTY: &str = "lyrics are of the song that plays";
    let away: Vec<(f64, f64)> = INVOLVED.iter().flat_map(|it| away(history, it)).collect();
    let (told, mut violations) = (told(osc), Vec::new());
    let mut wrong = |t: f64, detail: String| violations.push(Violation::safety(PROPERTY, t, detail));
    for telling in tellings(osc) {
        let Some((named_t, named)) = &telling.named else {
            if let Some(line) = telling.lines.first() {
                wrong(line.t, format!("'{}' came, and no track was said to have lyrics", line.text));
            }
            continue;
        };
        // Another one may have begun while the word was on its way, or while somebody was away.
        let known_t = away.iter().filter(|(from, to)| *from <= *named_t && *named_t <= to + FOUND_AGAIN_SEC);
        let known_t = known_t.map(|(from, _)| *from).fold(*named_t, f64::min) - ON_THE_WAY_SEC;
        let first = told.partition_point(|it| it.t <= known_t).saturating_sub(1);
        let is_on = told[first..].iter().take_while(|it| it.t <= *named_t).any(|it| title(it) == named);
        if !is_on {
            wrong(*named_t, format!("'{named}' was said to have lyrics, and does not play"));
        }
        let words = book.get(named);
        for (at, line) in (0..).zip(&telling.lines) {
            let expected = words.and_then(|words| words.get(at));
            let is_so = expected
                .is_some_and(|(sec, text)| (sec - line.time_sec).abs() < 0.02 && *text == line.text)
                && line.index == at as i64
                && line.t >= *named_t;
            if !is_so {
                let TimedLine { index, time_sec, text, .. } = line;
                wrong(line.t, format!("line {index} ({time_sec} s) '{text}' came as line {at} of '{named}'"));
                break;
            }
        }
    }
    violations
}

/// A song that plays: when it was told, until when, and when its first line came.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Its title.
    pub title: String,
    /// When a monitor told it.
    pub from: f64,
    /// When something else was told.
    pub to: f64,
    /// When its first line came, if one did.
    pub first_line: Option<f64>,
    /// Whether all its lines had been told before.
    pub is_known: bool,
}

/// All songs of the book that were told, in order.
#[must_use]
pub fn waits(osc: &[OscLine], book: &Book) -> Vec<Wait> {
    let (told, tellings) = (told(osc), tellings(osc));
    let end = osc.last().map_or(0.0, |line| line.t);
    let whole = |it: &&Telling| {
        it.named
            .as_ref()
            .is_some_and(|(_, title)| book.get(title).is_some_and(|words| words.len() == it.lines.len()))
    };
    let mut waits = Vec::new();
    for (index, it) in told.iter().enumerate() {
        let title = title(it);
        if !book.contains_key(title) {
            continue;
        }
        let to = told.get(index + 1).map_or(end, |next| next.t);
        let of_it = |telling: &&Telling| telling.named.as_ref().is_some_and(|(_, named)| named == title);
        let first_line = tellings.iter().filter(of_it).filter_map(|telling| telling.lines.first());
        let first_line = first_line.map(|line| line.t).find(|t| (it.t..=to).contains(t));
        // What was told takes a moment to be written down.
        let last_line = |telling: &Telling| telling.lines.last().map_or(f64::MAX, |line| line.t);
        let mut before = tellings.iter().filter(of_it).filter(whole);
        let is_known = before.any(|telling| last_line(telling) + ON_THE_WAY_SEC < it.t);
        waits.push(Wait { title: title.to_owned(), from: it.t, to, first_line, is_known });
    }
    waits
}

/// Each of these songs has its first line within `sec`, unless something else plays by then.
#[must_use]
pub fn words_come_within(waits: &[Wait], sec: f64) -> Vec<Violation> {
    let late = waits.iter().filter(|wait| wait.first_line.unwrap_or(wait.to) > wait.from + sec);
    late.map(|wait| {
        let came =
            wait.first_line.map_or("never came".to_owned(), |t| format!("came after {:.3} s", t - wait.from));
        let detail = format!("the first line of '{}', told at {:.3}, {came}", wait.title, wait.from);
        Violation::liveness("a song has its lyrics in time", wait.from + sec, detail)
    })
    .collect()
}

/// A word of a monitor on the position.
#[derive(Debug, Clone, Copy)]
struct Pos {
    t: f64,
    sec: f64,
    is_playing: bool,
}

impl Pos {
    fn at(&self, t: f64) -> f64 {
        self.sec + if self.is_playing { t - self.t } else { 0.0 }
    }
}

fn positions(osc: &[OscLine]) -> Vec<Pos> {
    let pos = osc.iter().filter(|line| line.addr == "/karaoke/pos");
    pos.map(|line| Pos { t: line.t, sec: float(line, 0), is_playing: int(line, 1) == 1 }).collect()
}

/// The index of the line that is on at this position.
fn line_at(lines: &[TimedLine], sec: f64) -> i64 {
    lines.partition_point(|line| line.time_sec <= sec) as i64 - 1
}

/// Where the song is by the last two reports, if it goes on at the pace of these: a small error may be being corrected.
fn on_at_its_pace(reports: &[Pos], t: f64) -> f64 {
    let [.., one, two] = reports else { return reports.last().map_or(0.0, |pos| pos.at(t)) };
    let pace = (two.sec - one.sec) / (two.t - one.t);
    if one.is_playing && two.is_playing && (0.5..=1.5).contains(&pace) {
        two.sec + pace * (t - two.t)
    } else {
        two.at(t)
    }
}

/// Those who tell of lyrics, and those whom they follow.
const INVOLVED: [&str; 3] = [FETCHER, "spotify_monitor", "virtualdj_monitor"];

/// Who was away has found the others again, and heard how things are, within this.
const FOUND_AGAIN_SEC: f64 = 0.6;

/// And after this everything is as it was.
const BACK_WITHIN_SEC: f64 = 2.0;

/// The active line is the one that is due at the position that the player's monitor reports, within `slack_sec`: no other is
/// told, and none is forgotten between two reports. While somebody is away, or is just back, nothing is said of it.
#[must_use]
pub fn active_lines_are_on_time(history: &[Entry], osc: &[OscLine], slack_sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "the active line is the one that is due";
    let (positions, mut violations) = (positions(osc), Vec::new());
    let away: Vec<(f64, f64)> = INVOLVED
        .iter()
        .flat_map(|it| away(history, it))
        .map(|(from, to)| (from, to + BACK_WITHIN_SEC))
        .collect();
    let is_judged = |t: f64| !away.iter().any(|(from, to)| (*from..=*to).contains(&t));
    for telling in tellings(osc).iter().filter(|it| !it.lines.is_empty()) {
        let lines = &telling.lines;
        let all_told = lines.last().map_or(0.0, |line| line.t);
        for (t, index) in
            telling.active.iter().filter(|(t, index)| *index >= 0 && *t >= all_told && is_judged(*t))
        {
            let after = positions.partition_point(|pos| pos.t <= *t);
            let near = after.saturating_sub(2)..(after + 1).min(positions.len());
            let fits = |from: f64, to: f64| {
                let (from, to) = (from.min(to) - slack_sec, from.max(to) + slack_sec);
                (line_at(lines, from)..=line_at(lines, to)).contains(index)
            };
            // What was reported a moment before or after may not have arrived, or have arrived already. And where the two
            // beside it differ by a small error, the position is being corrected between them.
            let is_near = |pos: &&Pos| (pos.t - t).abs() <= slack_sec;
            let last = after.checked_sub(1).map(|at| &positions[at]);
            let is_so = last.is_some_and(|last| {
                let next = positions.get(after).filter(|next| {
                    let off_sec = (next.sec - last.at(next.t)).abs();
                    last.is_playing && next.is_playing && off_sec < 0.5 * (next.t - last.t)
                });
                let ahead = next.map_or_else(|| on_at_its_pace(&positions[..after], *t), |next| next.at(*t));
                fits(last.at(*t), ahead)
            });
            let before =
                after.checked_sub(2).map(|at| &positions[at]).filter(|_| last.is_some_and(|it| is_near(&it)));
            let is_so = is_so || before.is_some_and(|pos| fits(pos.at(*t), pos.at(*t)));
            if !is_so && !positions[near].iter().filter(is_near).any(|pos| fits(pos.at(*t), pos.at(*t))) {
                let detail = format!(
                    "line {index} was active at {:.3} s of the song",
                    last.map_or(-1.0, |it| it.at(*t))
                );
                violations.push(Violation::safety(PROPERTY, *t, detail));
            }
        }
        for pair in positions.windows(2) {
            let [one, two] = pair else { continue };
            // Only between two reports that agree it is known where the song is.
            let agree = one.is_playing && (one.at(two.t) - two.sec).abs() < slack_sec;
            if !agree || one.t < all_told + slack_sec || two.t >= telling.to || two.t - one.t > 1.0 {
                continue;
            }
            let before = |sec: f64| lines.partition_point(|line| line.time_sec < sec);
            for index in before(one.sec)..before(one.at(two.t)) {
                let due = one.t + lines[index].time_sec - one.sec;
                let next = lines.get(index + 1).map_or(f64::MAX, |it| it.time_sec);
                let judged = due + 2.0 * slack_sec;
                let then = positions[..positions.partition_point(|pos| pos.t <= judged)].last();
                let goes_on = then
                    .is_some_and(|pos| (pos.at(judged) - one.at(judged)).abs() < slack_sec && pos.is_playing);
                if judged > telling.to || !goes_on || one.at(judged) >= next || !is_judged(judged) {
                    continue;
                }
                let index = index as i64;
                let last = telling.active.iter().rev().find(|(t, _)| *t <= judged).map(|(_, index)| *index);
                // A small step back is no seek, and the active line does not go back for it.
                let is_ahead = last.is_some_and(|last| {
                    last > index
                        && lines[last as usize].time_sec < one.at(judged) + vj_core::playback::SEEK_SEC
                });
                if last != Some(index) && !is_ahead {
                    let detail = format!("line {index} was due at {due:.3}, and {last:?} was active");
                    violations.push(Violation::liveness(PROPERTY, judged, detail));
                }
            }
        }
    }
    violations
}

/// A mood is one of those that somebody may have found in the song, and scores are scores.
#[must_use]
pub fn moods_are_of_their_song(osc: &[OscLine], may_be: impl Fn(&str, &str) -> bool) -> Vec<Violation> {
    const PROPERTY: &str = "a mood is of the song that plays";
    let mut violations = Vec::new();
    for telling in tellings(osc) {
        for (t, mood) in telling.moods.iter().filter(|(_, mood)| !mood.is_empty()) {
            let title = telling.named.as_ref().map_or("", |(_, title)| title.as_str());
            if !may_be(title, mood) {
                violations.push(Violation::safety(PROPERTY, *t, format!("'{mood}' was told of '{title}'")));
            }
        }
    }
    let scores = osc.iter().filter(|line| line.addr.starts_with("/karaoke/categories/") && line.tags == "f");
    for line in scores.filter(|line| !(0.0..=1.0).contains(&float(line, 0))) {
        let detail = format!("{} {}", line.addr, float(line, 0));
        violations.push(Violation::safety("a score lies between 0 and 1", line.t, detail));
    }
    violations
}

/// By `until` this mood was the last that was told of this song.
#[must_use]
pub fn mood_is_told(osc: &[OscLine], title: &str, mood: &str, until: f64) -> Vec<Violation> {
    let mut of_it = last_moods(osc).into_iter().filter(|(of, from, ..)| of == title && *from <= until);
    let told = of_it.next_back().map(|(.., told)| told);
    if told.as_deref() == Some(mood) {
        return Vec::new();
    }
    let detail = format!("'{title}' is {mood}, and {told:?} was told");
    vec![Violation::liveness("a model that is itself again is heard", until, detail)]
}

/// An image that was told of is there, and was made for the song that plays: what lies beside it in the cache names it.
#[must_use]
pub fn images_are_of_their_song(osc: &[OscLine], cache: &[(String, Vec<u8>)]) -> Vec<Violation> {
    let (mut violations, mut title) = (Vec::new(), "");
    for line in osc {
        match line.addr.as_str() {
            "/karaoke/track" => title = text(line, 3),
            "/karaoke/image" => {
                let file = |name: &str| {
                    let found = cache.iter().find(|(of, _)| name.ends_with(of.as_str()));
                    found.map(|(_, bytes)| bytes.as_slice())
                };
                let shows = file(text(line, 0)).and_then(text_of);
                let record = text(line, 0).rsplit_once('.').map(|(stem, _)| format!("{stem}.json"));
                let record = record.as_deref().and_then(file).unwrap_or_default();
                let of = serde_json::from_slice::<Value>(record).unwrap_or_default()["title"].take();
                if title.is_empty() || shows.is_none() || of != title {
                    let detail = format!("{} shows {shows:?} of {of} while '{title}' plays", text(line, 0));
                    violations.push(Violation::safety("an image is of the song that plays", line.t, detail));
                }
            }
            _ => {}
        }
    }
    violations
}

/// The moods of each song that was told of, with the time: the title, and the last mood that it got.
#[must_use]
pub fn last_moods(osc: &[OscLine]) -> Vec<(String, f64, f64, String)> {
    let told = tellings(osc).into_iter().filter_map(|telling| {
        let (named_t, title) = telling.named?;
        let (_, mood) = telling.moods.last().cloned().unwrap_or_default();
        Some((title, named_t, telling.to, mood))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            vec![
                ("images/a.png".to_owned(), crate::services::png("red")),
                ("images/a.json".to_owned(), record),
            ]
        };
        assert!(images_are_of_their_song(&painted, &image("One")).is_empty());
        let wrong = images_are_of_their_song(&painted, &image("Two"));
        assert!(wrong[0].to_string().contains("of \"Two\" while 'One' plays"), "{wrong:?}");
        assert_eq!(images_are_of_their_song(&painted, &[]).len(), 1, "it is not there");
    }
}
