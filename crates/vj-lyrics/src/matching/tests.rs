use std::time::Duration;

use proptest::prelude::*;
use vj_core::playback::Track;

use super::*;
use crate::lrc::Lyrics;

const SYNCED: &str = "[00:10.00] one line\n[00:20.00] another line\n";

fn track(artist: &str, title: &str, duration_sec: u64) -> Track {
    Track { duration: Duration::from_secs(duration_sec), ..Track::new(artist, title) }
}

fn candidate(artist: &str, title: &str, duration_sec: f64) -> Candidate {
    Candidate {
        title: title.to_owned(),
        artist: artist.to_owned(),
        duration_sec: Some(duration_sec).filter(|duration| *duration > 0.0),
        synced: Some(SYNCED.to_owned()),
        ..Candidate::default()
    }
}

/// How one candidate is judged: `None` = taken.
fn judged(wanted: (&str, &str, u64), offered: (&str, &str, f64)) -> Option<Refusal> {
    best(&[candidate(offered.0, offered.1, offered.2)], &track(wanted.0, wanted.1, wanted.2)).err()
}

#[test]
fn one_song_is_known_however_it_is_written() {
    for (wanted, offered) in [
        (("Banks", "Drowning (Avicii Remix)", 240), ("Banks", "Drowning - Avicii Remix", 241.0)),
        (("Banks", "Drowning (Avicii Remix)", 0), ("Banks", "Drowning Avicii Remix", 0.0)),
        (("Björk", "Jóga", 305), ("bjork", "JOGA!", 305.0)),
        (("Queen", "Bohemian Rhapsody - Remastered 2011", 354), ("Queen", "Bohemian Rhapsody", 354.9)),
        (("Queen", "Bohemian Rhapsody", 354), ("Queen", "Bohemian Rhapsody (2011 Remaster)", 354.0)),
        (("Daft Punk", "One More Time (Radio Edit)", 235), ("Daft Punk", "One More Time", 235.0)),
        (("Daft Punk", "Around the World - Album Version", 0), ("Daft Punk", "Around The World", 0.0)),
        (("deadmau5", "Strobe (Original Mix)", 637), ("deadmau5", "Strobe", 637.0)),
        (("Calvin Harris, Dua Lipa", "One Kiss", 214), ("Calvin Harris & Dua Lipa", "One Kiss", 214.0)),
        (
            ("Calvin Harris", "One Kiss (with Dua Lipa)", 214),
            ("Calvin Harris feat. Dua Lipa", "One Kiss", 214.0),
        ),
        (("Rihanna feat. JAY-Z", "Umbrella", 0), ("Rihanna", "Umbrella (feat. Jay-Z)", 0.0)),
        (("Rihanna", "Umbrella ft. Jay-Z", 0), ("Rihanna", "Umbrella", 0.0)),
        (("The Beatles", "Let It Be", 243), ("Beatles", "Let it be", 243.0)),
        (("Simon & Garfunkel", "The Boxer", 0), ("Simon and Garfunkel", "Boxer", 0.0)),
        (("P!nk", "So What", 215), ("Pink", "So What", 215.0)),
        (("Ke$ha", "TiK ToK", 0), ("Kesha", "Tik Tok", 0.0)),
        (("Kavinsky", "Nightcall", 258), ("Kavinsky", "Night Call", 258.0)),
        (("Oasis", "Don't Look Back in Anger", 0), ("Oasis", "Dont Look Back In Anger", 0.0)),
        (
            ("The Rolling Stones", "(I Can't Get No) Satisfaction", 222),
            ("The Rolling Stones", "Satisfaction", 222.0),
        ),
        (("Kraftwerk", "Die Roboter", 0), ("Kraftwerk", "Roboter", 0.0)),
        (("Stromae", "Papaoutai", 232), ("Stromae", "Papaoutai (Official Video)", 232.0)),
        (("Nirvana", "Come as You Are (Live)", 250), ("Nirvana", "Come As You Are - Live at Reading", 251.0)),
        (("XXX", "???", 0), ("XXX", "???", 0.0)),
        (("", "Adele - Hello", 0), ("Adele", "Hello", 0.0)),
        (("Adele", "Hello", 0), ("Adele", "Adele - Hello", 0.0)),
        (("!!!", "Yadnus", 0), ("!!!", "Yadnus", 0.0)),
        (("宇多田ヒカル", "光", 0), ("宇多田ヒカル", "光", 0.0)),
        (("Rammstein", "Engel", 264), ("Ramstein", "Engel", 264.0)),
    ] {
        if wanted.0 == "Rammstein" {
            // A letter is missing in a long name, and the length agrees.
            assert_eq!(judged((wanted.0, wanted.1, 0), (offered.0, offered.1, 0.0)), Some(Refusal::Unsure));
        }
        assert_eq!(judged(wanted, offered), None, "{wanted:?} {offered:?}");
    }
}

