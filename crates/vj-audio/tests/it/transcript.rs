//! The document of `vj analyze --json`.

use crate::signal::{RATE, house, transcript};

#[test]
fn it_has_exactly_the_fields_of_the_contract() {
    let (music, _) = house(RATE, 8.0, 124.0, 0.0);
    let transcript = transcript(RATE, &music);
    let document = serde_json::to_value(&transcript).unwrap();
    let mut fields: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let mut expected = [
        "duration_sec",
        "sample_rate",
        "tempo_bpm",
        "tempo_curve",
        "beats",
        "downbeats",
        "onsets",
        "pitch",
        "structure",
        "frames",
        "elapsed_sec",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    let keys = |of: &serde_json::Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&document["beats"][0]), ["announced_at", "time"]);
    assert_eq!(keys(&document["onsets"][0]), ["announced_at", "strength", "time"]);
    assert_eq!(document["pitch"][0].as_array().unwrap().len(), 3);
    assert_eq!(document["tempo_curve"][0].as_array().unwrap().len(), 2);
    assert_eq!(document["frames"], 480);
    assert_eq!(document["duration_sec"], 8.0);
}
