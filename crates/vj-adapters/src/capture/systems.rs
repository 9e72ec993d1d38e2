//! Which sound system there is, its inputs, and which of them is preferred.

use std::path::Path;

use vj_workers::ports::{InputInfo, SoundFormat, choose_input};

use super::cards;
use super::feed::Feed;
#[cfg(target_os = "linux")]
use super::pulse::Pulse;

/// An input that can be opened, and what its sound system needs for that.
pub(super) struct Found<T> {
    pub(super) name: String,
    /// What the sound system calls it, where that is another name.
    pub(super) id: String,
    pub(super) is_loopback: bool,
    pub(super) format: SoundFormat,
    pub(super) system: T,
}

/// The inputs of the sound server at `server`, or of this machine, that can be opened. May take seconds.
///
/// # Errors
/// Why they cannot be listed.
pub fn inputs(server: Option<&Path>) -> Result<Vec<InputInfo>, String> {
    #[cfg(target_os = "linux")]
    if let Some(mut pulse) = Pulse::connect(server)? {
        let (found, preferred) = pulse.find()?;
        return Ok(list(found, preferred));
    }
    let _ = server;
    let (found, preferred) = cards::find()?;
    Ok(list(found, preferred))
}

/// Opens the input `name`, or the preferred one, and feeds what comes in until the worker wants it no more.
pub(super) fn hear(server: Option<&Path>, name: &str, feed: &Feed) -> Result<(), String> {
    // On Linux PulseAudio is preferred, and PipeWire speaks its language too: it hears what the machine plays, and it
    // holds the cards anyway.
    #[cfg(target_os = "linux")]
    if let Some(pulse) = Pulse::connect(server)? {
        return pulse.hear(name, feed);
    }
    let _ = server;
    cards::hear(name, feed)
}

fn list<T>(found: Vec<Found<T>>, preferred: Option<usize>) -> Vec<InputInfo> {
    let info = |(at, Found { name, id, is_loopback, format, .. })| InputInfo {
        name,
        id,
        is_loopback,
        is_preferred: preferred == Some(at),
        format,
    };
    found.into_iter().enumerate().map(info).collect()
}

/// Makes each name the only one of its kind: two sticks of one make would be taken for each other.
pub(super) fn tell_apart<T>(found: &mut [Found<T>]) {
    let names: Vec<String> = found.iter().map(|it| it.name.clone()).collect();
    for it in found {
        if names.iter().filter(|name| **name == it.name).count() > 1 {
            it.name = format!("{} ({})", it.name, it.id);
        }
    }
}

/// The input that `name` means, by the rule of [`choose_input`].
pub(super) fn pick<T>(
    mut found: Vec<Found<T>>,
    preferred: Option<usize>,
    name: &str,
) -> Result<Found<T>, String> {
    let names = found.iter().map(|it| (it.name.as_str(), it.id.as_str()));
    choose_input(names, preferred, name).map(|at| found.swap_remove(at)).ok_or_else(|| {
        let names: Vec<_> = found.iter().map(|it| format!("\"{}\"", it.name)).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        if name.is_empty() {
            "there is no audio input: waiting for one".to_owned()
        } else {
            format!("the audio input \"{name}\" is not there: waiting for it (there are: {there})")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(&str, &str)]) -> Vec<Found<()>> {
        let format = SoundFormat { sample_rate_hz: 48_000, channels: 2, frames: None };
        let one = |(name, id): &(&str, &str)| Found {
            name: (*name).to_owned(),
            id: (*id).to_owned(),
            is_loopback: false,
            format,
            system: (),
        };
        names.iter().map(one).collect()
    }

    #[test]
    fn a_name_is_taken_exactly_or_as_the_only_part_and_never_guessed() {
        let inputs = || found(&[("Scarlett 2i2", "usb-1"), ("Scarlett", "usb-2"), ("BlackHole 2ch", "hole")]);
        let pick = |name: &str| pick(inputs(), Some(2), name).map(|it| it.id);
        assert_eq!(pick("Scarlett").unwrap(), "usb-2", "exactly, although it is a part of another");
        assert_eq!(pick("usb-1").unwrap(), "usb-1");
        assert_eq!(pick("blackhole").unwrap(), "hole");
        assert_eq!(pick("").unwrap(), "hole");
        let why = pick("scar").unwrap_err();
        assert!(why.contains("\"scar\" is not there") && why.contains("\"Scarlett 2i2\""), "{why}");
        assert!(super::pick(found(&[]), None, "").is_err_and(|why| why.contains("no audio input")));
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let mut inputs = found(&[("Mic", "usb-1"), ("Line", "pci"), ("Mic", "usb-2")]);
        tell_apart(&mut inputs);
        let names: Vec<_> = inputs.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Mic (usb-1)", "Line", "Mic (usb-2)"]);
    }
}
