//! Sources on a real disk, saved in every way that people and machines save.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite writes files and waits, and what fails there fails the test"
)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use adr_watcher::watch::{Answer, Noticed, Requests, Timing, requests, watch};
use tempfile::TempDir;

/// How long a loaded machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A watch on paths of a folder, and what it told: texts of all files in the order read, or the
/// error.
struct Watched {
    room: TempDir,
    requests: Requests,
    told: Receiver<String>,
    thread: Option<JoinHandle<()>>,
}

impl Watched {
    /// Prepares a folder and watches paths in it. The poll is so slow that no test passes by it.
    fn new(paths: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let floor = Duration::from_secs(3600);
        Self::timed(
            paths,
            Timing { quiet: Duration::from_millis(50), floor, ..Timing::default() },
            prepare,
        )
    }

    fn timed(paths: &[&str], timing: Timing, prepare: impl FnOnce(&Path)) -> Self {
        // in memory where there is such a place: file systems on disk flush what is saved over and
        // over
        let room = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self::within(room, paths, timing, prepare)
    }

    fn within(room: TempDir, paths: &[&str], timing: Timing, prepare: impl FnOnce(&Path)) -> Self {
        prepare(room.path());
        let paths: Vec<String> =
            paths.iter().map(|path| room.path().join(path).display().to_string()).collect();
        let (sender, told) = channel();
        let (requests, receiver) = requests();
        let for_thread = requests.clone();
        let thread = std::thread::spawn(move || {
            let noticed = |noticed: Noticed| {
                let _ = sender.send(in_short(&noticed));
                Answer::Done
            };
            watch(&paths, timing, (&for_thread, &receiver), noticed);
        });
        Self { room, requests, told, thread: Some(thread) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Waits until this is told; what is told before is passed over, and given back.
    fn until(&self, expected: &str) -> Vec<String> {
        let began = Instant::now();
        let mut before = Vec::new();
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.told.recv_timeout(left) {
                Ok(told) if told == expected => return before,
                Ok(told) => before.push(told),
                Err(_) => panic!("`{expected}` is not told, but {before:?}"),
            }
        }
    }

    /// Nothing more is told: a reload is answered, and nothing comes before its answer.
    fn assert_silent(&self, now: &str) {
        self.requests.reload();
        assert_eq!(self.until(now), Vec::<String>::new());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.requests.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

fn in_short(noticed: &Noticed) -> String {
    match noticed {
        Noticed::Sources { parsed: Ok(parsed), .. } => {
            let texts: Vec<&str> =
                parsed.sources().iter().map(|(_, source)| source.text()).collect();
            let unread = parsed.findings().diagnostics().iter().any(|found| {
                found.name.starts_with("unreadable") || found.name == "include-outside-folder"
            });
            format!("{}{}", texts.join("|"), if unread { "?" } else { "" })
        }
        Noticed::Sources { parsed: Err(error), .. } => error.error.reason.clone(),
        Noticed::PollingOnly { reason, .. } => format!("polling only: {reason}"),
        Noticed::Reminded => "reminded".to_owned(),
    }
}

fn one_file(room: &Path) {
    fs::write(room.join("plan.adr"), "let a = 1").unwrap();
}

#[test]
fn told_at_the_beginning_and_on_change_and_not_otherwise() {
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
fn an_editor_that_renames() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for number in 2..5 {
        let text = format!("let a = {number}");
        // as vim: the old one becomes a backup, the new one takes its name
        fs::rename(watched.path("plan.adr"), watched.path("plan.adr~")).unwrap();
        watched.write("plan.adr", &text);
        fs::remove_file(watched.path("plan.adr~")).unwrap();
        watched.until(&text);
        // as most others: written aside, renamed over it
        watched.write("aside", &format!("{text}0"));
        fs::rename(watched.path("aside"), watched.path("plan.adr")).unwrap();
        watched.until(&format!("{text}0"));
    }
}

#[test]
fn a_link_that_is_swapped_as_kubernetes_does() {
    let watched = Watched::new(&["plan.adr"], |room| {
        for (folder, text) in [("..1", "let a = 1"), ("..2", "let a = 2")] {
            fs::create_dir(room.join(folder)).unwrap();
            fs::write(room.join(folder).join("plan.adr"), text).unwrap();
        }
        symlink("..1", room.join("..data")).unwrap();
        symlink("..data/plan.adr", room.join("plan.adr")).unwrap();
    });
    watched.until("let a = 1");
    symlink("..2", watched.path("..data_tmp")).unwrap();
    fs::rename(watched.path("..data_tmp"), watched.path("..data")).unwrap();
    fs::remove_dir_all(watched.path("..1")).unwrap();
    watched.until("let a = 2");
    // the new target is watched now
    watched.write("..2/plan.adr", "let a = 3");
    watched.until("let a = 3");
}

#[test]
fn a_folder_that_is_deleted_and_comes_back() {
    let watched = Watched::new(&["rules"], |room| {
        fs::create_dir(room.join("rules")).unwrap();
        fs::write(room.join("rules/a.adr"), "let a = 1").unwrap();
    });
    watched.until("let a = 1");
    fs::remove_dir_all(watched.path("rules")).unwrap();
    watched.until("?");
    fs::create_dir(watched.path("rules")).unwrap();
    watched.write("rules/a.adr", "let a = 2");
    watched.until("let a = 2");
    watched.write("rules/b.adr", "let b = 1");
    watched.until("let a = 2|let b = 1");
    // another folder takes the name
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

/// On a disk a new folder often has the inode of the one that was deleted a moment ago, and nobody
/// tells of what happens in it until it is watched anew.
#[test]
fn a_folder_that_comes_back_with_the_same_inode() {
    let on_disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let timing = Timing {
        quiet: Duration::from_millis(50),
        floor: Duration::from_secs(3600),
        ..Timing::default()
    };
    let watched = Watched::within(on_disk, &["rules"], timing, |room| {
        fs::create_dir(room.join("rules")).unwrap();
        fs::write(room.join("rules/a.adr"), "let a = 0").unwrap();
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
    println!("{same} times the same inode");
}

#[test]
fn includes_outside_the_watched_folder_and_ones_that_are_missing() {
    let include = "include \"shared/more/emergency.adr\"";
    let watched = Watched::new(&["rules"], |room| {
        fs::create_dir(room.join("rules")).unwrap();
        fs::write(room.join("rules/a.adr"), include).unwrap();
    });
    watched.until(&format!("{include}?"));
    fs::create_dir_all(watched.path("rules/shared/more")).unwrap();
    watched.write("rules/shared/more/emergency.adr", "let a = 1");
    watched.until(&format!("{include}|let a = 1"));
    watched.write("rules/shared/more/emergency.adr", "let a = 2");
    watched.until(&format!("{include}|let a = 2"));
    // an include that is a link to another file of the plan's folder
    fs::create_dir(watched.path("rules/elsewhere")).unwrap();
    watched.write("rules/elsewhere/there.adr", "let a = 3");
    fs::remove_file(watched.path("rules/shared/more/emergency.adr")).unwrap();
    symlink("../../elsewhere/there.adr", watched.path("rules/shared/more/emergency.adr")).unwrap();
    watched.until(&format!("{include}|let a = 3"));
    watched.write("rules/elsewhere/there.adr", "let a = 4");
    watched.until(&format!("{include}|let a = 4"));
}

/// A link out of the plan's folder is never read; when it is corrected, that is noticed.
#[test]
fn link_out_of_the_folder_is_refused_until_it_leads_inside() {
    for floor in [Duration::from_secs(3600), Duration::from_millis(50)] {
        let timing = Timing { quiet: Duration::from_millis(50), floor, ..Timing::default() };
        let include = "include \"site.txt\"";
        let watched = Watched::timed(&["rules"], timing, |room| {
            fs::create_dir(room.join("rules")).unwrap();
            fs::write(room.join("outside"), "let a = 1").unwrap();
            fs::write(room.join("rules/inside.txt"), "let a = 2").unwrap();
            fs::write(room.join("rules/a.adr"), include).unwrap();
            symlink("../outside", room.join("rules/site.txt")).unwrap();
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
fn ten_thousand_saves_end_with_the_last_one() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for number in 0..10_000 {
        watched.write("plan.adr", &format!("let a = {number}"));
    }
    let before = watched.until("let a = 9999");
    // a stream of saves is looked at about once a second, whatever its speed; on any machine far
    // less than it is saved
    assert!(before.len() < 1000, "told {} times", before.len());
    watched.assert_silent("let a = 9999");
}

#[test]
fn a_file_that_grows_is_not_told_in_part() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    let mut file = fs::File::create(watched.path("plan.adr")).unwrap();
    let mut whole = String::new();
    for number in 0..8 {
        let line = format!("let a{number} = {number}\n");
        file.write_all(line.as_bytes()).unwrap();
        whole += &line;
        // longer than the quiet time: only who has not closed the file is waited for
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(file);
    assert_eq!(watched.until(&whole), Vec::<String>::new());
}

/// Whoever comes in the middle of a save has no event that tells him so.
#[test]
fn a_save_that_began_before_the_watch_is_waited_for() {
    let quiet = Duration::from_secs(5);
    let timing =
        Timing { longest: quiet, floor: Duration::from_secs(3600), ..Timing::with_quiet(quiet) };
    let watched = Watched::timed(&["plan.adr"], timing, |room| {
        fs::write(room.join("plan.adr"), "").unwrap();
    });
    watched.write("plan.adr", "let a = 1");
    assert_eq!(watched.until("let a = 1"), Vec::<String>::new());
}

#[test]
fn without_a_quiet_time_a_file_is_told_when_it_is_whole() {
    let timing = Timing { floor: Duration::from_secs(3600), ..Timing::with_quiet(Duration::ZERO) };
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
fn two_editors_at_once_end_with_what_is_there() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    std::thread::scope(|scope| {
        for editor in ["x", "y"] {
            let room = watched.room.path();
            scope.spawn(move || {
                for number in 0..200 {
                    let aside = room.join(editor);
                    fs::write(&aside, format!("let {editor} = {number}")).unwrap();
                    fs::rename(&aside, room.join("plan.adr")).unwrap();
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
fn times_of_files_that_jump_do_no_harm() {
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
fn the_poll_is_enough_where_there_are_no_events() {
    let timing = Timing { floor: Duration::from_millis(20), events: false, ..Timing::default() };
    let watched = Watched::timed(&["rules"], timing, |room| {
        fs::create_dir(room.join("rules")).unwrap();
        fs::write(room.join("rules/a.adr"), "let a = 1").unwrap();
    });
    watched.until("let a = 1");
    watched.write("rules/a.adr", "let a = 2");
    watched.until("let a = 2");
    watched.write("rules/b.adr", "let b = 1");
    watched.until("let a = 2|let b = 1");
    fs::remove_dir_all(watched.path("rules")).unwrap();
    watched.until("?");
}

#[test]
fn what_could_not_be_done_is_told_again() {
    let room = tempfile::tempdir().unwrap();
    one_file(room.path());
    let paths = [room.path().join("plan.adr").display().to_string()];
    let (requests, receiver) = requests();
    let mut told = 0;
    let noticed = |_| {
        told += 1;
        if told == 3 {
            requests.stop();
            return Answer::Done;
        }
        Answer::TellAgain
    };
    watch(&paths, Timing::default(), (&requests, &receiver), noticed);
    assert_eq!(told, 3);
}
