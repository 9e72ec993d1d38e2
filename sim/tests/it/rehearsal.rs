//! A set is rehearsed: played to its end through the shipping workers, with what breaks on the way.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use serde_json::json;
use vj_core::ProcessName;
use vj_sim::faults::{Fault, FaultKind};
use vj_sim::ground::Driver;
use vj_sim::history::{self, Entry, What};
use vj_sim::osc_log;
use vj_sim::rehearsal::{Progress, Rehearsal, Rehearsed, rehearse};
use vj_sim::set::Set;
use vj_sim::tape::Tapes;
use vj_workers::ports::AudioBackend;

use crate::support::{Library, Sound, words};

fn set(audio: &str) -> Set {
    Set { title: "A night".to_owned(), ..Set::of_sound(Path::new(audio)) }
}

fn rehearsal(set: Set, seed: u64, faults: &[Fault], backend: Rc<dyn AudioBackend>) -> Rehearsal {
    let (driver, listeners, faults) = (Driver::Virtual, Vec::new(), faults.to_vec());
    let (live_services, guest, hands) = (None, None, None);
    Rehearsal { driver, listeners, set, seed, faults, backend, live_services, guest, hands }
}

fn fault(at: f64, kind: FaultKind, target: &str) -> Fault {
    Fault::new(at, kind).on(target).lasting(3.0)
}

fn drums(seed: u64, faults: &[Fault]) -> Rehearsed {
    rehearse(rehearsal(set("drums"), seed, faults, Tapes::new()), |_| {})
}

fn bytes(rehearsed: &Rehearsed) -> Vec<u8> {
    let mut bytes = Vec::new();
    history::write_jsonl(&rehearsed.history, &mut bytes).unwrap();
    osc_log::write_jsonl(&rehearsed.osc, &mut bytes).unwrap();
    bytes
}

fn of_audio<'a>(history: &'a [Entry], pick: impl Fn(&'a What) -> Option<&'a String>) -> Vec<f64> {
    history
        .iter()
        .filter(|entry| pick(&entry.what).is_some_and(|process| process == "audio_analyzer"))
        .map(|entry| entry.t)
        .collect()
}

#[test]
fn a_set_is_played_to_its_end_and_the_same_seed_gives_the_same_bytes() {
    let faults = [fault(5.0, FaultKind::Weather, ""), fault(12.0, FaultKind::Kill, "audio_analyzer")];
    let first = drums(3, &faults);
    assert_eq!(first.violations, []);
    assert!(bytes(&first) == bytes(&drums(3, &faults)), "the same seed gave another rehearsal");
    let meta = &first.meta;
    assert_eq!((meta.title.as_str(), meta.seed, meta.audio.as_deref()), ("A night", 3, Some("drums")));
    assert!((meta.duration_sec - 30.97).abs() < 0.1, "{}", meta.duration_sec);
    assert!(matches!(&first.history[0].what, What::Run { name, seed: 3, .. } if name == "A night"));
    assert!(matches!(first.history.last().unwrap().what, What::End));
    assert!(first.history.last().unwrap().t < 36.0, "it ends soon after the sound");
    let last = first.osc.iter().rev().find(|line| line.addr == "/audio/levels").unwrap();
    assert!((last.t - meta.audio_starts_sec - meta.duration_sec).abs() < 0.1);
}

#[test]
fn a_kill_is_in_the_history_and_the_worker_comes_back_where_the_show_is() {
    let rehearsed = drums(1, &[fault(10.0, FaultKind::Kill, "audio_analyzer")]);
    assert_eq!(rehearsed.violations, []);
    let killed = of_audio(&rehearsed.history, |what| match what {
        What::Fault { kind, target, .. } if kind == "kill" => Some(target),
        _ => None,
    });
    assert_eq!(killed, [10.0]);
    let exits = of_audio(&rehearsed.history, |what| match what {
        What::Exit { process, .. } => Some(process),
        _ => None,
    });
    assert_eq!(exits, [10.0]);
    let bound = of_audio(&rehearsed.history, |what| match what {
        What::Bound { process, .. } => Some(process),
        _ => None,
    });
    assert!(bound.len() == 2 && (11.0..11.1).contains(&bound[1]), "{bound:?}");
    let whole = drums(1, &[]);
    let count =
        |rehearsed: &Rehearsed| rehearsed.osc.iter().filter(|line| line.addr == "/audio/levels").count();
    let lost = count(&whole) - count(&rehearsed);
    // It went on where the show was: only the second without a worker is missing, and the end comes when it would have.
    assert!((60..=64).contains(&lost), "{lost} ticks");
}

