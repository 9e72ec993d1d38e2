//! `vj logs`: the log files merged by time. It reads files only, so it works with everything dead.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::json;
use vj_env::real::{LOG_FILES_KEPT, parse_line, stamp};
use vj_env::{Level, LogRecord, WallMillis};

use crate::client::on_bus;
use crate::config::ConfigArgs;
use crate::terminal::{Paint, harmless};

/// Between two looks for new lines.
const LOOKS: Duration = Duration::from_millis(200);

/// What else a newcomer should know.
const AFTER_HELP: &str = "\
As in: vj logs -f -n 20 audio_analyzer";

/// What `vj logs` is asked for.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LogsArgs {
    /// Of this worker only (`process_manager` and `up`, the guardian, too)
    worker: Option<String>,
    /// Stay, and print what is said from now on
    #[arg(short, long, env = "VJ_FOLLOW", value_parser = FalseyValueParser::new())]
    follow: bool,
    /// How many of the newest records
    #[arg(short = 'n', long, env = "VJ_LINES", default_value_t = 100, value_name = "N")]
    lines: usize,
    /// Print one JSON document a line
    #[arg(long, env = "VJ_JSON", value_parser = FalseyValueParser::new())]
    json: bool,
}

/// One record, and whose it is.
struct Entry {
    of: String,
    pid: u32,
    record: LogRecord,
}

/// Prints the newest records, and those that follow.
pub(crate) fn run(args: LogsArgs, config: &ConfigArgs) -> Result<ExitCode> {
    on_bus(config, |bus| async move {
        let dir = bus.paths.logs();
        let known = names(&dir);
        if let Some(worker) = args.worker.as_ref().filter(|worker| !known.contains(worker)) {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            anyhow::bail!("no log of '{worker}' in {} (there are: {known})", dir.display());
        }
        let wanted: Vec<_> =
            known.into_iter().filter(|it| args.worker.as_ref().is_none_or(|of| of == it)).collect();
        let mut tails = BTreeMap::new();
        let mut entries: Vec<Entry> = Vec::new();
        for name in &wanted {
            let (mut of_one, tail) = newest(&dir, name, args.lines)?;
            entries.append(&mut of_one);
            tails.insert(name.clone(), tail);
        }
        entries.sort_by_key(|entry| entry.record.time_ms);
        let skip = entries.len().saturating_sub(args.lines);
        for entry in &entries[skip..] {
            print(entry, args.json)?;
        }
        if entries.is_empty() && !args.json && !args.follow {
            eprintln!("No records in {}.", dir.display());
        }
        if !args.follow {
            return Ok(ExitCode::SUCCESS);
        }
        loop {
            bus.clock.sleep(LOOKS).await;
            for name in names(&dir).into_iter().filter(|it| args.worker.as_ref().is_none_or(|of| of == it)) {
                tails.entry(name.clone()).or_insert_with(|| Tail::new(&dir, &name));
            }
            let mut fresh: Vec<Entry> = tails.values_mut().flat_map(Tail::fresh).collect();
            fresh.sort_by_key(|entry| entry.record.time_ms);
            for entry in &fresh {
                print(entry, args.json)?;
            }
        }
    })
}

/// Whose log files stand here, in order.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".log")?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The newest `count` records of one process, over its old files too, and where its log file ends.
fn newest(dir: &Path, name: &str, count: usize) -> io::Result<(Vec<Entry>, Tail)> {
    let mut newest = VecDeque::new();
    let mut tail = Tail::new(dir, name);
    for old in (1..=LOG_FILES_KEPT).rev() {
        let path = dir.join(format!("{name}.log.{old}"));
        if let Ok(file) = File::open(path) {
            take_lines(name, BufReader::new(file), &mut newest, count);
        }
    }
    for entry in tail.fresh() {
        newest.push_back(entry);
        if newest.len() > count {
            newest.pop_front();
        }
    }
    Ok((newest.into(), tail))
}

fn take_lines(name: &str, reader: impl BufRead, entries: &mut VecDeque<Entry>, count: usize) {
    for line in reader.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        add_line(name, line.trim_end(), entries);
        while entries.len() > count {
            entries.pop_front();
        }
    }
}

/// A line that begins no record belongs to the one before it.
fn add_line(name: &str, line: &str, entries: &mut VecDeque<Entry>) {
    match (parse_line(line), entries.back_mut()) {
        (Some((pid, record)), _) => entries.push_back(Entry { of: name.to_owned(), pid, record }),
        (None, _) if line.is_empty() => {}
        (None, Some(last)) => {
            last.record.message.push('\n');
            last.record.message.push_str(line.strip_prefix("    ").unwrap_or(line));
        }
        (None, None) => {
            let record = LogRecord { time_ms: 0, level: Level::Error, message: line.to_owned() };
            entries.push_back(Entry { of: name.to_owned(), pid: 0, record });
        }
    }
}

/// The end of a log file that grows, and is turned over at times.
struct Tail {
    name: String,
    path: PathBuf,
    file: Option<(u64, File)>,
    rest: Vec<u8>,
}

impl Tail {
    fn new(dir: &Path, name: &str) -> Self {
        Self { name: name.to_owned(), path: dir.join(format!("{name}.log")), file: None, rest: Vec::new() }
    }

    /// What came since the last look.
    fn fresh(&mut self) -> Vec<Entry> {
        use std::os::unix::fs::MetadataExt;
        let mut entries = VecDeque::new();
        // To the end of the open file first: it may have been turned over since.
        self.read(&mut entries);
        let there = fs::metadata(&self.path).ok().map(|found| found.ino());
        if there.is_some() && there != self.file.as_ref().map(|(ino, _)| *ino) {
            self.rest.clear();
            self.file = there.and_then(|ino| Some((ino, File::open(&self.path).ok()?)));
            self.read(&mut entries);
        }
        entries.into()
    }

    fn read(&mut self, entries: &mut VecDeque<Entry>) {
        let Some((_, file)) = &mut self.file else { return };
        let at = file.stream_position().unwrap_or(0);
        if file.metadata().is_ok_and(|meta| meta.len() < at) {
            // Somebody emptied it.
            let _ = file.seek(SeekFrom::Start(0));
        }
        let _ = file.read_to_end(&mut self.rest);
        let whole = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines: Vec<u8> = self.rest.drain(..whole).collect();
        take_lines(&self.name, lines.as_slice(), entries, usize::MAX);
    }
}

fn print(entry: &Entry, json: bool) -> io::Result<()> {
    let Entry { of, pid, record } = entry;
    let mut out = io::stdout().lock();
    if json {
        let time = stamp(WallMillis(record.time_ms));
        let line = json!({"time": time, "process": of, "pid": pid, "level": record.level, "message": record.message});
        return writeln!(out, "{line}");
    }
    let paint = Paint::for_stdout();
    let level = match record.level {
        Level::Error => paint.alarm("error  "),
        Level::Warning => paint.strong("warning"),
        Level::Info => "info   ".to_owned(),
        Level::Debug => paint.faint("debug  "),
    };
    let message = record.message.lines().map(harmless).collect::<Vec<_>>().join("\n    ");
    writeln!(out, "{} {level} {of}[{pid}] {message}", paint.faint(&local(record.time_ms)))
}

/// People read the time of their own clock.
fn local(time_ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(time_ms).unwrap_or(0)).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
