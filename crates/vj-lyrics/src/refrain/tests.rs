use proptest::prelude::*;

use super::*;

/// The lines that are found, of a song written with `/` between lines and `//` between stanzas.
fn found(song: &str) -> Vec<usize> {
    let lines: Vec<&str> = song.split('/').map(str::trim).collect();
    Refrain::find(&lines).map_or_else(Vec::new, |refrain| refrain.lines)
}

#[test]
fn a_block_that_comes_back_is_the_refrain() {
    let song = "walking down/ past the mill/ no one there/ no one will// burn it down/ burn it all/ let it go/ let it fall//
        seven years/ seven doors/ dusty maps/ foreign shores// burn it down/ burn it all/ let it go/ let it fall//";
    assert_eq!(found(song), [5, 6, 7, 8, 15, 16, 17, 18]);
}

#[test]
fn its_text_is_that_of_the_first_time() {
    let lines = [
        "quiet streets",
        "paper moon",
        "",
        "Stay tonight",
        "stay with me",
        "till the dawn",
        "",
        "other words",
        "come to mind",
        "",
        "stay tonight (ooh)",
        "Stay with me",
        "till the dawn",
    ];
    let refrain = Refrain::find(&lines).unwrap();
    assert_eq!(refrain.text, ["Stay tonight", "stay with me", "till the dawn"]);
    assert!(refrain.contains(10) && !refrain.contains(7));
}

#[test]
fn songs_without_one_have_none() {
    for song in [
        "",
        "one line",
        "we went out/ we came back/ we lay down/ the lamp went black",
        // A blues: its own line twice in each stanza.
        "rain on the roof tonight/ rain on the roof tonight/ nobody calls// left my hat in memphis/ left my hat in memphis/ cold walls//
         train don't stop here/ train don't stop here/ my heart falls",
        // A reprise.
        "snow on the hill/ ash on the sill/ wait for the thaw// wolves in the yard/ winter is hard/ nobody saw//
         snow on the hill/ ash on the sill/ wait for the thaw",
        // Lists that begin alike.
        "every river has a name/ every candle has a flame// every mother has a son/ every killer has a gun//
         every story has an end/ every soldier has a friend",
    ] {
        assert_eq!(found(song), [0; 0], "{song}");
    }
}

#[test]
fn a_line_that_ends_the_stanzas_is_one() {
    let song = "ice on the lake/ bread on the shelf/ the harbour is waiting// salt in the wound/ ship in a jar/ the harbour is waiting//
        who turned the key/ who rang the bell/ the harbour is waiting";
    assert_eq!(found(song), [2, 6, 10]);
}

#[test]
fn headings_are_believed() {
    let song = "[Verse 1]/ one two three/ four five six/ [Chorus]/ up and away/ here we stay/ [Verse 2]/ seven eight/ [Chorus: all]/ out again";
    assert_eq!(found(song), [4, 5, 9]);
    let song = "one two three/ four five six// Refrain:/ up and away/ here we stay// seven eight/ nine ten";
    assert_eq!(found(song), [4, 5]);
}

proptest! {
    #[test]
    fn any_lines_are_looked_at(lines in prop::collection::vec("(a|b|c d|\\[|chorus|:|\\(|é|\\PC){0,6}", 0..60)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        if let Some(refrain) = Refrain::find(&lines) {
            prop_assert!(!refrain.lines.is_empty() && !refrain.text.is_empty());
            prop_assert!(refrain.lines.is_sorted() && refrain.lines.iter().all(|index| *index < lines.len()));
        }
    }
}
