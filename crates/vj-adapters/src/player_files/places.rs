//! Where VirtualDJ's files usually are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What of a user's surroundings says where programs keep their files.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// The user's own folder.
    pub home: Option<PathBuf>,
    /// `%LOCALAPPDATA%`, where there is such a thing.
    pub local_app_data: Option<PathBuf>,
    /// The names of the users of Wine's drive, where there is one.
    pub wine_users: Vec<OsString>,
}

impl Home {
    /// This user's.
    #[must_use]
    pub fn find() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let home = path("HOME").or_else(|| path("USERPROFILE"));
        let users = home.as_ref().and_then(|home| std::fs::read_dir(wine(home)).ok());
        let mut wine_users: Vec<_> = users.into_iter().flatten().flatten().map(|it| it.file_name()).collect();
        wine_users.sort();
        Self { home, local_app_data: path("LOCALAPPDATA"), wine_users }
    }
}

fn wine(home: &Path) -> PathBuf {
    home.join(".wine/drive_c/users")
}

/// The folders, of macOS, of Windows, and of Wine on Linux; most of them do not exist. History stands in one of its own, and
/// what a plug-in or script writes often beside it.
#[must_use]
pub fn usual_places(of: &Home) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    if let Some(home) = &of.home {
        roots.push(home.join("Library/Application Support/VirtualDJ"));
        roots.push(home.join("Documents/VirtualDJ"));
        roots.push(home.join("AppData/Local/VirtualDJ"));
        for user in &of.wine_users {
            roots.push(wine(home).join(user).join("AppData/Local/VirtualDJ"));
            roots.push(wine(home).join(user).join("Documents/VirtualDJ"));
        }
    }
    roots.extend(of.local_app_data.as_ref().map(|path| path.join("VirtualDJ")));
    let mut places: Vec<_> = roots.iter().flat_map(|root| [root.join("History"), root.clone()]).collect();
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_of_all_systems_are_known() {
        let of = Home {
            home: Some("/home/dj".into()),
            local_app_data: Some("/mnt/c/Local".into()),
            wine_users: vec!["dj".into()],
        };
        let places = usual_places(&of);
        for place in [
            "/home/dj/Library/Application Support/VirtualDJ/History",
            "/home/dj/Documents/VirtualDJ/History",
            "/mnt/c/Local/VirtualDJ",
            "/home/dj/.wine/drive_c/users/dj/AppData/Local/VirtualDJ/History",
        ] {
            assert!(places.iter().any(|it| it == Path::new(place)), "{place} in {places:?}");
        }
        assert_eq!(usual_places(&Home::default()), [] as [PathBuf; 0]);
    }
}
