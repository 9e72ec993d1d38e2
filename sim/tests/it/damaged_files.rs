//! Files that are damaged, and a disk that is full: a word about it, and the show goes on.

use serde_json::json;
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_env::Level;

use crate::support::{Library, Sound, audio, play, two_workers, words};

const DAMAGES: [&[u8]; 4] = [b"", b"{\"test_worker\": fal", b"[1, 2]", b"\xff\xfe\0\0"];

#[test]
fn a_damaged_wish_is_set_aside_with_a_word_and_everybody_runs() {
    for damage in DAMAGES {
        play(two_workers("silence"), |show| async move {
            show.world.put_file("wish.json", damage);
            show.begin(&[AudioAnalyzer, TestWorker]).await;
            let said = show.said(ProcessManager, Level::Warning);
            assert!(said.len() == 1 && words(&said[0], &["wish.json", "set aside"]), "{said:?}");
            assert_eq!(show.world.file("wish.json.damaged").as_deref(), Some(damage));
            assert_eq!(show.world.file("wish.json"), None);
            // A new wish is kept in its place: what was asked for, and nothing that was not.
            show.order("stop_worker", TestWorker).await;
            let kept = String::from_utf8(show.world.file("wish.json").unwrap()).unwrap();
            assert!(words(&kept, &["\"test_worker\": false"]) && !kept.contains("audio"), "{kept}");
        });
    }
}

#[test]
fn damaged_overrides_are_set_aside_with_a_word_and_the_worker_plays() {
    for damage in DAMAGES {
        play(two_workers("silence"), |show| async move {
            show.world.put_file("overrides/audio_analyzer.json", damage);
            show.begin(&[AudioAnalyzer, TestWorker]).await;
            let said = show.said(AudioAnalyzer, Level::Warning);
            assert!(
                said.len() == 1 && words(&said[0], &["overrides/audio_analyzer.json", "set aside"]),
                "{said:?}"
            );
            assert_eq!(show.world.file("overrides/audio_analyzer.json.damaged").as_deref(), Some(damage));
        });
    }
}

#[test]
fn damaged_overrides_of_the_manager_do_not_keep_it_from_its_work() {
    for kept in [&b"{"[..], br#"{"kill_after": {"value": 1, "over": 30}, "nonsense": 7}"#] {
        play(two_workers("silence"), |show| async move {
            show.world.put_file("overrides/process_manager.json", kept);
            show.begin(&[AudioAnalyzer, TestWorker]).await;
            show.until(60.0).await;
            assert_eq!(show.starts(TestWorker).len(), 1, "it does not kill whom the law lets live");
            let said = show.said(ProcessManager, Level::Warning);
            assert!(
                said.len() == 1 && (words(&said[0], &["set aside"]) || words(&said[0], &["kill_after"])),
                "{said:?}"
            );
        });
    }
}

#[test]
fn a_damaged_record_of_the_show_is_set_aside_with_a_word_and_the_sound_begins_at_its_beginning() {
    for damage in DAMAGES {
        let library = Library::with("a", Sound::of(60.0));
        let sounds = library.clone();
        play(audio(&library, json!({"source": "file:a"})), |show| async move {
            show.world.put_file("show.json", damage);
            show.start(AudioAnalyzer).await;
            show.until(5.0).await;
            let said = show.said(AudioAnalyzer, Level::Warning);
            assert!(said.len() == 1 && words(&said[0], &["show.json", "set aside"]), "{said:?}");
            assert_eq!(show.world.file("show.json.damaged").as_deref(), Some(damage));
            assert_eq!(sounds.needles(), [("a".to_owned(), 0)]);
            assert_ne!(show.world.file("show.json").unwrap(), damage, "and the place is written down anew");
        });
    }
}

#[test]
fn a_record_of_another_boot_or_another_sound_means_nothing() {
    for (source, boot) in [("file:a", "yesterday"), ("file:b", "simulated")] {
        let library = Library::with("a", Sound::of(60.0));
        let sounds = library.clone();
        play(audio(&library, json!({"source": "file:a"})), |show| async move {
            show.until(30.0).await;
            let record = json!({"source": source, "epoch_nanos": 1_000_000_000, "boot_id": boot});
            show.world.put_file("show.json", record.to_string().as_bytes());
            show.start(AudioAnalyzer).await;
            show.pause(1.0).await;
            assert_eq!(sounds.needles(), [("a".to_owned(), 0)], "{source} {boot}");
            assert!(show.said(AudioAnalyzer, Level::Warning).is_empty());
        });
    }
}

#[test]
fn with_a_full_disk_everybody_runs_and_says_what_will_not_survive() {
    play(two_workers("silence"), |show| async move {
        show.world.set_disk_full(true);
        let manager = show.begin(&[AudioAnalyzer, TestWorker]).await;
        let said = show.said(AudioAnalyzer, Level::Warning);
        assert!(said.len() == 1 && words(&said[0], &["after a crash", "start over"]), "{said:?}");
        let said = show.done(ProcessManager, "stop_worker", json!({"worker": "test_worker"})).await.unwrap();
        assert!(words(&said, &["in effect", "new manager"]), "{said}");
        show.health_within(TestWorker, "stopped", 1.0).await;
        show.done(ProcessManager, "start_worker", json!({"worker": "test_worker"})).await;
        show.health_within(TestWorker, "healthy", 1.0).await;
        let said = show.done(TestWorker, "set_config", json!({"value": 5})).await.unwrap();
        assert!(words(&said, &["in effect", "not survive"]), "{said}");
        assert_eq!(show.state(TestWorker).await["config"]["value"], 5);
        show.until(60.0).await;
        assert_eq!((show.world.pid_of(ProcessManager), show.exits(AudioAnalyzer).len()), (Some(manager), 0));
    });
}

#[test]
fn a_wish_of_another_version_of_vj_is_taken_for_what_it_says_of_those_we_know() {
    play(two_workers("silence"), |show| async move {
        show.world.put_file(
            "wish.json",
            br#"{"test_worker": false, "laser_show": true, "process_manager": false}"#,
        );
        show.begin(&[AudioAnalyzer]).await;
        show.until(10.0).await;
        assert_eq!(show.starts(TestWorker).len(), 0);
        assert!(show.said(ProcessManager, Level::Warning).is_empty());
    });
}
