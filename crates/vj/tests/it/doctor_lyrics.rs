//! What `vj doctor` says of the services that the lyrics worker asks.

#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use insta::internals::SettingsBindDropGuard;
use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};

use crate::real_show::Show;
use crate::screen::{Session, without_what_differs};

/// A key that must be seen nowhere.
const KEY: &str = "sk-very-secret";

/// A service that answers each question by its path, until the end of the tests.
fn service(answer: impl Fn(&str) -> (u16, Value) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut text, mut buffer) = (stream.unwrap(), String::new(), [0; 4_096]);
            while !text.contains("\r\n\r\n") {
                let len = stream.read(&mut buffer).unwrap();
                text += std::str::from_utf8(&buffer[..len]).unwrap();
                if len == 0 {
                    break;
                }
            }
            let (status, body) = answer(text.split(' ').nth(1).unwrap_or_default());
            let body = body.to_string();
            let head =
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    format!("http://{address}")
}

/// Takes connections and never says a word.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}"))
}

fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn lrclib() -> String {
    service(|path| match path {
        "/api/get/1" => (404, json!({"message": "Failed", "name": "TrackNotFound", "statusCode": 404})),
        _ => (500, json!(null)),
    })
}

/// A show in which only lyrics would be asked for, at these services.
fn show(settings: &[(&str, &str)]) -> Show {
    let mut show = Show::of_a_file();
    show.env.retain(|(name, _)| name != "VJ_LYRICS_FETCHER_ENABLED");
    let nobody = format!("http://{}", nobody());
    let everywhere =
        ["LRCLIB_BASE_URL", "OLLAMA_BASE_URL", "COMFYUI_BASE_URL"].map(|key| (key, nobody.as_str()));
    for (key, value) in everywhere.iter().chain(settings) {
        show.env.push((format!("VJ_LYRICS_FETCHER_{key}"), (*value).to_owned()));
    }
    show
}

/// What is said of the services alone, under these settings besides.
fn said(show: &Show, settings: &[&str]) -> String {
    let settings: Vec<_> = settings.iter().map(|it| format!("lyrics_fetcher.{it}")).collect();
    let args: Vec<_> =
        ["doctor"].into_iter().chain(settings.iter().flat_map(|it| ["--set", it.as_str()])).collect();
    let mut session = Session::of(show);
    session.vj(&args);
    let seen = session.seen() + "\n";
    assert!(!seen.contains(KEY) && !seen.contains("[exit code"), "nothing of it is bad, or secret: {seen}");
    let (_, services) = seen.split_once("not asked for\n").unwrap();
    let under = if settings.is_empty() { "as it is".to_owned() } else { settings.join(", ") };
    format!("# {under}\n{services}\n")
}

fn without_numbers_of_errors() -> (SettingsBindDropGuard, SettingsBindDropGuard) {
    let first = without_what_differs();
    let mut settings = Settings::clone_current();
    settings.add_filter(r"os error \d+", "os error N");
    (first, settings.bind_to_scope())
}

#[test]
fn services_that_answer_are_named_with_what_would_be_asked_there() {
    let ollama = service(|path| match path {
        "/api/tags" => (200, json!({"models": [{"name": "mistral:7b"}, {"name": "llama3.2:latest"}]})),
        _ => (500, json!(null)),
    });
    let openai = service(|path| match path {
        "/v1/models" => (200, json!({"data": [{"id": "local-model"}]})),
        _ => (500, json!(null)),
    });
    let comfyui = service(|path| match path {
        "/system_stats" => (200, json!({"system": {}})),
        _ => {
            let names = json!({"required": {"ckpt_name": [["dream.safetensors"]]}});
            (200, json!({"CheckpointLoaderSimple": {"input": names}}))
        }
    });
    let show = show(&[
        ("LRCLIB_BASE_URL", &lrclib()),
        ("OLLAMA_BASE_URL", &ollama),
        ("OPENAI_BASE_URL", &format!("{openai}/v1")),
        ("COMFYUI_ENABLED", "true"),
        ("COMFYUI_BASE_URL", &comfyui),
    ]);
    let _redacted = without_numbers_of_errors();
    assert_snapshot!(said(&show, &[]));
}

