//! Files that are written to for long: only Linux reports when they are closed.

use std::fs;
use std::io::Write;
use std::time::Duration;

use adr_watcher::watch::Timing;

use super::{NO_POLL, Watched, one_file, short_quiet_time};

/// Timing with this quiet time, whose limits for open files no test reaches.
fn until_closed(quiet: Duration) -> Timing {
    Timing { quiet, quiet_while_open: NO_POLL, max_delay: NO_POLL, ..short_quiet_time() }
}

#[test]
fn growing_file_is_reported_once_when_closed() {
    let quiet = short_quiet_time().quiet;
    let watched = Watched::timed(&["plan.adr"], until_closed(quiet), one_file);
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

#[test]
fn zero_quiet_time_reports_files_when_closed() {
    let watched = Watched::timed(&["plan.adr"], until_closed(Duration::ZERO), one_file);
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
