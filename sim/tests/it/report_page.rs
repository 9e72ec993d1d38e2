//! The report in a real browser: no mistake on its console, all lanes drawn, and it can be looked at closely.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use vj_sim::compare::{Tolerance, compare};
use vj_sim::ground::Driver;
use vj_sim::rehearsal::{Rehearsal, Rehearsed, rehearse};
use vj_sim::report;
use vj_sim::set::Set;
use vj_sim::tape::Tapes;

#[cfg(target_os = "macos")]
const BROWSER: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
#[cfg(not(target_os = "macos"))]
const BROWSER: &str = "chromium";

/// A browser that needs longer than this on a shared machine hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lanes that the bundled set must have.
const LANES: [&str; 17] = [
    "axis",
    "faults",
    "tracks",
    "playing",
    "loudness",
    "bands",
    "structure",
    "beats",
    "tempo",
    "lyrics",
    "keywords",
    "mood",
    "osc",
    "audio_analyzer",
    "lyrics_fetcher",
    "process_manager",
    "spotify_monitor",
];

/// A browser without a screen draws frames when it likes; here they come by the clock of the page.
const FRAMES: &str = "<script>window.requestAnimationFrame = (next) => setTimeout(next, 16);</script>";

/// Looks at the page as a user does: what is drawn, and what keys and the wheel do. It tells in the page itself.
const LOOK: &str = r#"<script>
addEventListener('load', () => {
  const plot = document.querySelector('#plot'), seen = {};
  const until = (holds, next) => { if (holds()) next(); else setTimeout(() => until(holds, next), 50); };
  const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key }));
  const steps = [
    [() => plot.dataset.view, () => {
      const copy = document.createElement('canvas'), scale = devicePixelRatio || 1, from = Math.round(plot.width * 0.12);
      [copy.width, copy.height] = [plot.width, plot.height];
      const ctx = copy.getContext('2d', { willReadFrequently: true }), lanes = JSON.parse(plot.dataset.lanes);
      ctx.drawImage(plot, 0, 0);
      seen.lanes = lanes.map(([name]) => name);
      seen.drawn = lanes.filter(([, y, height]) => {
        const { data } = ctx.getImageData(from, Math.round(y * scale), plot.width - from, Math.max(1, Math.round(height * scale)));
        const colours = new Set();
        for (let i = 0; i < data.length; i += 4) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
        return colours.size > 1;
      }).map(([name]) => name);
      seen.whole = plot.dataset.view;
      press('+');
    }],
    [() => plot.dataset.view !== seen.whole, () => {
      seen.closer = plot.dataset.view;
      const box = plot.getBoundingClientRect();
      plot.dispatchEvent(new WheelEvent('wheel', { deltaY: -120, clientX: box.left + box.width / 2, cancelable: true }));
    }],
    [() => plot.dataset.view !== seen.closer, () => { seen.wheel = plot.dataset.view; location.hash = '#50.00-60.00'; }],
    [() => plot.dataset.view !== seen.wheel, () => {
      seen.linked = plot.dataset.view;
      const box = plot.getBoundingClientRect();
      plot.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2 }));
    }],
    [() => document.querySelector('.readout .time'), () => { seen.told = document.querySelector('.readout').textContent; press('0'); }],
    [() => plot.dataset.view === seen.whole, () => { document.documentElement.dataset.seen = JSON.stringify(seen); }],
  ];
  const go = ([[holds, then], ...rest]) => until(holds, () => { then(); if (rest.length) go(rest); });
  go(steps);
});
</script>"#;

fn is_left_out() -> bool {
    std::env::var("VJ_WITHOUT").unwrap_or_default().split(',').any(|it| it == "chromium")
}

/// The bundled set with its fault, compared with itself without one.
fn played() -> Rehearsed {
    let set =
        || Set::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sets/first-night")).unwrap();
    let play = |faults| {
        let (driver, listeners, backend) = (Driver::Virtual, Vec::new(), Tapes::new());
        let (set, live_services, guest, hands) = (set(), None, None, None);
        rehearse(
            Rehearsal { driver, listeners, set, seed: 1, faults, backend, live_services, guest, hands },
            |_| {},
        )
    };
    let whole = play(Vec::new());
    let mut broken = play(set().faults);
    assert_eq!(broken.failure, None, "is audio.wav there? cargo xtask fixtures makes it");
    broken.meta.comparison = Some(compare(&whole.osc, &broken.osc, &Tolerance::default()));
    broken
}

