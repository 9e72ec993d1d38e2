//! `vj cache` on real folders: what is counted, what is taken away and what never is, and what is written out.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::config::Home;
use crate::real_show::{Show, until};

const DIR: &str = ".cache/vj";

/// The name of a key's file: FNV-1a over 128 bits, digit by digit as its authors write it.
fn hash(key: &str) -> String {
    let prime = (1_u128 << 88) + (1 << 8) + 0x3b;
    let offset = 144_066_263_297_769_815_596_495_629_667_062_367_629_u128;
    let hash = key.bytes().fold(offset, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(prime));
    format!("{hash:032x}")
}

fn entry(home: &Home, folder: &str, kind: &str, key: &str, text: &str, at_ms: u64) {
    let record = json!({
        "version": 1, "key": key, "kind": kind, "text": text, "at_ms": at_ms, "artist": "Sömebody", "title": key,
    });
    home.write(&format!("{DIR}/{folder}/{}.json", hash(key)), record.to_string());
}

/// One of each, and what may lie beside them.
fn filled() -> Home {
    let home = Home::new();
    entry(&home, "lyrics", "lyrics", "one", "[00:01.00] la la\n", 1_700_000_000_000);
    entry(&home, "lyrics", "lyrics", "two", "[00:02.00] lo lo\n", 1_600_000_000_000);
    entry(&home, "lyrics", "not_found", "three", "nobody has it", 1_750_000_000_000);
    entry(&home, "analysis", "analysis", "one|ollama", "{\"mood\": \"calm\"}", 1_700_000_000_500);
    let image = format!("images/{}.png", hash("one|prompt"));
    entry(&home, "images", "image", "one|prompt", &image, 1_700_000_001_000);
    home.write(&format!("{DIR}/{image}"), b"\x89PNG and so on");
    home
}

/// Damage, remains, and strangers.
fn spoil(home: &Home) {
    home.write(&format!("{DIR}/lyrics/{}.json", hash("cut")), "{\"version\":1,\"key\":");
    // Of another version, and in the place of another.
    home.write(&format!("{DIR}/analysis/{}.json", hash("new")), "{\"version\":2}");
    let one = fs::read(home.path(&format!("{DIR}/lyrics/{}.json", hash("one")))).unwrap();
    home.write(&format!("{DIR}/lyrics/{}.json", hash("other")), one);
    home.write(&format!("{DIR}/lyrics/{}.json.damaged", hash("old")), "{");
    home.write(&format!("{DIR}/images/{}.tmp-{}-0", hash("left"), ended()), "half");
    home.write(&format!("{DIR}/images/{}.tmp-{}-0", hash("busy"), std::process::id()), "half");
    home.write(&format!("{DIR}/lyrics/notes.json"), "mine");
    home.write(&format!("{DIR}/letter.txt"), "mine, too");
    home.write("elsewhere/precious.txt", "very much mine");
    symlink(home.path("elsewhere"), home.path(&format!("{DIR}/more"))).unwrap();
    let link = format!("{DIR}/lyrics/{}.json", hash("link"));
    symlink(home.path("elsewhere/precious.txt"), home.path(&link)).unwrap();
}

/// The number of a process that is dead.
fn ended() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

/// A command, and all that it says.
fn seen(home: &Home, args: &[&str]) -> String {
    let (code, out, err) = home.vj(args);
    format!("$ vj {}\n{out}{err}[exit code {}]\n", args.join(" "), code.unwrap())
}

