//! Every OSC address, once: name, type tags, meaning, and when it is sent. The table in the documents is made from this,
//! and only what stands here can be sent.

use rosc::OscType;
use vj_core::ProcessName;

/// One address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// As sent; in the documents a trailing word in capitals stands for a name.
    pub address: &'static str,
    /// OSC 1.0 type tags, without the comma.
    pub tags: &'static str,
    /// The arguments in order, with units and ranges.
    pub arguments: &'static str,
    /// When it is sent.
    pub when: &'static str,
    /// Who sends it.
    pub senders: &'static [ProcessName],
}

macro_rules! address_book {
    ($($id:ident: $address:literal $tags:literal $arguments:literal $when:literal $($sender:ident)+;)*) => {
        #[derive(Debug, Clone, Copy)]
        #[allow(clippy::enum_variant_names, reason = "they are named after their addresses")]
        enum Id { $($id),* }

        /// The whole book, in the order of the documents.
        pub const ADDRESS_BOOK: &[Entry] = &[$(Entry {
            address: $address,
            tags: $tags,
            arguments: $arguments,
            when: $when,
            senders: &[$(ProcessName::$sender),+],
        }),*];
    };
}

address_book! {
    Levels: "/audio/levels" "ffffffff"
        "sub_bass bass low_mid mid high_mid presence air rms, each 0..1" "60 /s" AudioAnalyzer;
    Spectrum: "/audio/spectrum" "ffffffffffffffffffffffffffffffff"
        "log-spaced magnitudes, low to high, each 0..1" "60 /s if `enable_spectrum`" AudioAnalyzer;
    Beat: "/audio/beat" "if"
        "1 on the tick of a beat else 0; onset strength 0..1" "60 /s; no beat is lost between ticks" AudioAnalyzer;
    BeatPhase: "/audio/beat/phase" "fii"
        "position in the beat 0..1; beat in the bar 1..4; bars since the start" "60 /s" AudioAnalyzer;
    Bpm: "/audio/bpm" "ff"
        "tempo in BPM (0 = none yet); confidence 0..1" "1 /s, and at once when it changes by more than 1 %" AudioAnalyzer;
    Pitch: "/audio/pitch" "ff"
        "Hz (0 = unvoiced); confidence 0..1" "60 /s if `enable_pitch`" AudioAnalyzer;
    Structure: "/audio/structure" "iiff"
        "build-up 0/1; drop 0/1; energy trend -1..1; brightness 0..1" "10 /s, and at once on a change" AudioAnalyzer;
    Track: "/karaoke/track" "issssfi"
        "active; source (`spotify`, `virtualdj`); artist; title; album; duration in s (0 = not known); has_lyrics. Nothing plays: `0 \"\" \"\" \"\" \"\" 0.0 0`"
        "on change; once more with has_lyrics 1 before synced lyrics are sent" SpotifyMonitor VirtualDjMonitor LyricsFetcher;
    TrackPosition: "/karaoke/pos" "fi"
        "position in s; is_playing" "2 /s while there is a track, and at once on play, pause, seek, track change" SpotifyMonitor VirtualDjMonitor;
    DeckBeat: "/audio/beat/deck" "if"
        "number of the beat; strength 0..1" "on each beat of a deck, where VirtualDJ tells (OS2L)" VirtualDjMonitor;
    DeckBpm: "/audio/bpm/deck" "f"
        "tempo in BPM" "on change, where VirtualDJ tells" VirtualDjMonitor;
    LyricsReset: "/karaoke/lyrics/reset" ""
        "(none): the lines before it are those of another track" "first on each new track, and when nothing plays any more" LyricsFetcher;
    LyricsLine: "/karaoke/lyrics/line" "ifs"
        "index from 0; time in s; text (empty = a pause)" "once per line after a reset, if the track has synced lyrics" LyricsFetcher;
    LineActive: "/karaoke/line/active" "i"
        "index of the line that is sung, -1 = none" "after a reset, and on change" LyricsFetcher;
    RefrainReset: "/karaoke/refrain/reset" ""
        "(none)" "on each new track, and before the refrain is sent anew" LyricsFetcher;
    RefrainLine: "/karaoke/refrain/line" "ifs"
        "index from 0, counted over the refrain's lines; time in s; text" "once per line of the refrain, each time that it comes, after a reset" LyricsFetcher;
    RefrainActive: "/karaoke/refrain/active" "is"
        "index as in `/karaoke/refrain/line`, -1 = the line that is sung is none of the refrain's; text" "after a reset, and on change" LyricsFetcher;
    KeywordsReset: "/karaoke/keywords/reset" ""
        "(none)" "on each new track, and before the keywords are sent anew" LyricsFetcher;
    KeywordsLine: "/karaoke/keywords/line" "ifs"
        "index from 0, counted over the lines that have keywords; time in s; KEYWORDS" "once per line that has any, after a reset" LyricsFetcher;
    KeywordsActive: "/karaoke/keywords/active" "is"
        "index as in `/karaoke/keywords/line`, -1 = the line that is sung has none; KEYWORDS" "after a reset, and on change" LyricsFetcher;
    Mood: "/karaoke/categories/mood" "s"
        "the category that stands out, empty = none does" "per track, and when a model knows better" LyricsFetcher;
    Category: "/karaoke/categories/NAME" "f"
        "score 0..1" "one message per category, with the mood" LyricsFetcher;
    Image: "/karaoke/image" "s"
        "path of the image" "when it is there" LyricsFetcher;
    WorkerHealth: "/vj/worker/NAME" "sf"
        "health; uptime in s" "on change, and each 5 s" ProcessManager;
}

