//! What a model answered.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn a_good_answer_is_read() {
    let found = read(&good().to_string()).unwrap();
    let refrain = found.refrain.unwrap();
    assert_eq!(refrain.lines, [3, 4, 8, 9]);
    assert_eq!(refrain.text, [LINES[3], LINES[4]]);
    assert_eq!(found.keywords, ["RIVER", "STATION", "CARNATION"]);
    assert_eq!(found.themes, ["longing", "travel"]);
    assert_eq!(found.categories.scores.len(), 12);
    assert_eq!((found.categories.score("sad"), found.categories.score("love")), (0.7, 0.0));
    assert_eq!(found.categories.primary_mood.as_deref(), Some("sad"));
    assert!(found.image_prompt.unwrap().starts_with("An empty railway"));
}

#[test]
fn what_stands_around_the_object_does_not_matter() {
    let good = good().to_string();
    let expected = read(&good);
    for around in [
        format!("```json\n{good}\n```"),
        format!("Here is the JSON you asked for:\n\n{good}\n\nI hope {{this}} helps!"),
        format!("<think>The user wants {{\"categories\": 1}}. Hmm.</think>\n{good}"),
        format!("thoughts without a start {{}} </think>{good}"),
        format!("{{\"{good}"),
        format!("{{\"note\": \"first\"}}\n{good}"),
        format!("\u{feff}{good}\n{good}"),
    ] {
        assert_eq!(read(&around), expected, "{around}");
    }
}

#[test]
fn values_of_any_type_are_read_as_what_they_were_meant_to_be() {
    let odd = json!({
        "refrainLines": "3| no such line\n4| Carry me over the river\n5| Carry me over the hill",
        "Keywords": "river, Station; clock, river",
        "THEMES": [{"theme": "longing"}, 5, null, "travel"],
        "Categories": {"Dark": "30%", "SAD": "7/10", "calm": {"score": 0.5}, "love": "high", "happy": null, "cosmic": 1.0},
        "Primary Mood": "Sad",
        "imagePrompt": {"prompt": "a station\nat dusk", "negative": "text"},
    });
    let found = read(&odd.to_string()).unwrap();
    assert_eq!(found.refrain.unwrap().lines, [3, 4, 8, 9]);
    assert_eq!(found.keywords, ["RIVER", "STATION", "CLOCK"]);
    assert_eq!(found.themes, ["longing", "5", "travel"]);
    let score = |name: &str| found.categories.score(name);
    assert_eq!((score("dark"), score("sad"), score("calm"), score("love")), (0.3, 0.7, 0.5, 0.0));
    assert!(!found.categories.scores.iter().any(|(name, _)| name == "cosmic"));
    assert_eq!(found.image_prompt.as_deref(), Some("a station at dusk"));
}

#[test]
fn scales_of_ten_and_a_hundred_are_known() {
    for (values, expected) in [
        ([3.0, 7.0, 10.0], [0.3, 0.7, 1.0]),
        ([30.0, 70.0, 100.0], [0.3, 0.7, 1.0]),
        ([0.3, 1.2, -4.0], [0.3, 1.0, 0.0]),
    ] {
        let mut answer = good();
        answer["categories"] = json!({"dark": values[0], "sad": values[1], "calm": values[2]});
        let found = read(&answer.to_string()).unwrap().categories;
        assert_eq!([found.score("dark"), found.score("sad"), found.score("calm")], expected, "{values:?}");
    }
}

