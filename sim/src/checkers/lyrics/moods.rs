//! What was told of a song beside its words: its mood, and an image.

use serde_json::Value;

use super::tellings::{float, tellings, text};
use crate::checkers::Violation;
use crate::osc_log::OscLine;
use crate::services::text_of;

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
