//! `vj set new`: a folder of tracks becomes a set.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use vj_adapters::{Joined, Tags, join};
use vj_sim::set::{by_name, lyrics};

use crate::terminal::{Paint, harmless};

/// Endings of files that are taken for tracks.
const SOUNDS: [&str; 7] = ["wav", "flac", "mp3", "ogg", "oga", "m4a", "aac"];

/// A night of the shortest songs has fewer.
const TRACKS_MAX: usize = 1_000;

/// One track of the folder.
struct Track {
    path: PathBuf,
    tags: Tags,
    /// Its words, as LRCLIB would have them.
    lyrics: Option<String>,
}

/// Makes the set, whole or not at all.
pub(super) fn run(dir: &Path, from: &Path) -> Result<ExitCode> {
    let is_free = !dir.exists() || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    ensure!(is_free, "{} is there already; a new set needs a folder of its own", dir.display());
    let tracks = tracks(from)?;
    let building = beside(dir)?;
    // What an earlier run that was killed has left.
    let _ = fs::remove_dir_all(&building);
    fs::create_dir_all(&building).with_context(|| format!("failed to make {}", building.display()))?;
    let made = fill(&building, dir, &tracks).and_then(|joined| {
        fs::rename(&building, dir).with_context(|| format!("failed to make {}", dir.display()))?;
        Ok(joined)
    });
    let joined = made.inspect_err(|_| {
        // Best effort: the error that is told is the one that matters.
        let _ = fs::remove_dir_all(&building);
    })?;
    tell(dir, &tracks, &joined)?;
    Ok(ExitCode::SUCCESS)
}

/// A hidden folder beside the new one, so that it can be put in its place at once.
fn beside(dir: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(dir).with_context(|| format!("failed to find {}", dir.display()))?;
    let name = absolute.file_name().with_context(|| format!("{} has no name", dir.display()))?;
    Ok(absolute.with_file_name(format!(".{}.part", name.to_string_lossy())))
}

/// The tracks of a folder, by number and name.
fn tracks(from: &Path) -> Result<Vec<Track>> {
    let entries = fs::read_dir(from).with_context(|| format!("failed to read {}", from.display()))?;
    let is_sound = |path: &PathBuf| {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
        let is_hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden && SOUNDS.contains(&ending.as_str()) && path.is_file()
    };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_sound).collect();
    ensure!(!paths.is_empty(), "{} has no sound files (WAV, FLAC, MP3, OGG, AAC)", from.display());
    ensure!(paths.len() <= TRACKS_MAX, "{} tracks are more than the limit of {TRACKS_MAX}", paths.len());
    let mut tracks = paths.into_iter().map(Track::read).collect::<Result<Vec<_>>>()?;
    let order = |track: &Track| {
        let name = track.path.file_name().map(|name| name.to_string_lossy().to_lowercase());
        (track.tags.disc.unwrap_or(1), track.tags.track.unwrap_or(u64::MAX), name)
    };
    tracks.sort_by_key(order);
    Ok(tracks)
}

impl Track {
    fn read(path: PathBuf) -> Result<Self> {
        let mut tags = Tags::read(&path)?;
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (artist, title) = by_name(&stem);
        if tags.title.is_empty() {
            tags.title = title;
        }
        if tags.artist.is_empty() {
            tags.artist = artist;
        }
        let beside = path.with_extension("lrc");
        let lyrics = if beside.is_file() { Some(lyrics(&beside)?.format()) } else { tags.lyrics.take() };
        Ok(Self { path, tags, lyrics })
    }
}

/// Writes everything into `building`, which becomes `dir`.
fn fill(building: &Path, dir: &Path, tracks: &[Track]) -> Result<Joined> {
    let paths: Vec<PathBuf> = tracks.iter().map(|track| track.path.clone()).collect();
    let joined = join(&paths, &building.join("audio.wav"))?;
    ensure!(joined.ends_sec.last().is_some_and(|end| *end > 0.0), "the tracks are empty");
    let write = |name: &str, text: String| {
        fs::write(building.join(name), text)
            .with_context(|| format!("failed to write {name} of {}", dir.display()))
    };
    let (playback, known, truth) = tapes(tracks, &joined);
    write("playback.jsonl", playback)?;
    if !known.is_empty() {
        write("services.jsonl", known)?;
    }
    write("truth.json", truth)?;
    let title = std::path::absolute(dir)?
        .file_name()
        .map_or_else(String::new, |it| it.to_string_lossy().into_owned());
    write("set.toml", set_toml(&title, joined.ends_sec.last().copied().unwrap_or_default()))?;
    Ok(joined)
}

