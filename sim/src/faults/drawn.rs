//! Draws plans.

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::json;
use vj_core::ProcessName;

use super::fault::Fault;
use super::kind::FaultKind;

/// The last part of a run is left alone, so that what must come right eventually can.
const CALM: f64 = 0.25;

/// Half a minute of silence would be a death: a fault that is to be lived through is shorter.
const LIVED_THROUGH_SEC: f64 = 25.0;

/// Faults a minute that make sense: above one a second nothing lives for long enough to be seen.
pub const PER_MIN_MAX: f64 = 60.0;

/// So long before the end of a set nothing more is broken: what was killed for its silence needs 34 s to be back. Of a short set
/// only the last part is left alone.
const CALM_SEC: f64 = 36.0;

/// What can be broken on a stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Possible {
    /// Processes that can be struck.
    pub processes: Vec<ProcessName>,
    /// Audio inputs: name, rate and channels.
    pub cards: Vec<(String, u32, u16)>,
    /// The file that VirtualDJ writes, if there is one.
    pub player_file: Option<String>,
    /// Kinds that come up.
    pub kinds: Vec<FaultKind>,
}

impl Possible {
    /// On a stage of these processes, with nothing known of who else is there: everything that strikes processes, links, disk and
    /// clock. The audio inputs and VirtualDJ's file can be added, and kinds be taken away.
    #[must_use]
    pub fn on(processes: &[ProcessName]) -> Self {
        let kinds = vec![
            FaultKind::Kill,
            FaultKind::Terminate,
            FaultKind::Freeze,
            FaultKind::Starve,
            FaultKind::Clog,
            FaultKind::Cut,
            FaultKind::Weather,
            FaultKind::Console,
            FaultKind::WallClock,
            FaultKind::DiskFull,
            FaultKind::DiskSlow,
        ];
        Self { processes: processes.to_vec(), kinds, cards: Vec::new(), player_file: None }
    }

    /// Everything on a stage of these processes that a whole set has: with the services and players that they ask.
    #[must_use]
    pub fn around(processes: &[ProcessName]) -> Self {
        let mut all = Self::on(processes);
        all.kinds.extend([FaultKind::TelemetryLoss, FaultKind::Receiver]);
        let has = |name| processes.contains(&name);
        all.kinds.extend(has(ProcessName::SpotifyMonitor).then_some(FaultKind::Spotify));
        if has(ProcessName::LyricsFetcher) {
            all.kinds.extend([FaultKind::Lrclib, FaultKind::Ollama, FaultKind::Openai, FaultKind::Comfyui]);
        }
        all
    }