#[test]
fn a_kill_of_the_manager_is_survived_and_the_sound_does_not_notice() {
    let rehearsed = drums(1, &[fault(10.0, FaultKind::Kill, "process_manager")]);
    assert_eq!(rehearsed.violations, []);
    let managers = rehearsed
        .history
        .iter()
        .filter(|entry| matches!(&entry.what, What::Start { process, .. } if process == "process_manager"));
    assert_eq!(managers.count(), 2);
    let sound = |rehearsed: &Rehearsed| {
        let lines: Vec<_> =
            rehearsed.osc.iter().filter(|line| line.from == "audio_analyzer").cloned().collect();
        lines
    };
    assert!(sound(&rehearsed) == sound(&drums(1, &[])), "the manager is no part of the sound");
}

#[test]
fn every_kind_of_fault_is_survived() {
    let kinds = [
        (FaultKind::Terminate, "audio_analyzer"),
        (FaultKind::Freeze, "audio_analyzer"),
        (FaultKind::Clog, "audio_analyzer"),
        (FaultKind::Cut, "audio_analyzer"),
        (FaultKind::Freeze, "process_manager"),
        (FaultKind::Terminate, "process_manager"),
        (FaultKind::WallClock, ""),
        (FaultKind::DiskFull, ""),
    ];
    for (kind, target) in kinds {
        let library = Library::with("a", Sound::of(25.0));
        let rehearsed = rehearse(rehearsal(set("a"), 1, &[fault(8.0, kind, target)], library), |_| {});
        assert_eq!(rehearsed.violations, [], "{kind:?} {target}");
    }
}

#[test]
fn how_far_it_is_is_told_once_a_second_of_the_show() {
    let told = Rc::<RefCell<Vec<Progress>>>::default();
    let library = Library::with("a", Sound::of(20.0));
    rehearse(rehearsal(set("a"), 1, &[], library), |progress| told.borrow_mut().push(progress));
    let told = told.take();
    assert!((20..=22).contains(&told.len()), "{}", told.len());
    assert!(told.iter().all(|progress| progress.duration_sec == Some(20.0)));
    assert!(told.is_sorted_by(|a, b| a.position_sec <= b.position_sec));
    assert_eq!(told.last().unwrap().position_sec, 20.0);
}

#[test]
fn a_sound_that_cannot_be_played_is_a_clear_error() {
    let library = Library::with("a", Sound { breaks_at_sec: Some(5.0), ..Sound::of(20.0) });
    let error = |set: Set| rehearse(rehearsal(set, 1, &[], library.clone()), |_| {}).failure.unwrap();
    assert_eq!(error(set("nothing")), "there is no nothing");
    assert_eq!(error(set("a")), "a is broken at 5.0 s");
}

#[test]
fn a_setting_that_no_worker_takes_is_a_clear_error() {
    let library = Library::with("a", Sound::of(20.0));
    for (process, table, says) in [
        (ProcessName::AudioAnalyzer, json!({"enable_pich": false}), &["did not come back", "enable_pich"]),
        (ProcessName::ProcessManager, json!({"kill_after": "soon"}), &["did not come back", "kill_after"]),
    ] {
        let mut set = set("a");
        set.config.insert(process, table.as_object().cloned().unwrap());
        let error = rehearse(rehearsal(set, 1, &[], library.clone()), |_| {}).failure.unwrap();
        assert!(words(&error, says), "{error}");
    }
}

#[test]
fn the_settings_of_the_set_count_and_its_sound_is_never_looped() {
    let mut set = set("a");
    let table = json!({"enable_pitch": false, "loop": true, "source": "device"});
    set.config.insert(ProcessName::AudioAnalyzer, table.as_object().cloned().unwrap());
    let rehearsed = rehearse(rehearsal(set, 1, &[], Library::with("a", Sound::of(5.0))), |_| {});
    assert!(!rehearsed.osc.iter().any(|line| line.addr == "/audio/pitch"));
    assert!(rehearsed.osc.iter().filter(|line| line.addr == "/audio/levels").count() >= 300);
}