#[test]
fn another_song_is_never_taken() {
    for (wanted, offered, why) in [
        (("Banks", "Drowning (Avicii Remix)", 0), ("Banks", "Drowning", 0.0), Refusal::Version),
        (("Banks", "Drowning", 0), ("Banks", "Drowning - Avicii Remix", 0.0), Refusal::Version),
        (("Banks", "Drowning", 240), ("Banks", "Drowning (Avicii Remix)", 240.0), Refusal::Version),
        (
            ("Banks", "Drowning (Avicii Remix)", 240),
            ("Banks", "Drowning (Kygo Remix)", 240.0),
            Refusal::Version,
        ),
        (("Banks", "Drowning (Remix)", 0), ("Banks", "Drowning (Kygo Remix)", 0.0), Refusal::Version),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly (Live)", 177.0), Refusal::Version),
        (
            ("Nirvana", "Polly - Live at Reading", 177),
            ("Nirvana", "Polly (Live in Rome)", 177.0),
            Refusal::Version,
        ),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly - Acoustic", 177.0), Refusal::Version),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly (Instrumental)", 177.0), Refusal::Version),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly (Karaoke Version)", 177.0), Refusal::Version),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly (Demo)", 177.0), Refusal::Version),
        (("Nirvana", "Polly", 177), ("Nirvana", "Polly (Sped Up)", 177.0), Refusal::Version),
        (
            ("Taylor Swift", "Love Story", 235),
            ("Taylor Swift", "Love Story (Taylor's Version)", 235.0),
            Refusal::Version,
        ),
        (("Shakira", "Suerte (Spanish Version)", 196), ("Shakira", "Suerte", 196.0), Refusal::Version),
        (("deadmau5", "Strobe (Extended Mix)", 637), ("deadmau5", "Strobe", 637.0), Refusal::Version),
        (("A", "T", 320), ("A", "T", 323.0), Refusal::Duration),
        (("A", "T", 320), ("A", "T", 317.0), Refusal::Duration),
        (("Adele", "Hello", 295), ("Lionel Richie", "Hello", 295.0), Refusal::Artist),
        (("Adele", "Hello", 295), ("Karaoke Version of Adele", "Hello", 295.0), Refusal::Artist),
        (("Adele", "Hello", 295), ("Adele Tribute Band", "Hello", 295.0), Refusal::Artist),
        (("Adele", "Hello", 295), ("", "Hello", 295.0), Refusal::Artist),
        (("", "Hello", 295), ("Adele", "Hello", 295.0), Refusal::Artist),
        (("Earth", "September", 0), ("Earth, Wind & Fire", "September", 0.0), Refusal::Unsure),
        (
            ("Benny Benassi", "Satisfaction", 0),
            ("The Rolling Stones", "(I Can't Get No) Satisfaction", 0.0),
            Refusal::Artist,
        ),
        (
            ("Pink Floyd", "Another Brick in the Wall, Pt. 1", 0),
            ("Pink Floyd", "Another Brick in the Wall, Pt. 2", 0.0),
            Refusal::Title,
        ),
        (("Beyoncé", "Crazy in Love", 0), ("Beyoncé", "Drunk in Love", 0.0), Refusal::Title),
        (("U2", "With or Without You", 0), ("U2", "Without You", 0.0), Refusal::Title),
        (("Band", "Lonely Night", 0), ("Band", "Lonely Nights", 0.0), Refusal::Title),
        (("Band", "Don't Let Me Down", 200), ("Band", "Don't Let Me Drown", 200.0), Refusal::Title),
        (("Oasis", "Live Forever", 0), ("Oasis", "Forever (Live)", 0.0), Refusal::Title),
        (("Band", "Song 1", 100), ("Band", "Song 2", 100.0), Refusal::Title),
        (("Band", "", 100), ("Band", "Song", 100.0), Refusal::Title),
    ] {
        assert_eq!(judged(wanted, offered), Some(why), "{wanted:?} {offered:?}");
    }
}

