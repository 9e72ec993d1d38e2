//! Changes of settings: from the key to the worker's own word.

use proptest::prelude::*;
use ratatui::crossterm::event::KeyCode;
use serde_json::json;
use vj_console::CallId;
use vj_console::model::screen::Screen;
use vj_console::model::wishes::Stage;
use vj_core::ProcessName;

use crate::show::{Show, live, state, state_with};

const WORKER: ProcessName = ProcessName::LyricsFetcher;
const KEY: &str = "timing_offset_ms";

fn offset(ms: i64) -> serde_json::Value {
    state_with(WORKER, &[("/config/timing_offset_ms", json!(ms))])
}

/// The show with the lyrics worker away.
fn away() -> Show {
    let mut show = live(Screen::Song);
    show.down(WORKER);
    show
}

fn stage(show: &Show) -> Option<Stage> {
    show.model.wishes.of(WORKER, KEY).map(|wish| wish.stage.clone())
}

fn notice(show: &Show) -> &str {
    show.model.notice.as_ref().map_or("", |notice| &notice.text)
}

#[test]
fn what_is_wished_for_while_a_worker_is_away_is_sent_once_when_it_is_back() {
    let mut show = away();
    show.keys("+");
    assert_eq!((stage(&show), show.commands()), (Some(Stage::Pending), vec![]));
    let sent = show.state(WORKER, offset(0)).commands();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, r#"lyrics_fetcher set_config {"timing_offset_ms":50}"#);
    assert_eq!(stage(&show), Some(Stage::Sent(sent[0].0)));
    // A state that was on its way already says nothing about it.
    assert_eq!(show.state(WORKER, offset(0)).commands(), []);
    show.replied(sent[0].0, json!({}));
    assert_eq!(stage(&show), Some(Stage::Accepted));
    assert_eq!(show.state(WORKER, offset(50)).commands(), []);
    assert_eq!(stage(&show), None);
    assert_eq!(notice(&show), "lyrics_fetcher: timing_offset_ms is 50");
}