/// One message to be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Osc<'a> {
    /// `/audio/levels`: seven bands from low to high, then the whole, each 0..1.
    Levels(&'a [f32; 8]),
    /// `/audio/spectrum`: log-spaced magnitudes, 0..1.
    Spectrum(&'a [f32; 32]),
    /// `/audio/beat`.
    Beat {
        /// Whether a beat falls on this tick.
        is_beat: bool,
        /// Onset strength, 0..1.
        strength: f32,
    },
    /// `/audio/beat/phase`.
    BeatPhase {
        /// Position in the beat, 0..1.
        phase: f32,
        /// Beat in the bar, 1..4.
        beat_in_bar: i32,
        /// Bars since the start.
        bars: i32,
    },
    /// `/audio/bpm`.
    Bpm {
        /// Tempo, 0 = none yet.
        bpm: f32,
        /// 0..1.
        confidence: f32,
    },
    /// `/audio/pitch`.
    Pitch {
        /// Frequency in Hz, 0 = unvoiced.
        hz: f32,
        /// 0..1.
        confidence: f32,
    },
    /// `/audio/structure`.
    Structure {
        /// Whether tension is rising.
        build_up: bool,
        /// Whether the drop is on.
        drop: bool,
        /// -1..1.
        energy_trend: f32,
        /// 0..1.
        brightness: f32,
    },
    /// `/karaoke/track`.
    Track(Option<TrackMessage<'a>>),
    /// `/karaoke/pos`.
    TrackPosition {
        /// Seconds from the start of the track.
        sec: f32,
        /// Whether it runs.
        is_playing: bool,
    },
    /// `/audio/beat/deck`.
    DeckBeat {
        /// Which beat.
        number: i32,
        /// 0..1.
        strength: f32,
    },
    /// `/audio/bpm/deck`.
    DeckBpm(f32),
    /// `/karaoke/lyrics/reset`.
    LyricsReset,
    /// `/karaoke/lyrics/line`.
    LyricsLine(LineMessage<'a>),
    /// `/karaoke/line/active`: -1 = none.
    LineActive(i32),
    /// `/karaoke/refrain/reset`.
    RefrainReset,
    /// `/karaoke/refrain/line`.
    RefrainLine(LineMessage<'a>),
    /// `/karaoke/refrain/active`: -1 and nothing = none.
    RefrainActive(i32, &'a str),
    /// `/karaoke/keywords/reset`.
    KeywordsReset,
    /// `/karaoke/keywords/line`.
    KeywordsLine(LineMessage<'a>),
    /// `/karaoke/keywords/active`: -1 and nothing = none.
    KeywordsActive(i32, &'a str),
    /// `/karaoke/categories/mood`: nothing = none stands out.
    Mood(&'a str),
    /// `/karaoke/categories/NAME`.
    Category {
        /// Which.
        name: &'a str,
        /// 0..1.
        score: f32,
    },
    /// `/karaoke/image`: its path.
    Image(&'a str),
    /// `/vj/worker/NAME`.
    WorkerHealth {
        /// Whose.
        worker: ProcessName,
        /// As in the manager's state.
        health: &'a str,
        /// Seconds.
        uptime_sec: f32,
    },
}

/// A line with its time, as it is told on OSC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineMessage<'a> {
    /// From 0, counted over the lines of its kind.
    pub index: i32,
    /// Seconds from the start of the track.
    pub time_sec: f32,
    /// What it says.
    pub text: &'a str,
}

/// A track, as it is told on OSC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackMessage<'a> {
    /// Who plays it.
    pub source: &'a str,
    /// Who made it.
    pub artist: &'a str,
    /// Its name.
    pub title: &'a str,
    /// The album.
    pub album: &'a str,
    /// Its length in seconds, 0 = not known.
    pub duration_sec: f32,
    /// Whether synced lyrics follow.
    pub has_lyrics: bool,
}

impl Osc<'_> {
    fn id(&self) -> Id {
        match self {
            Self::Levels(_) => Id::Levels,
            Self::Spectrum(_) => Id::Spectrum,
            Self::Beat { .. } => Id::Beat,
            Self::BeatPhase { .. } => Id::BeatPhase,
            Self::Bpm { .. } => Id::Bpm,
            Self::Pitch { .. } => Id::Pitch,
            Self::Structure { .. } => Id::Structure,
            Self::Track(_) => Id::Track,
            Self::TrackPosition { .. } => Id::TrackPosition,
            Self::DeckBeat { .. } => Id::DeckBeat,
            Self::DeckBpm(_) => Id::DeckBpm,
            Self::LyricsReset => Id::LyricsReset,
            Self::LyricsLine(_) => Id::LyricsLine,
            Self::LineActive(_) => Id::LineActive,
            Self::RefrainReset => Id::RefrainReset,
            Self::RefrainLine(_) => Id::RefrainLine,
            Self::RefrainActive(..) => Id::RefrainActive,
            Self::KeywordsReset => Id::KeywordsReset,
            Self::KeywordsLine(_) => Id::KeywordsLine,
            Self::KeywordsActive(..) => Id::KeywordsActive,
            Self::Mood(_) => Id::Mood,
            Self::Category { .. } => Id::Category,
            Self::Image(_) => Id::Image,
            Self::WorkerHealth { .. } => Id::WorkerHealth,
        }
    }

    /// Its line in the book, and the number of that line.
    #[must_use]
    pub fn entry(&self) -> (usize, &'static Entry) {
        let index = self.id() as usize;
        (index, &ADDRESS_BOOK[index])
    }

    /// Writes address and arguments over what stood there before.
    pub(crate) fn fill(&self, address: &mut String, args: &mut Vec<OscType>) {
        address.clear();
        args.clear();
        address.push_str(self.entry().1.address);
        let int = |on: bool| OscType::Int(on.into());
        match *self {
            Self::Levels(levels) => args.extend(levels.iter().map(|level| OscType::Float(*level))),
            Self::Spectrum(bins) => args.extend(bins.iter().map(|bin| OscType::Float(*bin))),
            Self::Beat { is_beat, strength } => args.extend([int(is_beat), OscType::Float(strength)]),
            Self::BeatPhase { phase, beat_in_bar, bars } => {
                args.extend([OscType::Float(phase), OscType::Int(beat_in_bar), OscType::Int(bars)]);
            }
            Self::Bpm { bpm, confidence } => args.extend([OscType::Float(bpm), OscType::Float(confidence)]),
            Self::Pitch { hz, confidence } => args.extend([OscType::Float(hz), OscType::Float(confidence)]),
            Self::Structure { build_up, drop, energy_trend, brightness } => args.extend([
                int(build_up),
                int(drop),
                OscType::Float(energy_trend),
                OscType::Float(brightness),
            ]),
            Self::Track(track) => {
                let active = track.is_some();
                let nothing = TrackMessage {
                    source: "",
                    artist: "",
                    title: "",
                    album: "",
                    duration_sec: 0.0,
                    has_lyrics: false,
                };
                let track = track.unwrap_or(nothing);
                let texts = [track.source, track.artist, track.title, track.album];
                args.push(int(active));
                args.extend(texts.map(|text| OscType::String(text.to_owned())));
                args.extend([OscType::Float(track.duration_sec), int(track.has_lyrics)]);
            }
            Self::TrackPosition { sec, is_playing } => args.extend([OscType::Float(sec), int(is_playing)]),
            Self::DeckBeat { number, strength } => {
                args.extend([OscType::Int(number), OscType::Float(strength)]);
            }
            Self::DeckBpm(bpm) => args.push(OscType::Float(bpm)),
            Self::LyricsReset | Self::RefrainReset | Self::KeywordsReset => {}
            Self::LyricsLine(line) | Self::RefrainLine(line) | Self::KeywordsLine(line) => args.extend([
                OscType::Int(line.index),
                OscType::Float(line.time_sec),
                OscType::String(line.text.to_owned()),
            ]),
            Self::LineActive(index) => args.push(OscType::Int(index)),
            Self::RefrainActive(index, text) | Self::KeywordsActive(index, text) => {
                args.extend([OscType::Int(index), OscType::String(text.to_owned())]);
            }
            Self::Mood(text) | Self::Image(text) => args.push(OscType::String(text.to_owned())),
            Self::Category { name, score } => {
                address.truncate(address.len() - "NAME".len());
                address.push_str(name);
                args.push(OscType::Float(score));
            }
            Self::WorkerHealth { worker, health, uptime_sec } => {
                address.truncate(address.len() - "NAME".len());
                address.push_str(worker.as_str());
                args.extend([OscType::String(health.to_owned()), OscType::Float(uptime_sec)]);
            }
        }
    }
}

/// The table of the documents, in Markdown.
#[must_use]
pub fn markdown_table() -> String {
    let mut table =
        String::from("| address | type tags | arguments | when | sent by |\n|---|---|---|---|---|\n");
    for entry in ADDRESS_BOOK {
        let Entry { address, tags, arguments, when, senders } = entry;
        let names: Vec<_> = senders.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        let tags =
            if tags.len() > 8 { format!("`{}` x {}", &tags[..1], tags.len()) } else { format!("`{tags}`") };
        table.push_str(&format!("| `{address}` | {tags} | {arguments} | {when} | {names} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: LineMessage<'_> = LineMessage { index: 3, time_sec: 12.5, text: "Burn it down" };

    const SAMPLES: [Osc<'_>; 24] = [
        Osc::Levels(&[0.5; 8]),
        Osc::Spectrum(&[0.5; 32]),
        Osc::Beat { is_beat: true, strength: 0.5 },
        Osc::BeatPhase { phase: 0.5, beat_in_bar: 1, bars: 2 },
        Osc::Bpm { bpm: 124.0, confidence: 0.9 },
        Osc::Pitch { hz: 440.0, confidence: 0.9 },
        Osc::Structure { build_up: true, drop: false, energy_trend: 0.5, brightness: 0.5 },
        Osc::Track(None),
        Osc::TrackPosition { sec: 1.5, is_playing: true },
        Osc::DeckBeat { number: 42, strength: 0.9 },
        Osc::DeckBpm(120.0),
        Osc::LyricsReset,
        Osc::LyricsLine(LINE),
        Osc::LineActive(-1),
        Osc::RefrainReset,
        Osc::RefrainLine(LINE),
        Osc::RefrainActive(-1, ""),
        Osc::KeywordsReset,
        Osc::KeywordsLine(LINE),
        Osc::KeywordsActive(0, "BURN"),
        Osc::Mood("dark"),
        Osc::Category { name: "dark", score: 0.5 },
        Osc::Image("/tmp/image.png"),
        Osc::WorkerHealth { worker: ProcessName::AudioAnalyzer, health: "healthy", uptime_sec: 1.0 },
    ];

    #[test]
    fn every_message_has_the_type_tags_of_its_line_in_the_book() {
        assert_eq!(SAMPLES.len(), ADDRESS_BOOK.len());
        let track = Osc::Track(Some(TrackMessage {
            source: "spotify",
            artist: "Björk",
            title: "Jóga",
            album: "Homogenic",
            duration_sec: 305.0,
            has_lyrics: false,
        }));
        let numbered = SAMPLES.iter().enumerate().chain([(Id::Track as usize, &track)]);
        for (index, sample) in numbered {
            let (mut address, mut args) = (String::new(), Vec::new());
            sample.fill(&mut address, &mut args);
            let tags: String = args
                .iter()
                .map(|arg| match arg {
                    OscType::Int(_) => 'i',
                    OscType::Float(_) => 'f',
                    OscType::String(_) => 's',
                    other => panic!("{other:?} is not in the safe set of types"),
                })
                .collect();
            let (line, entry) = sample.entry();
            assert_eq!((line, tags.as_str()), (index, entry.tags), "{address}");
            assert!(address.starts_with(entry.address.trim_end_matches("NAME")), "{address}");
        }
    }
}
