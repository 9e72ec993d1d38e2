//! `report.html`: one file that opens without a network.

use std::collections::BTreeMap;

use serde::Serialize;

use super::escape::{html_text, json_in_script};
use super::levels::Levels;
use super::lives::Process;
use super::meta::ReportMeta;
use super::music::Section;
use super::outages::{Fault, Outage};
use super::playing::Playing;
use super::rates::Rates;
use super::shortfalls;
use super::song_page::SongLanes;
use super::summary::Summary;
use super::units::{rounded, thousands};
use super::{chronicle, song_tables, tables, tiles};
use crate::history::{Entry, What};
use crate::osc_log::OscLine;
use crate::player_tape::PLAYS;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const VIEW: &str = include_str!("page/view.js");
const LANES: &str = include_str!("page/lanes.js");
const WORDS: &str = include_str!("page/words.js");
const RATES: &str = include_str!("page/rates.js");
const HANDS: &str = include_str!("page/hands.js");

/// The page. Levels are drawn from `lines`, more finely than the summary holds them.
#[must_use]
pub fn html(meta: &ReportMeta, summary: &Summary, entries: &[Entry], lines: &[OscLine]) -> String {
    let (story, events) = chronicle::chronicle(entries);
    let songs = SongLanes::of(&summary.songs);
    let parts = BTreeMap::from([
        ("title", html_text(&summary.title)),
        ("about", html_text(&about(summary))),
        ("headline", html_text(&summary.headline)),
        ("verdict", if summary.is_well() { "good" } else { "bad" }.to_owned()),
        ("tiles", tiles::tiles(summary)),
        ("short", shortfalls::shortfalls(summary)),
        ("faults", tables::faults(summary)),
        ("processes", tables::processes(summary)),
        ("health", tables::health(summary)),
        ("lyrics", song_tables::lyrics(summary, songs.cut)),
        ("sung", songs.names()),
        ("rates", tables::rates(summary)),
        ("log", tables::log(summary)),
        ("events", thousands(events)),
        ("chronicle", story),
        ("style", STYLE.to_owned()),
        ("view", VIEW.to_owned()),
        ("lanes", LANES.to_owned()),
        ("words", WORDS.to_owned()),
        ("rates_lane", RATES.to_owned()),
        ("hands", HANDS.to_owned()),
        ("data", data(meta, summary, entries, lines, songs)),
    ]);
    fill(PAGE, &parts)
}

/// One line on what was run.
fn about(summary: &Summary) -> String {
    let mut parts = vec!["Rehearsed with vj".to_owned()];
    if !summary.version.is_empty() {
        parts[0] = format!("Rehearsed with vj {}", summary.version);
    }
    parts.push(format!("seed {}", summary.seed));
    parts.extend(summary.audio.clone());
    parts.join(" · ")
}

/// Puts the parts in the place of their `{{name}}`, in one pass: what a part holds is not looked at again.
fn fill(page: &str, parts: &BTreeMap<&str, String>) -> String {
    let mut filled = String::with_capacity(page.len() + parts.values().map(String::len).sum::<usize>());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("the page closes every {{ it opens");
        filled.push_str(before);
        filled.push_str(parts.get(name).expect("the page names only parts that there are"));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What the script draws.
#[derive(Serialize)]
struct Data<'a> {
    end: f64,
    levels: PageLevels,
    beats: &'a [f64],
    downbeats: &'a [f64],
    tempo: &'a [(f64, f64)],
    structure: &'a [Section],
    known: Known,
    playing: &'a [Playing],
    songs: SongLanes,
    processes: &'a BTreeMap<String, Process>,
    faults: &'a [Fault],
    outages: &'a [Outage],
    rates: Rates,
    marks: Vec<Mark<'a>>,
}

#[derive(Serialize)]
struct PageLevels {
    per_sec: u32,
    slices: usize,
    base64: String,
}

/// What is known about the sound.
#[derive(Serialize, Default)]
struct Known {
    tracks: Vec<(String, f64, f64)>,
    structure: Vec<(String, f64, f64)>,
    /// Only where it changes.
    tempo: Vec<(f64, f64)>,
}

#[derive(Serialize)]
struct Mark<'a> {
    t: f64,
    name: &'a str,
    detail: &'a str,
}

fn data(
    meta: &ReportMeta,
    summary: &Summary,
    entries: &[Entry],
    lines: &[OscLine],
    songs: SongLanes,
) -> String {
    let levels = Levels::for_page(lines, summary.end_sec);
    let marks = entries.iter().filter_map(|entry| match &entry.what {
        // What a player does has a lane of its own.
        What::Mark { name, detail } if name != PLAYS => Some(Mark { t: rounded(entry.t), name, detail }),
        _ => None,
    });
    let data = Data {
        end: summary.end_sec,
        levels: PageLevels {
            per_sec: levels.per_sec,
            slices: levels.bands[0].len(),
            base64: levels.base64(),
        },
        beats: &summary.music.beats,
        downbeats: &summary.music.downbeats,
        tempo: &summary.music.tempo,
        structure: &summary.music.structure,
        known: known(meta),
        playing: &summary.playing,
        songs,
        processes: &summary.processes,
        faults: &summary.faults,
        outages: &summary.outages,
        rates: Rates::of(lines, summary.end_sec),
        marks: marks.collect(),
    };
    json_in_script(&serde_json::to_string(&data).expect("the page's data are numbers and text"))
}

