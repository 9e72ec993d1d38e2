//! FLAC, MP3, OGG Vorbis and AAC: the right length, and the tones in the right place at the right level.

use tempfile::tempdir;

use crate::support::{amplitude, channel, open, read_all, sample, write};

struct Expected {
    name: &'static str,
    rate_hz: u32,
    channels: u16,
    /// Frames that the file is said to have, and that come.
    frames_stated: Option<u64>,
    frames: usize,
    /// Frames by which the encoder shifted the sound.
    delay: usize,
}

const EXPECTED: [Expected; 6] = [
    Expected {
        name: "burst.flac",
        rate_hz: 11_025,
        channels: 1,
        frames_stated: Some(22_050),
        frames: 22_050,
        delay: 0,
    },
    Expected {
        name: "burst.mp3",
        rate_hz: 44_100,
        channels: 2,
        frames_stated: Some(88_200),
        frames: 88_200,
        delay: 0,
    },
    Expected {
        name: "burst.ogg",
        rate_hz: 48_000,
        channels: 2,
        frames_stated: Some(96_000),
        frames: 96_000,
        delay: 0,
    },
    Expected {
        name: "burst.aac",
        rate_hz: 44_100,
        channels: 2,
        frames_stated: None,
        frames: 90_112,
        delay: 1_024,
    },
    Expected {
        name: "burst.m4a",
        rate_hz: 44_100,
        channels: 2,
        frames_stated: Some(89_224),
        frames: 89_224,
        delay: 1_024,
    },
    // LAME's 576 frames and the decoder's 529.
    Expected {
        name: "burst-no-tag.mp3",
        rate_hz: 22_050,
        channels: 1,
        frames_stated: None,
        frames: 45_504,
        delay: 1_105,
    },
];

#[test]
fn format_and_length() {
    for expected in EXPECTED {
        let path = sample(expected.name);
        let format = open(&path).format();
        assert_eq!(
            (format.sample_rate_hz, format.channels),
            (expected.rate_hz, expected.channels),
            "{}",
            expected.name
        );
        if expected.frames_stated.is_some() {
            assert_eq!(format.frames, expected.frames_stated, "{}", expected.name);
        }
        assert_eq!(
            read_all(&path).len(),
            expected.frames * usize::from(expected.channels),
            "{}",
            expected.name
        );
    }
}

#[test]
fn tones_at_their_pitch_level_and_time() {
    for expected in EXPECTED {
        let (name, rate, channels) =
            (expected.name, expected.rate_hz as usize, usize::from(expected.channels));
        let samples = read_all(&sample(name));
        for (which, (hz, level)) in [(440.0, 0.5), (1_320.0, 0.25)].into_iter().enumerate().take(channels) {
            let sound = &channel(&samples, channels, which)[expected.delay..];
            let (before, tone) = (&sound[..rate * 48 / 100], &sound[rate * 6 / 10..rate * 14 / 10]);
            let measured = amplitude(tone, expected.rate_hz, hz);
            // LAME turns the sound down by up to 5 % at low bit rates.
            assert!((measured / level - 1.0).abs() < 0.06, "{name}: {hz} Hz at {measured}, not {level}");
            assert!(
                amplitude(tone, expected.rate_hz, 1_760.0 - hz) < 0.02 * level,
                "{name}: channels mixed up"
            );
            let rms = (before.iter().map(|x| x * x).sum::<f32>() / before.len() as f32).sqrt();
            assert!(rms < 0.005, "{name}: {rms} before the tone begins");
            let begins = sound.iter().position(|x| f64::from(x.abs()) > 0.5 * level).unwrap();
            let late = begins as f64 / rate as f64 - 0.5;
            assert!(late.abs() < 0.003, "{name}: the tone begins {late} s late");
        }
    }
}

#[test]
fn content_counts_and_not_the_name() {
    let dir = tempdir().unwrap();
    let flac = std::fs::read(sample("burst.flac")).unwrap();
    let expected = read_all(&sample("burst.flac"));
    for name in ["burst.mp3", "burst.wav", "burst", "burst.txt"] {
        assert_eq!(read_all(&write(&dir, name, &flac)), expected, "{name}");
    }
}
