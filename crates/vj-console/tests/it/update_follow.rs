//! Lists that follow what is new, until somebody moves in them.

use ratatui::crossterm::event::KeyCode;
use serde_json::json;
use vj_console::model::screen::Screen;
use vj_core::ProcessName;

use crate::show::{live, state_with};

const LYRICS: ProcessName = ProcessName::LyricsFetcher;

#[test]
fn the_lyrics_follow_the_song_until_somebody_moves_and_again_with_the_next_song() {
    let mut show = live(Screen::Song);
    assert!(show.model.song.follows);
    show.key(KeyCode::Down);
    assert_eq!(
        (show.model.song.follows, show.model.song.list.selected),
        (false, 8),
        "from the line that is sung"
    );
    show.state(LYRICS, state_with(LYRICS, &[("/active_line", json!(10))]));
    assert_eq!(show.model.song.list.selected, 8, "the same song leaves it alone");
    show.state(LYRICS, state_with(LYRICS, &[("/sequence", json!(3))]));
    assert!(show.model.song.follows, "another song");
    for back in [KeyCode::Esc, KeyCode::Char('f')] {
        assert!(!show.key(KeyCode::Up).model.song.follows);
        assert!(show.key(back).model.song.follows, "{back:?}");
    }
}

#[test]
fn the_logs_follow_until_somebody_moves_up_and_again_from_the_last_line() {
    let mut show = live(Screen::Logs);
    let last = show.model.logs.list.selected;
    assert!(show.model.logs.follows && last > 30);
    show.key(KeyCode::Up);
    assert_eq!((show.model.logs.follows, show.model.logs.list.selected), (false, last - 1));
    let more = json!({"seq": 43, "logs": [{"seq": 43, "time_ms": 9_999_999_999_999_u64, "worker": "a", "level": "info", "message": "new"}]});
    show.wait(250).answer("get_logs", more);
    assert_eq!(show.model.logs.list.selected, last - 1, "what one reads stays where it is");
    show.key(KeyCode::End);
    assert_eq!((show.model.logs.follows, show.model.logs.list.selected), (true, last + 1));
}

#[test]
fn a_search_marks_goes_round_and_says_when_there_is_nothing() {
    let mut show = live(Screen::Logs);
    show.keys("/unavailable").key(KeyCode::Enter);
    let first = show.model.logs.list.selected;
    show.keys("n");
    assert_ne!(show.model.logs.list.selected, first);
    show.keys("N");
    assert_eq!(show.model.logs.list.selected, first);
    show.keys("/").key(KeyCode::Backspace).keys("x").key(KeyCode::Enter).keys("n");
    assert_eq!(
        show.model.notice.as_ref().unwrap().text,
        "'unavailablx' is nowhere in the logs that are shown"
    );
}

#[test]
fn levels_and_workers_go_round() {
    let mut show = live(Screen::Logs);
    let mut counts = Vec::new();
    for _ in 0..4 {
        show.keys("l");
        counts.push(show.model.logs.shown().count());
    }
    assert_eq!(counts, [12, 6, 42, 36], "warnings, errors, all, without the developers' own");
    let mut workers = Vec::new();
    for _ in 0..6 {
        show.keys("w");
        workers.push(show.model.logs.worker.clone().unwrap_or_default());
    }
    let expect =
        ["audio_analyzer", "lyrics_fetcher", "process_manager", "spotify_monitor", "virtualdj_monitor", ""];
    assert_eq!(workers, expect);
}

#[test]
fn a_list_that_has_become_shorter_has_its_chosen_line_all_the_same() {
    let mut show = live(Screen::Osc);
    show.key(KeyCode::End);
    let fewer = state_with(
        ProcessName::OscDebugger,
        &[("/addresses", json!([{"addr": "/a", "per_sec": 1.0, "count": 1}]))],
    );
    show.state(ProcessName::OscDebugger, fewer);
    assert!(crate::picture::text(&crate::picture::buffer(&show.model, 120, 40)).contains("> /a"));
    show.key(KeyCode::Up);
    assert_eq!(show.model.messages.list.selected, 0);
}