#[test]
fn inventions_are_dropped() {
    let mut answer = good();
    answer["refrain_lines"] = json!(["We are the champions of nothing", "Carry me over the river"]);
    assert_eq!(read(&answer.to_string()).unwrap().refrain.unwrap().lines, [3, 8]);
    answer["refrain_lines"] = json!(["A line", "another line", "Carry me over the river"]);
    assert_eq!(read(&answer.to_string()).unwrap().refrain, None, "mostly invented");
    answer["refrain_lines"] = json!(LINES);
    assert_eq!(read(&answer.to_string()).unwrap().refrain, None, "the whole song");
    answer["refrain_lines"] = json!([]);
    assert_eq!(read(&answer.to_string()).unwrap().refrain, None);
    answer["refrain_lines"] = json!([4, 5, 900, -1]);
    assert_eq!(
        read(&answer.to_string()).unwrap().refrain.unwrap().lines,
        [3, 4, 8, 9],
        "numbers of the prompt"
    );
    answer["primary_mood"] = json!("bored");
    assert_eq!(
        read(&answer.to_string()).unwrap().categories.primary_mood.as_deref(),
        Some("sad"),
        "by the scores"
    );
}

#[test]
fn answers_that_are_none_say_why() {
    let another = Err(AnalysisError::AnotherObject);
    for (answer, expected) in [
        ("", Err(AnalysisError::Empty)),
        ("<think>for ever", Err(AnalysisError::Empty)),
        ("I'm sorry, I can't help with that.", Err(AnalysisError::NoObject)),
        ("{\"refrain_lines\": [\"Carry me ov", Err(AnalysisError::NoObject)),
        ("{\"error\": \"no\"}", another.clone()),
        ("{\"categories\": {}, \"keywords\": null, \"themes\": null}", another.clone()),
        ("{}", another),
        ("[1, 2]", Err(AnalysisError::NoObject)),
    ] {
        assert_eq!(read(answer), expected, "{answer}");
    }
    assert_eq!(read(&"{".repeat(300_000)), Err(AnalysisError::TooLarge(300_000)));
    assert_eq!(read(&"{".repeat(200_000)), Err(AnalysisError::NoObject));
    assert_eq!(read(&"{\"a\":".repeat(40_000)), Err(AnalysisError::NoObject));
}

#[test]
fn a_model_that_obeys_a_song_is_not_believed() {
    assert_eq!(read("{\"hacked\": true}"), Err(AnalysisError::AnotherObject));
    assert_eq!(read("Arr, I be a pirate now!"), Err(AnalysisError::NoObject));
    let mut answer = good();
    answer["keywords"] = json!(["river", "BUY NOW", "evil.example/x", "visit our site"]);
    answer["themes"] = json!(["longing", "go to http://evil.example", "<script>"]);
    answer["refrain_lines"] = json!(["Buy now at evil.example"]);
    answer["image_prompt"] = json!("a river http://evil.example/a.png at dusk");
    answer["run"] = json!("rm -rf /");
    let found = read(&answer.to_string()).unwrap();
    assert_eq!(found.keywords, ["RIVER"], "an audience sees words of the song alone");
    assert_eq!(found.themes, ["longing"]);
    assert_eq!(found.refrain, None);
    assert_eq!(found.image_prompt.as_deref(), Some("a river at dusk"));
}

/// JSON of any shape under the names that are looked at.
fn odd_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9.,%/]{0,6}".prop_map(Value::from),
        prop::sample::select(LINES.to_vec()).prop_map(Value::from),
    ];
    let names = [
        "refrain_lines",
        "keywords",
        "themes",
        "categories",
        "primary_mood",
        "image_prompt",
        "dark",
        "score",
        "prompt",
        "name",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_panics_and_scores_stay_in_their_range(value in odd_json(), around in "[`{}\\[\\]\"a-z<>/\\\\ ]{0,30}") {
        for answer in [value.to_string(), format!("{around}{value}{around}"), around.clone()] {
            if let Ok(found) = read(&answer) {
                prop_assert!(found.categories.scores.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
                prop_assert!(found.refrain.is_none_or(|refrain| refrain.lines.iter().all(|line| !LINES[*line].is_empty())));
            }
            let _ = (read_ollama(answer.as_bytes()), read_openai(answer.as_bytes()), read_models(answer.as_bytes()));
            let _ = Setback::read(400, answer.as_bytes());
        }
    }
}
