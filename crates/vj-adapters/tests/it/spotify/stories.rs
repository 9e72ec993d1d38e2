//! One tape gives one story, whichever way it is played.

use std::cell::RefCell;
use std::rc::Rc;

use vj_core::At;
use vj_core::playback::{Detector, Playback};
use vj_sim::spotify::{FakePlayer, Service, Tape};
use vj_workers::ports::SourceError;

use super::stage::{Stage, on_one_thread};

const TAPES: [(&str, &str); 2] = [
    ("an-evening", include_str!("../../../../../fixtures/tapes/spotify-evening.jsonl")),
    ("a-bad-night", include_str!("../../../../../fixtures/tapes/spotify-bad-night.jsonl")),
];

/// Between two questions.
const EVERY_SEC: f64 = 2.0;

/// What a monitor would make of the answers, a line for each change and each failure.
#[derive(Default)]
struct Story {
    detector: Detector,
    lines: Vec<(f64, String, f64)>,
}

impl Story {
    fn hear(&mut self, t: f64, answer: Result<Playback, SourceError>) {
        let now = At::from_secs_f64(t);
        let told = match answer {
            Ok(playback) => {
                let changes = self.detector.report(now, &playback);
                let title =
                    self.detector.track().map(|it| format!("{} - {} ({})", it.artist, it.title, it.album));
                let is_playing = self.detector.is_playing();
                changes
                    .any()
                    .then(|| format!("{changes:?} {title:?} {is_playing} {:?}", self.detector.kind()))
            }
            Err(SourceError::RetryAfter(rest)) => Some(format!("rest {:?}", rest.wait)),
            // The words differ: a fake has no proxies.
            Err(SourceError::Transient(_)) => Some("failed".to_owned()),
            Err(SourceError::SignInNeeded(_)) => Some("sign in".to_owned()),
            Err(SourceError::NotConfigured(_)) => Some("not configured".to_owned()),
        };
        self.lines.extend(told.map(|told| (t, told, self.detector.position_sec(now))));
    }
}

#[test]
fn over_http_and_behind_the_port_a_tape_tells_the_same_story() {
    on_one_thread(async || {
        for (name, text) in TAPES {
            let tape = Tape::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let end_sec = tape.ends_at_sec() + 10.0;
            let stage = Stage::of(tape.clone()).signed_in();
            let over_http = stage.source();
            let time = stage.time.clone();
            let behind = Rc::new(RefCell::new(Service::new(tape)));
            let behind_port = FakePlayer::new(behind.clone(), Rc::new(move || time.get()));
            let (mut one, mut two) = (Story::default(), Story::default());
            let mut t = 0.5;
            while t < end_sec {
                one.hear(t, stage.ask(&*over_http, t).await);
                two.hear(t, stage.ask(&behind_port, t).await);
                t += EVERY_SEC;
            }
            assert!(one.lines.len() > 12, "{name} tells {} things", one.lines.len());
            for ((t, told, at_sec), other) in one.lines.iter().zip(&two.lines) {
                assert_eq!((t, told), (&other.0, &other.1), "{name}");
                // Over HTTP an answer is a little older when it comes.
                assert!((at_sec - other.2).abs() < 0.5, "{name} at {t}: {at_sec} and {}", other.2);
            }
            assert_eq!(one.lines.len(), two.lines.len(), "{name}");
            assert_eq!(stage.service.borrow().asked(), behind.borrow().asked(), "{name}: the same questions");
        }
    });
}

/// But for limits and for what takes ten seconds: tapes run faster than the clock here, so `failures` has these.
#[test]
fn the_tapes_hold_every_way_in_which_the_service_is_known_to_behave() {
    let all = TAPES.map(|(_, text)| text).concat();
    for word in [
        "\"play\"",
        "\"pause\"",
        "\"resume\"",
        "\"seek\"",
        "\"stop\"",
        "\"ad\"",
        "\"unknown\"",
        "\"local\"",
        "\"episode\"",
        "\"null\"",
        "\"zero\"",
        "\"stale\"",
        "\"empty\"",
        "\"status\"",
        "\"page\"",
        "\"cut\"",
        "\"reset\"",
        "\"trickle\"",
        "\"expire\"",
        "\"kept\"",
        "\"rotated\"",
        "\"refused_once\"",
        "\"down\"",
    ] {
        assert!(all.contains(word), "no tape has {word}");
    }
}
