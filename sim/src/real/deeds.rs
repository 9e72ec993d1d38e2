//! What a script may do with a show of real processes.

use std::fs;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;
use vj_core::ProcessName;
use vj_env::real::{FileStore, LockFile, UdpTelemetry, real_clock};
use vj_env::{Clock, ControlPlane, LocalBoxFuture, Scope, Telemetry};

use super::console::RealConsole;
use super::ears::Visuals;
use super::machine::{Inner, RealMachine};
use super::sound_server::SoundServer;
use super::{player_files, system};
use crate::checkers;
use crate::console::Console;
use crate::curtain::Curtain;
use crate::ground::{Ground, Listening};
use crate::history::{History, What};
use crate::player_files::FileDeed;
use crate::sound_cards::Gives;
use crate::world::Weather;

impl Ground for RealMachine {
    fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    fn history(&self) -> &History {
        &self.inner.history
    }

    fn curtain(&self) -> &Curtain {
        &self.inner.curtain
    }

    fn seed(&self) -> u64 {
        self.inner.seed
    }

    fn system_clock(&self) -> Clock {
        real_clock()
    }

    fn control(&self) -> Rc<dyn ControlPlane> {
        self.inner.control.clone()
    }

    fn telemetry(&self) -> std::io::Result<Rc<dyn Telemetry>> {
        Ok(Rc::new(UdpTelemetry::new()?))
    }

    fn debugger_at(&self) -> SocketAddr {
        self.inner.debugger
    }

    fn lost_at(&self, at: SocketAddr) -> Option<u64> {
        system::datagrams_lost(at)
    }

    fn resident_bytes(&self, name: ProcessName) -> Option<u64> {
        system::resident_bytes(self.pid_of(name)?)
    }

    fn cpu_sec(&self, name: ProcessName) -> Option<f64> {
        system::cpu_sec(self.pid_of(name)?)
    }

    fn console(&self) -> Box<dyn Console> {
        Box::new(RealConsole::open(&self.inner))
    }

    fn start(&self, name: ProcessName) -> u32 {
        let bus = self.inner.dir.path().display().to_string();
        let args = match name {
            ProcessName::ProcessManager => vec!["manager", "--detached", "--bus-dir", &bus],
            worker => vec!["worker", worker.as_str(), "--bus-dir", &bus],
        };
        self.inner.spawn(name.as_str(), &args).unwrap_or_else(|error| {
            self.inner.mark("not started", &format!("{name}: {error:#}"));
            0
        })
    }

    fn guard(&self, _: &Scope) {
        let bus = self.inner.dir.path().display().to_string();
        match self.inner.spawn("up", &["up", "--detached", "--owned", "--bus-dir", &bus]) {
            Ok(pid) => self.inner.guardian.set(Some(pid)),
            Err(error) => self.inner.mark("not started", &format!("up: {error:#}")),
        }
    }

    fn pid_of(&self, name: ProcessName) -> Option<u32> {
        let holder = self.inner.seen.borrow().get(&name)?.holder?;
        (!self.inner.has_ended(holder)).then_some(holder)
    }

    fn serving(&self, name: ProcessName) -> Option<u32> {
        let is_bound = self.inner.seen.borrow().get(&name)?.is_bound;
        self.pid_of(name).filter(|_| is_bound)
    }

    fn kill(&self, pid: u32) {
        self.inner.strike("kill", pid, Signal::KILL);
    }

    fn terminate(&self, pid: u32) {
        self.inner.strike("terminate", pid, Signal::TERM);
    }

    fn freeze(&self, pid: u32) {
        self.inner.strike("freeze", pid, Signal::STOP);
    }

    fn thaw(&self, pid: u32) {
        let target = self.inner.name_of(pid).unwrap_or_else(|| "nobody".to_owned());
        self.inner.note(What::Mended { kind: "freeze".to_owned(), target });
        if !self.inner.has_ended(pid) {
            system::signal(pid, Signal::CONT);
        }
    }

    fn hold_still(&self, pid: u32, still: bool) {
        if !self.inner.has_ended(pid) {
            system::signal(pid, if still { Signal::STOP } else { Signal::CONT });
        }
    }

    fn set_weather(&self, weather: Weather) {
        let (kind, target) = ("weather".to_owned(), "the clients' links".to_owned());
        self.note(if weather == Weather::default() {
            What::Mended { kind, target }
        } else {
            What::Fault { kind, target, detail: weather.to_string() }
        });
        self.inner.control.set_weather(weather);
    }

    fn clog(&self, _: u32, _: bool) -> bool {
        false
    }

    fn cut(&self, _: u32) -> bool {
        false
    }

    fn step_wall_clock(&self, _: i64) -> bool {
        false
    }

    fn set_disk_full(&self, _: bool) -> bool {
        false
    }

