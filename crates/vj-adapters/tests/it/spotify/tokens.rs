//! The sign-in is kept good, and never lost.

use std::fs;
use std::future::poll_fn;
use std::os::unix::fs::PermissionsExt;
use std::task::Poll;

use serde_json::json;
use vj_sim::spotify::{Event, Grants};
use vj_workers::ports::SourceError;

use super::stage::{Stage, on_one_thread, song, title};

#[test]
fn without_a_sign_in_nobody_is_asked_and_one_that_appears_is_taken_up() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga"))]);
        let source = stage.source();
        let expected = "not configured: run `vj spotify login`".to_owned();
        assert_eq!(stage.ask(&*source, 1.0).await, Err(SourceError::NotConfigured(expected)));
        assert_eq!(stage.asked(), (0, 0));
        stage.put_token(json!({"access_token": "access-1", "scopes": ["x"]}));
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
        fs::remove_file(stage.token_file()).unwrap();
        assert!(matches!(stage.ask(&*source, 3.0).await, Err(SourceError::NotConfigured(_))));
    });
}

#[test]
fn an_expired_token_is_renewed_once_and_the_old_refresh_token_is_kept() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (1.0, Event::Expire)]).signed_in();
        let source = stage.source();
        stage.ask(&*source, 0.0).await.unwrap();
        assert_eq!(title(&stage.ask(&*source, 1.0).await.unwrap()), "Jóga");
        assert_eq!(stage.asked(), (3, 1), "one of them in vain");
        let token = stage.token();
        assert_eq!(
            (&token["access_token"], &token["refresh_token"]),
            (&json!("access-3"), &json!("refresh-1"))
        );
        assert_eq!(token["expires_in"], 3600);
        assert_eq!(fs::metadata(stage.token_file()).unwrap().permissions().mode() & 0o777, 0o600);
        stage.ask(&*source, 2.0).await.unwrap();
        assert_eq!(stage.asked(), (4, 1));
    });
}

#[test]
fn a_token_that_is_about_to_end_is_renewed_before_it_is_used() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (0.0, Event::Grants(Grants::Rotated))]);
        stage.put_token(json!({"refresh_token": "refresh-1"}));
        assert_eq!(title(&stage.ask(&*stage.source(), 1.0).await.unwrap()), "Jóga");
        assert_eq!(stage.asked(), (1, 1));
        assert_eq!(
            stage.token()["refresh_token"],
            "refresh-2",
            "the new one, for the old one is no longer good"
        );
    });
}

#[test]
fn a_renewal_goes_on_when_whoever_asked_has_gone() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga")), (0.0, Event::Grants(Grants::Rotated))]);
        stage.put_token(json!({"refresh_token": "refresh-1"}));
        let source = stage.source();
        let mut asked = source.poll();
        let waits = poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx).is_pending())).await;
        assert!(waits);
        drop(asked);
        // Another question waits for the renewal that is under way, and does not spend the refresh token again.
        assert_eq!(title(&source.poll().await.unwrap()), "Jóga");
        assert_eq!((stage.asked().1, stage.token()["refresh_token"].clone()), (1, json!("refresh-2")));
    });
}

#[test]
fn a_sign_in_that_is_refused_in_an_outage_is_tried_once_more() {
    on_one_thread(async || {
        let tape = vec![(0.0, song("Jóga")), (0.0, Event::Expire), (0.0, Event::Grants(Grants::RefusedOnce))];
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        let first = stage.ask(&*source, 1.0).await;
        assert!(
            matches!(&first, Err(SourceError::Transient(why)) if why.contains("trying once more")),
            "{first:?}"
        );
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
    });
}

#[test]
fn a_sign_in_that_has_ended_is_told_and_nobody_is_asked_until_there_is_another() {
    on_one_thread(async || {
        let tape = vec![(0.0, song("Jóga")), (0.0, Event::Expire), (0.0, Event::Grants(Grants::Refused))];
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        let _ = stage.ask(&*source, 1.0).await;
        for _ in 0..4 {
            let Err(SourceError::SignInNeeded(why)) = stage.ask(&*source, 2.0).await else {
                panic!("it is over")
            };
            assert!(why.contains("invalid_grant") && why.contains("run `vj spotify login`"), "{why}");
        }
        assert_eq!(stage.asked(), (2, 2));
        assert_eq!(stage.token()["refresh_token"], "refresh-1", "what the user has is left alone");
        stage.put_token(json!({"access_token": "access-2", "refresh_token": "refresh-9"}));
        assert_eq!(title(&stage.ask(&*source, 3.0).await.unwrap()), "Jóga");
    });
}

#[test]
fn an_accounts_service_that_is_out_of_order_does_not_end_the_sign_in() {
    on_one_thread(async || {
        let tape = vec![
            (0.0, song("Jóga")),
            (0.0, Event::Expire),
            (0.0, Event::Grants(Grants::Down)),
            (9.0, Event::Grants(Grants::Kept)),
        ];
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        for t in 1..5 {
            let answer = stage.ask(&*source, f64::from(t)).await;
            assert!(matches!(&answer, Err(SourceError::Transient(why)) if why.contains("503")), "{answer:?}");
        }
        assert_eq!(title(&stage.ask(&*source, 9.0).await.unwrap()), "Jóga");
    });
}

#[test]
fn a_disk_that_takes_nothing_costs_no_sign_in() {
    on_one_thread(async || {
        let tape = vec![(0.0, song("Jóga")), (1.0, Event::Expire), (1.0, Event::Grants(Grants::Rotated))];
        let stage = Stage::new(tape).signed_in();
        let source = stage.source();
        stage.ask(&*source, 0.0).await.unwrap();
        let aside = stage.temp.path().join("aside");
        fs::rename(stage.state(), &aside).unwrap();
        fs::write(stage.state(), "in the way").unwrap();
        assert_eq!(title(&stage.ask(&*source, 1.0).await.unwrap()), "Jóga");
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
        let said = stage.said.borrow().join("\n");
        assert_eq!(said.matches("in memory only").count(), 1, "{said}");
        fs::remove_file(stage.state()).unwrap();
        fs::rename(&aside, stage.state()).unwrap();
        stage.ask(&*source, 3.0).await.unwrap();
        assert_eq!(stage.token()["refresh_token"], "refresh-2", "written as soon as it could be");
    });
}

#[test]
fn a_damaged_file_is_said_and_a_good_one_mends_it() {
    on_one_thread(async || {
        let stage = Stage::new(vec![(0.0, song("Jóga"))]).signed_in();
        let source = stage.source();
        fs::write(stage.token_file(), "{\"access_token\": ").unwrap();
        let Err(SourceError::SignInNeeded(why)) = stage.ask(&*source, 1.0).await else {
            panic!("it is damaged")
        };
        assert!(why.contains("spotify_token.json is damaged"), "{why}");
        stage.put_token(json!({"access_token": "access-1"}));
        assert_eq!(title(&stage.ask(&*source, 2.0).await.unwrap()), "Jóga");
    });
}
