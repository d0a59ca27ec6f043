//! Rule sources on a real disk, saved in the ways of editors, Kubernetes and scripts.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite writes files and waits; a failure there fails the test"
)]

#[cfg(target_os = "linux")]
mod closing;
#[cfg(unix)]
mod links;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use adr_bundle::disk::retry_while_held;
use adr_watcher::watch::{SourceWatch, Timing, WatchEvent};
use tempfile::TempDir;

/// How long to wait for a report; generous, since the machine may be loaded.
const TIMEOUT: Duration = Duration::from_secs(60);

/// So long that no test passes because of the poll.
const NO_POLL: Duration = Duration::from_secs(3600);

/// A watch on paths of a temporary folder.
struct Watched {
    folder: TempDir,
    watch: Option<SourceWatch>,
    /// What the watch reported, see [`summary`].
    reports: Receiver<String>,
}

impl Watched {
    /// Prepares a folder and watches paths in it, with a quiet time of 50 ms.
    fn new(paths: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        Self::timed(paths, short_quiet_time(), prepare)
    }

    fn timed(paths: &[&str], timing: Timing, prepare: impl FnOnce(&Path)) -> Self {
        // in memory where the system has such a folder: disks flush files that are saved repeatedly
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self::within(folder, paths, timing, prepare)
    }

    fn within(
        folder: TempDir,
        paths: &[&str],
        timing: Timing,
        prepare: impl FnOnce(&Path),
    ) -> Self {
        prepare(folder.path());
        let path = |name: &&str| folder.path().join(name).display().to_string();
        let paths: Vec<String> = paths.iter().map(path).collect();
        let (sender, reports) = channel();
        let on_event = move |event: WatchEvent| {
            let _ = sender.send(summary(&event));
        };
        let watch = SourceWatch::start(paths, timing, on_event).unwrap();
        Self { folder, watch: Some(watch), reports }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Waits for this report; returns the reports before it.
    fn until(&self, expected: &str) -> Vec<String> {
        let began = Instant::now();
        let mut before = Vec::new();
        loop {
            let left = TIMEOUT.saturating_sub(began.elapsed());
            match self.reports.recv_timeout(left) {
                Ok(report) if report == expected => return before,
                Ok(report) => before.push(report),
                Err(_) => panic!("`{expected}` was not reported; reports: {before:?}"),
            }
        }
    }

    /// Asserts that no report is under way: the next one is that of a requested read.
    fn assert_silent(&self, now: &str) {
        self.watch.as_ref().unwrap().read();
        assert_eq!(self.until(now), Vec::<String>::new());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            let stopped = watch.stop();
            assert!(stopped.is_ok() || std::thread::panicking());
        }
    }
}

fn short_quiet_time() -> Timing {
    Timing { quiet: Duration::from_millis(50), poll_interval: NO_POLL, ..Timing::default() }
}

/// The texts of all files in the order read, joined with `|`, and `?` when some cannot be read.
fn summary(event: &WatchEvent) -> String {
    match event {
        WatchEvent::Sources { sources: Ok(parsed), .. } => {
            let texts: Vec<&str> =
                parsed.sources().iter().map(|(_, source)| source.text()).collect();
            let unread = parsed.findings().diagnostics().iter().any(|found| {
                found.name.starts_with("unreadable") || found.name == "include-outside-folder"
            });
            format!("{}{}", texts.join("|"), if unread { "?" } else { "" })
        }
        WatchEvent::Sources { sources: Err(error), .. } => error.to_string(),
        WatchEvent::Restarted => "restarted".to_owned(),
        WatchEvent::PollingOnly { reason, .. } => format!("polling only: {reason}"),
    }
}

fn one_file(folder: &Path) {
    fs::write(folder.join("plan.adr"), "let a = 1").unwrap();
}

#[test]
fn sources_are_reported_at_the_start_and_on_change_only() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    watched.write("plan.adr", "let a = 2");
    watched.until("let a = 2");
    watched.write("plan.adr", "let a = 2");
    watched.write("other.txt", "nothing");
    watched.write(".plan.adr.swp", "nothing");
    watched.assert_silent("let a = 2");
}

