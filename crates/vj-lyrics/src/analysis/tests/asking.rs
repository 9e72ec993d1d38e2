//! What a model is asked.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn no_song_changes_the_structure_of_the_question() {
    let categories = categories();
    for song in injections() {
        let lines: Vec<&str> = song.iter().map(String::as_str).collect();
        let asked = Question { artist: &song[0], title: &song[0], lines: &lines, categories: &categories };
        let (system, user) = (asked.system(), asked.user());
        let message: Vec<&str> = user.lines().collect();
        let fence = message[0];
        assert_eq!(user.matches(fence).count(), 2, "{user}");
        let end = message.iter().rposition(|line| *line == fence).unwrap();
        assert_eq!(end, message.len() - 2, "one line of ours after the song");
        assert!(message[1].starts_with("artist: ") && message[2].starts_with("title: "));
        for line in &message[3..end] {
            let (number, _) = line.split_once("| ").unwrap();
            assert!(
                number.parse::<usize>().is_ok(),
                "each line of the song stands behind its number: {line}"
            );
        }
        assert!(!user.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}' || c == '\u{2028}'));
        // Nothing of the song is in the instructions: but for the fence they are those of any other song.
        let other = question(&LINES, &categories);
        let other_fence = other.user().lines().next().unwrap().to_owned();
        assert_eq!(system.replace(fence, "F"), other.system().replace(&other_fence, "F"));
        // And in the request it is one text in one message.
        for body in [ollama_chat(&asked, "m", Rung::Schema), openai_chat(&asked, "m", Rung::Schema, false)] {
            let messages = body["messages"].as_array().unwrap();
            assert_eq!(messages.len(), 2);
            assert_eq!((&messages[0]["role"], &messages[1]["role"]), (&json!("system"), &json!("user")));
            assert_eq!(messages[1]["content"], json!(user));
        }
    }
}

#[test]
fn the_schema_is_flat_and_strict() {
    fn walk(value: &Value) {
        if let Some(object) = value.as_object() {
            if object.get("type") == Some(&json!("object")) {
                let properties: Vec<&String> = object["properties"].as_object().unwrap().keys().collect();
                let mut required: Vec<&str> =
                    object["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                required.sort_unstable();
                assert_eq!(properties, required);
                assert_eq!(object["additionalProperties"], json!(false));
            }
            for banned in
                ["$ref", "oneOf", "anyOf", "minimum", "maximum", "minItems", "maxItems", "format", "pattern"]
            {
                assert!(!object.contains_key(banned), "{banned}");
            }
            object.values().for_each(walk);
        }
    }
    walk(&schema(&categories()));
    assert_eq!(schema(&[])["properties"]["primary_mood"], json!({"type": "string"}));
}

#[test]
fn each_rung_asks_less_strictly() {
    let (categories, mut rung) = (categories(), Rung::default());
    let asked = question(&LINES, &categories);
    let mut forms = Vec::new();
    loop {
        let (ollama, openai) = (ollama_chat(&asked, "m", rung), openai_chat(&asked, "m", rung, false));
        assert_eq!((&ollama["stream"], &ollama["options"]["num_ctx"]), (&json!(false), &json!(8_192)));
        forms.push((
            ollama["format"].clone(),
            openai["response_format"]["type"].clone(),
            ollama["think"].clone(),
        ));
        let Some(next) = rung.down() else { break };
        rung = next;
    }
    assert_eq!(forms[0], (schema(&categories), json!("json_schema"), json!(false)));
    assert_eq!(forms[1], (json!("json"), json!("json_object"), json!(false)));
    assert_eq!(forms[2], (Value::Null, Value::Null, Value::Null));
    let strict = &openai_chat(&asked, "m", Rung::Schema, false)["response_format"]["json_schema"];
    assert_eq!((&strict["strict"], &strict["schema"]), (&json!(true), &schema(&categories)));
    let bare = openai_chat(&asked, "m", Rung::Text, true);
    assert!(bare.get("max_tokens").is_none() && bare.get("temperature").is_none());
}

#[test]
fn long_lyrics_are_cut_at_a_line() {
    let long = vec!["la la la la la la la la la la la la la la la"; 2_000];
    let asked = question(&long, &[]).user();
    assert!(asked.len() < 14_000 && asked.lines().last().unwrap().starts_with("Describe"));
}

proptest! {
    #[test]
    fn no_song_holds_its_own_fence(lines in prop::collection::vec("(=====SONG-[0-9A-F]{1,16}=====|\\PC){0,10}", 0..10)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let user = question(&lines, &[]).user();
        let fence = user.lines().next().unwrap();
        prop_assert_eq!(user.matches(fence).count(), 2);
    }
}
