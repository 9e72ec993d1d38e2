//! VirtualDJ's files in the folder of a real show.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::player_files::FileDeed;

/// Where they stand; made with the first of them.
pub(super) fn folder(show: &Path) -> PathBuf {
    show.join("virtualdj")
}

/// Does it. False: it cannot be done.
pub(super) fn act(show: &Path, name: &str, deed: FileDeed) -> io::Result<bool> {
    let folder = folder(show);
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    match deed {
        FileDeed::Write(bytes) => fs::write(path, bytes)?,
        FileDeed::Append(bytes) => {
            OpenOptions::new().append(true).create(true).open(path)?.write_all(&bytes)?;
        }
        FileDeed::Replace(bytes) => {
            let beside = folder.join(format!("{name}.new"));
            fs::write(&beside, bytes)?;
            fs::rename(beside, path)?;
        }
        FileDeed::Empty => {
            File::create(path)?;
        }
        FileDeed::Remove => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        },
        FileDeed::Touch => {
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            rustix::fs::futimens(
                file,
                &rustix::fs::Timestamps {
                    last_access: rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
                    last_modification: rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW },
                },
            )?;
        }
        // Whoever runs the tests may be allowed to read everything.
        FileDeed::Lock | FileDeed::Unlock => return Ok(false),
    }
    Ok(true)
}