#[test]
fn a_live_album_makes_a_live_track() {
    let studio = Track { album: "Nevermind".to_owned(), ..track("Nirvana", "Polly", 177) };
    let on = |album: &str| Candidate { album: album.to_owned(), ..candidate("Nirvana", "Polly", 177.0) };
    assert_eq!(best(&[on("MTV Unplugged in New York")], &studio), Err(Refusal::Version));
    assert_eq!(best(&[on("Live at Reading")], &studio), Err(Refusal::Version));
    assert!(best(&[on("Nevermind (Deluxe)")], &studio).is_ok());
    assert!(best(&[on("Live Through This")], &studio).is_ok(), "an album's name is not what it is");
}

#[test]
fn synced_lyrics_come_before_plain_ones_and_those_before_none() {
    let wanted = track("A", "T", 320);
    let with = |id, synced: Option<&str>, plain: Option<&str>, instrumental| Candidate {
        id: Some(id),
        synced: synced.map(str::to_owned),
        plain: plain.map(str::to_owned),
        is_instrumental: instrumental,
        ..candidate("A", "T", 320.0)
    };
    let all = [
        with(1, None, None, true),
        with(2, None, Some("plain words"), false),
        with(3, Some("plain words in the wrong field"), None, false),
        with(4, Some(SYNCED), None, false),
        with(5, Some(SYNCED), None, false),
    ];
    let chosen = |candidates: &[Candidate]| best(candidates, &wanted).map(|candidate| candidate.id);
    assert_eq!(chosen(&all), Ok(Some(4)));
    assert_eq!(chosen(&all[..3]), Ok(Some(2)));
    assert_eq!(chosen(&all[..1]), Ok(Some(1)));
    assert_eq!(all[0].lyrics(), Some(Lyrics::Instrumental));
    assert_eq!(chosen(&[with(1, Some(" "), Some(""), false)]), Err(Refusal::NoLyrics));
    let placeholder = with(1, Some("[00:00.10]As letras não estão sincronizadas com a música"), None, false);
    assert_eq!(chosen(&[placeholder]), Err(Refusal::NoLyrics));
    let late = with(1, Some("[00:10.00]a\n[09:00.00]b"), None, false);
    assert_eq!(chosen(&[late]), Err(Refusal::Timing));
    assert_eq!(chosen(&[]), Err(Refusal::Nothing));
}

#[test]
fn the_closest_length_is_taken_and_the_closest_refusal_told() {
    let wanted = track("A", "T", 320);
    let all = [candidate("A", "T", 318.0), candidate("A", "T", 320.5), candidate("B", "T", 320.0)];
    assert_eq!(best(&all, &wanted).unwrap().duration_sec, Some(320.5));
    assert_eq!(
        best(&[candidate("B", "X", 0.0), candidate("A", "T (Live)", 320.0)], &wanted),
        Err(Refusal::Version)
    );
}

#[test]
fn what_lrclib_answers_is_read() {
    let body = br#"{"id":1,"name":"T","trackName":"T","artistName":"A","albumName":"L","duration":320.0,"instrumental":false,
        "plainLyrics":"a\nb","syncedLyrics":"[00:01.00] a\n[00:05.50] b"}"#;
    let found = Candidate::read(body).unwrap();
    assert_eq!((found[0].id, found[0].duration_sec, found[0].album.as_str()), (Some(1), Some(320.0), "L"));
    assert!(matches!(found[0].lyrics(), Some(Lyrics::Synced(lines)) if lines.len() == 2));
    assert_eq!(Candidate::read(b"[]"), Ok(vec![]));
    let not_found =
        br#"{"message":"Failed to find specified track","name":"TrackNotFound","statusCode":404}"#;
    assert!(Candidate::read(not_found).unwrap_err().is_not_found());
    assert_eq!(Candidate::read(b"<html><h1>429 Too Many Requests</h1>"), Err(AnswerError::NotJson));
    assert_eq!(Candidate::read(b""), Err(AnswerError::NotJson));
    assert_eq!(Candidate::read(b"null"), Err(AnswerError::NotATrack));
    assert_eq!(Candidate::read(&vec![b' '; 5_000_000]), Err(AnswerError::TooLarge(5_000_000)));
}