#[test]
fn a_service_that_is_missing_is_a_note_with_what_helps() {
    let show = show(&[]);
    fs::write(show.path("workflow.json"), "{\"nodes\": [], \"links\": []}").unwrap();
    let workflow = format!("comfyui_workflow={}", show.path("workflow.json").display());
    let told: String = [
        &[][..],
        &["comfyui_enabled=true"],
        &["comfyui_enabled=true", "comfyui_workflow=/no/such.json", "llm_provider=none"],
        &["comfyui_enabled=true", &workflow, "llm_provider=none"],
        &["llm_provider=ollama"],
        &["llm_provider=openai"],
        &["enabled=false"],
    ]
    .map(|settings| said(&show, settings))
    .concat();
    let _redacted = without_numbers_of_errors();
    assert_snapshot!(told.replace(show.temp.path().to_str().unwrap(), "SHOW"));
}

#[test]
fn a_server_without_the_model_says_how_to_get_it() {
    let bare = service(|_| (200, json!({"models": [{"name": "nomic-embed-text"}]})));
    let other = service(|_| (200, json!({"models": [{"name": "mistral:7b"}]})));
    let refusing = service(|_| (401, json!({"error": {"message": "Incorrect API key"}})));
    let listless = service(|_| (404, json!(null)));
    let lrclib = service(|_| (429, json!(null)));
    let mut told = String::new();
    for settings in [
        &[("OLLAMA_BASE_URL", bare.as_str())][..],
        &[("OLLAMA_BASE_URL", &other), ("OLLAMA_MODEL", "llama3.1")],
        &[("LLM_PROVIDER", "openai"), ("OPENAI_BASE_URL", &refusing)],
        &[("LLM_PROVIDER", "openai"), ("OPENAI_BASE_URL", &listless), ("OPENAI_MODEL", "qwen")],
    ] {
        let mut show = show(&[&[("LRCLIB_BASE_URL", lrclib.as_str())], settings].concat());
        show.env.push(("OPENAI_API_KEY".to_owned(), KEY.to_owned()));
        if settings[0].0 == "OLLAMA_BASE_URL" {
            // With a key OpenAI would be asked instead, which no test may do.
            show.env.pop();
        }
        told += &said(&show, &[]);
    }
    let _redacted = without_numbers_of_errors();
    assert_snapshot!(told);
}

#[test]
fn what_hangs_is_waited_for_at_the_same_time_and_three_seconds_in_all() {
    let (_listener, silent) = silent();
    let show = show(&[
        ("LRCLIB_BASE_URL", &silent),
        ("OLLAMA_BASE_URL", &silent),
        ("OPENAI_BASE_URL", &silent),
        ("COMFYUI_ENABLED", "true"),
        ("COMFYUI_BASE_URL", &silent),
    ]);
    let began = Instant::now();
    let told = said(&show, &[]);
    let took = began.elapsed();
    assert_eq!(told.matches("no answer within").count(), 4, "{told}");
    // One after the other they would take twelve; a slow machine may need its time besides.
    assert!((Duration::from_secs(3)..Duration::from_secs(8)).contains(&took), "{took:?}");
}

#[test]
fn a_worker_that_lrclib_has_failed_is_believed_and_lrclib_left_in_peace() {
    let show = Show::of_everybody("");
    show.up();
    show.fine(&["send", "lyrics_fetcher", "fetch_lyrics", "artist=Somebody", "title=One"]);
    show.until("lyrics_fetcher", "it was refused", |state| {
        let lrclib = &state["services"]["lrclib"];
        lrclib["answers"] == false && lrclib["message"] != "not asked yet"
    });
    let told: Value = serde_json::from_str(&show.fine(&["doctor", "--json"])).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let of: Vec<_> = checks.iter().filter(|check| check["check"] == "lrclib").collect();
    assert_eq!(of.len(), 1, "{told}");
    assert_eq!(
        (&of[0]["verdict"], &of[0]["fix"]),
        (&json!("note"), &json!("lyrics_fetcher goes on asking by itself"))
    );
}
