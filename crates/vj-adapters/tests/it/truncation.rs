//! A file cut off anywhere: what is there, then one clear error, and never a panic.

use tempfile::tempdir;
use vj_adapters::FileBackend;
use vj_workers::ports::{AudioBackend, AudioError};

use crate::support::{SAMPLES, read_all, read_on, sample, write};

/// Raw streams have no length: cut between two packets they are simply shorter.
const RAW: [&str; 2] = ["burst-no-tag.mp3", "burst.aac"];

#[test]
fn compressed_files_cut_off_anywhere() {
    let dir = tempdir().unwrap();
    for name in SAMPLES {
        let whole = std::fs::read(sample(name)).unwrap();
        let sound = read_all(&sample(name));
        let mut opened = 0;
        let cuts = (0..whole.len() - 1).step_by(61).chain(0..200).chain(whole.len() - 20..whole.len() - 1);
        for cut in cuts {
            let path = write(&dir, "cut", &whole[..cut]);
            let context = format!("{name} cut at byte {cut} of {}", whole.len());
            let mut file = match FileBackend::new().open_file(&path) {
                Ok(file) => file,
                Err(error) => {
                    assert_clear(&error, &path.display().to_string(), &context);
                    continue;
                }
            };
            opened += 1;
            let (there, end) = read_on(&mut *file, 4_096);
            assert!(there.len() <= sound.len(), "{context}");
            // The last block may have been decoded from half of its data.
            let sure = there.len().saturating_sub(2 * 4_608);
            assert!(there[..sure] == sound[..sure], "{context}: what is there is as in the whole file");
            match end {
                Err(error) => assert_clear(&error, &path.display().to_string(), &context),
                Ok(()) => {
                    let missing = sound.len() - there.len();
                    assert!(
                        RAW.contains(&name) || missing <= 2 * 1_152,
                        "{context}: {missing} samples gone unnoticed"
                    );
                }
            }
        }
        assert!(opened > 20, "{name}: hardly ever opened");
    }
}

fn assert_clear(error: &AudioError, path: &str, context: &str) {
    let AudioError::Fatal(message) = error else { panic!("{context}: a cut file will not grow again") };
    let reason = message.strip_prefix(path).unwrap_or_else(|| panic!("{context}: {message}"));
    let known =
        [": cut off at ", ": broken at ", ": has a broken header: ", ": not a sound file of a known kind"];
    assert!(known.iter().any(|start| reason.starts_with(start)), "{context}: {message}");
}

#[test]
fn a_cut_names_the_place() {
    let dir = tempdir().unwrap();
    let whole = std::fs::read(sample("burst.ogg")).unwrap();
    let path = write(&dir, "cut.ogg", &whole[..whole.len() * 3 / 4]);
    let (there, end) = read_on(&mut *FileBackend::new().open_file(&path).unwrap(), 512);
    let at = there.len() as f64 / 2.0 / 48_000.0;
    assert_eq!(
        end.unwrap_err().to_string(),
        format!("{}: cut off at {at:.3} s: the rest of the file is missing", path.display())
    );
}

#[test]
fn seeking_into_what_is_missing_is_an_error_and_back_is_none() {
    let dir = tempdir().unwrap();
    for name in ["burst.flac", "burst.mp3", "burst.ogg", "burst.m4a"] {
        let whole = std::fs::read(sample(name)).unwrap();
        let path = write(&dir, name, &whole[..whole.len() * 3 / 4]);
        let mut file = FileBackend::new().open_file(&path).unwrap();
        let last = file.format().frames.unwrap_or(96_000) - 1;
        file.seek(last).unwrap_err();
        file.read(1, &mut Vec::new()).unwrap_err();
        file.seek(0).unwrap();
        let (there, end) = read_on(&mut *file, 512);
        end.unwrap_err();
        assert!(there.len() > 10_000, "{name}: {}", there.len());
    }
}