    fn set_disk_slow(&self, _: Duration) -> bool {
        false
    }

    fn lose_telemetry(&self, _: f64) -> bool {
        false
    }

    fn add_card(&self, name: &str, rate_hz: u32, channels: u16, _: bool) {
        self.inner.with_sound(|sound| sound.plug(name, rate_hz, channels));
    }

    fn unplug_card(&self, name: &str) {
        let (kind, target, detail) = ("unplug".to_owned(), name.to_owned(), String::new());
        self.note(What::Fault { kind, target, detail });
        self.inner.with_sound(|sound| sound.unplug(name));
        // `pactl` takes its time, and until then there is sound.
        self.note(What::Mark { name: checkers::UNPLUGGED.to_owned(), detail: name.to_owned() });
    }

    fn plug_card(&self, name: &str, rate_hz: u32, channels: u16) {
        self.inner.with_sound(|sound| sound.plug(name, rate_hz, channels));
        self.note(What::Mended { kind: "unplug".to_owned(), target: name.to_owned() });
    }

    fn let_card_give(&self, _: &str, _: Gives) -> bool {
        false
    }

    fn player_file(&self, name: &str, deed: FileDeed) -> bool {
        let done = player_files::act(self.inner.temp.path(), name, deed);
        if let Err(error) = &done {
            self.inner.mark("not done", &format!("{name}: {error}"));
        }
        done.unwrap_or(false)
    }

    fn mute_player_files(&self) -> bool {
        false
    }

    fn put_state_file(&self, name: &str, bytes: &[u8]) {
        let written = FileStore::new(&self.inner.temp.path().join("state")).replace_now(name, bytes);
        if let Err(error) = written {
            self.inner.mark("not done", &error.to_string());
        }
    }

    fn state_file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.inner.temp.path().join("state").join(name)).ok()
    }

    fn put_cache_file(&self, name: &str, bytes: &[u8]) {
        if let Err(error) = fs::write(self.inner.temp.path().join("cache").join(name), bytes) {
            self.inner.mark("not done", &error.to_string());
        }
    }

    fn cache_files(&self) -> Vec<(String, Vec<u8>)> {
        let cache = self.inner.temp.path().join("cache");
        let folders = fs::read_dir(&cache).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        let read = |path: std::path::PathBuf| {
            let name = path.strip_prefix(&cache).ok()?.to_str()?.to_owned();
            Some((name, fs::read(&path).ok()?))
        };
        files.filter_map(|file| read(file.path())).collect()
    }

    fn visuals_listen(&self) -> Box<dyn Listening> {
        Visuals::listen(&self.inner, self.inner.visuals)
    }

    fn down(&self) -> LocalBoxFuture<'_, i32> {
        Box::pin(async {
            let (code, said) = self.vj(&["down"]).await;
            if !said.is_empty() {
                self.inner.mark("vj down said", &said);
            }
            code.unwrap_or(-1)
        })
    }

    fn vj<'a>(&'a self, args: &'a [&'a str]) -> LocalBoxFuture<'a, Option<(Option<i32>, String)>> {
        Box::pin(async { Some(self.vj(args).await) })
    }

    fn live(&self) -> Vec<(u32, String)> {
        let name = |pid| self.inner.name_of(pid).unwrap_or_else(|| "stranger".to_owned());
        system::processes_on(self.inner.dir.path()).into_iter().map(|pid| (pid, name(pid))).collect()
    }

    fn guardian_descriptors(&self) -> Option<usize> {
        system::descriptors(self.inner.guardian.get()?)
    }

    fn leftovers(&self) -> Vec<String> {
        let processes = system::processes_on(self.inner.dir.path()).into_iter();
        let processes = processes.map(|pid| format!("process {pid}"));
        let names = || ProcessName::ALL.into_iter();
        let sockets = names().filter(|name| fs::symlink_metadata(self.inner.dir.socket(*name)).is_ok());
        let held = names().filter(|name| !matches!(LockFile::holder(&self.inner.dir.lock(*name)), Ok(None)));
        let state = self.inner.temp.path().join("state");
        let files = fs::read_dir(state).into_iter().flatten().flatten();
        let files =
            files.filter(|it| it.file_name() != "logs").map(|it| format!("file {}", it.path().display()));
        processes
            .chain(sockets.map(|name| format!("socket of {name}")))
            .chain(held.map(|name| format!("held lock of {name}")))
            .chain(files)
            .collect()
    }
}

impl Inner {
    fn with_sound(&self, act: impl FnOnce(&SoundServer) -> Result<()>) {
        let done = match &self.sound {
            Some(sound) => act(sound),
            None => Err(anyhow::anyhow!("the stage has no audio inputs")),
        };
        if let Err(error) = done {
            self.mark("no sound", &format!("{error:#}"));
        }
    }
}
