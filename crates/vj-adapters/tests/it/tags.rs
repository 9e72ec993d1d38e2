//! What sound files say of themselves.

use vj_adapters::Tags;

use crate::support::{sample, write};

/// A frame of ID3v2.4 with text in UTF-8.
fn frame(id: &str, text: &str) -> Vec<u8> {
    let content = [&[3][..], text.as_bytes()].concat();
    let size = u32::try_from(content.len()).unwrap();
    let synchsafe = [size >> 21, size >> 14, size >> 7, size].map(|part| (part & 0x7f) as u8);
    [id.as_bytes(), &synchsafe, &[0, 0], &content].concat()
}

fn id3(frames: &[Vec<u8>]) -> Vec<u8> {
    let all = frames.concat();
    let size = u32::try_from(all.len()).unwrap();
    let synchsafe = [size >> 21, size >> 14, size >> 7, size].map(|part| (part & 0x7f) as u8);
    [&b"ID3\x04\0\0"[..], &synchsafe, &all].concat()
}

/// The frames of an MP3.
fn without_tags(mp3: &[u8]) -> Vec<u8> {
    assert_eq!(&mp3[..3], b"ID3");
    let size = mp3[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte));
    mp3[10 + size..].to_vec()
}

#[test]
fn an_mp3_says_who_plays_what_and_which_words_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let frames = [
        frame("TPE1", "Björk"),
        frame("TIT2", "Jóga"),
        frame("TALB", "Homogenic"),
        frame("TRCK", "2/10"),
        frame("TPOS", "1"),
        frame("USLT", "eng\0[00:01.00]All these accidents"),
    ];
    let bytes = [id3(&frames), without_tags(&std::fs::read(sample("burst.mp3")).unwrap())].concat();
    let tags = Tags::read(&write(&dir, "tagged.mp3", &bytes)).unwrap();
    assert_eq!(
        (tags.artist.as_str(), tags.title.as_str(), tags.album.as_str()),
        ("Björk", "Jóga", "Homogenic")
    );
    assert_eq!((tags.disc, tags.track), (Some(1), Some(2)));
    assert_eq!(tags.lyrics.as_deref(), Some("[00:01.00]All these accidents"));
}

#[test]
fn what_an_encoder_wrote_is_read() {
    let tags = Tags::read(&sample("burst.mp3")).unwrap();
    assert_eq!((tags.artist.as_str(), tags.title.as_str()), ("vj", "burst"));
}

#[test]
fn a_file_without_tags_has_empty_ones_and_no_sound_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["burst.flac", "burst.ogg"] {
        let tags = Tags::read(&sample(name)).unwrap();
        assert_eq!((tags.title.as_str(), tags.lyrics), ("", None), "{name}");
    }
    let error = Tags::read(&write(&dir, "n.mp3", b"no sound at all")).unwrap_err().to_string();
    assert!(error.contains("n.mp3"), "{error}");
}
