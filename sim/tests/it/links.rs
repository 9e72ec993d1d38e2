//! Links of the simulated machine behave as sockets do, whatever the weather.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vj_core::ProcessName::{self, TestWorker};
use vj_env::{BoxLink, Env, Processes};
use vj_sim::driver;
use vj_sim::stage::VISUALS;
use vj_sim::world::{Program, Weather, World, WorldConfig};

/// Bytes that may be under way: the default of a Unix socket on Linux.
const PIPE_BYTES_MAX: usize = 212_992;

const NAME: ProcessName = TestWorker;

/// A machine with one process that takes in connections and leaves them to the test.
struct Machine {
    world: World,
    taken: Rc<RefCell<Vec<BoxLink>>>,
    pid: u32,
}

impl Machine {
    async fn start(seed: u64) -> Self {
        let taken = Rc::<RefCell<Vec<BoxLink>>>::default();
        let takes = taken.clone();
        let program: Program = Rc::new(move |env: Env, _: Rc<dyn Processes>| {
            let takes = takes.clone();
            Box::pin(async move {
                let mut listener = env.control.serve(env.name).await.unwrap();
                loop {
                    let link = listener.accept().await.unwrap();
                    takes.borrow_mut().push(link);
                }
            })
        });
        let visuals = SocketAddr::from(VISUALS);
        let world = World::new(WorldConfig {
            seed,
            keep_osc: true,
            keep_logs: true,
            visuals,
            cards: vj_sim::sound_cards::SoundCards::default(),
            player_files: vj_sim::player_files::PlayerDisk::default(),
            program,
        });
        let pid = world.start(NAME);
        world.clock().sleep(Duration::from_millis(100)).await;
        Self { world, taken, pid }
    }

    /// Both ends of a new connection: a client's, and the process's.
    async fn connect(&self) -> (BoxLink, BoxLink) {
        let ours = self.world.control().connect(NAME).await.unwrap();
        self.pause(0.01).await;
        (ours, self.taken.borrow_mut().pop().unwrap())
    }

    async fn pause(&self, sec: f64) {
        self.world.clock().sleep(Duration::from_secs_f64(sec)).await;
    }

    /// What is read within a second, if anything is.
    async fn read(&self, link: &mut BoxLink) -> Option<std::io::Result<Vec<u8>>> {
        let mut bytes = vec![0; 4_096];
        let read = self.world.clock().timeout(Duration::from_secs(1), link.read(&mut bytes)).await.ok()?;
        Some(read.map(|len| bytes[..len].to_vec()))
    }
}

fn run<F: Future<Output = ()>>(seed: u64, script: impl FnOnce(Machine) -> F) {
    driver::run(async { script(Machine::start(seed).await).await });
}

