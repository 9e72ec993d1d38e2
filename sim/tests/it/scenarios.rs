//! Every scenario holds, and the same seed gives the same run.

use vj_sim::ground::Driver;
use vj_sim::scenarios::{self, Coverage, Run, SCENARIOS};
use vj_sim::{history, osc_log};

/// Each has a test below: a new scenario must be added there too. Those about real processes are played by
/// `cargo xtask test` in a step of their own.
const TESTED: [&str; 26] = [
    "crash-recovery",
    "reconnection",
    "config-sync",
    "manager-adoption",
    "crash-loop",
    "hung-worker",
    "manager-frozen",
    "torn-frames",
    "second-instance",
    "receiver-absent",
    "audio-unplug",
    "virtualdj-file",
    "spotify-storm",
    "track-change-race",
    "lyrics-storm",
    "llm-down",
    "cache-crash",
    "slow-console",
    "osc-flood",
    "wall-clock-step",
    "playback-night",
    "end-to-end",
    "record-then-rehearse",
    "shutdown-order",
    "kill-storm",
    "determinism",
];

#[test]
fn every_scenario_is_tested_here() {
    let all = SCENARIOS.iter().filter(|scenario| scenario.is_for(&Driver::Virtual));
    let all: Vec<_> = all.map(|scenario| scenario.name).collect();
    assert_eq!(all, TESTED);
}

fn holds_for(name: &str, seeds: std::ops::Range<u64>) {
    let scenario = scenarios::find(name).unwrap();
    let mut runs = Vec::new();
    for seed in seeds.clone() {
        let run = scenario.play(&Driver::Virtual, seed);
        let violations: Vec<_> = run.violations.iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "{name} with seed {seed}: {violations:#?}");
        runs.push(bytes(&run));
    }
    let again = bytes(&scenario.play(&Driver::Virtual, seeds.start));
    assert!(again == runs[0], "{name}: the same seed gave another run");
    for (index, one) in runs.iter().enumerate() {
        // The first line names the seed; it is what comes after that must differ.
        let is_same = |other: &[u8]| after_first_line(one) == after_first_line(other);
        assert!(!runs[index + 1..].iter().any(|other| is_same(other)), "{name}: two seeds gave the same run");
    }
}

fn bytes(run: &Run) -> Vec<u8> {
    let mut bytes = Vec::new();
    history::write_jsonl(&run.history, &mut bytes).unwrap();
    osc_log::write_jsonl(&run.osc, &mut bytes).unwrap();
    bytes
}

fn after_first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    &bytes[end..]
}

/// A show that was recorded is rehearsed as it was.
#[test]
fn record_then_rehearse_holds_for_every_seed() {
    holds_for("record-then-rehearse", 100..103);
}

/// A killed worker is back, the others are untouched (D9, D18, D22).
#[test]
fn crash_recovery_holds_for_every_seed() {
    holds_for("crash-recovery", 100..104);
}

/// A console that dies is nobody's business (D37); one that lives sees the truth.
#[test]
fn reconnection_holds_for_every_seed() {
    holds_for("reconnection", 100..104);
}

#[test]
fn config_sync_holds_for_every_seed() {
    holds_for("config-sync", 100..104);
}

/// D22, D23.
#[test]
fn manager_adoption_holds_for_every_seed() {
    holds_for("manager-adoption", 100..104);
}

/// D18, D19.
#[test]
fn crash_loop_holds_for_every_seed() {
    holds_for("crash-loop", 100..104);
}

/// D16.
#[test]
fn hung_worker_holds_for_every_seed() {
    holds_for("hung-worker", 100..104);
}

#[test]
fn manager_frozen_holds_for_every_seed() {
    holds_for("manager-frozen", 100..104);
}

/// D8, D11, D13.
#[test]
fn torn_frames_holds_for_every_seed() {
    holds_for("torn-frames", 100..104);
}

/// D15.
#[test]
fn second_instance_holds_for_every_seed() {
    holds_for("second-instance", 100..104);
}

