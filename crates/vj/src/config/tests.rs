//! What the config takes, and what it says of what it does not take.

use super::*;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn made(text: &str, vars: &[(&str, &str)], set: &[&str]) -> Result<Config, String> {
    let set = set.iter().map(|text| text.parse().unwrap()).collect();
    let args = ConfigArgs { set, ..ConfigArgs::default() };
    Config::make(Ok(text.to_owned()), Path::new("c.toml"), &env(vars), &args)
        .map_err(|error| error.to_string())
}

fn audio(config: &Config) -> Settings {
    config.settings(table_of(ProcessName::AudioAnalyzer).unwrap())
}

#[test]
fn the_file_gives_way_to_the_environment_and_that_to_a_flag() {
    let file = "[audio_analyzer]\nlatency_ms = 1\nloop = true\nenabled = false\n[bus]\ndir = '/tmp/a'";
    let config = made(file, &[], &[]).unwrap();
    assert_eq!((audio(&config).number("latency_ms"), audio(&config).bool("loop")), (1.0, true));
    assert_eq!(config.workers(), [(ProcessName::AudioAnalyzer, false)]);
    assert_eq!(config.bus_dir(), Path::new("/tmp/a"));
    let vars = [("VJ_AUDIO_ANALYZER_LATENCY_MS", "2"), ("VJ_BUS_DIR", "/tmp/b")];
    let config = made(file, &vars, &[]).unwrap();
    assert_eq!((audio(&config).number("latency_ms"), config.bus_dir()), (2.0, "/tmp/b".into()));
    let config = made(file, &vars, &["audio_analyzer.latency_ms=3", "audio_analyzer.enabled=true"]).unwrap();
    assert_eq!((audio(&config).number("latency_ms"), config.workers()[0].1), (3.0, true));
    assert_eq!(audio(&config).sources()["latency_ms"], json!("flag"));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_is_allowed() {
    let cases = [
        ("x = 1", "c.toml:1: unknown table [x]"),
        (
            "\n[audio_analizer]\nloop = 1",
            "c.toml:2: unknown table [audio_analizer] (allowed: [bus], [telemetry], [supervision], [audio_analyzer]); did you mean [audio_analyzer]?",
        ),
        ("audio_analyzer = 1", "c.toml:1: 'audio_analyzer' is a table"),
        (
            "[supervision]\n\nkill_afer = 1",
            "c.toml:3: [supervision] unknown key 'kill_afer' (allowed: heartbeat, unhealthy_after, kill_after, backoff, max_restarts, restart_window, stop_grace); did you mean 'kill_after'?",
        ),
        (
            "[audio_analyzer]\nloop = 1",
            "c.toml:2: [audio_analyzer] 'loop' cannot be 1 (allowed: true or false)",
        ),
        (
            "[telemetry]\ntargets = ['nobody:1']",
            "c.toml:2: [telemetry] 'targets' cannot be [\"nobody:1\"] (allowed: a list of at most 16, each IP:PORT or localhost:PORT)",
        ),
        (
            "[telemetry]\nrate_hz = 61",
            "c.toml:2: [telemetry] 'rate_hz' cannot be 61 (allowed: a whole number from 1 to 60)",
        ),
        ("[audio_analyzer]\nloop = true\nloop = true", "c.toml:3: duplicate key"),
        ("[audio_analyzer\nloop = 1", "c.toml:1: "),
        (
            "[supervision]\nheartbeat = 5\nkill_after = 3",
            "c.toml:3: supervision.kill_after is 3 s, allowed is more than unhealthy_after (15 s)",
        ),
        (
            "[audio_analyzer]\nlatency_ms = 1979-05-27",
            "c.toml:2: [audio_analyzer] 'latency_ms' cannot be a date",
        ),
    ];
    for (text, wanted) in cases {
        let error = made(text, &[], &[]).unwrap_err();
        assert!(error.starts_with(wanted), "{text:?}: {error}\nwanted: {wanted}");
        assert!(!error.contains('\n'), "{error}");
    }
    let two = made("[audio_analyzer]\nloop = 1\nenabled = 2", &[], &[]).unwrap_err();
    assert!(two.contains("'loop'") && two.contains("'enabled'"), "all that is wrong is said at once: {two}");
}

#[test]
fn words_are_judged_like_the_file_and_named_by_their_origin() {
    let config = made("", &[("VJ_TELEMETRY_TARGETS", "localhost:9000, 10.0.0.2:7000")], &[]).unwrap();
    assert_eq!(config.launch(ProcessName::AudioAnalyzer).telemetry.targets.len(), 2);
    let config =
        made("", &[("VJ_SUPERVISION_BACKOFF", "[1,2]"), ("VJ_OTHER", "x")], &["audio_analyzer.device=7"])
            .unwrap();
    assert_eq!((config.law().backoff.len(), audio(&config).text("device")), (2, "7".to_owned()));
    for (var, value, wanted) in [
        (
            "VJ_AUDIO_ANALYZER_LOOP",
            "maybe",
            "VJ_AUDIO_ANALYZER_LOOP: [audio_analyzer] 'loop' cannot be \"maybe\" (allowed: true or false)",
        ),
        ("VJ_AUDIO_ANALYZER_LOPE", "true", "VJ_AUDIO_ANALYZER_LOPE: [audio_analyzer] unknown key 'lope'"),
        ("VJ_TIME_SCALE", "11", "VJ_TIME_SCALE cannot be \"11\" (allowed: a number from 1 to 10)"),
    ] {
        let error = made("", &[(var, value)], &[]).unwrap_err();
        assert!(error.starts_with(wanted), "{error}");
    }
    let error = made("", &[], &["audio.loop=1"]).unwrap_err();
    assert!(error.starts_with("--set audio.loop=1: unknown table 'audio'"), "{error}");
    assert!("nonsense".parse::<Assignment>().is_err());
}

#[test]
fn a_snapshot_is_the_same_config() {
    let text = "[audio_analyzer]\nsource = 'file:a.wav'\n[supervision]\nheartbeat = 2";
    let config = made(text, &[("VJ_TIME_SCALE", "4")], &["telemetry.bundle=true"]).unwrap();
    assert_eq!(Config::from_snapshot(&config.to_snapshot()), Ok(config.clone()));
    assert_eq!(config.launch(ProcessName::AudioAnalyzer).heartbeat, Duration::from_millis(500));
    for damaged in [&b""[..], b"{", b"[]", br#"{"time_scale": 1}"#, br#"{"time_scale": 0, "given": {}}"#] {
        assert!(Config::from_snapshot(damaged).is_err());
    }
    let newer = br#"{"time_scale": 1, "given": {"console": {"file": {"x": 1}}, "bus": {"file": {"y": 1, "dir": 7}}}}"#;
    assert_eq!(Config::from_snapshot(newer).unwrap().bus_dir(), Path::new("/tmp/vj-bus"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}(\n\\[(bus|supervision|audio_analyzer)\\]\n[a-z_]{1,10} ?= ?\\PC{0,20})?") {
        let _ = made(&text, &[("VJ_AUDIO_ANALYZER_LOOP", &text.replace('\0', ""))], &[]);
        let _ = Config::from_snapshot(text.as_bytes());
    }
}
