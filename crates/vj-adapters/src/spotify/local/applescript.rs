//! What Spotify's own player says to a script.
//!
//! The length comes in milliseconds, the position in seconds, with the decimal sign of the user's language.

use std::time::Duration;

use vj_core::playback::{Playback, PlaybackKind, Track};
use vj_workers::ports::SourceError;

/// Stands between the fields of the answer: no title has it.
const BETWEEN: char = '\u{1f}';

/// What the script says where no player runs.
const NOT_RUNNING: &str = "not running";

/// Reads what the script printed; none while no player runs.
fn read(answer: &str) -> Result<Option<Playback>, SourceError> {
    let answer = answer.trim_end_matches(['\n', '\r']);
    match answer {
        NOT_RUNNING => return Ok(None),
        "stopped" => return Ok(Some(Playback::default())),
        _ => {}
    }
    let fields: Vec<&str> = answer.split(BETWEEN).collect();
    let [state, position, length, artist, title, album, url] = fields[..] else {
        return Err(SourceError::Transient("Spotify's player gave an odd answer".to_owned()));
    };
    let kind = match url.split(':').nth(1) {
        Some("ad") => PlaybackKind::Ad,
        Some("episode") => PlaybackKind::Podcast,
        Some("local") => PlaybackKind::Local,
        _ => PlaybackKind::Track,
    };
    let text = |text: &str| text.trim().to_owned();
    let duration = number(length).map(|ms| ms / 1_000.0);
    let track = Track {
        artist: text(artist),
        title: text(title),
        album: text(album),
        duration: duration.map(Duration::from_secs_f64).unwrap_or_default(),
    };
    Ok(Some(Playback {
        track: Some(track).filter(|track| kind != PlaybackKind::Ad && !track.title.is_empty()),
        position: number(position).map(Duration::from_secs_f64),
        is_playing: state == "playing",
        kind,
        play: None,
    }))
}

/// Reads why there was no answer: what `osascript` said.
fn read_refusal(said: &str) -> Result<Option<Playback>, SourceError> {
    // The codes stand in brackets at the end, whatever the language of the rest.
    let code = said.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    match code {
        // No such program, or none that runs.
        "-600" | "-609" | "-1728" | "-2741" | "-10814" => Ok(None),
        "-1743" | "-1744" => Err(SourceError::NotConfigured(
            "vj may not ask Spotify: allow it in System Settings, Privacy & Security, Automation".to_owned(),
        )),
        _ => {
            let line = said.lines().next().unwrap_or("it said nothing");
            Err(SourceError::Transient(format!("Spotify's player cannot be asked: {line}")))
        }
    }
}

/// A number that is not negative, with a point or a comma.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    (0.0..1e9).contains(&number).then_some(number)
}

#[cfg(target_os = "macos")]
pub(super) use call::AppleScript;

#[cfg(target_os = "macos")]
mod call {
    use std::process::Stdio;

    use tokio::process::Command;
    use vj_env::{Clock, LocalBoxFuture};

    use super::super::LocalPlayer;
    use super::*;

    /// A player that takes longer to answer hangs, or waits for the user's leave.
    const ANSWERS_WITHIN: Duration = Duration::from_millis(1_500);

    /// Asking whether it runs does not start it.
    const SCRIPT: &str = r#"
        if not (application "Spotify" is running) then return "not running"
        tell application "Spotify"
            set is_at to player state as text
            if is_at is "stopped" then return is_at
            set between to character id 31
            set it_plays to current track
            return is_at & between & (player position as text) & between & (duration of it_plays as text) & between & ¬
                (artist of it_plays) & between & (name of it_plays) & between & (album of it_plays) & between & ¬
                (spotify url of it_plays)
        end tell"#;

    /// Spotify's own player.
    pub(in super::super) struct AppleScript {
        clock: Clock,
    }

    impl AppleScript {
        pub(in super::super) fn new(clock: Clock) -> Self {
            Self { clock }
        }

