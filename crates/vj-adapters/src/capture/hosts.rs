//! Which sound systems there are, their inputs, and which of them is preferred.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host, SupportedStreamConfig};
use vj_workers::ports::{InputInfo, SoundFormat};

use super::callback::Callback;

/// Loopback drivers of macOS, by a part of their names: what they carry is what the machine plays.
const LOOPBACKS: [&str; 4] = ["blackhole", "soundflower", "loopback audio", "vb-cable"];

/// What PulseAudio and PipeWire call the ear of a sink.
const MONITOR: &str = "Monitor of ";

/// An input that can be opened.
pub(super) struct Found {
    pub(super) device: Device,
    pub(super) config: SupportedStreamConfig,
    pub(super) info: InputInfo,
}

/// The sound system of this machine: on Linux PulseAudio (PipeWire speaks its language too), since it hears what the
/// machine plays, and else the system's own.
pub(super) fn host() -> Result<Host, String> {
    #[cfg(target_os = "linux")]
    if let Ok(host) = cpal::host_from_id(cpal::HostId::PulseAudio) {
        return Ok(host);
    }
    Ok(cpal::default_host())
}

/// Whether the host is one whose libraries print their complaints where they are not wanted.
fn is_noisy(host: &Host) -> bool {
    #[cfg(target_os = "linux")]
    let noisy = host.id() == cpal::HostId::Alsa;
    #[cfg(not(target_os = "linux"))]
    let noisy = {
        let _ = host;
        false
    };
    noisy
}

/// The inputs of a host that can be opened, the preferred one marked.
pub(super) fn find(host: &Host) -> Result<Vec<Found>, String> {
    let list = || find_all(host);
    if is_noisy(host) { silently(list) } else { list() }
}

fn find_all(host: &Host) -> Result<Vec<Found>, String> {
    let devices =
        host.input_devices().map_err(|error| format!("the audio inputs cannot be listed: {error}"))?;
    let noisy = is_noisy(host);
    let mut found: Vec<Found> =
        devices.filter(|device| !noisy || is_card(device)).filter_map(describe).collect();
    let default_output = host.default_output_device().and_then(|device| name_of(&device));
    let default_input = host.default_input_device().and_then(|device| name_of(&device));
    let names: Vec<_> = found.iter().map(|it| (it.info.name.as_str(), it.info.is_loopback)).collect();
    if let Some(preferred) = preferred(&names, default_output.as_deref(), default_input.as_deref()) {
        found[preferred].info.is_preferred = true;
    }
    Ok(found)
}

/// ALSA lists plug-ins beside the cards: converters, mixers, and one that makes zeros as fast as it is asked.
fn is_card(device: &Device) -> bool {
    let id = device.id().map(|id| id.to_string()).unwrap_or_default();
    let name = id.split_once(':').map_or(id.as_str(), |(_, name)| name);
    ["hw:", "plughw:", "sysdefault:"].iter().any(|kind| name.starts_with(kind))
}

/// The one to take where nobody has named one: a loopback driver, the monitor of what people hear, any monitor, the
/// default input, any input.
fn preferred(
    names: &[(&str, bool)],
    default_output: Option<&str>,
    default_input: Option<&str>,
) -> Option<usize> {
    let monitor = default_output.map(|name| format!("{MONITOR}{name}"));
    let is_driver = |name: &str| LOOPBACKS.iter().any(|driver| name.to_lowercase().contains(driver));
    let at = |wanted: &dyn Fn(&str, bool) -> bool| {
        names.iter().position(|(name, is_loopback)| wanted(name, *is_loopback))
    };
    at(&|name, _| is_driver(name))
        .or_else(|| at(&|name, _| Some(name) == monitor.as_deref()))
        .or_else(|| at(&|_, is_loopback| is_loopback))
        .or_else(|| at(&|name, _| Some(name) == default_input))
        .or_else(|| (!names.is_empty()).then_some(0))
}

fn describe(device: Device) -> Option<Found> {
    let name = name_of(&device)?;
    // What has no format now would not open either.
    let config =
        device.default_input_config().ok().filter(|config| Callback::takes(config.sample_format()))?;
    if !(1..=32).contains(&config.channels()) {
        return None;
    }
    let lower = name.to_lowercase();
    let is_loopback = name.starts_with(MONITOR) || LOOPBACKS.iter().any(|driver| lower.contains(driver));
    let format =
        SoundFormat { sample_rate_hz: config.sample_rate(), channels: config.channels(), frames: None };
    Some(Found { info: InputInfo { name, is_loopback, is_preferred: false, format }, device, config })
}

fn name_of(device: &Device) -> Option<String> {
    device.description().ok().map(|description| description.name().to_owned())
}

/// The input of that name; a part of it will do if only one has it. With an empty name the preferred one.
pub(super) fn pick(mut found: Vec<Found>, name: &str) -> Result<Found, String> {
    let lower = name.to_lowercase();
    let at = if name.is_empty() {
        found.iter().position(|it| it.info.is_preferred)
    } else {
        let part = || {
            let mut with = (0..found.len()).filter(|at| found[*at].info.name.to_lowercase().contains(&lower));
            with.next().filter(|_| with.next().is_none())
        };
        found.iter().position(|it| it.info.name == name).or_else(part)
    };
    at.map(|at| found.swap_remove(at)).ok_or_else(|| {
        let names: Vec<_> = found.iter().map(|it| format!("\"{}\"", it.info.name)).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        if name.is_empty() {
            "there is no audio input: waiting for one".to_owned()
        } else {
            format!("the audio input \"{name}\" is not there: waiting for it (there are: {there})")
        }
    })
}

/// The inputs of this machine that can be opened.
///
/// # Errors
/// Why they cannot be listed.
pub fn inputs() -> Result<Vec<InputInfo>, String> {
    Ok(find(&host()?)?.into_iter().map(|it| it.info).collect())
}

/// Runs `work` with the standard error stream closed: ALSA and JACK print a page of complaints about devices that nobody
/// asked for. What other threads say there meanwhile is lost; log files have descriptors of their own.
fn silently<T>(work: impl FnOnce() -> T) -> T {
    let kept = rustix::io::dup(std::io::stderr());
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null");
    if let (Ok(_), Ok(nowhere)) = (&kept, &nowhere) {
        let _ = rustix::stdio::dup2_stderr(nowhere);
    }
    let done = work();
    if let Ok(kept) = kept {
        let _ = rustix::stdio::dup2_stderr(&kept);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn what_the_machine_plays_is_preferred_to_what_stands_in_the_room() {
        let mic = ("Built-in Microphone", false);
        let hdmi = ("Monitor of HDMI", true);
        let speakers = ("Monitor of Speakers", true);
        let hole = ("BlackHole 2ch", true);
        let pick = |names: &[(&'static str, bool)], output: Option<&str>, input: Option<&str>| {
            preferred(names, output, input).map(|at| names[at].0)
        };
        assert_eq!(pick(&[mic, hole], None, Some(mic.0)), Some(hole.0));
        assert_eq!(pick(&[mic, hdmi, speakers], Some("Speakers"), Some(mic.0)), Some(speakers.0));
        assert_eq!(pick(&[mic, hdmi], Some("Speakers"), Some(mic.0)), Some(hdmi.0));
        assert_eq!(pick(&[("Line", false), mic], None, Some(mic.0)), Some(mic.0));
        assert_eq!(pick(&[mic], None, None), Some(mic.0));
        assert_eq!(pick(&[], None, None), None);
    }
}
