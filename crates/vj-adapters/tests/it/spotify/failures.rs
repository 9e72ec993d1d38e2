//! Every way in which the service does not answer.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use vj_core::playback::{Playback, Track};
use vj_sim::spotify::{Event, Way};
use vj_workers::ports::{PlaybackSource, Rest, SourceError};

use super::stage::{Somebody, Stage, on_one_thread, song, title};

fn why(answer: Result<Playback, SourceError>) -> String {
    match answer {
        Err(SourceError::Transient(why)) => why,
        other => panic!("{other:?} is not for the next time"),
    }
}

#[test]
fn whatever_goes_wrong_with_an_answer_costs_that_answer_alone() {
    on_one_thread(async || {
        let ways = [
            (Way::Status(500), "unavailable (500)"),
            (Way::Status(502), "unavailable (502)"),
            (Way::Page, "cannot be read"),
            (Way::Cut, "broke off its answer"),
            (Way::Reset, "broke off its answer"),
        ];
        let mut tape = vec![(0.0, song("Jóga"))];
        for (number, (way, _)) in (1..).zip(ways) {
            tape.push((f64::from(number) * 2.0, Event::Answers(way)));
            tape.push((f64::from(number) * 2.0 + 1.0, Event::Answers(Way::Well)));
        }
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        for (number, (way, expected)) in (1..).zip(ways) {
            let failed = why(stage.ask(&*source, f64::from(number) * 2.0).await);
            assert!(failed.starts_with("Spotify") && failed.contains(expected), "{way:?}: {failed}");
            let again = stage.ask(&*source, f64::from(number) * 2.0 + 1.0).await.unwrap();
            assert_eq!(title(&again), "Jóga", "after {way:?}");
        }
    });
}

#[test]
fn an_answer_in_drops_is_waited_for() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (0.0, Event::Answers(Way::Trickle))]).signed_in();
        assert_eq!(title(&stage.ask(&*stage.source(), 1.0).await.unwrap()), "Jóga");
    });
}

#[test]
fn no_answer_at_all_is_given_up_after_ten_seconds() {
    on_one_thread(async || {
        let tape =
            vec![(0.0, song("Jóga")), (0.0, Event::Answers(Way::Stall)), (2.0, Event::Answers(Way::Well))];
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        let asked_at = stage.env.clock.now();
        let failed = why(stage.ask(&*source, 1.0).await);
        let waited = stage.env.clock.now().since(asked_at);
        assert_eq!(failed, "Spotify does not answer");
        assert!(waited >= Duration::from_secs(9) && waited < Duration::from_secs(20), "{waited:?}");
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
    });
}

#[test]
fn a_service_that_is_not_there_is_found_again() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga"))]).signed_in();
        let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = stage.settings(json!({"api_base_url": format!("http://{nowhere}/v1/")}));
        let failed = why(stage.player().source(&settings).poll().await);
        assert!(failed.starts_with("Spotify cannot be reached: "), "{failed}");
    });
}

#[test]
fn a_service_that_wants_rest_gets_it_whatever_is_set_meanwhile() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (1.0, Event::Limit(51.0))]).signed_in();
        let player = stage.player();
        let source = player.source(&stage.settings(json!({})));
        stage.ask(&*source, 0.5).await.unwrap();
        let told = stage.ask(&*source, 1.0).await;
        assert_eq!(told, Err(SourceError::RetryAfter(Rest::limited(Duration::from_secs(51)))));
        let asked = stage.asked();
        let other = player.source(&stage.settings(json!({"source": "web_api", "poll_interval": 1.0})));
        for source in [&source, &other] {
            let Err(SourceError::RetryAfter(rest)) = source.poll().await else { panic!("it was asked") };
            let left = rest.wait;
            assert!(left > Duration::from_secs(40) && left <= Duration::from_secs(51), "{left:?}");
        }
        assert_eq!(stage.asked(), asked, "nobody was asked");
    });
}

#[test]
fn who_may_not_ask_is_told_why_and_asks_seldom() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (0.0, Event::Answers(Way::NoPremium))]).signed_in();
        let source = stage.source();
        for _ in 0..3 {
            let Err(SourceError::SignInNeeded(why)) = stage.ask(&*source, 1.0).await else {
                panic!("it may")
            };
            assert!(why.contains("Premium"), "{why}");
        }
        assert_eq!(stage.asked(), (1, 0));
    });
}

#[test]
fn the_player_on_this_machine_stands_in_where_the_service_says_nothing_for_long() {
    on_one_thread(async || {
        let here = Playback { track: Some(Track::new("Björk", "Hunter")), ..Playback::default() };
        let local = Rc::new(Somebody(RefCell::new(Some(here))));
        let tape = vec![(0.0, song("Jóga")), (10.0, Event::Limit(19_056.0))];
        let stage = Stage::new(tape).with_local(local.clone());
        let source = stage.source();
        assert_eq!(title(&stage.ask(&*source, 1.0).await.unwrap()), "Hunter", "nobody has signed in");
        assert_eq!((source.name().as_str(), stage.asked()), ("somebody", (0, 0)));
        stage.put_token(json!({"access_token": "access-1", "refresh_token": "refresh-1"}));
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga", "the service knows more");
        assert_eq!(source.name(), "web_api");
        assert_eq!(title(&stage.ask(&*source, 10.0).await.unwrap()), "Hunter");
        assert_eq!(source.name(), "somebody; rate limited by Spotify", "what is wrong stays to be seen");
        local.0.take();
        assert_eq!(stage.ask(&*source, 11.0).await, Ok(Playback::default()), "it has ended");
        let only_web = stage.player().source(&stage.settings(json!({"source": "local"})));
        assert_eq!(only_web.poll().await, Ok(Playback::default()));
    });
}