/// Runs the browser on a page, and returns what it printed: the page, and its console.
fn browse(page: &Path, more: &[&str]) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let (out, log) = (profile.path().join("out"), profile.path().join("log"));
    let mut child = Command::new(BROWSER)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
        .args(["--virtual-time-budget=20000", "--window-size=1400,2600"])
        .args(more)
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).unwrap())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .expect("chromium is missing: cargo xtask setup, or leave it out with --without chromium");
    let pid = Pid::from_child(&child);
    let (tell, ended) = mpsc::channel();
    let waiter = thread::spawn(move || tell.send(child.wait().unwrap().success()));
    let ended = ended.recv_timeout(PATIENCE);
    if ended.is_err() {
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = waiter.join();
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    assert_eq!(ended, Ok(true), "the browser: {}", read(&log));
    (read(&out), read(&log))
}

/// What a program sees in the page.
fn attribute(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
}

fn span(view: &Value) -> (f64, f64) {
    let mut ends = view.as_str().unwrap().split(' ').map(|end| end.parse::<f64>().unwrap());
    (ends.next().unwrap(), ends.next().unwrap())
}

#[test]
fn the_report_opens_in_a_browser_with_all_lanes_and_can_be_looked_at_closely() {
    if is_left_out() {
        return;
    }
    let played = played();
    let dir = tempfile::tempdir().unwrap();
    report::write(dir.path(), &played.meta, &played.history, &played.osc).unwrap();
    let page = fs::read_to_string(dir.path().join("report.html")).unwrap();
    let looked_at = dir.path().join("looked-at.html");
    let page =
        page.replace("<head>", &format!("<head>{FRAMES}")).replace("</body>", &format!("{LOOK}</body>"));
    fs::write(&looked_at, page).unwrap();
    let (dom, console) = browse(&looked_at, &["--dump-dom"]);
    let complaints: Vec<_> = console.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    assert_eq!(attribute(&dom, "data-error"), None);
    let seen = attribute(&dom, "data-seen").expect("the page was looked at");
    let seen: Value = serde_json::from_str(&seen).unwrap();
    let names = |key: &str| -> Vec<&str> {
        seen[key].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
    };
    for lane in LANES {
        assert!(names("lanes").contains(&lane), "there is no lane '{lane}' in {seen}");
        assert!(names("drawn").contains(&lane), "nothing is drawn in '{lane}': {seen}");
    }
    let (whole, closer, wheel) = (span(&seen["whole"]), span(&seen["closer"]), span(&seen["wheel"]));
    let length = |(from, to): (f64, f64)| to - from;
    assert!(whole.0 == 0.0 && length(whole) > 130.0, "{seen}");
    assert!(length(closer) < length(whole) * 0.7 && length(wheel) < length(closer), "{seen}");
    assert_eq!(span(&seen["linked"]), (50.0, 60.0), "a time in a table leads to its place");
    assert!(seen["told"].as_str().unwrap().contains("loudness"), "{seen}");
    for part in ["What fell short", "Beside what is expected", "/audio/levels"] {
        assert!(dom.contains(part), "{part} is not in the page");
    }
    pictures(&dir.path().join("report.html"));
}

/// Keeps pictures of the page: the whole set, and the seconds around the fault.
fn pictures(page: &Path) {
    let artefacts = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("artefacts");
    fs::create_dir_all(&artefacts).unwrap();
    let close = page.with_file_name("report.html#47.00-57.00");
    for (name, page) in [("report.png", page), ("report-close.png", close.as_path())] {
        let picture = artefacts.join(name);
        let _ = fs::remove_file(&picture);
        browse(
            page,
            &["--run-all-compositor-stages-before-draw", &format!("--screenshot={}", picture.display())],
        );
        assert!(fs::metadata(&picture).unwrap().len() > 50_000, "{} is a picture", picture.display());
    }
}