fn known(meta: &ReportMeta) -> Known {
    let Some(truth) = meta.truth.as_ref().map(|truth| truth.shifted(meta.audio_starts_sec)) else {
        return Known::default();
    };
    let mut tempo = truth.tempo_curve;
    tempo.dedup_by(|next, kept| next.1 == kept.1);
    let track = |track: &super::TruthTrack| match track.artist.as_str() {
        "" => track.title.clone(),
        artist => format!("{artist} – {}", track.title),
    };
    Known {
        tracks: truth.tracks.iter().map(|of| (track(of), rounded(of.start), rounded(of.end))).collect(),
        structure: truth
            .structure
            .into_iter()
            .map(|of| (of.kind, rounded(of.start), rounded(of.end)))
            .collect(),
        tempo: tempo.into_iter().map(|(t, bpm)| (rounded(t), bpm)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{Lyrics, killed_once, sung};

    fn page(title: &str) -> String {
        let (entries, lines) = killed_once();
        let meta = ReportMeta { title: title.into(), seed: 7, duration_sec: 90.0, ..ReportMeta::default() };
        html(&meta, &Summary::of(&meta, &entries, &lines), &entries, &lines)
    }

    #[test]
    fn the_page_needs_no_network() {
        let page = page("small");
        for outside in ["http:", "https:", "src=", "@import", "url(", "<link"] {
            assert!(!page.contains(outside), "{outside} in the page");
        }
    }

    #[test]
    fn what_comes_from_outside_is_inert() {
        let page = page("{{data}}</script><b>");
        // Our own two scripts end, and nothing else does; the log of the sample says `</script><b>down</b>`.
        assert_eq!(page.matches("</script").count(), 2);
        assert!(!page.contains("<b>down"));
        assert!(page.contains("<title>{{data}}&lt;/script&gt;&lt;b&gt;"));
    }

    fn page_of(lines: &[OscLine]) -> String {
        let meta = ReportMeta { duration_sec: 30.0, ..ReportMeta::default() };
        html(&meta, &Summary::of(&meta, &[], lines), &[], lines)
    }

    fn data_of(page: &str) -> serde_json::Value {
        let (_, data) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        serde_json::from_str(data).unwrap()
    }

    #[test]
    fn what_is_sung_is_inert_too() {
        let evil = "</script><script>alert(1)</script><img onerror=x>{{data}}";
        let mut told = Lyrics::default();
        told.plays(1.0, evil).line(1.1, 0, 2.0, evil).refrain(1.1, 0, 2.0, evil).keywords(1.1, 0, 2.0, evil);
        told.mood(1.2, &[(evil, 0.5)], evil).image(1.3, evil);
        told.active(2.0, 0).refrain_active(2.0, 0, evil).keywords_active(2.0, 0, evil);
        let page = page_of(&told.lines);
        assert_eq!(page.matches("</script").count(), 2);
        assert!(!page.contains("<script>alert") && !page.contains("<img"));
        assert_eq!(data_of(&page)["songs"]["lyrics"][0], serde_json::json!([2.0, 30.0, evil, 1]));
    }

    #[test]
    fn words_have_a_section_and_lanes_where_there_are_any() {
        let (with, without) = (page_of(&sung()), page_of(&[]));
        assert!(
            with.contains("tempo, lyrics, keywords, mood, OSC messages and the life")
                && with.contains("<h2>Lyrics and mood")
        );
        assert!(
            without.contains("tempo, OSC messages and the life") && !without.contains("<h2>Lyrics and mood")
        );
        assert_eq!(data_of(&with)["songs"]["lyrics"].as_array().unwrap().len(), 3);
        for lane in ["resets", "lyrics", "keywords", "moods", "images"] {
            assert_eq!(data_of(&without)["songs"][lane], serde_json::json!([]), "an empty lane is not drawn");
        }
    }

    #[test]
    fn every_part_has_its_place_and_the_data_can_be_read() {
        let page = page("small");
        assert!(!page.contains("{{"));
        let data = data_of(&page);
        assert_eq!(data["outages"][0]["recovery_sec"], 1.02);
        assert_eq!(data["levels"]["slices"], 2_700);
    }

    #[test]
    fn without_a_script_the_figures_are_there() {
        let page = page("small");
        let (shown, _) = page.split_once("<script").unwrap();
        for part in ["was back after 1.02 s", "/audio/levels", "signal 9", "<noscript>"] {
            assert!(shown.contains(part), "{part} is missing");
        }
    }

    #[test]
    fn two_hours_stay_small() {
        let levels = Levels::for_page(&[], 7_200.0).base64().len();
        // With 130 beats a minute, of 11 digits each, twice for the bars' first, and a tempo a second.
        let music = 7_200 * 130 / 60 * 11 * 5 / 4 + 7_200 * 18;
        let page_itself = [PAGE, STYLE, VIEW, LANES, WORDS, RATES, HANDS].map(str::len).iter().sum::<usize>();
        assert!(levels + music + page_itself < 5_000_000 / 2);
    }
}
