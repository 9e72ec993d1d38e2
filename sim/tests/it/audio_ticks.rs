//! The audio worker's ticks: sixty a second of sample time, each address at its rate and with its types, and nothing lost
//! between the analyser and the visuals.

use std::path::Path;

use serde_json::{Value, json};
use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock, FeatureFrame};
use vj_bus::osc::ADDRESS_BOOK;
use vj_core::ProcessName::{AudioAnalyzer, ProcessManager, TestWorker};
use vj_sim::osc_log::OscLine;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;
use vj_workers::ports::AudioBackend;

use crate::support::{Library, Sound, audio, play, two_workers};

fn drums() -> Stage {
    Stage::new(1, Tapes::new()).with(AudioAnalyzer, json!({"source": "file:drums", "loop": true}))
}

#[test]
fn there_are_3600_ticks_in_a_minute_and_each_address_comes_at_its_rate() {
    play(drums(), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(65.0).await;
        let count = |addr: &str| show.osc_of(addr, 4.0, 64.0).len();
        for addr in ["/audio/levels", "/audio/spectrum", "/audio/beat", "/audio/beat/phase", "/audio/pitch"] {
            assert!((3599..=3601).contains(&count(addr)), "{addr}: {}", count(addr));
        }
        // At a steady tempo hardly more than once a second.
        assert!((59..=75).contains(&count("/audio/bpm")), "/audio/bpm: {}", count("/audio/bpm"));
        assert!(
            (600..=620).contains(&count("/audio/structure")),
            "/audio/structure: {}",
            count("/audio/structure")
        );
        let other: Vec<_> = show.osc().into_iter().filter(|line| line.from != "audio_analyzer").collect();
        assert_eq!(other, []);
    });
}

#[test]
fn time_is_the_count_of_samples_at_every_rate_and_adds_up_to_nothing() {
    for (rate_hz, channels) in [(8_000, 1), (11_025, 2), (22_050, 1), (44_100, 2), (48_000, 1), (96_000, 6)] {
        let sound = Sound { rate_hz, channels, ..Sound::of(120.0) };
        let stage = audio(&Library::with("a", sound), json!({"source": "file:a"}));
        let ticks = play(stage, |show| async move {
            show.start(AudioAnalyzer).await;
            show.until(21.0).await;
            show.osc_of("/audio/levels", 0.0, 21.0)
        });
        // The n-th tick is n sixtieths after the beginning; timers have a resolution of a millisecond and round up.
        let begins = ticks[0].t - 1.0 / 60.0;
        for (index, tick) in ticks.iter().enumerate() {
            let off = tick.t - begins - (index + 1) as f64 / 60.0;
            assert!(off.abs() < 0.0011, "{rate_hz} Hz: tick {} is {off} s off", index + 1);
        }
        assert!((1256..=1260).contains(&ticks.len()), "{rate_hz} Hz: {}", ticks.len());
    }
}

#[test]
fn every_message_of_a_show_has_the_types_that_the_address_book_says() {
    play(two_workers("drums"), |show| async move {
        show.begin(&[AudioAnalyzer, TestWorker]).await;
        show.until(20.0).await;
        let osc = show.osc();
        for line in &osc {
            let entry = ADDRESS_BOOK.iter().find(|entry| match entry.address.strip_suffix("NAME") {
                Some(start) => line.addr.starts_with(start),
                None => line.addr == entry.address,
            });
            let entry = entry.unwrap_or_else(|| panic!("{} is not in the book", line.addr));
            assert_eq!(
                (line.tags.as_str(), line.from.as_str()),
                (entry.tags, entry.senders[0].as_str()),
                "{}",
                line.addr
            );
            for arg in line.args.iter().filter(|arg| arg.is_number()) {
                assert!(arg.as_f64().is_some_and(f64::is_finite), "{line:?}");
            }
        }
        let in_the_show = [AudioAnalyzer, ProcessManager];
        for entry in ADDRESS_BOOK.iter().filter(|entry| in_the_show.contains(&entry.senders[0])) {
            let start = entry.address.trim_end_matches("NAME");
            assert!(osc.iter().any(|line| line.addr.starts_with(start)), "{} was never sent", entry.address);
        }
    });
}

