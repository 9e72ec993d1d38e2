//! The fake Spotify answers as the schema of the real one says.

use serde_json::{Value, json};
use vj_sim::spotify::{Says, Service, Tape, answer};

const SCHEMA: &str = include_str!("../../../fixtures/spotify/player-schema.json");
const TAPES: [&str; 2] = [
    include_str!("../../../fixtures/tapes/spotify-evening.jsonl"),
    include_str!("../../../fixtures/tapes/spotify-bad-night.jsonl"),
];

/// The part of OpenAPI 3.0 that the schema uses.
struct Schema(Value);

impl Schema {
    fn new() -> Self {
        Self(serde_json::from_str(SCHEMA).unwrap())
    }

    fn named(&self, name: &str) -> &Value {
        self.0["schemas"].get(name).unwrap_or_else(|| panic!("there is no schema {name}"))
    }

    fn complaints(&self, name: &str, value: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        self.judge(self.named(name), value, "", &mut complaints);
        complaints
    }

    fn judge(&self, schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return self.judge(self.named(name), value, at, complaints);
        }
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.judge(part, value, at, complaints);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = |choice: &&Value| {
                let mut none = Vec::new();
                self.judge(choice, value, at, &mut none);
                none.is_empty()
            };
            if choices.iter().filter(fits).count() != 1 {
                complaints.push(format!("{at}: not exactly one of the choices fits"));
            }
        }
        let is_of_its_type = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("boolean") => value.is_boolean(),
            Some(other) => panic!("nobody knows the type {other}"),
            None => true,
        };
        if !is_of_its_type {
            complaints.push(format!("{at}: {value} is no {}", schema["type"]));
            return;
        }
        if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
            complaints.push(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        if value.as_i64().zip(schema["minimum"].as_i64()).is_some_and(|(value, least)| value < least) {
            complaints.push(format!("{at}: {value} is too small"));
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(required).is_none() {
                complaints.push(format!("{at}: {required} is missing"));
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                self.judge(property, value, &format!("{at}/{name}"), complaints);
            }
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            if let Some(schema) = schema.get("items") {
                self.judge(schema, item, &format!("{at}/{index}"), complaints);
            }
        }
    }
}

/// Every answer of a tape that has a body in JSON: what it is, and the body.
fn bodies(tape: &str) -> Vec<(&'static str, Value)> {
    let tape = Tape::parse(tape).unwrap();
    let end_sec = tape.ends_at_sec();
    let mut service = Service::new(tape);
    let mut bodies = Vec::new();
    let mut t = 0.25;
    while t < end_sec {
        // An expired token is renewed, as anybody would.
        let access =
            if ((t * 2.0) as u64).is_multiple_of(7) { "old".to_owned() } else { service.access_token() };
        let says = service.say(t, &access);
        let (_, _, body) = answer(&says, t);
        match says {
            Says::Playing(Some(_), _) => {
                bodies.push(("CurrentlyPlayingObject", serde_json::from_str(&body).unwrap()));
            }
            Says::Unauthorized => bodies.push(("ErrorObject", error(&body))),
            _ => {}
        }
        t += 0.5;
    }
    for is_quota in [false, true] {
        let (_, _, body) = answer(&Says::Limited { sec: 3, is_quota }, 0.0);
        bodies.push(("ErrorObject", error(&body)));
    }
    bodies
}

fn error(body: &str) -> Value {
    serde_json::from_str::<Value>(body).unwrap()["error"].clone()
}

/// What the real service does against its own schema: a file of the user's own has no id.
fn forgiven(mut body: Value) -> Value {
    if body["item"]["is_local"] == true {
        assert_eq!(body["item"]["id"], Value::Null);
        body["item"]["id"] = "none".into();
    }
    body
}

#[test]
fn every_answer_is_as_the_schema_says() {
    let schema = Schema::new();
    let mut kinds = std::collections::BTreeSet::new();
    for (name, body) in TAPES.into_iter().flat_map(bodies) {
        kinds.insert(body["currently_playing_type"].to_string());
        let body = forgiven(body);
        assert_eq!(schema.complaints(name, &body), [""; 0], "{body:#}");
    }
    assert_eq!(kinds.len(), 5, "tracks, episodes, ads, the unknown, and errors: {kinds:?}");
}

#[test]
fn newer_apps_get_no_more_than_the_real_service_gives_them() {
    for (_, body) in TAPES.into_iter().flat_map(bodies) {
        for gone in ["external_ids", "popularity", "available_markets", "linked_from"] {
            assert!(body["item"].get(gone).is_none(), "{gone}");
        }
    }
}

#[test]
fn an_answer_that_is_not_as_the_schema_says_is_found() {
    let schema = Schema::new();
    let (_, good) = bodies(TAPES[0]).into_iter().find(|(_, body)| body["item"]["type"] == "track").unwrap();
    for (pointer, bad) in [
        ("/is_playing", json!("yes")),
        ("/progress_ms", json!(1.5)),
        ("/item", json!({"type": "hologram"})),
        ("/item/duration_ms", json!(null)),
        ("/item/artists", json!("Lena Vale")),
        ("/item/album/album_type", json!("tape")),
        ("/item/album", json!({"name": "Slow Tide"})),
        ("/actions", json!([])),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = bad;
        let found = schema.complaints("CurrentlyPlayingObject", &body);
        assert!(!found.is_empty(), "{pointer}");
    }
}
