//! The fake services say the same behind the worker's port as over real connections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use vj_adapters::HttpWeb;
use vj_env::Scope;
use vj_env::real::real_clock;
use vj_lyrics::analysis::{Question, Rung, ollama_chat, openai_chat};
use vj_sim::http::{Server, Site};
use vj_sim::services::{ComfyUi, FakeWeb, Lrclib, Nature, Ollama, OpenAi, Service, ServicesTape};
use vj_workers::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

use crate::spotify::on_one_thread;

/// Patience with an answer that never comes, and with one that does.
const TIMEOUT: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(20)];

/// The line of the tape after which no answer comes.
const STALL: usize = 6;

/// How a service goes through its tape: all that can happen to the way to it, one after the other.
const WEATHER: [&str; 10] = [
    r#"{"answers": "well"}"#,
    r#"{"answers": "page"}"#,
    r#"{"answers": {"status": 503}}"#,
    r#"{"answers": "empty"}"#,
    r#"{"answers": "cut"}"#,
    r#"{"answers": "reset"}"#,
    r#"{"answers": "stall"}"#,
    r#"{"answers": "trickle"}"#,
    r#"{"limit": 11}"#,
    r#""down""#,
];

/// Between two lines of the tape, in seconds.
const STEP_SEC: f64 = 20.0;

/// What an answer is like: its own, or the kind of failure.
fn in_short(answer: Result<WebAnswer, WebFailure>) -> Value {
    match answer {
        Ok(answer) => json!({
            "status": answer.status,
            "rest_sec": answer.retry_after.map(|rest| rest.as_secs()),
            "body": String::from_utf8_lossy(&answer.body),
        }),
        Err(WebFailure::Unreachable(_)) => json!("unreachable"),
        Err(WebFailure::TimedOut(_)) => json!("timed out"),
        Err(WebFailure::Broken(_)) => json!("broken"),
        Err(WebFailure::TooLong(_)) => json!("too long"),
    }
}

fn question(origin: &str, path: &str, body: &Value, timeout: Duration) -> WebRequest {
    let method = if body.is_null() { Method::Get } else { Method::Post };
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let headers = vec![("User-Agent", "vj".to_owned())];
    let (url, bytes_max) = (format!("{origin}{path}"), 100_000);
    WebRequest { method, url, headers, body, timeout, bytes_max }
}

/// Asks the same of both, at each step of the tape, and compares.
fn both_ways<N: Nature + 'static>(
    service: impl Fn() -> Service<N>,
    questions: &[(&str, Value)],
) -> Vec<Value> {
    let answers = Rc::new(RefCell::new(Vec::new()));
    let heard = answers.clone();
    on_one_thread(async || {
        let (scope, clock) = (Scope::new(), real_clock());
        let time = Rc::new(Cell::new(0.0));
        let read = time.clone();
        let server = Server::bind().unwrap();
        let served = Rc::new(RefCell::new(service()));
        server.serve(served, Rc::new(move || read.get()), clock.clone(), &scope).unwrap();
        let origin = format!("http://{}", server.address());
        let web = HttpWeb::new();
        for step in 0..WEATHER.len() {
            time.set(step as f64 * STEP_SEC + 1.0);
            let begins = clock.now();
            let timeout = TIMEOUT[usize::from(step != STALL)];
            // Behind the port, the same second of the tape is the clock's own.
            let near = Rc::new(RefCell::new(service()));
            let shifted = vj_env::Clock::starting_at(
                vj_core::At::from_secs_f64(time.get()),
                Rc::new(|| vj_env::WallMillis(0)),
                "boot",
            );
            let site: Rc<RefCell<dyn Site>> = near;
            let fake =
                FakeWeb::new([("http://fake".to_owned(), site)].into(), Rc::new(RefCell::new(Some(shifted))));
            for (path, body) in questions {
                let through_port = in_short(fake.ask(question("http://fake", path, body, timeout)).await);
                let mut over_http = in_short(web.ask(question(&origin, path, body, timeout)).await);
                // A site goes down a moment after its time.
                while through_port == "unreachable" && over_http != through_port {
                    assert!(clock.now().since(begins) < Duration::from_secs(10), "it is still there");
                    over_http = in_short(web.ask(question(&origin, path, body, timeout)).await);
                }
                assert_eq!(over_http, through_port, "{} {path}", WEATHER[step]);
                heard.borrow_mut().push(through_port);
            }
        }
        scope.kill();
    });
    answers.take()
}

