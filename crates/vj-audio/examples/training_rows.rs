//! Writes what the networks of the analyser see of a folder of songs, for their training: see `tools/ears/README.md`.
//!
//! `training_rows beats SONGS OUT [USUAL_BPM]` or `training_rows sections SONGS OUT`: for each WAV file in SONGS a file of
//! little-endian 32-bit floats in OUT, row after row.

use std::error::Error;
use std::path::Path;

use vj_audio::training::{TrainingRows, rows};

type Rows = fn(TrainingRows) -> Vec<Vec<f32>>;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (of, songs, out, usual_bpm): (Rows, _, _, _) =
        match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["beats", songs, out] => (|rows| rows.beats, songs.to_owned(), out.to_owned(), None),
            ["beats", songs, out, bpm] => {
                (|rows| rows.beats, songs.to_owned(), out.to_owned(), Some(bpm.parse()?))
            }
            ["sections", songs, out] => (|rows| rows.sections, songs.to_owned(), out.to_owned(), None),
            _ => return Err("usage: training_rows beats|sections SONGS OUT [USUAL_BPM]".into()),
        };
    std::fs::create_dir_all(out)?;
    for entry in std::fs::read_dir(songs)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wav") {
            let (sample_rate, sound) = read(&path)?;
            let rows = of(rows(sample_rate, &sound, usual_bpm)).concat();
            let bytes: Vec<u8> = rows.iter().flat_map(|number| number.to_le_bytes()).collect();
            let name = Path::new(path.file_stem().unwrap_or_default()).with_extension("f32");
            std::fs::write(Path::new(out).join(name), bytes)?;
        }
    }
    Ok(())
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
