//! Writes what the networks of the analyser see of a folder of songs, for their training: see `tools/ears/README.md`.
//!
//! `training_rows sections SONGS OUT` or `training_rows beats SONGS OUT [BPM | xTIMES]`: for each WAV file in SONGS a file of
//! little-endian 32-bit floats in OUT, row after row. With `BPM` (60, say) the beat tracker prefers tempi around it; with `xTIMES`
//! (x1.3333, say) it only hears those near so many times the `tempo` in SONG.json.

use std::error::Error;
use std::path::Path;

use vj_audio::training::{Pulse, TrainingRows, rows};

const USAGE: &str = "usage: training_rows sections SONGS OUT | training_rows beats SONGS OUT [BPM | xTIMES]";

type Rows = fn(TrainingRows) -> Vec<Vec<f32>>;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (of, songs, out, run): (Rows, &str, &str, Option<&str>) =
        match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["beats", songs, out] => (|rows| rows.beats, songs, out, None),
            ["beats", songs, out, run] => (|rows| rows.beats, songs, out, Some(run)),
            ["sections", songs, out] => (|rows| rows.sections, songs, out, None),
            _ => return Err(USAGE.into()),
        };
    std::fs::create_dir_all(out)?;
    let mut written = 0;
    for entry in std::fs::read_dir(songs)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wav") {
            let (sample_rate, sound) = read(&path)?;
            let rows = of(rows(sample_rate, &sound, pulse(run, &path)?)).concat();
            let bytes: Vec<u8> = rows.iter().flat_map(|number| number.to_le_bytes()).collect();
            let name = Path::new(path.file_stem().unwrap_or_default()).with_extension("f32");
            std::fs::write(Path::new(out).join(name), bytes)?;
            written += 1;
        }
    }
    if written == 0 {
        return Err(format!("{songs}: no WAV file in it").into());
    }
    Ok(())
}

/// How the tracker errs over this song.
fn pulse(run: Option<&str>, song: &Path) -> Result<Pulse, Box<dyn Error>> {
    let Some(run) = run else { return Ok(Pulse::AsHeard) };
    let number = |text: &str| text.parse::<f32>().map_err(|error| format!("{run}: {error}; {USAGE}"));
    let Some(times) = run.strip_prefix('x') else { return Ok(Pulse::Around(number(run)?)) };
    let annotated = song.with_extension("json");
    let in_file = |why: String| format!("{}: {why}", annotated.display());
    let text = std::fs::read_to_string(&annotated).map_err(|error| in_file(error.to_string()))?;
    let truth: serde_json::Value = serde_json::from_str(&text).map_err(|error| in_file(error.to_string()))?;
    let tempo = truth["tempo"].as_f64().ok_or_else(|| in_file("no number \"tempo\"".to_owned()))?;
    Ok(Pulse::Near(number(times)? * tempo as f32))
}

/// Sample rate and samples of a WAV file, mixed to mono.
fn read(path: &Path) -> Result<(u32, Vec<f32>), Box<dyn Error>> {
    let in_file = |error: hound::Error| format!("{}: {error}", path.display());
    let mut wav = hound::WavReader::open(path).map_err(in_file)?;
    let spec = wav.spec();
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => wav.samples::<f32>().collect::<Result<_, _>>().map_err(in_file)?,
        hound::SampleFormat::Int => {
            let full_scale = (1u64 << (spec.bits_per_sample - 1)) as f32;
            let samples = wav.samples::<i32>().map(|sample| sample.map(|sample| sample as f32 / full_scale));
            samples.collect::<Result<_, _>>().map_err(in_file)?
        }
    };
    let frames = samples.chunks_exact(usize::from(spec.channels));
    Ok((spec.sample_rate, frames.map(|frame| frame.iter().sum::<f32>() / frame.len() as f32).collect()))
}