    /// The same with these kinds only, where they are possible at all.
    #[must_use]
    pub fn only(mut self, kinds: &[FaultKind]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    /// Whether there is something that a fault of this kind could strike.
    #[must_use]
    pub fn allows(&self, kind: FaultKind) -> bool {
        match kind {
            FaultKind::Unplug | FaultKind::Sound => !self.cards.is_empty(),
            FaultKind::Virtualdj => self.player_file.is_some(),
            kind if kind.strikes_a_process() => !self.processes.is_empty(),
            _ => true,
        }
    }

    fn possible(&self) -> Vec<FaultKind> {
        self.kinds.iter().copied().filter(|kind| self.allows(*kind)).collect()
    }

    /// One fault of this kind.
    pub(super) fn fault(&self, rng: &mut impl Rng, at: f64, kind: FaultKind, for_sec: f64) -> Fault {
        let mut fault = Fault::new(at, kind);
        if kind.strikes_a_process() {
            fault = fault.on(self.processes[rng.random_range(0..self.processes.len())]);
        }
        fault.for_sec = kind.lasts().then_some(for_sec);
        match kind {
            FaultKind::TelemetryLoss => fault.share = Some(round_ms(rng.random_range(0.05..1.0))),
            FaultKind::DiskSlow => fault.takes_sec = Some(round_ms(rng.random_range(0.05..2.0))),
            FaultKind::Unplug => {
                let (name, rate_hz, channels) = self.cards[rng.random_range(0..self.cards.len())].clone();
                let rate_hz =
                    if rng.random_bool(0.5) { [44_100, 48_000][rng.random_range(0..2)] } else { rate_hz };
                (fault.rate_hz, fault.channels) = (Some(rate_hz), Some(channels));
                fault = fault.on(name);
            }
            FaultKind::Sound => {
                fault.deed = Some(["zeros", "nothing", "no_answer"][rng.random_range(0..3)].to_owned());
                fault = fault.on(&self.cards[rng.random_range(0..self.cards.len())].0);
            }
            FaultKind::Virtualdj => {
                fault.file = self.player_file.clone();
                fault.deed = Some(["lock", "touch"][rng.random_range(0..2)].to_owned());
            }
            FaultKind::Spotify => {
                let ways =
                    [json!({"status": 503}), json!("page"), json!("cut"), json!("reset"), json!("stall")];
                fault.event = Some(json!({"answers": ways[rng.random_range(0..ways.len())]}));
            }
            FaultKind::Lrclib | FaultKind::Ollama | FaultKind::Openai | FaultKind::Comfyui => {
                let events = [
                    json!("down"),
                    json!({"takes": 8.5}),
                    json!({"answers": {"status": 502}}),
                    json!({"answers": "cut"}),
                    json!({"answers": "stall"}),
                    json!({"answers": "empty"}),
                ];
                fault.event = Some(events[rng.random_range(0..events.len())].clone());
            }
            _ => {}
        }
        fault
    }
}

/// Draws a plan for a run of `length_sec`: each kind is off with probability one half, the others get very different
/// rates; the last quarter of the run is left alone.
pub fn draw(rng: &mut impl Rng, length_sec: f64, possible: &Possible) -> Vec<Fault> {
    let mut plan = Vec::new();
    for kind in possible.possible() {
        let is_on = rng.random_bool(0.5);
        // From one in the whole run to one every few seconds.
        let count = 1 + (length_sec / 20.0 * rng.random_range(0.0_f64..1.0).powi(3)) as usize;
        for _ in 0..if is_on { count } else { 0 } {
            let at = round_ms(rng.random_range(0.0..length_sec * (1.0 - CALM)));
            let for_sec = round_ms(rng.random_range(0.05_f64..1.0).powi(2) * 0.2 * length_sec);
            plan.push(possible.fault(rng, at, kind, for_sec));
        }
    }
    in_order(plan)
}

/// So many faults a minute for a set of this length, of what can be done to its processes and those around them.
#[must_use]
pub fn chaos_of_set(
    seed: u64,
    per_min: f64,
    length_sec: f64,
    processes: &[ProcessName],
    is_real: bool,
) -> Vec<Fault> {
    let mut possible = Possible::around(processes);
    possible.kinds.retain(|kind| !is_real || kind.is_for_real());
    // Another stream than anything else that is drawn from this seed.
    let mut rng = Pcg64::seed_from_u64(seed ^ 0xc4a0_5c4a_05c4_a05c);
    let breaks_sec = length_sec - CALM_SEC.min(length_sec * CALM);
    chaos(&mut rng, breaks_sec, per_min.min(PER_MIN_MAX), &possible)
}

/// Draws about `per_min` faults a minute, of any kind, from `length_sec` of a show: for whoever wants to see what their patch
/// makes of a bad night. Each is short enough that nobody dies of it who was not killed.
pub fn chaos(rng: &mut impl Rng, length_sec: f64, per_min: f64, possible: &Possible) -> Vec<Fault> {
    let (kinds, mut plan, mut at) = (possible.possible(), Vec::new(), 0.0);
    if kinds.is_empty() || !(per_min > 0.0 && length_sec > 0.0) {
        return plan;
    }
    loop {
        at += rng.random_range(0.01_f64..2.0) * 60.0 / per_min;
        if at > length_sec {
            return in_order(plan);
        }
        let kind = kinds[rng.random_range(0..kinds.len())];
        let for_sec =
            round_ms(rng.random_range(0.1_f64..1.0).powi(2) * LIVED_THROUGH_SEC.min(0.2 * length_sec));
        plan.push(possible.fault(rng, round_ms(at), kind, for_sec));
    }
}

/// Draws rounds in which some of the processes are clogged one by one, and freed in another order.
pub fn swizzle(rng: &mut impl Rng, length_sec: f64, processes: &[ProcessName]) -> Vec<Fault> {
    let (mut plan, mut at) = (Vec::new(), rng.random_range(1.0..4.0));
    while !processes.is_empty() {
        let mut some: Vec<_> = processes.iter().filter(|_| rng.random_bool(0.7)).collect();
        shuffle(rng, &mut some);
        let begins: Vec<f64> = some.iter().map(|_| advance(rng, &mut at)).collect();
        at += rng.random_range(0.0..6.0);
        let mut ends: Vec<f64> = some.iter().map(|_| advance(rng, &mut at)).collect();
        shuffle(rng, &mut ends);
        if at > length_sec * (1.0 - CALM) {
            break;
        }
        for ((process, begin), end) in some.into_iter().zip(begins).zip(ends) {
            plan.push(Fault::new(begin, FaultKind::Clog).on(process).lasting(round_ms(end - begin)));
        }
        at += rng.random_range(0.5..8.0);
    }
    in_order(plan)
}

fn advance(rng: &mut impl Rng, at: &mut f64) -> f64 {
    *at = round_ms(*at + rng.random_range(0.05..1.5));
    *at
}

fn shuffle<T>(rng: &mut impl Rng, list: &mut [T]) {
    for last in (1..list.len()).rev() {
        list.swap(last, rng.random_range(0..=last));
    }
}

fn in_order(mut plan: Vec<Fault>) -> Vec<Fault> {
    plan.sort_by(|one, two| one.at.total_cmp(&two.at));
    plan
}

fn round_ms(sec: f64) -> f64 {
    (sec * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ProcessName; 3] =
        [ProcessName::AudioAnalyzer, ProcessName::SpotifyMonitor, ProcessName::LyricsFetcher];

    fn everything() -> Possible {
        Possible {
            cards: vec![("Line In".to_owned(), 44_100, 2)],
            player_file: Some("now_playing.txt".to_owned()),
            ..Possible::around(&ALL).only(&FaultKind::ALL)
        }
    }

    #[test]
    fn every_kind_comes_up_and_makes_sense() {
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..200 {
            for fault in draw(&mut Pcg64::seed_from_u64(seed), 60.0, &everything()) {
                assert_eq!(fault.check(), Ok(()), "{fault:?}");
                assert!(fault.at <= 45.0);
                kinds.insert(fault.kind);
            }
        }
        assert_eq!(kinds.len(), FaultKind::ALL.len());
    }

    #[test]
    fn nothing_is_drawn_that_has_nothing_to_strike() {
        let bare = Possible::default().only(&FaultKind::ALL);
        for seed in 0..50 {
            for fault in draw(&mut Pcg64::seed_from_u64(seed), 60.0, &bare) {
                assert!(!fault.kind.strikes_a_process() && fault.kind != FaultKind::Unplug, "{fault}");
            }
        }
    }

    #[test]
    fn chaos_keeps_its_rate_and_kills_nobody_by_silence() {
        let plan = chaos(&mut Pcg64::seed_from_u64(1), 36_000.0, 2.0, &everything());
        assert!((1_080..1_320).contains(&plan.len()), "{} faults in ten hours", plan.len());
        for fault in &plan {
            assert_eq!(fault.check(), Ok(()), "{fault:?}");
            assert!(fault.ends_at() - fault.at < 26.0);
        }
        assert_eq!(chaos(&mut Pcg64::seed_from_u64(1), 60.0, 0.0, &everything()), []);
    }

    #[test]
    fn what_is_clogged_is_freed_in_another_order() {
        let is_other = |seed: u64| {
            let plan = swizzle(&mut Pcg64::seed_from_u64(seed), 120.0, &ALL);
            assert!(
                !plan.is_empty() && plan.iter().all(|fault| fault.check().is_ok() && fault.ends_at() < 90.1)
            );
            plan.windows(2)
                .any(|pair| pair[1].at < pair[0].ends_at() && pair[1].ends_at() < pair[0].ends_at())
        };
        assert!((0..20).filter(|seed| is_other(*seed)).count() > 15);
    }
}
