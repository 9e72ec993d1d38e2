//! The command: reads, analyses, prints.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use clap::builder::FalseyValueParser;
use vj_adapters::FileBackend;
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, Transcript};
use vj_workers::ports::{AudioBackend, SoundFormat};

use super::plot::Plot;
use super::progress::Progress;
use super::summary::Summary;
use crate::stopwatch::Stopwatch;
use crate::terminal::Paint;

/// Frames that are decoded and analysed at a time: a tenth of a second or so, so that the progress moves.
const BLOCK_FRAMES: usize = 4_096;

/// The same where a picture is drawn: half a hop, so that each hop is seen.
const PLOT_BLOCK_FRAMES: usize = 220;

/// A picture shows so many seconds: less has no beat in it, more cannot be read.
const PLOT_SEC_MIN: f64 = 0.2;
const PLOT_SEC_MAX: f64 = 600.0;

/// What `vj analyze` is asked for.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// A sound file: WAV, FLAC, MP3, OGG Vorbis or AAC
    file: PathBuf,

    /// Print one JSON document instead of a summary
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,

    /// Draw what each stage hears of some seconds, as a picture (SVG)
    #[arg(long, env = "VJ_PLOT", value_name = "FILE")]
    plot: Option<PathBuf>,
    /// With --plot: begin at this second
    #[arg(long, env = "VJ_PLOT_FROM", value_name = "SEC", requires = "plot", default_value_t = 0.0, allow_negative_numbers = true, value_parser = second)]
    from: f64,
    /// With --plot: so many seconds
    #[arg(long = "for", env = "VJ_PLOT_FOR", value_name = "SEC", requires = "plot", default_value_t = 4.0, value_parser = length)]
    seconds: f64,
}

fn second(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|sec: &f64| *sec >= 0.0 && sec.is_finite()).ok_or("allowed: seconds from 0 on")
}

fn length(text: &str) -> Result<f64, String> {
    let sec = text.parse().ok().filter(|sec: &f64| (PLOT_SEC_MIN..=PLOT_SEC_MAX).contains(sec));
    sec.ok_or_else(|| format!("allowed: {PLOT_SEC_MIN} to {PLOT_SEC_MAX} seconds"))
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
    let mut plot = args.plot.as_ref().map(|_| Plot::new(args.from, args.seconds));
    let analysis = analyse(&args.file, plot.as_mut())?;
    if let (Some(path), Some(plot)) = (&args.plot, &plot) {
        let title = format!("{}, from {} s", args.file.display(), args.from);
        fs::write(path, plot.svg(&title, &analysis.transcript))
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
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

fn analyse(path: &Path, mut plot: Option<&mut Plot>) -> anyhow::Result<Analysis> {
    let stopwatch = Stopwatch::start()?;
    let mut file = FileBackend::new().open_file(path)?;
    let format = file.format();
    let mut analyzer = Analyzer::new(format.sample_rate_hz, AnalyzerConfig::default())
        .with_context(|| path.display().to_string())?;
    let mut transcript = Transcript::new(format.sample_rate_hz);
    let mut tempo_confidence = 0.0;
    let mut progress = Progress::new(format, stopwatch.clone());
    let frames = if plot.is_some() { PLOT_BLOCK_FRAMES } else { BLOCK_FRAMES };
    let mut block = Vec::with_capacity(frames * usize::from(format.channels));
    while file.read(frames, &mut block)? > 0 {
        let began = analyzer.samples_seen() as f64 / f64::from(format.sample_rate_hz);
        analyzer.push_with(AudioBlock::interleaved(&block, format.channels), |frame| {
            transcript.push(frame);
            tempo_confidence = frame.tempo_confidence;
            if let Some(plot) = &mut plot {
                plot.frame(frame);
            }
        });
        if let Some(plot) = &mut plot {
            let activation = analyzer.beat_activation();
            plot.sound(began, &block, format.channels, format.sample_rate_hz, activation);
        }
        block.clear();
        progress.at(analyzer.samples_seen());
    }
    let duration_sec = analyzer.samples_seen() as f64 / f64::from(format.sample_rate_hz);
    let transcript = transcript.finish(duration_sec, stopwatch.elapsed_sec());
    Ok(Analysis { format, transcript, tempo_confidence })
}