fn names(home: &Home, folder: &str) -> Vec<String> {
    let Ok(listed) = fs::read_dir(home.path(&format!("{DIR}/{folder}"))) else { return Vec::new() };
    let mut names: Vec<_> = listed.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn where_nothing_was_ever_kept_everything_is_zero_and_nothing_is_made() {
    let home = Home::new();
    let stats = home.fine(&["cache", "stats"]);
    let stats = stats + &seen(&home, &["cache", "clear"]) + &seen(&home, &["cache", "export", "-"]);
    assert_snapshot!(stats);
    let counted: Value = serde_json::from_str(&home.fine(&["cache", "stats", "--json"])).unwrap();
    assert_eq!(counted["bytes"], 0);
    assert_eq!(
        counted["kinds"]["lyrics"],
        json!({"entries": 0, "bytes": 0, "oldest_ms": null, "newest_ms": null})
    );
    assert!(!home.path(DIR).exists(), "who only looks leaves nothing behind");
}

#[test]
fn stats_count_by_kind_and_tell_damage_remains_and_strangers_apart() {
    let home = filled();
    spoil(&home);
    assert_snapshot!(seen(&home, &["cache", "stats"]));
    let counted: Value = serde_json::from_str(&home.fine(&["cache", "stats", "--json"])).unwrap();
    assert!(counted["cache_dir"].as_str().unwrap().ends_with(DIR));
    let count = |kind: &str| counted["kinds"][kind]["entries"].as_u64().unwrap();
    assert_eq!(["lyrics", "not_found", "analysis", "image"].map(count), [2, 1, 1, 1]);
    let files = |what: &str| counted[what]["files"].as_u64().unwrap();
    assert_eq!(["unusable", "set_aside", "unfinished"].map(files), [3, 1, 2]);
    assert_eq!(counted["foreign"], 4);
    assert_eq!(counted["kinds"]["lyrics"]["oldest_ms"], 1_600_000_000_000_u64);
    assert_eq!(counted["kinds"]["lyrics"]["newest_ms"], 1_700_000_000_000_u64);
}

#[test]
fn clear_takes_what_the_cache_made_and_nothing_else() {
    let home = filled();
    spoil(&home);
    let (code, out, err) = home.vj(&["cache", "clear"]);
    assert_eq!(code, Some(0), "{err}");
    // Six entries, an image, three that cannot be read, one set aside, one left over.
    assert!(out.starts_with("Removed 11 files ("), "{out}");
    for stranger in ["letter.txt", "more", "lyrics/notes.json", &format!("lyrics/{}.json", hash("link"))] {
        let path = format!("{DIR}/{stranger}");
        assert!(home.path(&path).symlink_metadata().is_ok(), "{stranger}");
        assert!(err.contains(&format!("HOME/{path} is not of the cache's making")), "{stranger}: {err}");
    }
    assert_eq!(err.lines().count(), 4, "{err}");
    assert_eq!(fs::read_to_string(home.path("elsewhere/precious.txt")).unwrap(), "very much mine");
    assert_eq!(names(&home, "analysis"), [""; 0]);
    let busy = format!("{}.tmp-{}-0", hash("busy"), std::process::id());
    assert_eq!(names(&home, "images"), [busy.as_str()], "whoever writes goes on");
    // After a while nobody does.
    let file = File::options().write(true).open(home.path(&format!("{DIR}/images/{busy}"))).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(3_600)).unwrap();
    assert!(home.vj(&["cache", "clear"]).1.starts_with("Removed 1 file ("));
    assert_eq!(names(&home, "images"), [""; 0]);
}

#[test]
fn clear_takes_one_kind_and_leaves_the_others() {
    for (only, removed, left) in [
        ("lyrics", 2, ["0", "1", "1", "1"]),
        ("not-found", 1, ["2", "0", "1", "1"]),
        ("analysis", 1, ["2", "1", "0", "1"]),
        ("images", 2, ["2", "1", "1", "0"]),
    ] {
        let home = filled();
        home.write(&format!("{DIR}/lyrics/{}.json.damaged", hash("old")), "{");
        home.write(&format!("{DIR}/lyrics/{}.json", hash("cut")), "{\"version\":1,\"key\":");
        let out = home.fine(&["cache", "clear", "--only", only]);
        assert!(out.starts_with(&format!("Removed {removed} file")), "{only}: {out}");
        let counted: Value = serde_json::from_str(&home.fine(&["cache", "stats", "--json"])).unwrap();
        let kinds = ["lyrics", "not_found", "analysis", "image"];
        assert_eq!(kinds.map(|kind| counted["kinds"][kind]["entries"].to_string()), left, "{only}");
        assert_eq!((&counted["unusable"]["files"], &counted["set_aside"]["files"]), (&json!(1), &json!(1)));
    }
    let (code, _, err) = filled().vj(&["cache", "clear", "--only", "songs"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("lyrics, not-found, analysis, images"), "{err}");
}

#[test]
fn an_export_has_a_line_an_entry_and_names_what_it_leaves_out() {
    let home = filled();
    spoil(&home);
    entry(&home, "images", "image", "gone", &format!("images/{}.png", hash("gone")), 5);
    let (code, out, err) = home.vj(&["cache", "export", "-"]);
    assert_eq!(code, Some(0));
    assert_snapshot!(out);
    assert_snapshot!("what_an_export_leaves_out", err);
    // The same in a file, in whose place another one stood.
    home.write("out.jsonl", "what was there before");
    assert_eq!(home.vj(&["cache", "export", "out.jsonl"]).1, "Exported 5 entries to out.jsonl.\n");
    let written = fs::read_to_string(home.path("out.jsonl")).unwrap();
    assert_eq!(written.replace(home.path("").to_str().unwrap(), "HOME/"), out);
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().contains("tmp")), "{left:?}");
}

