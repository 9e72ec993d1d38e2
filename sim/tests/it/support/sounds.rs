//! Sounds that a test puts there, takes away and breaks, and that remember where they were played from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use vj_workers::ports::{AudioBackend, AudioError, SoundFile, SoundFormat};

/// A sound of one steady tone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sound {
    pub(crate) rate_hz: u32,
    pub(crate) channels: u16,
    pub(crate) length_sec: f64,
    /// From this second on it cannot be read.
    pub(crate) breaks_at_sec: Option<f64>,
}

impl Sound {
    pub(crate) fn of(length_sec: f64) -> Self {
        Self { rate_hz: 8_000, channels: 1, length_sec, breaks_at_sec: None }
    }

    fn frames(&self) -> u64 {
        (self.length_sec * f64::from(self.rate_hz)) as u64
    }
}

/// Sounds by name.
#[derive(Default)]
pub(crate) struct Library {
    sounds: RefCell<BTreeMap<String, Sound>>,
    needles: Rc<RefCell<Vec<(String, u64)>>>,
}

impl Library {
    pub(crate) fn with(name: &str, sound: Sound) -> Rc<Self> {
        let library = Rc::<Self>::default();
        library.put(name, sound);
        library
    }

    pub(crate) fn put(&self, name: &str, sound: Sound) {
        self.sounds.borrow_mut().insert(name.to_owned(), sound);
    }

    /// Where the needle was put down so far: in which sound, and at which frame.
    pub(crate) fn needles(&self) -> Vec<(String, u64)> {
        self.needles.borrow().clone()
    }
}

impl AudioBackend for Library {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        let name = path.display().to_string();
        let sound = self.sounds.borrow().get(&name).copied();
        let sound = sound.ok_or_else(|| AudioError::Retry(format!("there is no {name}")))?;
        Ok(Box::new(Open { name, sound, at: 0, needles: self.needles.clone() }))
    }
}

struct Open {
    name: String,
    sound: Sound,
    at: u64,
    needles: Rc<RefCell<Vec<(String, u64)>>>,
}

impl SoundFile for Open {
    fn format(&self) -> SoundFormat {
        let Sound { rate_hz, channels, .. } = self.sound;
        SoundFormat { sample_rate_hz: rate_hz, channels, frames: Some(self.sound.frames()) }
    }

    fn read(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let sec = self.at as f64 / f64::from(self.sound.rate_hz);
        if self.sound.breaks_at_sec.is_some_and(|breaks_at| sec >= breaks_at) {
            return Err(AudioError::Fatal(format!("{} is broken at {sec:.1} s", self.name)));
        }
        let len = (frames as u64).min(self.sound.frames() - self.at);
        for frame in self.at..self.at + len {
            // A square wave of a fortieth of the rate: nothing to round.
            let sample = if frame % 40 < 20 { 0.25 } else { -0.25 };
            out.extend(std::iter::repeat_n(sample, usize::from(self.sound.channels)));
        }
        self.at += len;
        Ok(len as usize)
    }

    fn seek(&mut self, frame: u64) -> Result<(), AudioError> {
        self.needles.borrow_mut().push((self.name.clone(), frame));
        self.at = frame.min(self.sound.frames());
        Ok(())
    }
}