#[test]
fn fields_of_any_type_are_borne() {
    let body = r#"[{"id":"7","trackName":null,"name":"T","artistName":null,"albumName":[],"duration":"233.5","instrumental":"true",
        "plainLyrics":{},"syncedLyrics":""}, 5, null, {"trackName":"U","artistName":112,"duration":-1,"instrumental":null}, {"id":3}]"#;
    let found = Candidate::read(body.as_bytes()).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0],
        Candidate {
            id: Some(7),
            title: "T".to_owned(),
            duration_sec: Some(233.5),
            is_instrumental: true,
            ..Candidate::default()
        }
    );
    assert_eq!((found[1].artist.as_str(), found[1].duration_sec), ("112", None));
}

/// A title: which song, which version, and one way to write it.
fn spelling() -> impl Strategy<Value = (usize, usize, String)> {
    const NAMES: [[&str; 2]; 4] = [
        ["Drowning", "DROWNING!"],
        ["Live Forever", "Live For Ever"],
        ["Song 2", "Song 2"],
        ["Él y tú", "El Y Tu"],
    ];
    const VERSIONS: [[&str; 2]; 7] = [
        ["", ""],
        [" (Avicii Remix)", " - Avicii Remix"],
        [" (Kygo Remix)", " [KYGO remix]"],
        [" (Live at Home)", " - Live At Home"],
        [" (Acoustic)", " - acoustic version"],
        [" (Instrumental)", " [Instrumental]"],
        [" - Spanish Version", " (Spanish Version)"],
    ];
    const NOISE: [&str; 6] =
        ["", " (2011 Remaster)", " - Radio Edit", " [Official Video]", " (feat. Somebody)", " - Mono"];
    let choice =
        (0..NAMES.len(), 0..VERSIONS.len(), 0..2_usize, 0..2_usize, prop::sample::select(NOISE.to_vec()));
    choice.prop_map(|(name, version, one, two, noise)| {
        (name, version, format!("{}{}{noise}", NAMES[name][one], VERSIONS[version][two]))
    })
}

proptest! {
    #[test]
    fn any_names_are_compared_the_same_both_ways(one in "\\PC{0,40}", two in "\\PC{0,40}", artist in "\\PC{1,20}") {
        let judge = |wanted: &str, offered: &str| judged((&artist, wanted, 100), (&artist, offered, 100.0)).is_none();
        prop_assert_eq!(judge(&one, &two), judge(&two, &one));
        prop_assert!(judge(&one, &one) || one.trim().is_empty() || artist.trim().is_empty());
    }

    #[test]
    fn whatever_is_written_around_it_a_version_is_itself_alone(
        (one, two) in (spelling(), spelling()),
    ) {
        let is_taken = judged(("The Band", &one.2, 200), ("Band", &two.2, 201.0)).is_none();
        prop_assert_eq!(is_taken, (one.0, one.1) == (two.0, two.1), "{:?} {:?}", one, two);
        let key = |title: &str| crate::song::SongKey::new(&track("The Band", title, 200));
        prop_assert_eq!(key(&one.2) == key(&two.2), (one.0, one.1) == (two.0, two.1));
    }

    #[test]
    fn any_track_makes_a_query(artist in "(\\PC| feat\\. | & |, ){0,12}", title in "(\\PC|\\(|\\)| - |Live|Remix){0,12}") {
        let query = Query::new(&Track::new(&artist, &title));
        prop_assert!(query.artist.starts_with(&query.first_artist));
    }

    #[test]
    fn any_answer_is_borne(body in prop::collection::vec(any::<u8>(), 0..200), json in "[\\[\\]{}:,\"a-z0-9 ]{0,80}") {
        let _ = Candidate::read(&body);
        let _ = Candidate::read(json.as_bytes());
    }
}
