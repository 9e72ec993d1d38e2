//! A connection to a PulseAudio server: requests, and messages as they come.
//!
//! cpal has a PulseAudio host of its own. It clears a megabyte for each packet (2.4 % of a core at a hundred packets a second),
//! asks for the delay after each, waits for answers without a limit, and cannot forbid the server to move the stream to another
//! device. The protocol itself is small.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, CommandTag, Prop, Props, SetClientNameReply,
    TagStructReader,
};

use crate::limits::{CAPTURE_ANSWERS, CAPTURE_LOOK, CAPTURE_MESSAGE_BYTES};

/// Commands come on this channel, sound on others.
const CONTROL: u32 = u32::MAX;

/// What has come.
pub(super) enum Message<'a> {
    /// Something to be read by its tag.
    Control(&'a [u8]),
    /// Samples of the stream with this number.
    Sound(u32, &'a [u8]),
    /// Nothing, for as long as [`CAPTURE_LOOK`].
    Nothing,
}

/// The connection.
pub(super) struct Wire {
    socket: UnixStream,
    version: u16,
    requests: u32,
    /// Bytes `start..end` of it have come and are not handled yet. It never grows: sound is read without allocation.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Wire {
    /// Connects to the server at `server`, or to the one that the environment names; `None` if none runs there.
    pub(super) fn connect(server: Option<&Path>) -> Result<Option<Self>, String> {
        let Some(path) = server.map(Path::to_owned).or_else(pulseaudio::socket_path_from_env) else {
            return Ok(None);
        };
        let socket = match UnixStream::connect(path) {
            Ok(socket) => socket,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => return Err(format!("the sound server cannot be reached: {error}")),
        };
        let mut wire = Self::over(socket)?;
        wire.introduce()?;
        Ok(Some(wire))
    }

    fn over(socket: UnixStream) -> Result<Self, String> {
        socket
            .set_read_timeout(Some(CAPTURE_LOOK))
            .and_then(|()| socket.set_write_timeout(Some(CAPTURE_ANSWERS)))
            .map_err(gone)?;
        let (version, requests, start, end) = (protocol::MAX_VERSION, 0, 0, 0);
        let buffer = vec![0; CAPTURE_MESSAGE_BYTES + protocol::DESCRIPTOR_SIZE];
        Ok(Self { socket, version, requests, buffer, start, end })
    }

    fn introduce(&mut self) -> Result<(), String> {
        // The server knows us by the cookie, or as its own user. The kernel tells it who we are only if one side has asked
        // for that before we write, and the server may be a moment late.
        rustix::net::sockopt::set_socket_passcred(&self.socket, true).map_err(gone)?;
        let cookie = presentable(cookie().and_then(|path| fs::read(path).ok()));
        let auth = AuthParams { version: self.version, supports_shm: false, supports_memfd: false, cookie };
        let reply: AuthReply = self.call(&Command::Auth(auth))?;
        self.version = self.version.min(reply.version);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"vj");
        let _: SetClientNameReply = self.call(&Command::SetClientName(props))?;
        Ok(())
    }

    /// Asks, and waits for the answer.
    pub(super) fn call<R: CommandReply>(&mut self, command: &Command) -> Result<R, String> {
        self.requests += 1;
        let (request, version) = (self.requests, self.version);
        protocol::write_command_message(&mut self.socket, request, command, version).map_err(gone)?;
        let mut waits = CAPTURE_ANSWERS.as_millis() / CAPTURE_LOOK.as_millis();
        loop {
            match self.next()? {
                Message::Nothing if waits == 0 => {
                    return Err("the sound server does not answer: waiting for it".to_owned());
                }
                Message::Nothing => waits -= 1,
                Message::Sound(..) => {}
                Message::Control(mut bytes) => {
                    let mut reader = TagStructReader::new(&mut bytes, version);
                    let tag: CommandTag = reader.read_enum().map_err(odd)?;
                    if reader.read_u32().map_err(odd)? != request {
                        continue;
                    }
                    return match tag {
                        CommandTag::Reply => R::read(&mut reader, version).map_err(odd),
                        CommandTag::Error => {
                            let why: protocol::PulseError = reader.read_enum().map_err(odd)?;
                            Err(format!("the sound server refuses: {why:?}"))
                        }
                        _ => Err("the sound server gives no answer to the question".to_owned()),
                    };
                }
            }
        }
    }

    /// The command in a message that nobody asked for; `None` for one that we do not know.
    pub(super) fn command(&self, mut bytes: &[u8]) -> Option<Command> {
        Command::read_tag_prefixed(&mut bytes, self.version).ok().map(|(_, command)| command)
    }

    /// The next message.
    pub(super) fn next(&mut self) -> Result<Message<'_>, String> {
        loop {
            if let Some((channel, length)) = self.header() {
                if length > CAPTURE_MESSAGE_BYTES {
                    return Err(format!("the sound server sends a message of {length} bytes"));
                }
                let (from, to) =
                    (self.start + protocol::DESCRIPTOR_SIZE, self.start + protocol::DESCRIPTOR_SIZE + length);
                if to <= self.end {
                    self.start = to;
                    let bytes = &self.buffer[from..to];
                    return Ok(if channel == CONTROL {
                        Message::Control(bytes)
                    } else {
                        Message::Sound(channel, bytes)
                    });
                }
            }
            // What is left of a message begins at the front again, so that all of it fits.
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            match self.socket.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Err("the sound server is gone: waiting for it".to_owned()),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok(Message::Nothing);
                }
                Err(error) => return Err(gone(error)),
            }
        }
    }

    /// Channel and length of the message that has begun to come.
    fn header(&self) -> Option<(u32, usize)> {
        let (length, rest) = self.buffer[self.start..self.end].split_first_chunk::<4>()?;
        let channel = rest.get(..protocol::DESCRIPTOR_SIZE - 4)?.first_chunk::<4>()?;
        Some((u32::from_be_bytes(*channel), u32::from_be_bytes(*length) as usize))
    }
}