fn here(title: &str) -> Option<Playback> {
    Some(Playback { track: Some(Track::new("Björk", title)), is_playing: true, ..Playback::default() })
}

fn rest_sec(source: &dyn PlaybackSource) -> Option<u64> {
    source.rest_meanwhile().map(|rest| rest.wait.as_secs())
}

#[test]
fn a_player_on_this_machine_that_starts_within_a_long_rest_is_heard_and_the_rest_stays_to_be_seen() {
    on_one_thread(async || {
        let local = Rc::new(Somebody(RefCell::default()));
        let tape = vec![(0.0, song("Jóga")), (1.0, Event::Limit(600.0))];
        let stage = Stage::new(tape).with_local(local.clone()).signed_in();
        let source = stage.source();
        assert_eq!(title(&stage.ask(&*source, 0.5).await.unwrap()), "Jóga");
        assert_eq!(rest_sec(&*source), None);
        let told = stage.ask(&*source, 1.0).await;
        assert!(matches!(told, Err(SourceError::RetryAfter(_))), "nobody is here: {told:?}");
        assert!(rest_sec(&*source) > Some(590), "it may be asked on");
        *local.0.borrow_mut() = here("Hunter");
        assert_eq!(title(&source.poll().await.unwrap()), "Hunter");
        assert!(rest_sec(&*source) > Some(590));
        assert_eq!((source.status().as_str(), stage.asked().0), ("somebody answers", 2));
        let short = Stage::new(vec![(0.0, Event::Limit(60.0))]).with_local(local.clone()).signed_in();
        let source = short.source();
        assert!(short.ask(&*source, 0.0).await.is_err(), "a short rest is waited for");
        assert_eq!(rest_sec(&*source), None);
    });
}

#[test]
fn while_the_network_is_dead_the_player_on_this_machine_is_heard_if_it_plays() {
    on_one_thread(async || {
        let local = Rc::new(Somebody(RefCell::new(here("Hunter"))));
        local.0.borrow_mut().as_mut().unwrap().is_playing = false;
        let tape = vec![
            (0.0, song("Jóga")),
            (1.0, Event::Answers(Way::Status(502))),
            (2.0, Event::Answers(Way::Well)),
            (3.0, Event::Answers(Way::Reset)),
            (90.0, Event::Answers(Way::Well)),
        ];
        let stage = Stage::new(tape).with_local(local.clone()).signed_in();
        let source = stage.source();
        assert_eq!(title(&stage.ask(&*source, 0.0).await.unwrap()), "Jóga");
        assert!(stage.ask(&*source, 1.0).await.is_err(), "once is nothing");
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
        assert!(stage.ask(&*source, 3.0).await.is_err(), "nor is once again");
        assert!(
            stage.ask(&*source, 5.0).await.is_err(),
            "one that is paused says nothing of a phone that plays"
        );
        *local.0.borrow_mut() = here("Hunter");
        assert_eq!(title(&stage.ask(&*source, 6.0).await.unwrap()), "Hunter");
        let asked = stage.asked();
        assert!(source.name().starts_with("somebody; Spotify broke off"), "{}", source.name());
        assert!(source.status().ends_with("; somebody answers"), "{}", source.status());
        for _ in 0..20 {
            assert_eq!(title(&stage.ask(&*source, 7.0).await.unwrap()), "Hunter", "no taking turns");
        }
        assert_eq!(stage.asked(), asked, "and the service is left alone for a while");
        local.0.take();
        assert_eq!(stage.ask(&*source, 8.0).await, Ok(Playback::default()), "it has ended");
        // The service is back: it is found within the time between two questions.
        stage.time.set(90.0);
        while source.poll().await.is_ok_and(|playback| playback.track.is_none()) {
            stage.env.clock.sleep(Duration::from_millis(50)).await;
        }
        assert_eq!((title(&source.poll().await.unwrap()), source.name().as_str()), ("Jóga", "web_api"));
        assert_eq!(source.status(), "ok");
    });
}

#[test]
fn a_process_that_dies_within_a_rest_does_not_ask_when_it_is_back() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (1.0, Event::Limit(51.0))]).signed_in();
        assert!(stage.ask(&*stage.source(), 1.0).await.is_err());
        let kept = stage.state().join("spotify_rest.json");
        let record: serde_json::Value = serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
        let until_ms = record["until_ms"].as_u64().unwrap();
        // As it was, after the clock was put back by a year, and forward by a day.
        let year_ms = 365 * 86_400_000;
        for (until_ms, is_asked) in
            [(until_ms, false), (until_ms + year_ms, false), (until_ms - 86_400_000, true)]
        {
            let mut record = record.clone();
            record["until_ms"] = until_ms.into();
            fs::write(&kept, record.to_string()).unwrap();
            let asked = stage.asked().0;
            let Err(SourceError::RetryAfter(rest)) = stage.ask(&*stage.source(), 2.0).await else {
                panic!("it may not")
            };
            assert!(rest.wait > Duration::from_secs(40) && rest.wait <= Duration::from_secs(51), "{rest:?}");
            assert_eq!(stage.asked().0 - asked, usize::from(is_asked), "{until_ms}");
        }
        fs::write(&kept, "{ torn").unwrap();
        assert!(stage.ask(&*stage.source(), 60.0).await.is_ok(), "what is damaged says nothing");
    });
}
