//! How well the refrain is found in the songs of `fixtures/lyrics`, against what a songwriter calls it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use vj_lyrics::lrc::Lyrics;
use vj_lyrics::refrain::Refrain;

/// Written when the search for refrains was done; how it decides was not changed after it had been measured on them. The figures
/// stand in `fixtures/README.md`.
const HELD_OUT: [&str; 9] = [
    "balle-au-bond",
    "canto-de-ronda",
    "ciudad-de-sal",
    "gravel-hymn",
    "harbour-clock",
    "kompass",
    "lettre-sans-adresse",
    "mirror-room",
    "stille-post",
];

/// A song and its refrain, marked by hand.
struct Song {
    name: String,
    texts: Vec<String>,
    marked: BTreeSet<usize>,
}

impl Song {
    fn read(folder: &Path, name: &str) -> Self {
        let read = |kind: &str| {
            let path = folder.join(format!("{name}.{kind}"));
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let (file, marks) = (read("lrc"), read("refrain"));
        let Some(Lyrics::Synced(lines)) = Lyrics::parse(&file) else { panic!("{name}: no synced lyrics") };
        // The marks count the lines of the file; its tags come first and are no lines of the song.
        let tags = file.lines().take_while(|line| !line.contains("[0")).count();
        assert_eq!(
            lines.len(),
            file.lines().count() - tags,
            "{name}: the file is in order and says nothing twice"
        );
        let marked = marks.lines().filter(|line| !line.starts_with('#')).flat_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or_else(|| panic!("{name}: {range}"));
            let number = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("{name}: {range}"));
            number(first) - tags - 1..number(last) - tags
        });
        let marked = marked.collect();
        Self { name: name.to_owned(), texts: lines.into_iter().map(|line| line.text).collect(), marked }
    }

    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/lyrics");
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let names: BTreeSet<String> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "lrc"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.iter().map(|name| Self::read(&folder, name)).collect()
    }

    /// The same song from a source that keeps no stanzas.
    fn without_pauses(&self) -> Self {
        let kept: Vec<usize> = (0..self.texts.len()).filter(|at| !self.texts[*at].is_empty()).collect();
        let marked = kept
            .iter()
            .enumerate()
            .filter(|(_, old)| self.marked.contains(old))
            .map(|(new, _)| new)
            .collect();
        let texts = kept.iter().map(|at| self.texts[*at].clone()).collect();
        Self { name: self.name.clone(), texts, marked }
    }

    fn found(&self) -> BTreeSet<usize> {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        Refrain::find(&texts).map(|refrain| refrain.lines.into_iter().collect()).unwrap_or_default()
    }
}

/// Over a number of songs.
#[derive(Default)]
struct Figures {
    hits: usize,
    found: usize,
    marked: usize,
    f1_of_songs: Vec<f64>,
    without: usize,
    without_but_found: usize,
}

impl Figures {
    fn of<'s>(songs: impl Iterator<Item = &'s Song>) -> Self {
        let mut figures = Self::default();
        for song in songs {
            let found = song.found();
            let hits = found.intersection(&song.marked).count();
            let f1 = f1(hits, found.len(), song.marked.len());
            println!("  {:22} F1 {f1:.2}  marked {:?}  found {found:?}", song.name, song.marked);
            figures.hits += hits;
            figures.found += found.len();
            figures.marked += song.marked.len();
            if song.marked.is_empty() {
                figures.without += 1;
                figures.without_but_found += usize::from(!found.is_empty());
            } else {
                figures.f1_of_songs.push(f1);
            }
        }
        figures
    }

    fn f1(&self) -> f64 {
        f1(self.hits, self.found, self.marked)
    }

    fn mean_f1(&self) -> f64 {
        self.f1_of_songs.iter().sum::<f64>() / self.f1_of_songs.len().max(1) as f64
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: precision {:.3} recall {:.3} F1 {:.3}, mean F1 of songs with one {:.3}, false positives {} of {}",
            self.hits as f64 / self.found.max(1) as f64,
            self.hits as f64 / self.marked.max(1) as f64,
            self.f1(),
            self.mean_f1(),
            self.without_but_found,
            self.without
        );
    }
}

fn f1(hits: usize, found: usize, marked: usize) -> f64 {
    if found + marked == 0 { 1.0 } else { 2.0 * hits as f64 / (found + marked) as f64 }
}

#[test]
fn refrains_are_found_where_a_songwriter_sees_them() {
    let songs = Song::all();
    let bare: Vec<Song> = songs.iter().map(Song::without_pauses).collect();
    let is_held_out = |song: &&Song| HELD_OUT.contains(&song.name.as_str());
    for (what, songs, floor) in [("as written", &songs, 0.95), ("without stanzas", &bare, 0.93)] {
        let tuned = Figures::of(songs.iter().filter(|song| !is_held_out(song)));
        let held_out = Figures::of(songs.iter().filter(is_held_out));
        let all = Figures::of(songs.iter());
        assert!(tuned.f1() >= 0.97 && held_out.f1() >= floor, "{what}");
        tuned.print(&format!("{what}, tuned"));
        held_out.print(&format!("{what}, held out"));
        all.print(&format!("{what}, all"));
        assert!(all.f1() >= floor && all.mean_f1() >= floor, "{what}");
        assert_eq!(all.without_but_found, 0, "{what}");
    }
}
