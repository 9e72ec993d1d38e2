//! The simulated machine does what a kernel does, and is the same for the same seed.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::{ConnectError, Env, Processes};
use vj_sim::driver;
use vj_sim::history::{Entry, What};
use vj_sim::osc_log;
use vj_sim::stage::VISUALS;
use vj_sim::world::{Program, World, WorldConfig};

use crate::support::{play, two_workers};

#[test]
fn a_kill_drops_the_lock_and_leaves_the_socket_stale() {
    play(two_workers("silence"), |show| async move {
        let pid = show.start(TestWorker).await;
        show.world.kill(pid);
        assert_eq!(show.world.pid_of(TestWorker), None);
        assert_eq!(show.world.sockets(), [(TestWorker, false)]);
        assert_eq!(show.world.live(), []);
        let refused = show.world.control().connect(TestWorker).await;
        assert!(matches!(refused, Err(ConnectError::Stale(TestWorker))));
        let nobody = show.world.control().connect(AudioAnalyzer).await;
        assert!(matches!(nobody, Err(ConnectError::NotRunning(AudioAnalyzer))));
        // Its successor takes its place at once.
        let next = show.start(TestWorker).await;
        assert!(next > pid, "numbers are not used again");
        assert_eq!(show.world.sockets(), [(TestWorker, true)]);
        // Striking who is gone is no error, and strikes nobody.
        show.world.kill(pid);
        show.world.freeze(pid);
        show.world.terminate(pid);
        show.pause(5.0).await;
        assert_eq!(show.world.pid_of(TestWorker), Some(next));
    });
}

#[test]
fn a_frozen_process_does_nothing_and_then_goes_on() {
    play(two_workers("silence"), |show| async move {
        let pid = show.start(TestWorker).await;
        show.world.freeze(pid);
        let mut client = show.client(TestWorker).await;
        let msg_id = client.send("echo", json!({"value": 1}));
        let limit = std::time::Duration::from_secs(60);
        assert!(show.world.clock().timeout(limit, client.next_outcome()).await.is_err());
        show.world.thaw(pid);
        let (answered, outcome) = client.next_outcome().await;
        assert_eq!((answered, outcome.ok().unwrap().data), (msg_id, Value::from(1)));
    });
}

#[test]
fn a_port_loses_what_nobody_reads_and_a_closed_one_everything() {
    play(two_workers("silence"), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(5.0).await;
        let address = SocketAddr::from(([127, 0, 0, 1], 7_000));
        let receiver = show.world.listen(address);
        show.done(AudioAnalyzer, "subscribe", json!({"host": "127.0.0.1", "port": 7_000, "lease_sec": 60}))
            .await;
        let (from, packet) = receiver.next().await;
        assert_eq!(from, AudioAnalyzer);
        assert!(packet.starts_with(b"/audio/"));
        show.pause(10.0).await;
        // 256 wait, as in a socket's buffer; the thousands that came after them are gone.
        for _ in 0..256 {
            receiver.next().await;
        }
        let before = show.now();
        receiver.next().await;
        assert!((0.0..0.02).contains(&(show.now() - before)), "the next is a fresh one");
        drop(receiver);
        show.pause(1.0).await;
        let first =
            show.history().into_iter().filter(|entry| matches!(entry.what, What::FirstPacket { .. })).count();
        assert_eq!(first, 1);
    });
}

#[test]
fn random_streams_are_repeatable_and_independent() {
    let draw = |seed: u64, names: &[&str]| {
        let mut stage = two_workers("silence");
        stage.seed = seed;
        play(stage, |show| async move {
            let draw = |name: &&str| show.world.stream(name).random::<u64>();
            names.iter().map(draw).collect::<Vec<_>>()
        })
    };
    let numbers = draw(1, &["a", "b", "a"]);
    assert_eq!(numbers, draw(1, &["a", "b", "a"]));
    assert!(numbers[0] != numbers[1] && numbers[0] != numbers[2] && numbers != draw(2, &["a", "b", "a"]));
    // A further stream between them changes none of the others.
    let with_more = draw(1, &["a", "new", "b", "a"]);
    assert_eq!([with_more[0], with_more[2], with_more[3]], numbers[..]);
}

#[test]
fn a_log_that_is_not_kept_still_tells_runs_apart() {
    let run = |tape: &'static str| {
        let mut stage = two_workers(tape);
        stage.keep_osc = false;
        play(stage, |show| async move {
            show.begin(&[AudioAnalyzer, TestWorker]).await;
            show.until(5.0).await;
            // What comes with every tick is hashed only.
            assert!(show.osc().iter().all(|line| !line.addr.starts_with("/audio/")));
            (show.world.osc().count(), show.world.osc().hash())
        })
    };
    let (count, hash) = run("drums");
    assert_eq!((count, hash), run("drums"));
    assert!(count > 1_000 && hash != run("silence").1);
}

#[test]
fn what_the_visuals_get_is_written_down_with_times_senders_and_arguments() {
    play(two_workers("drums"), |show| async move {
        show.world.start(ProcessManager);
        show.until(2.0).await;
        let lines = show.osc();
        let mut bytes = Vec::new();
        osc_log::write_jsonl(&lines, &mut bytes).unwrap();
        assert_eq!(osc_log::read_jsonl(&bytes[..]).unwrap(), lines);
        let first: Value =
            serde_json::from_slice(bytes.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        let fields: Vec<_> = first.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["addr", "args", "from", "t", "tags"], "the order of a map by name");
        assert!(lines.is_sorted_by(|a, b| a.t <= b.t));
    });
}

/// The fence: what a dead process still holds, and what runs as it is taken apart, acts on nothing (D23).
#[test]
fn d23_the_dead_do_nothing_whatever_they_still_hold() {
    driver::run(async {
        let left_behind = Rc::<RefCell<Option<Env>>>::default();
        let leaves = left_behind.clone();
        let program: Program = Rc::new(move |env: Env, _: Rc<dyn Processes>| {
            *leaves.borrow_mut() = Some(env.clone());
            Box::pin(std::future::pending())
        });
        let visuals = SocketAddr::from(VISUALS);
        let world = World::new(WorldConfig {
            seed: 1,
            keep_osc: true,
            keep_logs: true,
            visuals,
            cards: vj_sim::sound_cards::SoundCards::default(),
            player_files: vj_sim::player_files::PlayerDisk::default(),
            program,
        });
        let pid = world.start(TestWorker);
        let env = left_behind.take().unwrap();
        let second = Duration::from_secs(1);
        let acts = async || {
            env.telemetry.send(visuals, b"/a\0\0,\0\0\0");
            env.log.info("I live");
            let wrote = env.store.replace("file", b"x").await.is_ok();
            env.scope.spawn(std::future::ready(()));
            let connects = world.clock().timeout(second, env.control.connect(TestWorker)).await.is_ok();
            (wrote, connects, world.osc().count(), world.history().with(<[Entry]>::len))
        };
        assert_eq!(acts().await, (true, true, 1, 2), "alive it does all of that");
        world.kill(pid);
        let after = world.history().with(<[Entry]>::len);
        assert_eq!(acts().await, (false, false, 1, after));
    });
}