/// A tape of all the weather for this service, after these lines.
fn tape(name: &str, first: &str) -> ServicesTape {
    let lines = WEATHER.iter().enumerate().map(|(step, weather)| {
        format!("{{\"t\": {}, \"{name}\": {weather}}}\n", step as f64 * STEP_SEC + 0.5)
    });
    ServicesTape::parse(&format!("{first}\n{}", lines.collect::<String>())).unwrap()
}

/// Every kind of answer has come.
fn shows_every_kind(answers: &[Value]) {
    for kind in ["unreachable", "timed out", "broken"] {
        assert!(answers.iter().any(|answer| answer == kind), "never {kind}");
    }
    for status in [200, 429, 503] {
        assert!(answers.iter().any(|answer| answer["status"] == status), "never {status}");
    }
    assert!(answers.iter().any(|answer| !answer["rest_sec"].is_null()), "nobody ever asked for rest");
}

#[test]
fn lrclib_says_the_same_both_ways() {
    let first = r#"{"t": 0, "lrclib": {"knows": {"artist": "A", "title": "Jóga", "duration_sec": 300, "plain": "a\nb"}}}"#;
    let make = || Service::new(Lrclib::default(), tape("lrclib", first).lrclib);
    let questions = [
        ("/api/get?artist_name=A&track_name=J%C3%B3ga", Value::Null),
        ("/api/get?artist_name=A&track_name=Nothing", Value::Null),
        ("/api/get?artist_name=A&track_name=Joga&duration=0", Value::Null),
        ("/api/get?artist_name=A", Value::Null),
        ("/api/get-cached?x", Value::Null),
        ("/api/search?q=joga", Value::Null),
    ];
    shows_every_kind(&both_ways(make, &questions));
}

#[test]
fn ollama_says_the_same_both_ways() {
    let make = || {
        Service::new(Ollama::default(), tape("ollama", r#"{"t": 0, "ollama": {"installs": ["m"]}}"#).ollama)
    };
    let categories = ["dark".to_owned(), "calm".to_owned()];
    let asked =
        Question { artist: "A", title: "T", lines: &["Some words", "Some words"], categories: &categories };
    let questions = [
        ("/api/tags", Value::Null),
        ("/api/chat", ollama_chat(&asked, "m", Rung::Schema)),
        ("/api/chat", ollama_chat(&asked, "other", Rung::Text)),
    ];
    shows_every_kind(&both_ways(make, &questions));
}

#[test]
fn an_openai_compatible_server_says_the_same_both_ways() {
    let make =
        || Service::new(OpenAi::default(), tape("openai", r#"{"t": 0, "openai": {"serves": ["m"]}}"#).openai);
    let asked = Question { artist: "A", title: "T", lines: &["Some words"], categories: &[] };
    let questions = [
        ("/v1/models", Value::Null),
        ("/v1/chat/completions", openai_chat(&asked, "m", Rung::Schema, false)),
        ("/v1/chat/completions", openai_chat(&asked, "m", Rung::Text, true)),
    ];
    shows_every_kind(&both_ways(make, &questions));
}

#[test]
fn comfyui_says_the_same_both_ways() {
    let make = || {
        Service::new(ComfyUi::default(), tape("comfyui", r#"{"t": 0, "comfyui": {"has": ["a"]}}"#).comfyui)
    };
    let questions = [
        ("/object_info/CheckpointLoaderSimple", Value::Null),
        ("/history/none", Value::Null),
        ("/queue", Value::Null),
        ("/prompt", json!({"prompt": null})),
        ("/view?filename=none.png&type=output", Value::Null),
    ];
    shows_every_kind(&both_ways(make, &questions));
}