#[test]
fn an_export_that_cannot_be_written_leaves_what_was_there() {
    let home = filled();
    for (to, why) in [("elsewhere/out.jsonl", "No such file"), (".cache", "it is a folder")] {
        let (code, out, err) = home.vj(&["cache", "export", to]);
        assert_eq!((code, out.as_str(), err.lines().count()), (Some(1), "", 1), "{err}");
        assert!(err.starts_with(&format!("error: failed to write {to}: ")) && err.contains(why), "{err}");
    }
    // A link stays one, and a device is written into and not replaced.
    home.write("kept/real.jsonl", "old");
    symlink(home.path("kept/real.jsonl"), home.path("link.jsonl")).unwrap();
    home.fine(&["cache", "export", "link.jsonl"]);
    assert!(home.path("link.jsonl").symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(home.path("kept/real.jsonl")).unwrap().lines().count(), 5);
    home.fine(&["cache", "export", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_folder_that_cannot_be_read_is_a_failure_that_names_it() {
    // A link to itself cannot be looked into, not even by the system's own user.
    let home = Home::new();
    symlink(home.path("loop"), home.path("loop")).unwrap();
    home.write("file", "no folder");
    for place in ["loop", "file"] {
        let at = home.path(place);
        let at = at.to_str().unwrap();
        for args in [&["stats"][..], &["stats", "--json"], &["clear"], &["export", "out"]] {
            let home = Home::new().with("VJ_CACHE_DIR", at);
            let (code, out, err) = home.vj(&[&["cache"], args].concat());
            assert_eq!((code, out.as_str(), err.lines().count()), (Some(1), "", 1), "{args:?}: {err}");
            assert!(err.contains(&format!("error: failed to look into {at}: ")), "{args:?}: {err}");
            assert!(!home.path("out").exists());
        }
    }
    assert_eq!(fs::read_to_string(home.path("file")).unwrap(), "no folder");
}

#[test]
fn the_config_may_be_bad_and_the_folder_another_one() {
    let home = filled();
    home.write(".config/vj/config.toml", "[audio_analyzer]\nloop = 7\n");
    assert!(home.fine(&["cache", "export", "-"]).contains("[00:01.00] la la"));
    let other = home.path("other");
    let home = home.with("VJ_CACHE_DIR", other);
    assert_eq!(home.fine(&["cache", "export", "-"]), "");
}

#[test]
fn a_worker_that_starts_clears_what_the_dead_left_half_written() {
    let show = Show::of_everybody("");
    let folder = show.path("cache/lyrics");
    fs::create_dir_all(&folder).unwrap();
    let (left, busy) =
        (format!("{}.tmp-{}-7", hash("a"), ended()), format!("{}.tmp-{}-7", hash("b"), std::process::id()));
    for name in [&left, &busy] {
        fs::write(folder.join(name), "half").unwrap();
    }
    show.up();
    until("it is cleared", || (!folder.join(&left).exists()).then_some(())).unwrap();
    assert!(folder.join(&busy).exists(), "its process lives");
}

#[test]
fn the_help_says_what_goes_and_what_stays() {
    let mut told = String::new();
    for what in ["stats", "clear", "export"] {
        let help = Home::new().fine(&["cache", what, "--help"]);
        // What every command can be told about the config stands in the middle.
        let (help, rest) = help.split_once("\nConfiguration:\n").unwrap();
        let (_, after) = rest.split_once("each]\n").unwrap();
        told += &format!("$ vj cache {what} --help\n{help}{after}\n");
    }
    assert_snapshot!(told);
}