#[test]
fn receiver_absent_holds_for_every_seed() {
    holds_for("receiver-absent", 100..104);
}

/// D31.
#[test]
fn audio_unplug_holds_for_every_seed() {
    holds_for("audio-unplug", 100..104);
}

/// D32.
#[test]
fn virtualdj_file_holds_for_every_seed() {
    holds_for("virtualdj-file", 100..110);
}

#[test]
fn spotify_storm_holds_for_every_seed() {
    holds_for("spotify-storm", 100..104);
}

#[test]
fn track_change_race_holds_for_every_seed() {
    holds_for("track-change-race", 100..200);
}

#[test]
fn lyrics_storm_holds_for_every_seed() {
    holds_for("lyrics-storm", 100..110);
}

#[test]
fn llm_down_holds_for_every_seed() {
    holds_for("llm-down", 100..110);
}

#[test]
fn cache_crash_holds_for_every_seed() {
    holds_for("cache-crash", 100..110);
}

/// A client that does not read is its own affair.
#[test]
fn slow_console_holds_for_every_seed() {
    holds_for("slow-console", 100..104);
}

/// D28: whatever is sent to the debugger is captured, and a flood of it does no harm.
#[test]
fn osc_flood_holds_for_every_seed() {
    holds_for("osc-flood", 100..104);
}

#[test]
fn wall_clock_step_holds_for_every_seed() {
    holds_for("wall-clock-step", 100..110);
}

#[test]
fn playback_night_holds_for_every_seed() {
    holds_for("playback-night", 100..101);
}

// The bundled set has no dice in it; `end_to_end` compares it with its golden log.

/// D4, D14.
#[test]
fn shutdown_order_holds_for_every_seed() {
    holds_for("shutdown-order", 100..104);
}

/// D18, D22.
#[test]
fn kill_storm_holds_for_every_seed() {
    holds_for("kill-storm", 100..104);
}

#[test]
fn determinism_holds_for_every_seed() {
    holds_for("determinism", 100..102);
}

#[test]
fn a_run_over_real_processes_without_the_program_says_so() {
    let run = scenarios::find("stale-socket").unwrap().play(&Driver::Real("/nowhere/vj".into()), 1);
    let said: Vec<_> = run.violations.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|said| said.contains("there is no program /nowhere/vj")), "{said:?}");
}

#[test]
fn what_is_written_down_is_read_back_the_same() {
    let run = scenarios::find("crash-recovery").unwrap().play(&Driver::Virtual, 7);
    let (mut events, mut messages) = (Vec::new(), Vec::new());
    history::write_jsonl(&run.history, &mut events).unwrap();
    osc_log::write_jsonl(&run.osc, &mut messages).unwrap();
    assert_eq!(history::read_jsonl(&events[..]).unwrap(), run.history);
    assert_eq!(osc_log::read_jsonl(&messages[..]).unwrap(), run.osc);
    let damaged = [&events[..20], b"\n"].concat();
    assert!(
        history::read_jsonl(&damaged[..]).unwrap_err().to_string().starts_with("line 1 is no history entry")
    );
}

#[test]
fn what_must_happen_sometimes_is_counted_over_a_campaign() {
    let scenario = scenarios::find("crash-loop").unwrap();
    let mut coverage = Coverage::default();
    let mut run = scenario.play(&Driver::Virtual, 1);
    run.seen.clear();
    coverage.add(scenario, &run.seen);
    let mut missing: Vec<_> = scenario.sometimes.iter().map(|name| (scenario.name, *name)).collect();
    missing.sort_unstable();
    assert_eq!(coverage.never_seen(), missing);
    for seed in 1..12 {
        coverage.add(scenario, &scenario.play(&Driver::Virtual, seed).seen);
    }
    assert_eq!(coverage.never_seen(), []);
    assert_eq!(coverage.counts().map(|(.., count)| count).sum::<u64>(), 11);
}
