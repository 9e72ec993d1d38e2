//! How services were asked.

use vj_workers::lyrics_fetcher::Record;

use super::Violation;
use super::lives::away;
use super::lyrics::Wait;
use super::marks::marks;
use crate::history::{Entry, What};
use crate::http::Manner;
use crate::services::Seen;

/// Between two questions to LRCLIB, in seconds; and by how much a clock may count in larger steps.
const LRCLIB_EVERY_SEC: f64 = 0.5;
const CLOCK_SEC: f64 = 0.003;

/// LRCLIB is asked twice a second at most, never within a rest that it asked for, by somebody who says who that is; and once
/// it has said that it knows nothing of a song, it is not asked for it again. `early_sec`: by how much a real machine may
/// deliver a question late and the next one in time.
#[must_use]
pub fn lrclib_is_left_in_peace(history: &[Entry], seen: &[Seen], early_sec: f64) -> Vec<Violation> {
    const PROPERTY: &str = "LRCLIB is left in peace";
    let lives: Vec<f64> = away(history, "lyrics_fetcher").into_iter().map(|(_, to)| to).collect();
    let is_another_life = |from: f64, to: f64| lives.iter().any(|t| (from..=to).contains(t));
    let mut violations = Vec::new();
    let mut wrong = |t: f64, detail: String| violations.push(Violation::safety(PROPERTY, t, detail));
    let (mut rests_until, mut unknown) = (0.0_f64, Vec::<(f64, String)>::new());
    for (at, it) in seen.iter().enumerate() {
        let now = it.asked.at_sec;
        let last = at.checked_sub(1).map_or(f64::MIN, |last| seen[last].asked.at_sec);
        let is_known = !is_another_life(last, now);
        if is_known && now - last < LRCLIB_EVERY_SEC - CLOCK_SEC - early_sec {
            wrong(now, format!("asked {:.3} s after the question before", now - last));
        }
        if is_known && now < rests_until - CLOCK_SEC {
            wrong(now, format!("asked {:.3} s before its rest was over", rests_until - now));
        }
        if !it.asked.header("user-agent").starts_with("vj v") {
            wrong(now, format!("asked by '{}'", it.asked.header("user-agent")));
        }
        let title = it.asked.parameter("track_name").unwrap_or_default().to_owned();
        if unknown.iter().any(|(t, of)| *of == title && !is_another_life(*t, now)) {
            wrong(now, format!("asked for '{title}' again, which it does not know"));
        }
        let arrives = matches!(it.reply.manner, Manner::Whole | Manner::Trickled);
        if let Some(sec) = it.reply.retry_after_sec.filter(|_| arrives) {
            rests_until = now + it.reply.wait.as_secs_f64() + sec as f64;
        }
        if arrives && it.asked.path == "/api/search" && it.reply.body == b"[]" {
            // What is found out takes a moment to be written down.
            unknown.push((now + it.reply.wait.as_secs_f64(), title));
        }
    }
    violations
}

/// Questions to a model, by what each song needs at most: a few rungs, and a few tries of a busy one.
#[must_use]
pub fn models_are_asked_in_measure(
    history: &[Entry],
    seen: &[Seen],
    songs: usize,
    each: usize,
) -> Vec<Violation> {
    let chats = seen.iter().filter(|it| it.asked.method == "POST").count();
    let lives = history
        .iter()
        .filter(|entry| matches!(&entry.what, What::Start { process, .. } if process == "lyrics_fetcher"));
    let most = songs * each + lives.count();
    if chats <= most {
        return Vec::new();
    }
    let detail = format!("{chats} questions for {songs} songs");
    vec![Violation::safety("a model is asked in measure", history.last().map_or(0.0, |it| it.t), detail)]
}

/// Each entry of the cache can be read and is of its place, or was set aside, or was damaged (a mark of this name tells of it)
/// and not wanted since.
#[must_use]
pub fn cache_is_whole(history: &[Entry], cache: &[(String, Vec<u8>)], mark: &str) -> Vec<Violation> {
    let end = history.last().map_or(0.0, |it| it.t);
    let damaged: Vec<&str> =
        marks(history, mark).filter_map(|(_, detail)| Some(detail.split_once(": ")?.1)).collect();
    let mut violations = Vec::new();
    let entries =
        cache.iter().filter(|(name, _)| name.ends_with(".json") && !damaged.contains(&name.as_str()));
    for (name, bytes) in entries {
        if let Err(why) = Record::read_at(name, bytes) {
            let detail = format!("{name} holds {} bytes and no entry: {why}", bytes.len());
            violations.push(Violation::safety("an entry of the cache is whole", end, detail));
        }
    }
    violations
}

