//! What the config takes, and what it says of what it does not take.

use super::*;

fn env(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect()
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
    let workers = [
        (ProcessName::AudioAnalyzer, false),
        (ProcessName::SpotifyMonitor, true),
        (ProcessName::VirtualDjMonitor, true),
        (ProcessName::LyricsFetcher, true),
        (ProcessName::OscDebugger, true),
    ];
    assert_eq!(config.workers(), workers);
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
            "c.toml:2: unknown table [audio_analizer] (allowed: [bus], [telemetry], [playback], [supervision], [audio_analyzer], [spotify_monitor], [virtualdj_monitor], [lyrics_fetcher], [osc_debugger]); did you mean [audio_analyzer]?",
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
        (
            "[audio_analyzer]\nloop = true\nloop = true",
            "c.toml:3: duplicate key 'loop' (allowed: each key and each table once)",
        ),
        (
            "[audio_analyzer]\n[bus]\n[audio_analyzer]",
            "c.toml:3: duplicate key 'audio_analyzer' (allowed: each key and each table once)",
        ),
        ("[audio_analyzer\nloop = 1", "c.toml:1: "),
        ("[audio_analyzer]\nloop = ", "c.toml:2: "),
        ("[[bus]]", "c.toml:1: 'bus' is a table (allowed: [bus] and its keys below it)"),
        (
            "[audio_analyzer]\n\"a\\nb\" = 1",
            "c.toml:2: [audio_analyzer] unknown key 'a\\nb' (allowed: enabled, ",
        ),
        (
            "[audio_analyzer]\nx = 1979-05-27",
            "c.toml:2: [audio_analyzer] unknown key 'x' (allowed: enabled, ",
        ),
        (
            "[audio_analyzer]\ndevice = inf",
            "c.toml:2: [audio_analyzer] 'device' cannot be inf (allowed: a device name of at most 256 bytes)",
        ),
        (
            "[supervision]\nmax_restarts = 99999999999999999999",
            "c.toml:2: [supervision] 'max_restarts' cannot be 99999999999999999999 (allowed: a whole number from 0 to 1000)",
        ),
        (
            "[supervision]\nheartbeat = 1e999",
            "c.toml:2: [supervision] 'heartbeat' cannot be 1e999 (allowed: a number from 0.1 to 86400)",
        ),
        (
            "[bus]\ndir = '~/bus'",
            "c.toml:2: [bus] 'dir' cannot be \"~/bus\" (allowed: an absolute path of at most 80 bytes)",
        ),
        (
            "[supervision]\nheartbeat = 5\nkill_after = 3",
            "c.toml:3: supervision.kill_after is 3 s, allowed is more than unhealthy_after (15 s)",
        ),
        (
            "[audio_analyzer]\nlatency_ms = 1979-05-27",
            "c.toml:2: [audio_analyzer] 'latency_ms' cannot be 1979-05-27 (allowed: a number from -2000 to 2000)",
        ),
    ];
    for (text, wanted) in cases {
        let error = made(text, &[], &[]).unwrap_err();
        assert!(error.starts_with(wanted), "{text:?}: {error}\nwanted: {wanted}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_from_the_head_of_the_file_on() {
    let file = "[supervision]\nkill_after = 3\n[nothing]\n[audio_analyzer]\nloop = 1\nenabled = 2";
    let error = made(file, &[("VJ_TELEMETRY_ASCII", "maybe")], &["bus.dri=/x"]).unwrap_err();
    let wanted = ["toml:3: ", "toml:5: ", "toml:6: ", "VJ_TELEMETRY_ASCII", "--set bus.dri=/x", "toml:2: "];
    let places: Vec<_> = wanted.iter().map(|place| error.find(place)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{error}");
    let judged_in_part = made("[supervision]\nkill_after = 3\nheartbeat = 'x'", &[], &[]).unwrap_err();
    assert!(!judged_in_part.contains("kill_after"), "{judged_in_part}");
}

#[test]
fn a_recording_taken_for_a_config_does_not_flood_whoever_shows_the_error() {
    let keys = (0..50_000).fold(String::from("[audio_analyzer]\n"), |all, n| all + &format!("key_{n} = 1\n"));
    let long = format!("[audio_analyzer]\n{} = '{}'", "k".repeat(100_000), "v".repeat(100_000));
    let value = format!("[audio_analyzer]\nloop = '{}'", "v".repeat(100_000));
    for text in [keys, long, value] {
        let error = made(&text, &[], &[]).unwrap_err();
        assert!(error.len() < 10_000, "{} bytes", error.len());
    }
    // As deep as it likes, too.
    assert!(made(&format!("[bus]\ndir = {}", "[".repeat(100_000)), &[], &[]).is_err());
}

#[test]
fn values_that_do_not_fit_together_are_blamed_on_who_gave_the_last() {
    let file = "[supervision]\nkill_after = 20";
    for (vars, set, wanted) in [
        (
            &[][..],
            &["supervision.unhealthy_after=25"][..],
            "--set supervision.unhealthy_after=25: supervision.",
        ),
        (
            &[("VJ_SUPERVISION_KILL_AFTER", "7")],
            &[],
            "VJ_SUPERVISION_KILL_AFTER: supervision.kill_after is 7 s",
        ),
        (
            &[("VJ_SUPERVISION_UNHEALTHY_AFTER", "21")],
            &["supervision.max_restarts=1"],
            "VJ_SUPERVISION_UNHEALTHY",
        ),
    ] {
        let error = made(file, vars, set).unwrap_err();
        assert!(error.starts_with(wanted), "{error}");
    }
    assert!(made(file, &[("VJ_SUPERVISION_UNHEALTHY_AFTER", "21")], &["supervision.kill_after=22"]).is_ok());
}

#[test]
fn a_bus_directory_named_in_a_shell_is_meant_from_there() {
    let here = std::env::current_dir().unwrap();
    let dir = Some(PathBuf::from("bus"));
    let args = ConfigArgs { bus_dir: dir, ..ConfigArgs::default() };
    // The directory of the build may lie deeper than a bus may.
    let made = |env| Config::make(Ok(String::new()), Path::new("c.toml"), env, &args);
    match made(&env(&[("VJ_BUS_DIR", "other")])) {
        Ok(config) => assert_eq!(config.bus_dir(), here.join("bus")),
        Err(error) => assert!(error.to_string().contains(here.to_str().unwrap()), "{error}"),
    }
}

#[test]
fn what_is_not_utf8_is_named_and_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let bad = std::ffi::OsStr::from_bytes(b"/a\xff");
    let vars: Environment = [("VJ_AUDIO_ANALYZER_DEVICE".to_owned(), bad.to_owned())].into();
    let args = ConfigArgs { bus_dir: Some(bad.into()), ..ConfigArgs::default() };
    let error = Config::make(Ok(String::new()), Path::new("c.toml"), &vars, &args).unwrap_err().to_string();
    for whence in ["VJ_AUDIO_ANALYZER_DEVICE", "--bus-dir"] {
        assert!(error.contains(&format!("{whence}: \"/a\u{fffd}\" is not UTF-8")), "{error}");
    }
    let error = file::decode(b"[bus]\n# \xff".to_vec(), Path::new("c.toml")).unwrap_err();
    assert_eq!(error, "c.toml:2: not UTF-8 (allowed: TOML in UTF-8)");
}

#[test]
fn the_waits_are_divided_at_the_point_of_use_and_shown_as_they_were_given() {
    let config = made("[supervision]\nheartbeat = 2", &[("VJ_TIME_SCALE", "10")], &[]).unwrap();
    assert_eq!(config.law().heartbeat, Duration::from_millis(200));
    assert_eq!(config.launch(ProcessName::AudioAnalyzer).heartbeat, Duration::from_millis(200));
    let table = table_of(ProcessName::ProcessManager).unwrap();
    assert_eq!(config.settings(table).number("heartbeat"), 2.0);
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
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let path = Path::new("c.toml");
        let _ = Config::make(file::decode(bytes.clone(), path), path, &Environment::new(), &ConfigArgs::default());
        let _ = Config::from_snapshot(&bytes);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}(\n\\[(bus|supervision|audio_analyzer)\\]\n[a-z_]{1,10} ?= ?\\PC{0,20})?") {
        let _ = made(&text, &[("VJ_AUDIO_ANALYZER_LOOP", &text.replace('\0', ""))], &[]);
        let _ = Config::from_snapshot(text.as_bytes());
    }

    #[test]
    fn no_value_panics_and_none_is_let_in_that_its_key_does_not_allow(
        table in 0..TABLES.len(),
        key in 0_usize..20,
        value in "(-?[0-9]{1,25}(\\.[0-9]{1,5}(e[0-9]{1,4})?)?|'\\PC{0,30}'|\\[(-?[0-9]{1,4}(\\.[0-9]{1,6})?,){0,4}\\]|true|-inf|nan|\\{x = 1\\})",
    ) {
        let table = &TABLES[table];
        let keys: Vec<_> = table.file_keys().collect();
        let key = keys[key % keys.len()];
        let text = format!("[{}]\n{} = {value}", table.name, key.name);
        if let Ok(config) = made(&text, &[], &[]) {
            let given = &config.given[table.name][&Source::File][key.name];
            proptest::prop_assert!(key.kind.takes(given), "{text}: {given}");
            proptest::prop_assert_eq!(Config::from_snapshot(&config.to_snapshot()), Ok(config));
        }
        let variable = format!("VJ_{}_{}", table.name, key.name).to_uppercase();
        let _ = made("", &[(&variable, &value)], &[&format!("{}.{}={value}", table.name, key.name)]);
    }

    // As people write them: serde_json reads up to 15 digits back to the last bit, and not always more.
    #[test]
    fn a_number_comes_out_of_the_snapshot_as_it_went_in(whole in -1_999..2_000, decimals in "[0-9]{1,11}") {
        let config = made(&format!("[audio_analyzer]\nlatency_ms = {whole}.{decimals}"), &[], &[]).unwrap();
        proptest::prop_assert_eq!(Config::from_snapshot(&config.to_snapshot()), Ok(config));
    }
}
