//! The smallest PNG that says what it shows.

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// One pixel of three colours of eight bits.
const HEAD: [u8; 13] = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];

/// It, compressed.
const PIXEL: [u8; 12] = [0x78, 0xda, 0x63, 0x50, 0x70, 0x68, 0x00, 0x00, 0x01, 0x64, 0x00, 0xe1];

/// Before the text of a text chunk: its keyword, as the standard names it.
const KEYWORD: &[u8] = b"Description\0";

/// An image with this text in it.
#[must_use]
pub(crate) fn png(text: &str) -> Vec<u8> {
    let mut image = SIGNATURE.to_vec();
    let mut description = KEYWORD.to_vec();
    description.extend_from_slice(text.as_bytes());
    for (kind, data) in [(b"IHDR", &HEAD[..]), (b"tEXt", &description), (b"IDAT", &PIXEL), (b"IEND", &[])] {
        let mut chunk = kind.to_vec();
        chunk.extend_from_slice(data);
        image.extend_from_slice(&(data.len() as u32).to_be_bytes());
        image.extend_from_slice(&chunk);
        image.extend_from_slice(&crc(&chunk).to_be_bytes());
    }
    image
}

/// The text in an image that a fake has made.
#[must_use]
pub fn text_of(image: &[u8]) -> Option<String> {
    let at = image.windows(KEYWORD.len()).position(|window| window == KEYWORD)?;
    let length = u32::from_be_bytes(image.get(at.checked_sub(8)?..at - 4)?.try_into().ok()?) as usize;
    let text = image.get(at + KEYWORD.len()..at + length)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// The checksum of PNG (CRC-32).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_says_what_it_shows() {
        let image = png("a red sea");
        assert_eq!(text_of(&image).as_deref(), Some("a red sea"));
        assert_eq!(crc(b"IEND"), 0xae42_6082, "as in every PNG");
        assert_eq!(text_of(b"no image"), None);
    }
}
