//! Rule sources on a real disk, saved in the ways of editors, Kubernetes and scripts.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite writes files and waits; a failure there fails the test"
)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

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
fn link_swapped_as_by_kubernetes_is_followed() {
    let watched = Watched::new(&["plan.adr"], |folder| {
        for (version, text) in [("..1", "let a = 1"), ("..2", "let a = 2")] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("plan.adr"), text).unwrap();
        }
        symlink("..1", folder.join("..data")).unwrap();
        symlink("..data/plan.adr", folder.join("plan.adr")).unwrap();
    });
    watched.until("let a = 1");
    symlink("..2", watched.path("..data_tmp")).unwrap();
    fs::rename(watched.path("..data_tmp"), watched.path("..data")).unwrap();
    fs::remove_dir_all(watched.path("..1")).unwrap();
    watched.until("let a = 2");
    // the new target is watched from now on
    watched.write("..2/plan.adr", "let a = 3");
    watched.until("let a = 3");
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

/// On a disk a new folder often has the inode of the folder that was just deleted. The system sends
/// no events for it until it is watched again.
#[test]
fn recreated_folder_with_the_same_inode_is_watched_again() {
    let on_disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let watched = Watched::within(on_disk, &["rules"], short_quiet_time(), |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), "let a = 0").unwrap();
    });
    watched.until("let a = 0");
    let mut same = 0;
    for number in (1..20).step_by(2) {
        let before = fs::metadata(watched.path("rules")).unwrap().ino();
        fs::remove_dir_all(watched.path("rules")).unwrap();
        fs::create_dir(watched.path("rules")).unwrap();
        same += usize::from(fs::metadata(watched.path("rules")).unwrap().ino() == before);
        for number in [number, number + 1] {
            let text = format!("let a = {number}");
            watched.write("rules/a.adr", &text);
            watched.until(&text);
        }
    }
    println!("the inode was the same {same} times");
}

#[test]
fn missing_and_linked_includes_are_watched() {
    let include = "include \"shared/more/emergency.adr\"";
    let watched = Watched::new(&["rules"], |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), include).unwrap();
    });
    watched.until(&format!("{include}?"));
    fs::create_dir_all(watched.path("rules/shared/more")).unwrap();
    watched.write("rules/shared/more/emergency.adr", "let a = 1");
    watched.until(&format!("{include}|let a = 1"));
    watched.write("rules/shared/more/emergency.adr", "let a = 2");
    watched.until(&format!("{include}|let a = 2"));
    // the include becomes a link to another file in the folder of the plan
    fs::create_dir(watched.path("rules/elsewhere")).unwrap();
    watched.write("rules/elsewhere/there.adr", "let a = 3");
    fs::remove_file(watched.path("rules/shared/more/emergency.adr")).unwrap();
    symlink("../../elsewhere/there.adr", watched.path("rules/shared/more/emergency.adr")).unwrap();
    watched.until(&format!("{include}|let a = 3"));
    watched.write("rules/elsewhere/there.adr", "let a = 4");
    watched.until(&format!("{include}|let a = 4"));
}

/// adrc never reads through a link out of the folder of the plan, and notices its correction.
#[test]
fn link_out_of_the_folder_is_rejected_until_it_leads_inside() {
    for poll_interval in [NO_POLL, Duration::from_millis(50)] {
        let timing = Timing { poll_interval, ..short_quiet_time() };
        let include = "include \"site.txt\"";
        let watched = Watched::timed(&["rules"], timing, |folder| {
            fs::create_dir(folder.join("rules")).unwrap();
            fs::write(folder.join("outside"), "let a = 1").unwrap();
            fs::write(folder.join("rules/inside.txt"), "let a = 2").unwrap();
            fs::write(folder.join("rules/a.adr"), include).unwrap();
            symlink("../outside", folder.join("rules/site.txt")).unwrap();
        });
        watched.until(&format!("{include}?"));
        symlink("inside.txt", watched.path("rules/aside")).unwrap();
        fs::rename(watched.path("rules/aside"), watched.path("rules/site.txt")).unwrap();
        watched.until(&format!("{include}|let a = 2"));
        symlink("../outside", watched.path("rules/aside")).unwrap();
        fs::rename(watched.path("rules/aside"), watched.path("rules/site.txt")).unwrap();
        watched.until(&format!("{include}?"));
    }
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

#[test]
fn growing_file_is_reported_once_when_closed() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    let mut file = fs::File::create(watched.path("plan.adr")).unwrap();
    let mut whole = String::new();
    for number in 0..8 {
        let line = format!("let a{number} = {number}\n");
        file.write_all(line.as_bytes()).unwrap();
        whole += &line;
        // longer than the quiet time: the watch waits because the file is open
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(file);
    assert_eq!(watched.until(&whole), Vec::<String>::new());
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
fn zero_quiet_time_reports_files_when_closed() {
    let timing = Timing { poll_interval: NO_POLL, ..Timing::with_quiet(Duration::ZERO) };
    let watched = Watched::timed(&["plan.adr"], timing, one_file);
    watched.until("let a = 1");
    watched.assert_silent("let a = 1");
    let mut file = fs::File::create(watched.path("plan.adr")).unwrap();
    file.write_all(b"let a = 2\n").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    file.write_all(b"let b = 2\n").unwrap();
    drop(file);
    assert_eq!(watched.until("let a = 2\nlet b = 2\n"), Vec::<String>::new());
    watched.write("aside", "let a = 3");
    fs::rename(watched.path("aside"), watched.path("plan.adr")).unwrap();
    assert_eq!(watched.until("let a = 3"), Vec::<String>::new());
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
                    fs::rename(&aside, folder.join("plan.adr")).unwrap();
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
fn jumping_modification_times_are_reported() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for (number, year) in [(2, "1971"), (3, "2099"), (4, "2001")] {
        let text = format!("let a = {number}");
        watched.write("plan.adr", &text);
        let time = format!("{year}-01-01");
        let touch = std::process::Command::new("touch")
            .args(["-d", &time])
            .arg(watched.path("plan.adr"))
            .status();
        assert!(touch.unwrap().success());
        watched.until(&text);
    }
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
