//! What was found is kept: whole or not at all, whatever happens to the worker or the disk.

use serde_json::json;
use vj_core::ProcessName::LyricsFetcher;

use crate::support::{LRC, candidate, night, track};

/// Where the one song of these tests is kept, once it is.
fn entries(night: &crate::support::Night) -> Option<Vec<u8>> {
    // By the key `somebody|one|240`.
    night.show.world.file("cache/lyrics/73dcfdf85831a88a7c793d3baec3350f.json")
}

#[test]
fn killed_at_any_moment_of_a_write_the_entry_is_whole_or_absent() {
    for ms in (60..160).step_by(4) {
        night(json!({}), |night| async move {
            night.player.plays(&track("One"));
            night.show.pause(f64::from(ms) / 1e3).await;
            night.show.kill(LyricsFetcher).await;
            night.show.pause(3.0).await;
            assert_eq!(night.state().await["lyrics"]["status"], "found");
            assert!(
                night.show.said(LyricsFetcher, vj_env::Level::Warning).is_empty(),
                "killed after {ms} ms"
            );
            if let Some(entry) = entries(&night) {
                serde_json::from_slice::<serde_json::Value>(&entry).unwrap();
            }
        });
    }
}

#[test]
fn a_damaged_entry_is_set_aside_and_the_song_is_found_again() {
    let too_long = vec![b' '; 1024 * 1024 + 1];
    for damage in [&b"{\"version\":1,\"key\":"[..], b"", b"\xff\xfe", b"[]", b"{\"version\":1}", &too_long] {
        night(json!({}), |night| async move {
            night.show.world.put_file("cache/lyrics/73dcfdf85831a88a7c793d3baec3350f.json", damage);
            let began = night.player.plays(&track("One"));
            night.hears("/karaoke/lyrics/line", began, 2.0).await;
            night.show.pause(0.5).await;
            assert_eq!(
                night
                    .show
                    .world
                    .file("cache/lyrics/73dcfdf85831a88a7c793d3baec3350f.json.damaged")
                    .as_deref(),
                Some(damage),
                "whole, for whoever wants to know"
            );
            assert_eq!(night.state().await["stats"]["damaged_entries"], 1);
            assert!(serde_json::from_slice::<serde_json::Value>(&entries(&night).unwrap()).is_ok());
        });
    }
}

#[test]
fn a_full_disk_costs_the_memory_and_nothing_else() {
    night(json!({}), |night| async move {
        night.show.world.set_disk_full(true);
        let began = night.player.plays(&track("One"));
        night.hears("/karaoke/line/active", began + 9.0, 12.0).await;
        assert!(entries(&night).is_none());
        let said = night.show.said(LyricsFetcher, vj_env::Level::Warning);
        assert!(said.iter().any(|line| line.contains("failed to write to the cache")), "{said:?}");
        assert_eq!(night.state().await["status"], "running");
        night.show.world.set_disk_full(false);
        night.web.lrclib(candidate("One", LRC));
        night.player.plays(&track("Two"));
        night.show.pause(0.1).await;
        night.player.plays(&track("One"));
        night.show.pause(2.0).await;
        assert!(entries(&night).is_some());
    });
}