#[test]
fn the_visuals_get_tick_for_tick_what_the_analyser_says_and_no_beat_is_lost() {
    let (osc, state) = play(drums(), |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(45.0).await;
        (show.osc(), show.state(AudioAnalyzer).await)
    });
    let frames = analysed(45.0);
    let of = |addr: &str| osc.iter().filter(|line| line.addr == addr).collect::<Vec<_>>();
    let number = |line: &OscLine, arg: usize| line.args[arg].as_f64().unwrap() as f32;
    let levels = of("/audio/levels");
    assert!(levels.len() > 2_690, "{}", levels.len());
    for (line, frame) in levels.iter().zip(&frames) {
        let sent: Vec<f32> = (0..8).map(|arg| number(line, arg)).collect();
        assert_eq!((&sent[..7], sent[7]), (&frame.levels[..], frame.rms), "tick {}", frame.tick);
    }
    for (line, frame) in of("/audio/beat").iter().zip(&frames) {
        assert_eq!(
            (number(line, 0) == 1.0, number(line, 1)),
            (frame.beat, frame.onset_strength),
            "tick {}",
            frame.tick
        );
    }
    for (line, frame) in of("/audio/beat/phase").iter().zip(&frames) {
        assert_eq!(
            (number(line, 0), number(line, 1) as u8),
            (frame.beat_phase, frame.beat_in_bar),
            "tick {}",
            frame.tick
        );
    }
    let told: Vec<_> = frames[..levels.len()].iter().filter(|frame| frame.tempo_due).collect();
    let tempi = of("/audio/bpm");
    assert_eq!(tempi.len(), told.len());
    assert!(tempi.iter().zip(told).all(|(line, frame)| number(line, 0) == frame.tempo_bpm));
    // 124 BPM, from soon after the beginning on.
    let beats = of("/audio/beat").iter().filter(|line| line.args[0] == 1).count();
    assert!((80..=94).contains(&beats), "{beats} beats in 45 s");
    let counted = state["stats"]["beats"].as_u64().unwrap() as usize;
    // The figures are shown once a second.
    assert!(beats.abs_diff(counted) <= 3, "{beats} sent, {counted} counted");
    let bpm = number(tempi[tempi.len() - 1], 0);
    assert!((bpm - 124.0).abs() < 1.0, "{bpm}");
}

/// The drums through the analyser by itself, in pieces of no particular length.
fn analysed(length_sec: f64) -> Vec<FeatureFrame> {
    let mut file = Tapes::new().open_file(Path::new("drums")).unwrap();
    let rate_hz = file.format().sample_rate_hz;
    let mut analyzer = Analyzer::new(rate_hz, AnalyzerConfig::default()).unwrap();
    let mut frames = Vec::new();
    let mut left = (length_sec * f64::from(rate_hz)) as usize;
    let mut samples = Vec::new();
    while left > 0 {
        samples.clear();
        let read = file.read(left.min(997), &mut samples).unwrap();
        if read == 0 {
            file.seek(0).unwrap();
        }
        analyzer.push_with(AudioBlock::mono(&samples), |frame| frames.push(*frame));
        left -= read;
    }
    frames
}

#[test]
fn at_the_end_no_visual_stays_lit() {
    let stage = audio(&Library::with("a", Sound::of(5.0)), json!({"source": "file:a"}));
    play(stage, |show| async move {
        show.start(AudioAnalyzer).await;
        show.until(10.0).await;
        assert_eq!(show.state(AudioAnalyzer).await["source_ended"], true);
        let osc = show.osc();
        for addr in ["/audio/levels", "/audio/spectrum", "/audio/beat", "/audio/pitch", "/audio/structure"] {
            let lines: Vec<_> = osc.iter().filter(|line| line.addr == addr).collect();
            let is_zero = |value: &Value| value.as_f64() == Some(0.0);
            let last = lines[lines.len() - 1];
            assert!(last.args.iter().all(is_zero), "{last:?}");
            assert!(last.t < 5.1);
        }
        let lit = osc.iter().any(|line| line.addr == "/audio/levels" && line.args[7].as_f64() > Some(0.1));
        assert!(lit, "or the test would prove nothing");
    });
}
