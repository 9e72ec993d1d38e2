//! The audio inputs that are left to cpal: Core Audio, and ALSA where no sound server runs.

use std::sync::{Arc, Mutex};
use std::thread;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, ErrorKind, Host, Stream, StreamConfig, SupportedStreamConfig};
use rtrb::Consumer;
use vj_workers::ports::SoundFormat;

use super::callback::Callback;
use super::feed::{Feed, locked};
use super::systems::{Found, pick, tell_apart};
use crate::limits::{CAPTURE_ANSWERS, CAPTURE_BUFFERS_PER_SEC, CAPTURE_LOOK};

/// Loopback drivers of macOS, by a part of their names: what they carry is what the machine plays.
const LOOPBACKS: [&str; 4] = ["blackhole", "soundflower", "loopback audio", "vb-cable"];

/// The most channels that anything is sold with.
const CHANNELS_MAX: u16 = 64;

/// What cpal needs to open an input.
pub(super) struct Card {
    device: Device,
    config: SupportedStreamConfig,
}

/// The inputs that can be opened, and which of them is preferred: a loopback driver, else the default input, else any.
pub(super) fn find() -> Result<(Vec<Found<Card>>, Option<usize>), String> {
    find_on(&cpal::default_host())
}

fn find_on(host: &Host) -> Result<(Vec<Found<Card>>, Option<usize>), String> {
    quiet();
    let devices =
        host.input_devices().map_err(|error| format!("the audio inputs cannot be listed: {error}"))?;
    let mut found: Vec<_> = devices.filter(is_card).filter_map(describe).collect();
    tell_apart(&mut found);
    let default = host.default_input_device().and_then(|device| id_of(&device));
    let preferred = found
        .iter()
        .position(|it| it.is_loopback)
        .or_else(|| found.iter().position(|it| Some(&it.id) == default.as_ref()))
        .or_else(|| (!found.is_empty()).then_some(0));
    Ok((found, preferred))
}

fn describe(device: Device) -> Option<Found<Card>> {
    let name = device.description().ok()?.name().to_owned();
    let id = id_of(&device)?;
    // What has no format now would not open either.
    let config = device.default_input_config().ok().filter(|it| Callback::takes(it.sample_format()))?;
    let channels = Some(config.channels()).filter(|channels| (1..=CHANNELS_MAX).contains(channels))?;
    let lower = name.to_lowercase();
    let is_loopback = LOOPBACKS.iter().any(|driver| lower.contains(driver));
    let format = SoundFormat { sample_rate_hz: config.sample_rate(), channels, frames: None };
    Some(Found { name, id, is_loopback, format, system: Card { device, config } })
}

fn id_of(device: &Device) -> Option<String> {
    device.id().ok().map(|id| id.id().to_owned())
}

/// Opens the input `name`, or the preferred one, and feeds what comes in until the worker wants it no more.
pub(super) fn hear(name: &str, feed: &Feed) -> Result<(), String> {
    let host = cpal::default_host();
    let (found, preferred) = find_on(&host)?;
    let Found { name, id, format, system, .. } = pick(found, preferred, name)?;
    let complaint = Arc::new(Mutex::new(None));
    let (stream, ring) = open(&system, format, feed, &complaint)
        .map_err(|why| format!("the audio input \"{name}\" cannot be opened: {why}"))?;
    feed.opened(name.clone(), format, ring);
    while !feed.is_closed() {
        thread::park_timeout(CAPTURE_LOOK);
        if let Some(complaint) = locked(&complaint).take() {
            return Err(format!("the audio input \"{name}\" failed: {complaint}"));
        }
        if may_be_exchanged() && !is_there(&host, &id) {
            return Err(format!("the audio input \"{name}\" is gone: waiting for it"));
        }
    }
    drop(stream);
    Ok(())
}

fn open(
    card: &Card,
    format: SoundFormat,
    feed: &Feed,
    complaint: &Arc<Mutex<Option<String>>>,
) -> Result<(Stream, Consumer<f32>), String> {
    let build = |buffer_size| -> Result<_, String> {
        let (mut callback, ring) = feed.callback(format)?;
        let (heard, keeper) = (complaint.clone(), thread::current());
        let stream = card.device.build_input_stream_raw(
            StreamConfig { buffer_size, ..card.config.config() },
            card.config.sample_format(),
            move |data, _| callback.take(data),
            move |error| {
                // An overrun of the system's own is no reason to close.
                if !matches!(error.kind(), ErrorKind::Xrun | ErrorKind::RealtimeDenied) {
                    *locked(&heard) = Some(error.to_string());
                    keeper.unpark();
                }
            },
            Some(CAPTURE_ANSWERS),
        );
        Ok((stream.map_err(|error| error.to_string())?, ring))
    };
    let short = BufferSize::Fixed(format.sample_rate_hz.div_ceil(CAPTURE_BUFFERS_PER_SEC));
    // Some devices have one size only.
    let (stream, ring) = build(short).or_else(|_| build(BufferSize::Default))?;
    stream.play().map_err(|error| error.to_string())?;
    Ok((stream, ring))
}

/// Whether this sound system may go on with another device, or with zeros, when the one that was opened is unplugged. ALSA
/// fails, and to open its cards twice a second would disturb others.
fn may_be_exchanged() -> bool {
    cfg!(not(target_os = "linux"))
}

fn is_there(host: &Host, id: &str) -> bool {
    // A list that fails once says nothing; a stream that is dead is noticed by its silence.
    host.devices().map_or(true, |mut devices| devices.any(|device| id_of(&device).as_deref() == Some(id)))
}

/// Of the many names that ALSA has for a card, the one that takes any format. Beside the cards it lists plug-ins: mixers,
/// servers, and one that makes zeros as fast as it is asked.
fn is_card(device: &Device) -> bool {
    const PLUGGED: &str = "plughw:CARD=";
    let is_numbered = |id: &str| {
        id.strip_prefix(PLUGGED)
            .is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
    };
    cfg!(not(target_os = "linux")) || id_of(device).is_some_and(|id| is_numbered(&id))
}

/// From now on ALSA's complaints of this thread go nowhere: it has a page of them for devices that nobody asked for. Other
/// threads keep their standard error.
fn quiet() {
    // What it gathers is thrown away, and it is taken anew each time, so that it never fills.
    #[cfg(target_os = "linux")]
    let _ = alsa::Output::local_error_handler();
}
