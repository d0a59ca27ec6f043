//! Reads large logs, and measures the memory. It is a process of its own, so that no other test
//! counts. With `ADR_LONG=1` the log has 2 GiB.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests write files, and a failure fails the test"
)]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use adr_doctor::log::{Excerpt, Tally};
use adr_probe::log::read_logs;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Lines of one part of a log.
const LINES: u64 = 50_000;

/// Users in it.
const USERS: u64 = 500;

/// The memory that reading may take, in KiB: buffers, and what is kept of each user.
const MEMORY: u64 = 16 * 1024;

/// Most memory of this process so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Writes a part of a log; the result is its size in bytes.
fn write_part(mut out: impl Write) -> u64 {
    let mut size = 0;
    for number in 0..LINES {
        let (second, user) = (number % 60, number % USERS);
        let line = format!(
            "2026-11-30 10:00:{second:02}Z EPE|OWA GET /exchange/user{user}/Calendar HTTP/1.1 401\n"
        );
        out.write_all(line.as_bytes()).unwrap();
        size += line.len() as u64;
    }
    size
}

/// Reads a file, and returns how many lines it has.
fn lines(path: &Path) -> u64 {
    let mut sink = (Tally::new(0, 1_796_040_000), Excerpt::default());
    read_logs(&[path.to_owned()], &mut sink, &mut |_| {}).unwrap();
    let seen = sink.0.finish();
    assert!(seen.files.iter().all(|file| file.incomplete.is_none()), "{:?}", seen.files);
    seen.lines
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let whole: u64 = if std::env::var_os("ADR_LONG").is_some() { 2 << 30 } else { 24 << 20 };
    let folder = tempfile::tempdir().unwrap();
    // a part is compressed once, and stands in the file again and again
    let path = folder.path().join("epe.txt.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let size = write_part(&mut encoder);
    let part = encoder.finish().unwrap();
    let parts = whole.div_ceil(size);
    let mut file = File::create(&path).unwrap();
    for _ in 0..parts {
        file.write_all(&part).unwrap();
    }
    let before = peak();
    assert_eq!(lines(&path), parts * LINES);
    let grown = peak() - before;
    assert!(grown < MEMORY, "{grown} KiB for {whole} bytes");
    // a line without end: the rest of the file is a hole
    let path = folder.path().join("hole.txt");
    let mut file = File::create(&path).unwrap();
    file.write_all(&b"2026-11-30 10:00:00Z a line\n".repeat(100)).unwrap();
    file.seek(SeekFrom::Start(whole)).unwrap();
    file.write_all(b"\nlast").unwrap();
    assert_eq!(lines(&path), 102);
    let grown = peak() - before;
    assert!(grown < MEMORY, "{grown} KiB for a line of {whole} bytes");
}
