//! One planned fault, as it stands in files.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vj_core::ProcessName;

use super::kind::FaultKind;
use super::services;
use crate::player_tape::TapeEvent;
use crate::sound_cards::Gives;

/// How long a lasting fault lasts that does not say.
const LASTS_SEC: f64 = 5.0;

/// A week: no run is longer.
const LONGEST_SEC: f64 = 7.0 * 86_400.0;

/// One planned fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Seconds since the start of the run.
    pub at: f64,
    /// What.
    pub kind: FaultKind,
    /// Whom, where it strikes a process or an audio input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How long it lasts, for those that last. Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_sec: Option<f64>,
    /// Which part of the datagrams is lost, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// How long a file takes. Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_sec: Option<f64>,
    /// By how much the wall clock jumps. Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_sec: Option<f64>,
    /// With which rate an audio input comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<u32>,
    /// With how many channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// What is done, to a file or by an audio input.
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    pub deed: Option<String>,
    /// To which file of VirtualDJ's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In which encoding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What happens to a service, as on its tape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        for word in [&self.target, &self.deed, &self.file].into_iter().flatten() {
            write!(f, " {word}")?;
        }
        self.share.map_or(Ok(()), |share| write!(f, " {share}"))?;
        self.event.as_ref().map_or(Ok(()), |event| write!(f, " {event}"))
    }
}

impl Fault {
    /// A fault of this kind, with nothing else said of it.
    #[must_use]
    pub fn new(at: f64, kind: FaultKind) -> Self {
        let (target, for_sec, share, takes_sec, by_sec, rate_hz, channels) = Default::default();
        let (deed, file, text, encoding, event) = Default::default();
        Self {
            at,
            kind,
            target,
            for_sec,
            share,
            takes_sec,
            by_sec,
            rate_hz,
            channels,
            deed,
            file,
            text,
            encoding,
            event,
        }
    }

    /// The same with whom it strikes.
    #[must_use]
    pub fn on(self, target: impl fmt::Display) -> Self {
        Self { target: Some(target.to_string()), ..self }
    }

    /// The same with how long it lasts.
    #[must_use]
    pub fn lasting(self, for_sec: f64) -> Self {
        Self { for_sec: Some(for_sec), ..self }
    }

    /// When it is made good again, for those that last. Seconds since the start of the run.
    #[must_use]
    pub fn ends_at(&self) -> f64 {
        self.at + if self.kind.lasts() { self.for_sec.unwrap_or(LASTS_SEC) } else { 0.0 }
    }

    /// Whom it strikes.
    ///
    /// # Errors
    /// A name that no process has, or none where one is needed.
    pub fn process(&self) -> Result<Option<ProcessName>, String> {
        match (&self.target, self.kind.strikes_a_process()) {
            (Some(name), true) => name.parse().map(Some).map_err(|e| format!("fault at {} s: {e}", self.at)),
            (None, true) => Err(format!("fault at {} s: 'target' is missing (a process)", self.at)),
            (_, false) => Ok(None),
        }
    }

