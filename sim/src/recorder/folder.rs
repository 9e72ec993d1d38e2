//! The folder of a recording, and how it comes to the disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use super::lines::LineFile;
use super::wav::GrowingWav;

/// The rate of a file in which there is no sound yet.
const RATE_HZ: u32 = 48_000;

/// Every file of it.
pub struct Folder {
    dir: PathBuf,
    pub(super) wav: GrowingWav,
    pub(super) playback: LineFile,
    /// There once there is somebody who asks services.
    pub(super) services: Option<LineFile>,
    pub(super) osc: LineFile,
    pub(super) history: LineFile,
    /// To a thread that waits for the disk, so that the recorder need not.
    disk: Option<SyncSender<Vec<File>>>,
}

impl Folder {
    /// Makes it, or takes an empty one. With `is_durable` what is written is on the disk after about a second, also if the machine
    /// loses its power.
    ///
    /// # Errors
    /// It is there and not empty ([`io::ErrorKind::AlreadyExists`]), or what the system said.
    pub fn create(dir: &Path, is_durable: bool) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        if fs::read_dir(dir)?.next().is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(Self {
            dir: dir.to_owned(),
            wav: GrowingWav::create(&dir.join("audio.wav"), RATE_HZ)?,
            playback: LineFile::create(&dir.join("playback.jsonl"))?,
            services: None,
            osc: LineFile::create(&dir.join("osc.jsonl"))?,
            history: LineFile::create(&dir.join("history.jsonl"))?,
            disk: is_durable.then(to_the_disk),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Bytes of all its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.wav.bytes() + self.lines().map(LineFile::bytes).sum::<u64>()
    }

    /// What services were asked.
    pub(super) fn services(&mut self) -> io::Result<&mut LineFile> {
        if self.services.is_none() {
            self.services = Some(LineFile::create(&self.dir.join("services.jsonl"))?);
        }
        self.services.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn lines(&self) -> impl Iterator<Item = &LineFile> {
        [&self.playback, &self.osc, &self.history].into_iter().chain(&self.services)
    }

    /// Brings all that was added into the files. What came first goes first: lines tell of sound that is there.
    ///
    /// # Errors
    /// What the system said.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.wav.settle()?;
        let lines = [&mut self.playback, &mut self.osc, &mut self.history];
        for file in lines.into_iter().chain(&mut self.services) {
            file.settle()?;
        }
        let Some(disk) = &self.disk else { return Ok(()) };
        let files = [self.wav.file()].into_iter().chain(self.lines().map(LineFile::file));
        let files = files.map(File::try_clone).collect::<io::Result<_>>()?;
        // A disk that is busy with the second before gets this one's with the next.
        let _ = disk.try_send(files);
        Ok(())
    }
}

fn to_the_disk() -> SyncSender<Vec<File>> {
    let (disk, files) = sync_channel::<Vec<File>>(1);
    std::thread::spawn(move || {
        for files in files {
            for file in files {
                // What a disk refuses here it refuses at the next write, too, and there it is said.
                let _ = file.sync_data();
            }
        }
    });
    disk
}
