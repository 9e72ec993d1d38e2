//! Plans of faults: drawn from the seed before the run, and played as they say.

use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde_json::json;
use vj_core::ProcessName::{self, AudioAnalyzer, ProcessManager, TestWorker};
use vj_sim::faults::{self, Fault, FaultKind, Possible};
use vj_sim::history::{Entry, What};

use crate::support::{Show, play, two_workers};

const TARGETS: [ProcessName; 3] = [AudioAnalyzer, TestWorker, ProcessManager];

fn drawn(seed: u64) -> Vec<Fault> {
    faults::draw(&mut Pcg64::seed_from_u64(seed), 60.0, &Possible::on(&TARGETS))
}

#[test]
fn a_plan_is_the_same_for_the_same_seed_sorted_and_leaves_the_last_quarter_alone() {
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let plan = drawn(seed);
        assert_eq!(plan, drawn(seed));
        assert!(plan.is_sorted_by(|a, b| a.at <= b.at));
        for fault in &plan {
            assert!((0.0..=45.0).contains(&fault.at), "{fault:?}");
            assert_eq!(fault.check(), Ok(()));
            kinds.insert(format!("{:?}", fault.kind));
        }
    }
    assert_eq!(kinds.len(), 11, "every kind comes up: {kinds:?}");
    assert!((0..20).map(drawn).filter(Vec::is_empty).count() < 5);
    assert_ne!(drawn(1), drawn(2));
}

#[test]
fn a_plan_can_be_written_down_and_read_back() {
    let plan = drawn(7);
    assert!(!plan.is_empty());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Fault>>(&text).unwrap(), plan);
}

fn fault(at: f64, kind: FaultKind, for_sec: f64) -> Fault {
    Fault::new(at, kind).on("test_worker").lasting(for_sec)
}

fn seen(show: &Show) -> Vec<(f64, String)> {
    let told = |entry: Entry| match entry.what {
        What::Fault { kind, .. } => Some((entry.t, kind)),
        What::Mended { kind, .. } => Some((entry.t, format!("mended {kind}"))),
        _ => None,
    };
    show.history().into_iter().filter_map(told).collect()
}

#[test]
fn faults_come_when_the_plan_says_and_those_that_last_end() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        let plan = [
            fault(9.0, FaultKind::WallClock, 1.0),
            fault(5.0, FaultKind::Freeze, 2.0),
            fault(6.0, FaultKind::DiskFull, 3.5),
            fault(12.0, FaultKind::Kill, 0.0),
            fault(15.0, FaultKind::Clog, 1.0),
            fault(15.5, FaultKind::Weather, 1.0),
        ];
        faults::play(&show.world, &plan).await;
        let times = [
            (5.0, "freeze"),
            (6.0, "disk_full"),
            (7.0, "mended freeze"),
            (9.0, "wall_clock_step"),
            (9.5, "mended disk_full"),
            (12.0, "kill"),
            (15.0, "clog"),
            (15.5, "weather"),
            (16.0, "mended clog"),
            (16.5, "mended weather"),
        ];
        assert_eq!(seen(&show), times.map(|(t, kind)| (t, kind.to_owned())));
        assert_eq!(show.exits(TestWorker).len(), 1);
    });
}

#[test]
fn a_fault_that_lasts_for_no_time_ends_too() {
    play(two_workers("silence"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        faults::play(
            &show.world,
            &[fault(5.0, FaultKind::Freeze, 0.0), fault(5.0, FaultKind::DiskFull, 0.0)],
        )
        .await;
        assert_eq!(show.ask(TestWorker, "echo", json!({"value": 1})).await.ok().unwrap().data, json!(1));
        assert_eq!(show.done(TestWorker, "set_config", json!({"value": 1})).await, None);
    });
}

#[test]
fn a_fault_that_finds_nobody_strikes_nobody() {
    play(two_workers("silence"), |show| async move {
        faults::play(&show.world, &[fault(1.0, FaultKind::Kill, 0.0), fault(2.0, FaultKind::Freeze, 1.0)])
            .await;
        assert_eq!(seen(&show), []);
    });
}

#[test]
fn a_fault_without_a_target_or_with_times_that_make_no_sense_is_named() {
    let good = fault(5.0, FaultKind::Kill, 1.0);
    assert_eq!(good.process(), Ok(Some(TestWorker)));
    let nobody = Fault { target: None, ..good.clone() };
    assert_eq!(nobody.check().unwrap_err(), "fault at 5 s: 'target' is missing (a process)");
    let unknown = Fault { target: Some("vdj".to_owned()), ..good.clone() };
    assert!(unknown.check().unwrap_err().contains("unknown process 'vdj'"));
    let early = Fault { at: -1.0, ..good.clone() };
    assert!(early.check().unwrap_err().contains("'at' cannot be -1"));
    let never = Fault { for_sec: Some(f64::NAN), ..good };
    assert!(never.check().unwrap_err().contains("'for_sec' cannot be NaN"));
}