fn numbered(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

#[test]
fn bytes_arrive_whole_and_in_order_in_every_weather() {
    for seed in 0..20 {
        run(seed, |machine| async move {
            let slice_bytes_max = Some(1 + seed as usize * 3);
            machine
                .world
                .set_weather(Weather { slice_bytes_max, delay_max: Duration::from_millis(seed % 4) });
            let (mut ours, mut theirs) = machine.connect().await;
            let sent = numbered(10_000);
            ours.write_all(&sent[..6_000]).await.unwrap();
            // It changes in the middle: what is sent later still comes later.
            machine.world.set_weather(Weather::default());
            ours.write_all(&sent[6_000..]).await.unwrap();
            drop(ours);
            let mut got = Vec::new();
            theirs.read_to_end(&mut got).await.unwrap();
            assert!(got == sent, "seed {seed}: {} of {} bytes", got.len(), sent.len());
        });
    }
}

#[test]
fn weather_slices_and_delays() {
    run(1, |machine| async move {
        machine.world.set_weather(Weather { slice_bytes_max: Some(7), delay_max: Duration::from_millis(3) });
        let (mut ours, mut theirs) = machine.connect().await;
        let before = machine.world.clock().now();
        ours.write_all(&numbered(1_000)).await.unwrap();
        let mut got = 0;
        while got < 1_000 {
            let slice = machine.read(&mut theirs).await.unwrap().unwrap();
            assert!((1..=7).contains(&slice.len()), "{}", slice.len());
            got += slice.len();
        }
        let took = machine.world.clock().now().since(before).as_secs_f64();
        assert!((0.1..3.0).contains(&took), "{took} s");
    });
}

#[test]
fn a_writer_waits_when_the_pipe_is_full_and_goes_on_when_somebody_reads() {
    run(1, |machine| async move {
        let (mut ours, mut theirs) = machine.connect().await;
        let second = Duration::from_secs(1);
        let all = numbered(PIPE_BYTES_MAX + 1);
        ours.write_all(&all[..PIPE_BYTES_MAX]).await.unwrap();
        let one_more = machine.world.clock().timeout(second, ours.write(&all[PIPE_BYTES_MAX..])).await;
        assert!(one_more.is_err(), "it took a byte more than fits");
        let (written, got) = tokio::join!(ours.write(&all[PIPE_BYTES_MAX..]), async {
            let mut got = vec![0; PIPE_BYTES_MAX + 1];
            theirs.read_exact(&mut got).await.unwrap();
            got
        });
        assert_eq!(written.unwrap(), 1);
        assert!(got == all);
        // A write of more than fits is taken in part.
        let big = numbered(3 * PIPE_BYTES_MAX);
        assert_eq!(ours.write(&big).await.unwrap(), PIPE_BYTES_MAX);
    });
}

#[test]
fn a_clog_holds_what_a_process_sends_and_unclogging_delivers_it() {
    run(1, |machine| async move {
        let (mut ours, mut theirs) = machine.connect().await;
        machine.world.clog(machine.pid, true);
        theirs.write_all(b"late").await.unwrap();
        assert!(machine.read(&mut ours).await.is_none(), "nothing arrives, and no end either");
        // The other direction is open.
        ours.write_all(b"hello").await.unwrap();
        assert_eq!(machine.read(&mut theirs).await.unwrap().unwrap(), b"hello");
        theirs.write_all(b", later").await.unwrap();
        machine.world.clog(machine.pid, false);
        let mut got = [0; 11];
        ours.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"late, later");
    });
}

#[test]
fn a_cut_is_an_end_or_a_broken_pipe_for_both_sides() {
    run(1, |machine| async move {
        let (mut ours, mut theirs) = machine.connect().await;
        theirs.write_all(b"under way").await.unwrap();
        machine.world.cut(machine.pid);
        assert_eq!(machine.read(&mut ours).await.unwrap().unwrap(), b"under way");
        for link in [&mut ours, &mut theirs] {
            assert_eq!(machine.read(link).await.unwrap().unwrap(), b"", "the end is read");
            assert_eq!(link.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        }
        // Whoever waited is told too, and a new connection is none of the old.
        let (mut ours, mut theirs) = machine.connect().await;
        let cuts = async {
            machine.pause(0.1).await;
            machine.world.cut(machine.pid);
        };
        let (a, b, ()) = tokio::join!(machine.read(&mut ours), machine.read(&mut theirs), cuts);
        assert_eq!((a.unwrap().unwrap(), b.unwrap().unwrap()), (vec![], vec![]));
        let (mut ours, mut theirs) = machine.connect().await;
        ours.write_all(b"again").await.unwrap();
        assert_eq!(machine.read(&mut theirs).await.unwrap().unwrap(), b"again");
    });
}

#[test]
fn a_kill_closes_every_connection_and_a_clog_does_not_outlive_it() {
    run(1, |machine| async move {
        let (mut ours, mut theirs) = machine.connect().await;
        theirs.write_all(b"last words").await.unwrap();
        machine.world.clog(machine.pid, true);
        machine.world.kill(machine.pid);
        assert_eq!(machine.read(&mut ours).await.unwrap().unwrap(), b"last words");
        assert_eq!(machine.read(&mut ours).await.unwrap().unwrap(), b"");
        assert_eq!(ours.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        // What the dead still hold is dead too.
        let second = Duration::from_secs(1);
        assert!(machine.world.clock().timeout(second, theirs.write(b"x")).await.is_err());
    });
}

#[test]
fn an_end_that_is_dropped_is_an_end_for_the_other() {
    run(1, |machine| async move {
        let (mut ours, theirs) = machine.connect().await;
        drop(theirs);
        assert_eq!(machine.read(&mut ours).await.unwrap().unwrap(), b"");
        assert_eq!(ours.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        // Half closed: what comes back still arrives.
        let (mut ours, mut theirs) = machine.connect().await;
        ours.shutdown().await.unwrap();
        assert_eq!(machine.read(&mut theirs).await.unwrap().unwrap(), b"");
        theirs.write_all(b"bye").await.unwrap();
        assert_eq!(machine.read(&mut ours).await.unwrap().unwrap(), b"bye");
    });
}
