//! How long a worker takes to come.

use vj_core::ProcessName::AudioAnalyzer;
use vj_sim::ground::Ground;
use vj_sim::real::RealMachine;

use crate::ask::{bare_start, gone, when};
use crate::table::{Row, Table, Times};

const STARTS: usize = 30;

/// A worker that starts with nobody else there, beside a process that starts and ends. The first one of a show is the
/// slowest: it writes down when the show began, and waits for the disk.
pub(crate) async fn measure(machine: &RealMachine, table: &mut Table) {
    let clock = machine.clock();
    let (mut bare, mut times) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        bare.push(bare_start(clock));
        let began = clock.now();
        let pid = machine.start(AudioAnalyzer);
        let (answered, _) = when(machine, AudioAnalyzer, |state| state["pid"] == pid).await;
        times.push(answered.since(began));
        // Its number is known to those who watch the bus after their next look.
        while machine.pid_of(AudioAnalyzer) != Some(pid) {
            clock.sleep(std::time::Duration::from_millis(1)).await;
        }
        machine.kill(pid);
        gone(machine, AudioAnalyzer, pid).await;
    }
    table.add(Row {
        what: "worker start to its first answer",
        figure: Times::of(times).in_ms(),
        goal: "30 ms",
        ancestor: "260 to 1,690 ms",
        control: format!("`vj --version`: {}", Times::of(bare).in_ms()),
    });
}
