//! Which files of a folder count, and their ends.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use vj_workers::ports::{FoundFile, Look};

/// So much of the end of a file is read: thousands of plays.
const TAIL_BYTES_MAX: u64 = 256 * 1024;

/// Playlists with a date in their name that are read: today's, and yesterday's around midnight.
const PLAYLISTS_MAX: usize = 2;

/// Adds what stands at `path`, a file or a folder; what is not there is no error.
pub(super) fn look(path: &Path, look: &mut Look) {
    let is_folder = match fs::metadata(path) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => return look.unreadable.push(format!("{}: {error}", path.display())),
    };
    let files = if is_folder { listed(path) } else { Ok(vec![path.to_owned()]) };
    match files {
        Ok(files) => {
            for file in files {
                match read(&file) {
                    Ok(found) => look.files.push(found),
                    // It went between two looks.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => look.unreadable.push(format!("{}: {error}", file.display())),
                }
            }
        }
        Err(error) => look.unreadable.push(format!("{}: {error}", path.display())),
    }
}

fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut playlists) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if name.ends_with(".m3u") || name.ends_with(".m3u8") {
            playlists.push(path);
        } else if ["now_playing.txt", "nowplaying.txt", "tracklist.txt"].contains(&name.as_str()) {
            files.push(path);
        }
    }
    playlists.sort();
    files.sort();
    files.extend(playlists.into_iter().rev().take(PLAYLISTS_MAX));
    Ok(files)
}

fn read(path: &Path) -> io::Result<FoundFile> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let written_at = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let mut bytes = Vec::new();
    let beyond = metadata.len().saturating_sub(TAIL_BYTES_MAX);
    if beyond == 0 {
        file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
    } else {
        let mut head = [0; 2];
        file.read_exact(&mut head)?;
        let is_wide = matches!(head, [0xff, 0xfe] | [0xfe, 0xff]);
        // Units of two bytes stay whole, and the mark at the beginning says how to read them.
        file.seek(SeekFrom::Start(beyond & !1))?;
        if is_wide {
            bytes.extend_from_slice(&head);
        }
        file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
        if !is_wide {
            let line = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            bytes.drain(..line);
        }
    }
    let path = path.display().to_string();
    Ok(FoundFile { path, bytes, written_at_sec: written_at.map(|at| at.as_secs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_the_newest_playlists_count_and_nothing_strange() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["2026-11-24.m3u", "2026-11-26.m3u", "2026-11-25.m3u", "tracklist.txt", "cover.jpg"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        fs::create_dir(dir.path().join("2025")).unwrap();
        let mut found = Look::default();
        look(dir.path(), &mut found);
        let names: Vec<_> = found.files.iter().map(|it| it.path.rsplit('/').next().unwrap()).collect();
        assert_eq!(names, ["tracklist.txt", "2026-11-26.m3u", "2026-11-25.m3u"]);
        assert_eq!(found.unreadable, [""; 0]);
        look(&dir.path().join("nowhere"), &mut found);
        assert_eq!((found.files.len(), found.unreadable.len()), (3, 0));
    }

    #[test]
    fn only_the_end_of_a_long_file_is_read_in_whole_lines_and_units() {
        let dir = tempfile::tempdir().unwrap();
        let text: String = (0..40_000).map(|n| format!("{n:05} : A - B\n")).collect();
        for (name, bytes) in [
            ("narrow.txt", text.clone().into_bytes()),
            (
                "wide.txt",
                [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            ),
        ] {
            let path = dir.path().join(name);
            fs::write(&path, bytes).unwrap();
            let found = read(&path).unwrap();
            assert!(found.bytes.len() as u64 <= TAIL_BYTES_MAX + 2, "{name}");
            let end = vj_workers::virtualdj_monitor::files::decode(&found.bytes).into_owned();
            assert!(text.ends_with(&end) && end.len() > 100_000, "{name}");
        }
    }
}
