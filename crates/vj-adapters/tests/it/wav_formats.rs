//! WAVs of every sample format, rate and channel count give back what was written.

use hound::{SampleFormat, WavWriter};
use tempfile::tempdir;

use crate::support::{noise_16, open, read_all, spec, wav_16, write};

#[test]
fn integers_of_every_width_come_back_exactly() {
    let dir = tempdir().unwrap();
    for bits in [8_u16, 16, 24, 32] {
        let path = dir.path().join("ints.wav");
        let top = (1_i64 << (bits - 1)) - 1;
        let values = [0, 1, -1, top as i32, -top as i32 - 1, 42, -42, (top / 3) as i32];
        let mut writer = WavWriter::create(&path, spec(SampleFormat::Int, bits, 44_100, 2)).unwrap();
        for value in values {
            writer.write_sample(value).unwrap();
        }
        writer.finalize().unwrap();
        let full_scale = (1_u64 << (bits - 1)) as f64;
        let expected: Vec<f32> = values.iter().map(|value| (f64::from(*value) / full_scale) as f32).collect();
        assert_eq!(read_all(&path), expected, "{bits} bits");
    }
}

#[test]
fn floats_come_back_bit_for_bit() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("floats.wav");
    let values = [0.0, -0.0, 1.0, -1.0, 0.1, 7.5, f32::MIN_POSITIVE / 2.0, f32::INFINITY, f32::NAN];
    let mut writer = WavWriter::create(&path, spec(SampleFormat::Float, 32, 48_000, 1)).unwrap();
    for value in values {
        writer.write_sample(value).unwrap();
    }
    writer.finalize().unwrap();
    let bits = |samples: &[f32]| samples.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read_all(&path)), bits(&values));
}

#[test]
fn every_rate_and_channel_count() {
    let dir = tempdir().unwrap();
    for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000, 384_000] {
        for channels in [1, 2, 3, 6, 8, 32] {
            let written = noise_16(100 * usize::from(channels));
            let path = wav_16(&dir, rate, channels, &written);
            let format = open(&path).format();
            assert_eq!((format.sample_rate_hz, format.channels, format.frames), (rate, channels, Some(100)));
            let expected: Vec<f32> = written.iter().map(|x| f32::from(*x) / 32_768.0).collect();
            assert_eq!(read_all(&path), expected, "{rate} Hz, {channels} channels");
        }
    }
}

/// A WAV by hand: format chunk, samples.
fn wav_of(fmt: &[u8], data: &[u8]) -> Vec<u8> {
    let mut wav = b"RIFF".to_vec();
    wav.extend((4 + 8 + fmt.len() as u32 + 8 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend((fmt.len() as u32).to_le_bytes());
    wav.extend(fmt);
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

fn fmt(tag: u16, channels: u16, rate: u32, block: u16, bits: u16) -> Vec<u8> {
    let mut fmt = Vec::new();
    fmt.extend(tag.to_le_bytes());
    fmt.extend(channels.to_le_bytes());
    fmt.extend(rate.to_le_bytes());
    fmt.extend((rate * u32::from(block)).to_le_bytes());
    fmt.extend(block.to_le_bytes());
    fmt.extend(bits.to_le_bytes());
    fmt
}

#[test]
fn doubles_and_telephone_codes_are_sound_too() {
    let dir = tempdir().unwrap();
    let doubles: Vec<u8> = [0.5_f64, -0.25, 0.125, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let path = write(&dir, "double.wav", &wav_of(&fmt(3, 2, 44_100, 16, 64), &doubles));
    assert_eq!(read_all(&path), [0.5, -0.25, 0.125, 1.0]);

    // ITU-T G.711: 0xff is zero and 0x80 the largest of µ-law; 0xd5 the smallest and 0xaa the largest of A-law.
    let ex = |tag| [fmt(tag, 1, 8_000, 1, 8), vec![0, 0]].concat();
    let path = write(&dir, "mu.wav", &wav_of(&ex(7), &[0xff, 0x80, 0x00]));
    assert_eq!(read_all(&path), [0.0, 32_124.0 / 32_768.0, -32_124.0 / 32_768.0]);
    let path = write(&dir, "a.wav", &wav_of(&ex(6), &[0xd5, 0xaa]));
    assert_eq!(read_all(&path), [8.0 / 32_768.0, 32_256.0 / 32_768.0]);
}

#[test]
fn twenty_bits_in_three_bytes_are_left_justified() {
    let dir = tempdir().unwrap();
    let path = write(&dir, "20.wav", &wav_of(&fmt(1, 1, 48_000, 3, 20), &[0, 0, 0x40, 0, 0, 0xc0]));
    assert_eq!(read_all(&path), [0.5, -0.5]);
}

#[test]
fn twenty_four_bits_in_four_bytes_are_right_justified_as_arecord_writes_them() {
    let dir = tempdir().unwrap();
    let path = write(&dir, "24.wav", &wav_of(&fmt(1, 1, 48_000, 4, 24), &[0, 0, 0x40, 0, 0, 0, 0xc0, 0xff]));
    assert_eq!(read_all(&path), [0.5, -0.5]);
}

#[test]
fn odd_headers_are_read_with_patience() {
    let dir = tempdir().unwrap();
    let data = [0, 0x40, 0, 0xc0];
    // A wrong byte rate, and a format chunk with bytes of somebody's own after it.
    let mut odd = fmt(1, 1, 44_100, 2, 16);
    odd[8..12].copy_from_slice(&[1, 2, 3, 4]);
    odd.extend([0; 12]);
    assert_eq!(read_all(&write(&dir, "odd.wav", &wav_of(&odd, &data))), [0.5, -0.5]);
    // 32 bit integers in a WAVEFORMATEX.
    let mut ex = fmt(1, 1, 44_100, 4, 32);
    ex.extend([0, 0]);
    assert_eq!(read_all(&write(&dir, "ex.wav", &wav_of(&ex, &[0, 0, 0, 0x40]))), [0.5]);
    // A chunk of odd length, padded, before the samples.
    let plain = wav_of(&fmt(1, 1, 44_100, 2, 16), &data);
    let mut listed = plain[..36].to_vec();
    listed.extend(b"LIST\x03\0\0\0abc\0");
    listed.extend(&plain[36..]);
    assert_eq!(read_all(&write(&dir, "list.wav", &listed)), [0.5, -0.5]);
}

#[test]
fn rf64_keeps_its_length_in_a_chunk_of_its_own() {
    let dir = tempdir().unwrap();
    let plain = wav_of(&fmt(1, 1, 44_100, 2, 16), &[0, 0x40, 0, 0xc0]);
    let mut long = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    long.extend(100_u64.to_le_bytes());
    long.extend(4_u64.to_le_bytes());
    long.extend([0; 12]);
    long.extend(&plain[12..40]);
    long.extend([0xff; 4]);
    long.extend(&plain[44..]);
    long.extend(b"LIST\x04\0\0\0tail");
    assert_eq!(read_all(&write(&dir, "long.wav", &long)), [0.5, -0.5]);
}