/// Those of these songs during which nobody was away who is needed for their lyrics, and since `back_sec` before.
#[must_use]
pub fn undisturbed(history: &[Entry], waits: &[Wait], back_sec: f64) -> Vec<Wait> {
    let needed = ["lyrics_fetcher", "spotify_monitor", "virtualdj_monitor"];
    let spans: Vec<(f64, f64)> = needed.iter().flat_map(|name| away(history, name)).collect();
    let is_calm =
        |wait: &&Wait| !spans.iter().any(|(from, to)| *from <= wait.to && to + back_sec >= wait.from);
    waits.iter().filter(is_calm).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::{Asked, Reply};

    /// An entry, and the name of the file in which the one with an empty key lies.
    const WHOLE: &[u8] =
        br#"{"version":1,"key":"","kind":"lyrics","text":"[00:01.00]a","at_ms":0,"artist":"","title":""}"#;
    const EMPTY_KEY: &str = "6c62272e07bb014262b821756295c58d";

    fn seen(at_sec: f64, title: &str, reply: Reply) -> Seen {
        let query = vec![("track_name".to_owned(), title.to_owned())];
        let headers = [("user-agent".to_owned(), "vj v1".to_owned())].into();
        let path = "/api/search".to_owned();
        Seen { asked: Asked { at_sec, path, query, headers, ..Asked::default() }, reply }
    }

    fn fine() -> Reply {
        Reply::new(200, "application/json", "[{}]")
    }

    fn said(seen: &[Seen]) -> String {
        lrclib_is_left_in_peace(&[], seen, 0.0).iter().map(|it| format!("{it}\n")).collect()
    }

    #[test]
    fn a_half_entry_is_found_unless_somebody_made_it_so() {
        let cache = [
            (format!("lyrics/{EMPTY_KEY}.json"), WHOLE.to_vec()),
            ("lyrics/b.json".to_owned(), b"{\"key\"".to_vec()),
            ("lyrics/b.json.damaged".to_owned(), b"{".to_vec()),
        ];
        let half = cache_is_whole(&[], &cache, "damaged");
        assert!(half.len() == 1 && half[0].to_string().contains("lyrics/b.json holds 6 bytes"), "{half:?}");
        let other = [(format!("analysis/{EMPTY_KEY}.json"), WHOLE.to_vec())];
        assert_eq!(cache_is_whole(&[], &other, "damaged").len(), 1, "it belongs elsewhere");
        let mark = What::Mark { name: "damaged".to_owned(), detail: "cut: lyrics/b.json".to_owned() };
        assert!(cache_is_whole(&[Entry { t: 1.0, what: mark }], &cache, "damaged").is_empty());
    }

    #[test]
    fn a_song_during_which_somebody_was_away_is_disturbed() {
        let exit = What::Exit { process: "lyrics_fetcher".to_owned(), pid: 1, how: String::new() };
        let start = What::Start { process: "lyrics_fetcher".to_owned(), pid: 2 };
        let history = [Entry { t: 5.0, what: exit }, Entry { t: 6.0, what: start }];
        let wait = |from: f64| Wait {
            title: "A".to_owned(),
            from,
            to: from + 1.0,
            first_line: None,
            is_known: false,
        };
        let calm = undisturbed(&history, &[wait(2.0), wait(4.5), wait(7.0), wait(9.0)], 2.0);
        assert_eq!(calm, [wait(2.0), wait(9.0)]);
    }

    #[test]
    fn each_disturbance_is_found() {
        assert_eq!(said(&[seen(1.0, "A", fine()), seen(1.5, "A", fine())]), "");
        assert!(said(&[seen(1.0, "A", fine()), seen(1.4, "A", fine())]).contains("asked 0.400 s after"));
        let rest = fine().rest(10).after(Duration::from_secs(1));
        assert!(
            said(&[seen(1.0, "A", rest), seen(9.0, "A", fine())]).contains("asked 3.000 s before its rest")
        );
        let nothing = Reply::new(200, "application/json", "[]");
        assert!(said(&[seen(1.0, "A", nothing), seen(9.0, "A", fine())]).contains("asked for 'A' again"));
        let mut nobody = seen(1.0, "A", fine());
        nobody.asked.headers.clear();
        assert!(said(&[nobody]).contains("asked by ''"));
        let chat = Seen { asked: Asked { method: "POST".to_owned(), ..Asked::default() }, reply: fine() };
        assert!(models_are_asked_in_measure(&[], &[chat.clone(), chat.clone()], 1, 1).len() == 1);
        assert!(models_are_asked_in_measure(&[], &[chat.clone(), chat], 1, 2).is_empty());
    }
}
