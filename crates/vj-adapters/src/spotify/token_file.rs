//! `spotify_token.json`: the sign-in, kept from show to show.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vj_env::real::FileStore;

use super::token::Token;

/// Its name in the state directory.
const NAME: &str = "spotify_token.json";

/// A token file has a few hundred bytes; whatever is longer than this is something else.
const BYTES_MAX: u64 = 65_536;

/// The file that holds the sign-in, readable by its owner alone.
pub struct TokenFile {
    store: FileStore,
    path: PathBuf,
}

/// What a look at the file found.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The same as at the last look.
    Unchanged,
    /// There is none any more, or none yet.
    Nothing,
    /// A sign-in that was not there before.
    New(Token),
    /// Something that is no sign-in, and why.
    Damaged(String),
    /// It cannot be read now, and why: what it held may be good all the same.
    Unreadable(String),
}

impl TokenFile {
    /// The file in this state directory.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { store: FileStore::new(state), path: state.join(NAME) }
    }

    /// Its path, for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at it; `known` is what the last look left.
    ///
    /// A file that others may read, as somebody's editor leaves it, is closed to them.
    pub fn look(&self, known: &mut Option<Vec<u8>>) -> Found {
        let bytes = match self.read() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                *known = None;
                return Found::Nothing;
            }
            Err(error) => {
                return Found::Unreadable(format!("{} cannot be read: {error}", self.path.display()));
            }
        };
        if known.as_ref() == Some(&bytes) {
            return Found::Unchanged;
        }
        let found = Token::parse(&bytes);
        *known = Some(bytes);
        match found {
            Ok(token) => Found::New(token),
            Err(why) => Found::Damaged(format!("{} is damaged: {why}", self.path.display())),
        }
    }

    /// Puts a sign-in there, whole or not at all, and returns the bytes that stand there now.
    ///
    /// # Errors
    /// What the system said, with the path; what was there before then stands.
    pub fn write(&self, token: &Token) -> io::Result<Vec<u8>> {
        let bytes = token.to_bytes();
        self.store.replace_now(NAME, &bytes)?;
        Ok(bytes)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let about = fs::metadata(&self.path)?;
        if !about.is_file() || about.len() > BYTES_MAX {
            return Err(io::Error::other("it is no token file"));
        }
        if about.permissions().mode() & 0o077 != 0 {
            // Of another user it cannot be closed; what it holds counts all the same.
            let _ = fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600));
        }
        fs::read(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_that_somebody_puts_there_is_taken_up_and_closed_to_others() {
        let temp = TempDir::new().unwrap();
        let file = TokenFile::new(temp.path());
        let mut known = None;
        assert_eq!(file.look(&mut known), Found::Nothing);
        fs::write(file.path(), r#"{"refresh_token": "R"}"#).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(file.look(&mut known), Found::New(token) if token.refresh_token() == Some("R")));
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(file.look(&mut known), Found::Unchanged);
        fs::write(file.path(), r#"{"refresh_token": "S"}"#).unwrap();
        assert!(matches!(file.look(&mut known), Found::New(token) if token.refresh_token() == Some("S")));
        fs::remove_file(file.path()).unwrap();
        assert_eq!(file.look(&mut known), Found::Nothing);
    }

    #[test]
    fn what_is_written_is_for_its_owner_alone_and_no_news() {
        let temp = TempDir::new().unwrap();
        let file = TokenFile::new(&temp.path().join("state"));
        let token = Token::parse(br#"{"access_token": "A", "refresh_token": "R"}"#).unwrap();
        let mut known = Some(file.write(&token).unwrap());
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(file.look(&mut known), Found::Unchanged);
        assert_eq!(file.look(&mut None), Found::New(token));
    }

    #[test]
    fn what_is_no_token_file_is_said_and_left_alone() {
        let temp = TempDir::new().unwrap();
        let file = TokenFile::new(temp.path());
        fs::write(file.path(), "SECRET").unwrap();
        let Found::Damaged(why) = file.look(&mut None) else { panic!("it is no sign-in") };
        assert!(why.contains("spotify_token.json is damaged") && !why.contains("SECRET"), "{why}");
        assert_eq!(fs::read(file.path()).unwrap(), b"SECRET");
        fs::remove_file(file.path()).unwrap();
        fs::create_dir(file.path()).unwrap();
        assert!(matches!(file.look(&mut None), Found::Unreadable(_)));
    }
}