#[test]
fn of_three_changes_only_the_newest_is_sent() {
    let mut show = away();
    show.keys("++-+");
    let sent: Vec<String> = show.state(WORKER, offset(0)).commands().into_iter().map(|it| it.1).collect();
    assert_eq!(sent, [r#"lyrics_fetcher set_config {"timing_offset_ms":100}"#]);
    assert_eq!(show.wait(250).state(WORKER, offset(0)).commands(), []);
}

#[test]
fn a_key_that_is_held_counts_from_what_is_on_its_way() {
    let mut show = live(Screen::Song);
    let sent: Vec<String> = show.keys("+++").commands().into_iter().map(|it| it.1).collect();
    let expect = [50, 100, 150].map(|ms| format!("lyrics_fetcher set_config {{\"timing_offset_ms\":{ms}}}"));
    assert_eq!(sent, expect);
}

#[test]
fn a_worker_that_was_only_silent_for_a_moment_gets_what_was_wished_for_meanwhile() {
    let mut show = live(Screen::Song);
    show.wait(2_300).keys("+");
    assert_eq!(stage(&show), Some(Stage::Pending), "its last word is too old");
    assert_eq!(show.commands(), []);
    let sent = show.state(WORKER, offset(0)).commands();
    assert_eq!(sent.len(), 1, "the link has held, so that nobody says that it is up");
    assert_eq!(show.state(WORKER, offset(0)).commands(), []);
}

#[test]
fn what_is_so_already_is_not_sent() {
    let mut show = away();
    show.keys("+");
    assert_eq!(show.state(WORKER, offset(50)).commands(), []);
    assert_eq!(stage(&show), None);
}

#[test]
fn a_refusal_says_why_and_leaves_the_value_of_the_worker() {
    let mut show = live(Screen::Song);
    let call = show.keys("+").commands()[0].0;
    show.refused(call, "timing_offset_ms: at most 10000");
    assert_eq!(notice(&show), "lyrics_fetcher refused: timing_offset_ms: at most 10000");
    let picture = crate::picture::text(&crate::picture::buffer(&show.model, 120, 40));
    assert!(picture.contains("timing offset 0 ms earlier -> 50 refused: timing_offset_ms"), "{picture}");
    // The next step counts from what the worker has.
    assert_eq!(show.keys("-").commands()[0].1, r#"lyrics_fetcher set_config {"timing_offset_ms":-50}"#);
}

#[test]
fn what_arrived_although_nobody_heard_it_is_not_sent_again() {
    let mut show = live(Screen::Song);
    let call = show.keys("+").commands()[0].0;
    show.unknown(call).down(WORKER);
    assert_eq!(stage(&show), Some(Stage::Pending));
    assert_eq!(show.state(WORKER, offset(50)).commands(), []);
    assert_eq!(stage(&show), None);
}

#[test]
fn what_did_not_arrive_is_sent_again() {
    for up_comes_first in [false, true] {
        let mut show = live(Screen::Song);
        let call = show.keys("+").commands()[0].0;
        show.down(WORKER);
        let sent = if up_comes_first {
            show.state(WORKER, offset(0)).unknown(call).state(WORKER, offset(0)).commands()
        } else {
            show.unknown(call).state(WORKER, offset(0)).commands()
        };
        assert_eq!(sent.len(), 1, "the link is up before the end of the call is told: {up_comes_first}");
        assert_eq!(show.state(WORKER, offset(0)).commands(), []);
    }
}

#[test]
fn somebody_else_may_change_it_meanwhile() {
    let mut show = live(Screen::Song);
    let call = show.keys("+").commands()[0].0;
    show.replied(call, json!({})).state(WORKER, offset(-200));
    assert_eq!(notice(&show), "lyrics_fetcher: timing_offset_ms is -200 (changed from elsewhere)");
    assert_eq!(stage(&show), None);
}

#[test]
fn a_device_that_is_chosen_ends_the_file() {
    use vj_console::Event;
    use vj_console::event::{Device, HostAnswer};
    let mut show = live(Screen::Audio);
    let device = Device { name: "Line In".to_owned(), is_chosen: false, about: String::new() };
    show.keys("d").send(Event::Host(HostAnswer::Devices(Ok(vec![device])))).key(KeyCode::Enter);
    let sent: Vec<String> = show.commands().into_iter().map(|it| it.1).collect();
    let expect = [r#"{"device":"Line In"}"#, r#"{"source":"device"}"#]
        .map(|args| format!("audio_analyzer set_config {args}"));
    assert_eq!(sent, expect);
}

/// What may happen between two consoles and one worker.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// Somebody presses a key at this console.
    Key(usize, char),
    /// Its oldest command arrives and is answered.
    Arrives(usize),
    /// Its link breaks: each of its commands has arrived or not, and it never hears.
    Breaks(usize, bool),
    /// It hears how the worker is.
    Hears(usize),
    /// Time passes.
    Waits(u64),
}

fn turns() -> impl Strategy<Value = Turn> {
    let who = 0..2_usize;
    prop_oneof![
        (who.clone(), prop_oneof![Just('+'), Just('-')]).prop_map(|(who, key)| Turn::Key(who, key)),
        who.clone().prop_map(Turn::Arrives),
        (who.clone(), any::<bool>()).prop_map(|(who, arrived)| Turn::Breaks(who, arrived)),
        who.prop_map(Turn::Hears),
        (0..3_000_u64).prop_map(Turn::Waits),
    ]
}

/// A worker with one setting, and the commands that are on their way to it.
struct Worker {
    offset_ms: i64,
    on_their_way: [Vec<(CallId, i64)>; 2],
}

impl Worker {
    fn gather(&mut self, who: usize, show: &mut Show) {
        for (call, words) in show.commands() {
            let value = words
                .rsplit(':')
                .next()
                .and_then(|it| it.trim_end_matches('}').parse().ok())
                .expect("a number");
            self.on_their_way[who].push((call, value));
        }
    }

    fn arrives(&mut self, who: usize, show: &mut Show) {
        if !self.on_their_way[who].is_empty() {
            let (call, value) = self.on_their_way[who].remove(0);
            self.offset_ms = value;
            show.replied(call, json!({}));
        }
    }

    fn hears(&self, show: &mut Show) {
        show.state(WORKER, offset(self.offset_ms));
    }

    fn breaks(&mut self, who: usize, show: &mut Show, arrived: bool) {
        show.down(WORKER);
        for (call, value) in std::mem::take(&mut self.on_their_way[who]) {
            if arrived {
                self.offset_ms = value;
            }
            show.unknown(call);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_consoles_come_to_show_the_same(tape in proptest::collection::vec(turns(), 0..40)) {
        let mut worker = Worker { offset_ms: 0, on_their_way: Default::default() };
        let mut shows = [live(Screen::Song), live(Screen::Song)];
        for turn in tape {
            match turn {
                Turn::Key(who, key) => { shows[who].keys(&key.to_string()); }
                Turn::Arrives(who) => worker.arrives(who, &mut shows[who]),
                Turn::Breaks(who, arrived) => worker.breaks(who, &mut shows[who], arrived),
                Turn::Hears(who) => worker.hears(&mut shows[who]),
                Turn::Waits(ms) => for show in &mut shows { show.wait(ms); },
            }
            for (who, show) in shows.iter_mut().enumerate() {
                worker.gather(who, show);
            }
        }
        // Then nobody touches anything, and all links hold.
        for _ in 0..3 {
            for (who, show) in shows.iter_mut().enumerate() {
                worker.hears(show);
                worker.gather(who, show);
                while !worker.on_their_way[who].is_empty() {
                    worker.arrives(who, show);
                    worker.gather(who, show);
                }
            }
        }
        for show in &shows {
            prop_assert_eq!(show.model.wishes.under_way(), 0);
            prop_assert_eq!(&show.model.state(WORKER)["config"][KEY], &json!(worker.offset_ms));
        }
    }
}

#[test]
fn a_wish_for_a_worker_of_which_nothing_is_known_is_not_made_up() {
    let mut show = Show::empty();
    show.show(Screen::Song).keys("+e");
    assert_eq!(show.model.wishes.under_way(), 0);
    assert_eq!(notice(&show), "nothing is known of lyrics_fetcher yet");
    assert_eq!(show.state(WORKER, state(WORKER)).commands(), []);
}