/// What Spotify plays, what LRCLIB knows, and what is known about the sound.
fn tapes(tracks: &[Track], joined: &Joined) -> (String, String, String) {
    let (mut playback, mut known, mut truth) = (String::new(), String::new(), Vec::new());
    let mut start = 0.0;
    for (track, end) in tracks.iter().zip(&joined.ends_sec) {
        let Tags { artist, title, album, .. } = &track.tags;
        let duration_sec = round_ms(end - start);
        let song = json!({"artist": artist, "title": title, "album": album, "duration_sec": duration_sec});
        playback += &line(&json!({"t": round_ms(start), "spotify": {"play": song}}));
        if let Some(lyrics) = &track.lyrics {
            let is_synced = vj_sim::set::is_synced(lyrics);
            let mut record = song.clone();
            record[if is_synced { "synced" } else { "plain" }] = lyrics.clone().into();
            known += &line(&json!({"t": 0, "lrclib": {"knows": record}}));
        }
        truth
            .push(json!({"artist": artist, "title": title, "start": round_ms(start), "end": round_ms(*end)}));
        start = *end;
    }
    playback += &line(&json!({"t": round_ms(start), "spotify": "stop"}));
    (playback, known, format!("{:#}\n", json!({"tracks": truth})))
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn round_ms(sec: f64) -> f64 {
    (sec * 1e3).round() / 1e3
}

fn set_toml(title: &str, length_sec: f64) -> String {
    let (title, date) = (Value::from(title), jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
    let (version, length_sec) = (vj_bus::VERSION, round_ms(length_sec));
    format!(
        "# A set: `vj rehearse` plays it, `vj set check` says what is in it. docs/SETS.md tells of each key.\n\
         format = 2\n\
         title = {title}\n\
         date = \"{date}\"\n\
         vj = \"{version}\"\n\
         audio = \"audio.wav\"      # the tracks, one after the other\n\
         length_sec = {length_sec:?}\n\
         seed = 1                 # from which everything random is drawn\n\
         \n\
         # Settings that differ from the defaults, by worker:\n\
         # [config.audio_analyzer]\n\
         # enable_pitch = false\n\
         \n\
         # How much may come otherwise than osc.jsonl has it (`vj rehearse --bless` writes that, `--compare` compares):\n\
         # [compare]\n\
         # time_sec = 0.05\n\
         # value = 0.001\n\
         \n\
         # What breaks on the way; `at` is in seconds of the set:\n\
         # [[faults]]\n\
         # at = 50.0\n\
         # kind = \"kill\"\n\
         # target = \"audio_analyzer\"\n"
    )
}

fn tell(dir: &Path, tracks: &[Track], joined: &Joined) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let paint = Paint::for_stdout();
    let mut start = 0.0;
    for (track, end) in tracks.iter().zip(&joined.ends_sec) {
        let minutes = (start / 60.0) as u64;
        let song = match track.tags.artist.as_str() {
            "" => track.tags.title.clone(),
            artist => format!("{artist} - {}", track.tags.title),
        };
        let words = if track.lyrics.is_some() { "  (with lyrics)" } else { "" };
        writeln!(out, "{minutes:>3}:{:04.1}  {}{words}", start % 60.0, harmless(&song))?;
        start = *end;
    }
    let made = format!(
        "{}: {} tracks, {:.1} min at {} Hz",
        dir.display(),
        tracks.len(),
        start / 60.0,
        joined.rate_hz
    );
    writeln!(out, "{}", paint.strong(&made))?;
    writeln!(out, "{}", paint.faint(&format!("vj rehearse {} --report report", dir.display())))?;
    Ok(())
}
