//! The active line stands where the player is.

use serde_json::{Value, json};
use vj_core::ProcessName::LyricsFetcher;

use crate::support::{Night, night, track};

/// When each line became the active one, since `from`.
fn active(night: &Night, from: f64) -> Vec<(i64, f64)> {
    let lines = night.told_of("/karaoke/line/active", from);
    lines.iter().map(|line| (line.args[0].as_i64().unwrap(), line.t)).collect()
}

/// The line becomes active at this second of the show, and not 20 ms later.
fn assert_at(active: &[(i64, f64)], index: i64, at: f64) {
    let told = active.iter().find(|(line, t)| *line == index && *t > at - 0.5);
    let (_, t) = told.unwrap_or_else(|| panic!("line {index} is not told at {at}: {active:?}"));
    assert!((-0.002..=0.02).contains(&(t - at)), "line {index} at {t} instead of {at}");
}

#[test]
fn each_line_is_active_within_20_ms_of_its_time() {
    night(json!({}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.show.pause(36.0).await;
        let active = active(&night, began);
        let order: Vec<i64> = active.iter().map(|(line, _)| *line).collect();
        assert_eq!(order, (-1..13).collect::<Vec<i64>>(), "each once");
        for index in 0..13 {
            assert_at(&active, index, began + 10.0 + 2.0 * index as f64);
        }
        let refrain: Vec<Value> =
            night.told_of("/karaoke/refrain/active", began).iter().map(|line| line.args[0].clone()).collect();
        assert_eq!(refrain, [-1, 0, 1, 2, -1, 3, 4, 5].map(|at| json!(at)));
        let texts = night.told_of("/karaoke/keywords/active", began);
        assert!(texts.iter().any(|line| line.args[1].as_str().unwrap().contains("BURN")), "{texts:?}");
    });
}

#[test]
fn it_goes_back_on_a_seek_and_waits_while_the_player_stands() {
    night(json!({}), |night| async move {
        night.player.plays(&track("One"));
        night.show.pause(5.0).await;
        let sought = night.player.seeks(29.5);
        night.show.pause(1.0).await;
        assert_at(&active(&night, sought), 10, sought + 0.5);
        let back = night.player.seeks(11.0);
        night.show.pause(0.5).await;
        assert_at(&active(&night, back), 0, back);
        night.player.pauses(true);
        let paused = night.show.now();
        night.show.pause(10.0).await;
        assert_eq!(active(&night, paused), [], "nothing is sung");
        let goes_on = night.player.pauses(false);
        night.show.pause(3.0).await;
        assert_at(&active(&night, goes_on), 1, goes_on + 0.5);
        night.player.pauses(true);
        night.show.pause(4.0).await;
        let sought = night.player.seeks(31.0);
        night.show.pause(3.0).await;
        assert_at(&active(&night, sought), 10, sought);
    });
}

#[test]
fn lines_come_sooner_by_the_offset_of_all_and_that_of_the_track() {
    night(json!({"timing_offset_ms": 200}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.show.pause(11.0).await;
        assert_at(&active(&night, began), 0, began + 9.8);
        night.show.done(LyricsFetcher, "set_track_offset", json!({"offset_ms": 300})).await;
        night.show.pause(2.0).await;
        assert_at(&active(&night, began), 1, began + 11.5);
        night.show.done(LyricsFetcher, "set_config", json!({"timing_offset_ms": -100})).await;
        night.show.pause(2.0).await;
        assert_at(&active(&night, began), 2, began + 13.8);
        assert_eq!(night.state().await["offsets_ms"], json!({"timing": -100, "track": 300}));
        // It is kept: after a crash, and for the next time.
        night.show.kill(LyricsFetcher).await;
        night.show.pause(4.0).await;
        let began = night.player.plays(&track("Two"));
        night.show.pause(2.0).await;
        assert_eq!(night.state().await["offsets_ms"]["track"], 0, "of another track nothing was said");
        let again = night.player.plays(&track("One"));
        night.show.pause(11.0).await;
        assert_at(&active(&night, again), 0, again + 9.8);
        assert!(again > began);
        let why = night.show.refused(LyricsFetcher, "set_track_offset", json!({"offset_ms": 60_001})).await;
        assert!(why.contains("60000"), "{why}");
    });
}

#[test]
fn into_the_middle_of_a_song_its_line_follows_the_lines() {
    night(json!({}), |night| async move {
        let began = night.player.plays(&track("One"));
        night.player.seeks(31.0);
        night.show.pause(1.0).await;
        let told = night.told(began);
        let at = |is_it: &dyn Fn(&vj_sim::osc_log::OscLine) -> bool| told.iter().position(is_it).unwrap();
        let line = at(&|line| line.addr == "/karaoke/lyrics/line" && line.args[0] == 10);
        let active = at(&|line| line.addr == "/karaoke/line/active" && line.args[0] == 10);
        assert!(line < active, "a line is not active before it is there");
    });
}
