//! The config of a real show, and its tapes as sound files.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::{Map, Value, json};
use vj_core::ProcessName;
use vj_workers::ports::SoundFile;

use super::player_files;
use crate::stage::Stage;

/// A tape becomes a file of this length, or its own if that is shorter: to be looped.
const TAPE_SEC_MAX: usize = 120;

/// Writes `config.toml` for the stage, and the sound files that it names, into `dir`.
pub(super) fn write(dir: &Path, stage: &Stage, targets: &[SocketAddr], debugger: SocketAddr) -> Result<()> {
    let mut tables: Map<String, Value> = Map::new();
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    tables.insert("telemetry".to_owned(), json!({"targets": targets}));
    let prefer: Vec<&str> = stage.prefer.iter().map(|player| player.as_str()).collect();
    tables.insert("playback".to_owned(), json!({"prefer": prefer}));
    for name in ProcessName::ALL {
        let mut table = stage.workers.get(&name).cloned();
        if name.is_worker() {
            // A show consists of the workers of its stage, whatever else there is by default.
            let enabled = table.is_some();
            if enabled || name.is_in_a_show() {
                table.get_or_insert_default().insert("enabled".to_owned(), enabled.into());
            }
        }
        let Some(mut table) = table else { continue };
        if name == ProcessName::VirtualDjMonitor {
            let folder = player_files::folder(dir).display().to_string();
            table.entry("file_path").or_insert(folder.into());
        }
        if name == ProcessName::OscDebugger {
            // Shows stand beside each other, and beside one of the user's own.
            table.entry("listen").or_insert(debugger.to_string().into());
        }
        if let Some(tape) =
            table.get("source").and_then(Value::as_str).and_then(|it| it.strip_prefix("file:"))
        {
            let file = sound_file(dir, stage, Path::new(tape))?;
            table.insert("source".to_owned(), format!("file:{file}").into());
        }
        tables.insert(if name.is_worker() { name.as_str() } else { "supervision" }.to_owned(), table.into());
    }
    let text = toml::to_string(&tables).context("failed to write the show's config")?;
    let path = dir.join("config.toml");
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
}

/// A file on the disk is played as it is; what only the stage knows is written out.
fn sound_file(dir: &Path, stage: &Stage, tape: &Path) -> Result<String> {
    if tape.is_file() {
        let tape = std::path::absolute(tape).with_context(|| format!("failed to find {}", tape.display()))?;
        return Ok(tape.display().to_string());
    }
    let mut sound = stage.backend.open_file(tape).map_err(|error| anyhow::anyhow!("{error}"))?;
    let path = dir.join(tape).with_extension("wav");
    write_wav(&path, &mut *sound).with_context(|| format!("failed to write {}", path.display()))?;
    Ok(path.display().to_string())
}

/// Writes the beginning of a tape as a WAV file of 32-bit floats: bit for bit what the tape holds.
pub(super) fn write_wav(path: &Path, sound: &mut dyn SoundFile) -> Result<()> {
    let format = sound.format();
    let spec = WavSpec {
        channels: format.channels,
        sample_rate: format.sample_rate_hz,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let mut writer = WavWriter::create(path, spec)?;
    let mut samples = Vec::new();
    for _ in 0..TAPE_SEC_MAX {
        samples.clear();
        let frames = sound.read(format.sample_rate_hz as usize, &mut samples).map_err(anyhow::Error::msg)?;
        for sample in &samples {
            writer.write_sample(*sample)?;
        }
        if frames == 0 {
            break;
        }
    }
    writer.finalize()?;
    Ok(())
}