        async fn ask(&self) -> Result<Option<Playback>, SourceError> {
            let mut command = Command::new("/usr/bin/osascript");
            command.args(["-e", SCRIPT]).stdin(Stdio::null()).kill_on_drop(true);
            let output = match self.clock.timeout(ANSWERS_WITHIN, command.output()).await {
                Ok(Ok(output)) => output,
                Ok(Err(error)) => {
                    return Err(SourceError::Transient(format!("osascript cannot be run: {error}")));
                }
                Err(_) => return Err(SourceError::Transient("Spotify's player does not answer".to_owned())),
            };
            if output.status.success() {
                read(&String::from_utf8_lossy(&output.stdout))
            } else {
                read_refusal(&String::from_utf8_lossy(&output.stderr))
            }
        }
    }

    impl LocalPlayer for AppleScript {
        fn name(&self) -> &'static str {
            "applescript"
        }

        fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>> {
            Box::pin(self.ask())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(fields: [&str; 7]) -> String {
        fields.join(&BETWEEN.to_string()) + "\n"
    }

    #[test]
    fn what_plays_is_read_in_any_language() {
        for (position, ms) in [("61.5", 61_500), ("61,5", 61_500), ("0", 0), ("0.0", 0)] {
            let text =
                answer(["playing", position, "305000", "Björk", "Jóga", "Homogenic", "spotify:track:1"]);
            let playback = read(&text).unwrap().unwrap();
            let track = Track {
                artist: "Björk".to_owned(),
                title: "Jóga".to_owned(),
                album: "Homogenic".to_owned(),
                duration: Duration::from_secs(305),
            };
            assert_eq!(
                (playback.track, playback.is_playing, playback.kind),
                (Some(track), true, PlaybackKind::Track)
            );
            assert_eq!(playback.position, Some(Duration::from_millis(ms)), "{position}");
        }
    }

    #[test]
    fn pauses_ads_podcasts_and_files_are_told_apart() {
        let kind = |state, url| {
            let playback = read(&answer([state, "1", "2", "A", "B", "C", url])).unwrap().unwrap();
            (playback.is_playing, playback.kind, playback.track.is_some())
        };
        assert_eq!(kind("paused", "spotify:track:1"), (false, PlaybackKind::Track, true));
        assert_eq!(kind("playing", "spotify:ad:1"), (true, PlaybackKind::Ad, false));
        assert_eq!(kind("playing", "spotify:episode:1"), (true, PlaybackKind::Podcast, true));
        assert_eq!(kind("playing", "spotify:local:A:C:B:2"), (true, PlaybackKind::Local, true));
    }

    #[test]
    fn nothing_is_not_the_same_as_nobody() {
        assert_eq!(read("not running\n"), Ok(None));
        assert_eq!(read("stopped\n"), Ok(Some(Playback::default())));
        assert!(matches!(read(""), Err(SourceError::Transient(_))));
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let refused = "35:40: execution error: Not authorized to send Apple events to Spotify. (-1743)\n";
        let error = read_refusal(refused).unwrap_err();
        assert!(matches!(&error, SourceError::NotConfigured(how) if how.contains("Automation")), "{error:?}");
        assert_eq!(
            read_refusal("0:10: execution error: Spotify got an error: it is not running. (-600)"),
            Ok(None)
        );
        assert!(matches!(read_refusal("killed"), Err(SourceError::Transient(_))));
    }

    proptest! {
        #[test]
        fn what_is_said_comes_back_and_nothing_makes_it_panic(
            fields in proptest::collection::vec("[^\u{1f}\r\n]{0,20}", 0..9), title in "\\PC{1,40}",
        ) {
            let _ = read(&fields.join("\u{1f}"));
            let _ = read_refusal(&fields.join("("));
            let text = answer(["playing", "1", "2", "A", &title, "C", ""]);
            let track = read(&text).unwrap().and_then(|it| it.track);
            prop_assert_eq!(track.map(|it| it.title), Some(title.trim().to_owned()).filter(|it| !it.is_empty()));
        }
    }
}