    /// Whether it says what its kind needs, and nothing that makes no sense.
    ///
    /// # Errors
    /// What does not, and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        self.process()?;
        let wrong = |why: String| Err(format!("fault at {} s: {why}", self.at));
        let needs = self.kind.needs();
        let given = self.given();
        if let Some(missing) = needs.keys.iter().find(|key| !given.contains(key)) {
            return wrong(format!("'{missing}' is missing: a '{}' needs it", self.kind));
        }
        // Two keys were always allowed with every kind, and sets in the field have them.
        let is_known = |key: &&&str| {
            ["target", "for_sec"].contains(*key) || needs.keys.contains(*key) || needs.may.contains(*key)
        };
        if let Some(other) = given.iter().find(|key| !is_known(key)) {
            let known: Vec<_> = ["at", "kind"].iter().chain(needs.keys).chain(needs.may).copied().collect();
            return wrong(format!(
                "'{other}' says nothing of a '{}' (allowed: {})",
                self.kind,
                known.join(", ")
            ));
        }
        for (name, value, most) in [
            ("at", Some(self.at), LONGEST_SEC),
            ("for_sec", self.for_sec, LONGEST_SEC),
            ("takes_sec", self.takes_sec, 60.0),
            ("share", self.share, 1.0),
        ] {
            if let Some(value) = value.filter(|value| !(0.0..=most).contains(value)) {
                return wrong(format!("'{name}' cannot be {value} (allowed: 0 to {most})"));
            }
        }
        if let Some(by_sec) = self.by_sec.filter(|by_sec| by_sec.is_nan() || by_sec.abs() > LONGEST_SEC) {
            return wrong(format!(
                "'by_sec' cannot be {by_sec} (allowed: {} to {LONGEST_SEC})",
                -LONGEST_SEC
            ));
        }
        if self.rate_hz.is_some_and(|rate| !(8_000..=192_000).contains(&rate)) {
            return wrong("'rate_hz' must lie between 8000 and 192000".to_owned());
        }
        if self.channels.is_some_and(|channels| !(1..=32).contains(&channels)) {
            return wrong("'channels' must lie between 1 and 32".to_owned());
        }
        match self.kind {
            FaultKind::Sound => self.gives().map(drop).or_else(wrong),
            FaultKind::Virtualdj => self.on_player_file().check().or_else(wrong),
            kind if kind.is_on_a_tape() => services::check(self).or_else(wrong),
            _ => Ok(()),
        }
    }

    /// Whether there is what it strikes, on a stage of these processes with these audio inputs.
    ///
    /// # Errors
    /// What is missing, and what there is.
    pub fn fits(&self, processes: &[ProcessName], cards: &[String]) -> Result<(), String> {
        let wrong = |why: String| Err(format!("fault at {} s: {why}", self.at));
        let asks = match self.kind {
            FaultKind::Spotify => Some(ProcessName::SpotifyMonitor),
            FaultKind::Virtualdj => Some(ProcessName::VirtualDjMonitor),
            kind if kind.is_on_a_tape() => Some(ProcessName::LyricsFetcher),
            _ => None,
        };
        if let Some(missing) = asks.filter(|process| !processes.contains(process)) {
            return wrong(format!("a '{}' strikes nobody where there is no {missing}", self.kind));
        }
        if let Some(process) = self.process()?.filter(|process| !processes.contains(process)) {
            let there: Vec<_> = processes.iter().map(|process| process.as_str()).collect();
            return wrong(format!("there is no process '{process}' (there are: {})", there.join(", ")));
        }
        let is_of_a_card = matches!(self.kind, FaultKind::Unplug | FaultKind::Sound);
        match self.target.as_ref().filter(|name| is_of_a_card && !cards.contains(name)) {
            Some(name) if cards.is_empty() => {
                wrong(format!("there is no audio input '{name}': a file is played"))
            }
            Some(name) => {
                wrong(format!("there is no audio input '{name}' (there are: {})", cards.join(", ")))
            }
            None => Ok(()),
        }
    }

    /// The keys that it has, beside `at` and `kind`.
    fn given(&self) -> Vec<&'static str> {
        let given = [
            ("target", self.target.is_some()),
            ("for_sec", self.for_sec.is_some()),
            ("share", self.share.is_some()),
            ("takes_sec", self.takes_sec.is_some()),
            ("by_sec", self.by_sec.is_some()),
            ("rate_hz", self.rate_hz.is_some()),
            ("channels", self.channels.is_some()),
            ("do", self.deed.is_some()),
            ("file", self.file.is_some()),
            ("text", self.text.is_some()),
            ("encoding", self.encoding.is_some()),
            ("event", self.event.is_some()),
        ];
        given.into_iter().filter_map(|(key, is_there)| is_there.then_some(key)).collect()
    }

    /// What an audio input does that it strikes.
    pub(super) fn gives(&self) -> Result<Gives, String> {
        match self.deed.as_deref().unwrap_or_default() {
            "zeros" => Ok(Gives::Zeros),
            "nothing" => Ok(Gives::Nothing),
            "no_answer" => Ok(Gives::NoAnswer),
            other => Err(format!("an audio input cannot do '{other}' (allowed: zeros, nothing, no_answer)")),
        }
    }

    /// What is done to a file of VirtualDJ's.
    pub(super) fn on_player_file(&self) -> TapeEvent {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        TapeEvent::deed(
            self.at,
            &word(&self.deed),
            &word(&self.file),
            &word(&self.text),
            &word(&self.encoding),
        )
    }

    /// How long a file takes.
    pub(super) fn takes(&self) -> Duration {
        Duration::try_from_secs_f64(self.takes_sec.unwrap_or_default()).unwrap_or_default()
    }

    /// By how much the wall clock jumps.
    pub(super) fn by_ms(&self) -> i64 {
        let back = (self.at as u64).is_multiple_of(2);
        let hour_sec = if back { -3_600.0 } else { 3_600.0 };
        (self.by_sec.unwrap_or(hour_sec) * 1e3) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fault, String> {
        let fault: Fault = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        fault.check().map(|()| fault)
    }

    #[test]
    fn what_sets_in_the_field_hold_is_read_as_ever() {
        for text in [
            "at = 1\nkind = \"kill\"\ntarget = \"audio_analyzer\"\nfor_sec = 3.0",
            "at = 1\nkind = \"weather\"\ntarget = \"\"\nfor_sec = 3.0",
            "at = 1\nkind = \"wall_clock\"\ntarget = \"process_manager\"",
            "at = 1\nkind = \"disk_full\"",
        ] {
            assert!(read(text).is_ok(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn each_seam_can_be_written_down() {
        for text in [
            "at = 1\nkind = \"telemetry_loss\"\nshare = 0.2\nfor_sec = 9",
            "at = 1\nkind = \"unplug\"\ntarget = \"Line In\"\nrate_hz = 48000\nchannels = 1",
            "at = 1\nkind = \"sound\"\ntarget = \"Line In\"\ndo = \"zeros\"",
            "at = 1\nkind = \"wall_clock\"\nby_sec = -7.5",
            "at = 1\nkind = \"disk_slow\"\ntakes_sec = 0.5",
            "at = 1\nkind = \"virtualdj\"\ndo = \"lock\"\nfile = \"tracklist.txt\"\nfor_sec = 4",
            "at = 1\nkind = \"spotify\"\nevent = { answers = { status = 502 } }\nfor_sec = 4",
            "at = 1\nkind = \"lrclib\"\nevent = \"down\"\nfor_sec = 4",
            "at = 1\nkind = \"ollama\"\nevent = { takes = 3.5 }",
            "at = 1\nkind = \"openai\"\nevent = { limit = 20.0 }",
            "at = 1\nkind = \"comfyui\"\nevent = { answers = \"cut\" }",
        ] {
            let fault = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let again: Fault = toml::from_str(&toml::to_string(&fault).unwrap()).unwrap();
            assert_eq!(again, fault);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        for (text, why) in [
            ("kind = \"telemetry_loss\"", "'share' is missing: a 'telemetry_loss' needs it"),
            ("kind = \"telemetry_loss\"\nshare = 1.5", "'share' cannot be 1.5 (allowed: 0 to 1)"),
            ("kind = \"unplug\"", "'target' is missing: a 'unplug' needs it"),
            ("kind = \"unplug\"\ntarget = \"a\"\nrate_hz = 1", "'rate_hz' must lie between"),
            ("kind = \"sound\"\ntarget = \"a\"\ndo = \"sing\"", "an audio input cannot do 'sing'"),
            (
                "kind = \"disk_full\"\nshare = 0.5",
                "'share' says nothing of a 'disk_full' (allowed: at, kind, for_sec)",
            ),
            ("kind = \"wall_clock\"\nby_sec = nan", "'by_sec' cannot be NaN"),
            ("kind = \"virtualdj\"\ndo = \"eat\"\nfile = \"a\"", "nobody can do 'eat' to a file"),
            ("kind = \"spotify\"\nevent = \"dance\"", "unknown variant `dance`"),
            ("kind = \"spotify\"\nevent = \"pause\"\nfor_sec = 2", "'for_sec' says nothing of \"pause\""),
            ("kind = \"lrclib\"\nevent = \"sings\"", "unknown variant `sings`"),
            ("kind = \"lrclib\"\nevent = { limit = 3 }\nfor_sec = 2", "'for_sec' says nothing of"),
        ] {
            let error = read(&format!("at = 1\n{text}")).unwrap_err();
            assert!(error.starts_with(&format!("fault at 1 s: {why}")), "{error}");
        }
        assert!(read("at = 1\nkind = \"trip\"").unwrap_err().contains("`kill`"));
    }
}
