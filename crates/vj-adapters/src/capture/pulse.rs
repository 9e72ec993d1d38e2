//! The inputs of a PulseAudio server.

use std::ffi::{CStr, CString};
use std::path::Path;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreateRecordStreamReply, RecordStreamParams, SampleFormat, SampleSpec, ServerInfo,
    SourceInfoList,
};
use vj_audio::limits::{SAMPLE_RATE_MAX, SAMPLE_RATE_MIN};
use vj_workers::ports::SoundFormat;

use super::feed::Feed;
use super::pulse_wire::{Message, Wire};
use super::systems::{Found, pick, tell_apart};
use crate::limits::CAPTURE_BUFFERS_PER_SEC;

/// What the server needs to record from a source.
pub(super) struct Source {
    index: u32,
    channels: ChannelMap,
}

/// A server that answers.
pub(super) struct Pulse(Wire);

impl Pulse {
    /// The server at `server`, or the one that the environment names; `None` if none runs there.
    pub(super) fn connect(server: Option<&Path>) -> Result<Option<Self>, String> {
        Ok(Wire::connect(server)?.map(Self))
    }

    /// Its inputs, and which of them is preferred: what people hear, else what anybody might, else the default input.
    pub(super) fn find(&mut self) -> Result<(Vec<Found<Source>>, Option<usize>), String> {
        let server: ServerInfo = self.0.call(&Command::GetServerInfo)?;
        let sources: SourceInfoList = self.0.call(&Command::GetSourceInfoList)?;
        let preferred =
            |wanted: &dyn Fn(&pulseaudio::protocol::SourceInfo) -> bool| sources.iter().position(wanted);
        let of_default = server.default_sink_name.is_some();
        let preferred = preferred(&|it| of_default && it.monitor_of_sink_name == server.default_sink_name)
            .or_else(|| preferred(&|it| it.monitor_of_sink_index.is_some()))
            .or_else(|| preferred(&|it| Some(&it.name) == server.default_source_name.as_ref()))
            .or_else(|| (!sources.is_empty()).then_some(0));
        let text = |text: &CStr| text.to_string_lossy().into_owned();
        let found = sources.iter().map(|it| Found {
            name: it.description.as_deref().map_or_else(|| text(&it.name), text),
            id: text(&it.name),
            is_loopback: it.monitor_of_sink_index.is_some(),
            format: SoundFormat {
                sample_rate_hz: it.sample_spec.sample_rate.clamp(SAMPLE_RATE_MIN, SAMPLE_RATE_MAX),
                channels: u16::from(it.channel_map.num_channels()),
                frames: None,
            },
            system: Source { index: it.index, channels: it.channel_map },
        });
        let mut found: Vec<_> = found.collect();
        tell_apart(&mut found);
        Ok((found, preferred))
    }

    /// Records from the input `name`, or the preferred one, until the worker wants it no more.
    pub(super) fn hear(mut self, name: &str, feed: &Feed) -> Result<(), String> {
        let (found, preferred) = self.find()?;
        let Found { name, format, system, .. } = pick(found, preferred, name)?;
        let (mut callback, ring) = feed.callback(format)?;
        let record = Command::CreateRecordStream(params(format, &system));
        let stream: CreateRecordStreamReply = self
            .0
            .call(&record)
            .map_err(|why| format!("the audio input \"{name}\" cannot be opened: {why}"))?;
        feed.opened(name.clone(), format, ring);
        while !feed.is_closed() {
            let bytes = match self.0.next()? {
                Message::Sound(channel, bytes) => {
                    if channel == stream.channel {
                        callback.take_bytes(bytes);
                    }
                    continue;
                }
                Message::Nothing => continue,
                Message::Control(bytes) => bytes.to_vec(),
            };
            match self.0.command(&bytes) {
                // The second should not come, since we forbid it. It would be another device.
                Some(Command::RecordStreamKilled(channel)) if channel == stream.channel => {
                    return Err(format!("the audio input \"{name}\" is gone: waiting for it"));
                }
                Some(Command::RecordStreamMoved(_)) => {
                    return Err(format!(
                        "the audio input \"{name}\" was exchanged for another: waiting for it"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The source's own rate and channels, as floats: whatever it has, the server converts.
fn params(format: SoundFormat, source: &Source) -> RecordStreamParams {
    let SoundFormat { sample_rate_hz, channels, .. } = format;
    let sample = if cfg!(target_endian = "big") { SampleFormat::Float32Be } else { SampleFormat::Float32Le };
    let spec = SampleSpec { format: sample, sample_rate: sample_rate_hz, channels: channels as u8 };
    let frames = sample_rate_hz.div_ceil(CAPTURE_BUFFERS_PER_SEC);
    RecordStreamParams {
        sample_spec: spec,
        channel_map: source.channels,
        source_index: Some(source.index),
        buffer_attr: BufferAttr {
            fragment_size: frames * u32::from(channels) * size_of::<f32>() as u32,
            ..BufferAttr::default()
        },
        flags: StreamFlags { no_move: true, adjust_latency: true, ..StreamFlags::default() },
        props: {
            let mut props = pulseaudio::protocol::Props::new();
            props.set(pulseaudio::protocol::Prop::MediaName, CString::from(c"vj listens"));
            props
        },
        ..RecordStreamParams::default()
    }
}
