//! What the report says of a song's words, as the shipping worker tells them.

use serde_json::json;
use vj_core::ProcessName::LyricsFetcher;
use vj_sim::report::{ReportMeta, Song, Summary, html};

use crate::support::{Night, candidate, night, track};

/// The report of the show so far.
fn report(night: &Night) -> (Vec<Song>, String) {
    let (meta, history, osc) = (ReportMeta::default(), night.show.history(), night.show.osc());
    let summary = Summary::of(&meta, &history, &osc);
    let page = html(&meta, &summary, &history, &osc);
    (summary.songs, page)
}

#[test]
fn the_report_has_each_line_at_the_time_at_which_it_was_sung() {
    night(json!({}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.show.until(began + 24.0).await;
        let (songs, page) = report(&night);
        let [song] = &songs[..] else { panic!("{songs:?}") };
        assert_eq!((song.title.as_str(), song.again, song.lines.len()), ("One", false, 13));
        let (of_refrain, text) = (&song.lines[3], "Burn it down and burn it all");
        assert_eq!(
            (of_refrain.text.as_str(), of_refrain.refrain, song.lines[0].refrain),
            (text, true, false)
        );
        let [(from, to)] = of_refrain.active[..] else { panic!("{of_refrain:?}") };
        // The player is a fraction of a second ahead of what the monitor has heard of it.
        assert!(
            (from - began - 16.0).abs() < 1.5 && (to - from - 2.0).abs() < 0.05,
            "{from} to {to}, {began}"
        );
        assert_eq!(song.lines.iter().filter(|line| line.refrain).count(), song.refrain.lines.len());
        assert_eq!(song.refrain.active[0].start, from);
        assert!(!song.keywords.lines.is_empty() && !song.keywords.active.is_empty());
        let [mood] = &song.moods[..] else { panic!("{:?}", song.moods) };
        assert!(mood.t - song.start < 1.0 && mood.scores.len() == 12, "{mood:?}");
        assert!(
            page.contains("tempo, lyrics, keywords, mood, OSC messages and the life") && page.contains(text)
        );
    });
}

#[test]
fn a_killed_worker_tells_its_song_again_and_the_next_song_is_another() {
    night(json!({}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.show.until(began + 13.0).await;
        let killed = night.show.kill(LyricsFetcher).await;
        night.show.until(began + 20.0).await;
        night.web.lrclib(candidate("Two", "[00:01.00]Another"));
        night.player.plays(&track("Two"));
        night.show.pause(5.0).await;
        let (songs, _) = report(&night);
        let told: Vec<_> =
            songs.iter().map(|song| (song.title.as_str(), song.again, song.lines.len())).collect();
        assert_eq!(told, [("One", false, 13), ("One", true, 13), ("Two", false, 1)]);
        // Until the new one is there, the visuals show the line that they know.
        let (_, until) = *songs[0].lines[1].active.last().unwrap();
        assert!(until > killed + 0.9 && until == songs[1].start, "{until}, killed at {killed}");
        assert!(!songs[1].lines[3].active.is_empty(), "and then the line that is sung");
    });
}