/// Where the server has put what it knows its users by.
fn cookie() -> Option<PathBuf> {
    let in_config = || {
        let path = PathBuf::from(env::var_os("XDG_CONFIG_HOME")?).join("pulse/cookie");
        path.exists().then_some(path)
    };
    in_config().or_else(pulseaudio::cookie_path_from_env)
}

/// The protocol demands a cookie of this length from everybody, also from those who have none: the server then asks the kernel
/// who we are. A shorter one it takes for a broken message, and hangs up.
const COOKIE_BYTES: usize = 256;

fn presentable(cookie: Option<Vec<u8>>) -> Vec<u8> {
    cookie.filter(|bytes| bytes.len() == COOKIE_BYTES).unwrap_or_else(|| vec![0; COOKIE_BYTES])
}

fn gone(error: impl std::fmt::Display) -> String {
    format!("the sound server is gone: {error}")
}

fn odd(error: protocol::ProtocolError) -> String {
    format!("the sound server says something odd: {error}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;

    use super::*;

    fn message(channel: u32, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        protocol::write_memblock(&mut out, channel, bytes, 0).unwrap();
        out
    }

    /// What comes of these bytes, in slices of `slice`, until the other side is gone.
    fn hear(bytes: Vec<u8>, slice: usize) -> (Vec<(u32, Vec<u8>)>, String) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let sender = thread::spawn(move || bytes.chunks(slice).all(|slice| theirs.write_all(slice).is_ok()));
        let mut wire = Wire::over(ours).unwrap();
        let mut heard = Vec::new();
        let why = loop {
            match wire.next() {
                Ok(Message::Sound(channel, bytes)) => heard.push((channel, bytes.to_vec())),
                Ok(Message::Control(bytes)) => heard.push((CONTROL, bytes.to_vec())),
                Ok(Message::Nothing) => {}
                Err(why) => break why,
            }
        };
        drop(wire);
        sender.join().unwrap();
        (heard, why)
    }

    #[test]
    fn messages_arrive_whole_however_they_are_cut() {
        let sent: Vec<(u32, Vec<u8>)> =
            [(7, 0), (CONTROL, 3), (7, 3_528), (9, 70_000), (7, 1), (CONTROL, 20)]
                .iter()
                .enumerate()
                .map(|(n, (channel, length))| (*channel, vec![n as u8; *length]))
                .collect();
        let bytes: Vec<u8> = sent.iter().flat_map(|(channel, bytes)| message(*channel, bytes)).collect();
        for slice in [1, 3, 19, 20, 21, 4_096, bytes.len()] {
            let (heard, why) = hear(bytes.clone(), slice);
            assert!(heard == sent && why.contains("gone"), "slices of {slice}: {why}");
        }
        // In the middle of a message.
        let (heard, why) = hear(bytes[..bytes.len() - 1].to_vec(), 4_096);
        assert!(heard == sent[..5] && why.contains("gone"), "{why}");
    }

    #[test]
    fn who_has_no_cookie_shows_an_empty_one_of_the_length_that_is_demanded() {
        for none in [None, Some(Vec::new()), Some(vec![1; 255])] {
            assert_eq!(presentable(none), vec![0; 256]);
        }
        assert_eq!(presentable(Some(vec![7; 256])), vec![7; 256]);
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_before_it_comes() {
        let mut bytes = message(7, &[1; 16]);
        bytes.extend(u32::MAX.to_be_bytes());
        bytes.extend([0; 16]);
        let (heard, why) = hear(bytes, 4_096);
        assert!(heard.len() == 1 && why.contains("4294967295 bytes"), "{why}");
        let (heard, _) = hear(message(7, &vec![5; CAPTURE_MESSAGE_BYTES]), 1 << 16);
        assert_eq!(heard.len(), 1, "the longest is still taken");
    }

    #[test]
    fn an_answer_that_is_nonsense_or_a_refusal_is_an_error() {
        for (answer, says) in [(vec![0xff; 9], "odd"), (vec![], "odd")] {
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            theirs.write_all(&message(CONTROL, &answer)).unwrap();
            let why = Wire::over(ours).unwrap().call::<AuthReply>(&Command::GetServerInfo).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        protocol::write_error(&mut theirs, 1, &protocol::PulseError::AccessDenied).unwrap();
        let why = Wire::over(ours).unwrap().call::<AuthReply>(&Command::GetServerInfo).unwrap_err();
        assert!(why.contains("AccessDenied"), "{why}");
    }
}
