//! A compressed file as symphonia opens it: container, track, decoder, and what is known about its end.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::LazyLock;

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ALAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_SPEEX,
};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions, CODEC_ID_NULL_AUDIO,
};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::well_known::FORMAT_ID_ADTS;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{TimeBase, Timestamp};
use symphonia::default::{get_codecs, register_enabled_formats};
use vj_workers::ports::AudioError;

use super::codec_source::CodecSource;
use super::fault;
use crate::limits::{MP3_COUNT_SLACK_FRAMES, PROBE_BYTES};

static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe =
        Probe::new_with_options(&ProbeOptions { max_probe_depth: PROBE_BYTES, ..ProbeOptions::default() });
    register_enabled_formats(&mut probe);
    probe
});

/// One step through the file.
pub(super) enum Step {
    /// A block was decoded; the first of its frames has this time stamp.
    Block(i64),
    /// The file is over, properly as far as the container knows.
    End,
    /// The file is over in the middle of something.
    TornEnd,
    /// It cannot be decoded here.
    Broken(Error),
}

/// What is known about the length before the file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    /// Frames of the track, as stated or guessed.
    pub(super) frames: Option<u64>,
    /// Frames that must come, or else the file was cut off. `None` = the file does not say.
    pub(super) promised: Option<u64>,
}

/// Container reader and decoder of one track.
pub(super) struct CodecStream {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    pub(super) length: Length,
    /// Time stamps count frames, so that a seek can be exact.
    stamps_are_frames: bool,
    /// Rate and channels of the last block.
    pub(super) spec: Option<(u32, u16)>,
}

impl CodecStream {
    /// Opens a file and finds its sound.
    pub(super) fn open(path: &Path) -> Result<Self, AudioError> {
        let reader = probe(path)?;
        let track = reader
            .default_track(TrackType::Audio)
            .or_else(|| reader.first_track(TrackType::Audio))
            .ok_or_else(|| fault::no_audio_track(path))?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|params| params.audio())
            .ok_or_else(|| fault::no_audio_track(path))?;
        let length = length(&*reader, track, params);
        // An MP3 without a count has its length guessed from its first frames; trimming to that would lose sound.
        let gapless = params.codec != CODEC_ID_MP3 || length.promised.is_some();
        let decoder = get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default().gapless(gapless))
            .map_err(|error| codec_fault(path, params.codec, error))?;
        let stamps_are_frames =
            params.sample_rate.is_some_and(|rate| track.time_base == TimeBase::try_from_recip(rate));
        Ok(Self { track_id: track.id, decoder, length, stamps_are_frames, spec: None, reader })
    }

    /// Decodes the next block that has frames in it into `out`, interleaved.
    pub(super) fn next_block(&mut self, out: &mut Vec<f32>) -> Step {
        loop {
            let packet = match guarded(|| self.reader.next_packet()) {
                Ok(Some(packet)) if packet.track_id == self.track_id => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Step::End,
                Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Step::TornEnd;
                }
                Err(error) => return Step::Broken(error),
            };
            let block = match guarded(|| self.decoder.decode(&packet)) {
                Ok(block) => block,
                // Data of a packet that ends too early.
                Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Step::Broken(Error::DecodeError("a packet is shorter than its contents"));
                }
                Err(error) => return Step::Broken(error),
            };
            if block.frames() > 0 {
                self.spec = Some((block.spec().rate(), block.num_planes() as u16));
                block.copy_to_vec_interleaved(out);
                return Step::Block(first_stamp(&packet));
            }
        }
    }

    /// Goes to the packet with time stamp `stamp` or one before it. False when that is not possible.
    pub(super) fn seek_near(&mut self, stamp: i64) -> bool {
        let to = SeekTo::Timestamp { ts: Timestamp::new(stamp), track_id: self.track_id };
        self.stamps_are_frames && guarded(|| self.reader.seek(SeekMode::Accurate, to)).is_ok()
    }
}

/// Opens a file and finds out what it is.
pub(super) fn probe(path: &Path) -> Result<Box<dyn FormatReader>, AudioError> {
    let source =
        File::open(path).and_then(CodecSource::new).map_err(|error| fault::unreadable(path, error))?;
    let source = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    guarded(|| PROBE.probe(&hint, source, FormatOptions::default(), MetadataOptions::default()))
        .map_err(|error| probe_fault(path, error))
}

/// Runs a step of symphonia, and makes an error of a panic.
///
/// Files of strangers make its parsers panic now and then (0.6.1: a FLAC that ends one byte after its header), and no file
/// may stop the show. What panicked is not used again: the file counts as broken from there on, and a seek opens it anew.
pub(super) fn guarded<T>(step: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or(Err(Error::DecodeError("the decoder gave up on it")))
}

/// The time stamp of the first frame that the decoder lets through.
fn first_stamp(packet: &Packet) -> i64 {
    packet.pts.get().saturating_add(packet.trim_start.get() as i64)
}

fn length(reader: &dyn FormatReader, track: &Track, params: &AudioCodecParameters) -> Length {
    // 0 is how several containers say that they do not know.
    let frames = track.num_frames.filter(|frames| *frames > 0);
    let promised = match params.codec {
        // Only the LAME tag, whose delay this is, comes with a count. Otherwise the bit rate was extrapolated.
        CODEC_ID_MP3 if track.delay.is_none() => None,
        CODEC_ID_MP3 => frames.map(|frames| frames.saturating_sub(MP3_COUNT_SLACK_FRAMES)),
        _ if reader.format_info().format == FORMAT_ID_ADTS => None,
        _ => frames,
    };
    Length { frames, promised }
}

fn probe_fault(path: &Path, error: Error) -> AudioError {
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            fault::bad_header(path, "it ends before its sound begins")
        }
        Error::IoError(error) => fault::unreadable(path, error),
        Error::Unsupported(reason) if reason.starts_with("core (probe)") => fault::not_sound(path),
        Error::Unsupported(reason) | Error::DecodeError(reason) => fault::bad_header(path, reason),
        error => fault::bad_header(path, error),
    }
}

fn codec_fault(path: &Path, codec: AudioCodecId, error: Error) -> AudioError {
    let name = match codec {
        CODEC_ID_ALAC => "Apple Lossless (ALAC)",
        CODEC_ID_MP1 => "MPEG layer 1",
        CODEC_ID_MP2 => "MPEG layer 2",
        CODEC_ID_OPUS => "Opus",
        CODEC_ID_SPEEX => "Speex",
        CODEC_ID_NULL_AUDIO => "an unknown codec",
        codec => return fault::unsupported(path, format!("codec {codec} ({error})")),
    };
    fault::unsupported(path, name)
}