#[test]
fn save_by_renaming_is_reported() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for number in 2..5 {
        let text = format!("let a = {number}");
        // vim renames the old file to a backup and writes a new file
        fs::rename(watched.path("plan.adr"), watched.path("plan.adr~")).unwrap();
        watched.write("plan.adr", &text);
        fs::remove_file(watched.path("plan.adr~")).unwrap();
        watched.until(&text);
        // most other editors write a temporary file and rename it over the old one
        watched.write("aside", &format!("{text}0"));
        fs::rename(watched.path("aside"), watched.path("plan.adr")).unwrap();
        watched.until(&format!("{text}0"));
    }
}

#[test]
fn deleted_folder_is_watched_again_when_recreated() {
    let watched = Watched::new(&["rules"], |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), "let a = 1").unwrap();
    });
    watched.until("let a = 1");
    fs::remove_dir_all(watched.path("rules")).unwrap();
    watched.until("?");
    fs::create_dir(watched.path("rules")).unwrap();
    watched.write("rules/a.adr", "let a = 2");
    watched.until("let a = 2");
    watched.write("rules/b.adr", "let b = 1");
    watched.until("let a = 2|let b = 1");
    // another folder takes over the name
    fs::create_dir(watched.path("new")).unwrap();
    watched.write("new/a.adr", "let a = 3");
    fs::rename(watched.path("rules"), watched.path("old")).unwrap();
    fs::rename(watched.path("new"), watched.path("rules")).unwrap();
    watched.until("let a = 3");
    watched.write("old/a.adr", "let a = 4");
    watched.write("rules/a.adr", "let a = 5");
    let before = watched.until("let a = 5");
    assert!(!before.contains(&"let a = 4".to_owned()), "{before:?}");
}

#[test]
fn ten_thousand_saves_end_with_the_last_content() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for number in 0..10_000 {
        watched.write("plan.adr", &format!("let a = {number}"));
    }
    let before = watched.until("let a = 9999");
    // a stream of saves is scanned about once a second, on any machine far less often than saved
    assert!(before.len() < 1000, "reported {} times", before.len());
    watched.assert_silent("let a = 9999");
}

/// A watch that starts in the middle of a save receives no event about the beginning of the save.
#[test]
fn save_under_way_at_the_start_is_awaited() {
    let quiet = Duration::from_secs(5);
    let timing = Timing { max_delay: quiet, poll_interval: NO_POLL, ..Timing::with_quiet(quiet) };
    let watched = Watched::timed(&["plan.adr"], timing, |folder| {
        fs::write(folder.join("plan.adr"), "").unwrap();
    });
    watched.write("plan.adr", "let a = 1");
    assert_eq!(watched.until("let a = 1"), Vec::<String>::new());
}

#[test]
fn concurrent_editors_end_with_the_final_content() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    std::thread::scope(|scope| {
        for editor in ["x", "y"] {
            let folder = watched.folder.path();
            scope.spawn(move || {
                for number in 0..200 {
                    let aside = folder.join(editor);
                    fs::write(&aside, format!("let {editor} = {number}")).unwrap();
                    // the watch may have the file open, which holds a rename up on Windows
                    retry_while_held(|| fs::rename(&aside, folder.join("plan.adr"))).unwrap();
                }
            });
        }
    });
    let now = fs::read_to_string(watched.path("plan.adr")).unwrap();
    let whole = |text: &String| text.len() >= "let x = 0".len();
    assert!(watched.until(&now).iter().all(whole));
    watched.assert_silent(&now);
}

#[test]
fn poll_without_events_finds_changes() {
    let timing =
        Timing { poll_interval: Duration::from_millis(20), events: false, ..Timing::default() };
    let watched = Watched::timed(&["rules"], timing, |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), "let a = 1").unwrap();
    });
    watched.until("let a = 1");
    watched.write("rules/a.adr", "let a = 2");
    watched.until("let a = 2");
    watched.write("rules/b.adr", "let b = 1");
    watched.until("let a = 2|let b = 1");
    fs::remove_dir_all(watched.path("rules")).unwrap();
    watched.until("?");
}
