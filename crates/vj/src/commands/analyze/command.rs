//! The command: reads, analyses, prints.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use clap::builder::FalseyValueParser;
use vj_adapters::FileBackend;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, Transcript};
use vj_workers::ports::{AudioBackend, SoundFormat};

use super::progress::Progress;
use super::summary::Summary;
use crate::stopwatch::Stopwatch;
use crate::terminal::Paint;

/// Frames that are decoded and analysed at a time: a tenth of a second or so, so that the progress moves.
const BLOCK_FRAMES: usize = 4_096;

/// What `vj analyze` is asked for.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// A sound file: WAV, FLAC, MP3, OGG Vorbis or AAC
    file: PathBuf,

    /// Print one JSON document instead of a summary
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// What became of a whole file.
struct Analysis {
    format: SoundFormat,
    transcript: Transcript,
    /// What the analyser thought of its tempo in the end, 0..1.
    tempo_confidence: f32,
}

/// Analyses a file and prints what was heard, or nothing at all if the file could not be read to its end: half a
/// transcript looks like a whole one.
pub(crate) fn run(args: AnalyzeArgs) -> anyhow::Result<ExitCode> {
    let analysis = analyse(&args.file)?;
    let mut out = stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &analysis.transcript).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        let summary = Summary {
            file: &args.file,
            channels: analysis.format.channels,
            tempo_confidence: analysis.tempo_confidence,
            transcript: &analysis.transcript,
        };
        write!(out, "{}", summary.render(Paint::for_stdout()))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn analyse(path: &Path) -> anyhow::Result<Analysis> {
    let stopwatch = Stopwatch::start()?;
    let mut file = FileBackend::new().open_file(path)?;
    let format = file.format();
    let mut analyzer = Analyzer::new(format.sample_rate_hz, AnalyzerConfig::default())
        .with_context(|| path.display().to_string())?;
    let mut transcript = Transcript::new(format.sample_rate_hz);
    let mut tempo_confidence = 0.0;
    let mut progress = Progress::new(format, stopwatch.clone());
    let mut block = Vec::with_capacity(BLOCK_FRAMES * usize::from(format.channels));
    while file.read(BLOCK_FRAMES, &mut block)? > 0 {
        analyzer.push_with(AudioBlock::interleaved(&block, format.channels), |frame| {
            transcript.push(frame);
            tempo_confidence = frame.tempo_confidence;
        });
        block.clear();
        progress.at(analyzer.samples_seen());
    }
    let duration_sec = analyzer.samples_seen() as f64 / f64::from(format.sample_rate_hz);
    let transcript = transcript.finish(duration_sec, stopwatch.elapsed_sec());
    Ok(Analysis { format, transcript, tempo_confidence })
}
