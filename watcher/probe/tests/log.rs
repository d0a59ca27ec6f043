//! Reading logs: formats in each other, encodings, damage and limits.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests write files, and a failure fails the test"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use adr_doctor::log::{Excerpt, Observations, Tally};
use adr_probe::log::{
    LineSink, LogLimits, MAX_LINE_BYTES, MAX_NESTING, read_logs, read_logs_within,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// Two lines that say something, and one that does not.
const LINES: &str = "2026-11-30 10:00:00Z owa user=jane HTTP 401\r\n\
    2026-11-30 10:00:01Z owa user=john HTTP 401\n\
    2026-11-30 10:00:02Z another line";

/// Everything that a sink gets.
#[derive(Debug, Default, PartialEq, Eq)]
struct Recorded(Vec<String>);

impl LineSink for Recorded {
    fn begin(&mut self, name: &str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        self.0.push(format!("[{name}"));
    }

    fn line(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }

    fn end(&mut self, incomplete: Option<String>) {
        self.0.push(format!("]{}", incomplete.unwrap_or_default()));
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn utf16(text: &str, is_big: bool, with_mark: bool) -> Vec<u8> {
    let mark = with_mark.then_some(0xFEFF);
    let units = mark.into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn tally(paths: &[PathBuf]) -> Observations {
    let mut tally = Tally::new(0, 1_796_040_000);
    read_logs(paths, &mut tally, &mut |_| {}).unwrap();
    tally.finish()
}

fn recorded(path: &Path) -> Vec<String> {
    let mut recorded = Recorded::default();
    read_logs(&[path.to_owned()], &mut recorded, &mut |_| {}).unwrap();
    recorded.0
}

#[test]
fn every_format_and_encoding_gives_the_same_lines() {
    let folder = TempDir::new().unwrap();
    let text = LINES.as_bytes();
    let forms = [
        ("plain", text.to_vec()),
        ("mark", [b"\xEF\xBB\xBF", text].concat()),
        ("gz", gzip(text)),
        ("two members", [gzip(&text[..30]), gzip(&text[30..])].concat()),
        ("tar", archive(&[("epe1.txt", text)])),
        ("tar.gz", gzip(&archive(&[("epe1.txt.gz", &gzip(text))]))),
        ("utf16 little", utf16(LINES, false, true)),
        ("utf16 big", utf16(LINES, true, true)),
        ("utf16 without mark", utf16(LINES, false, false)),
        ("utf16 gz", gzip(&utf16(LINES, true, false))),
    ];
    for (name, bytes) in forms {
        let mut seen = tally(&[file(&folder, "log", &bytes)]);
        assert_eq!((seen.lines, seen.mentions, seen.groups.len()), (3, 2, 2), "{name}");
        assert_eq!(seen.files.pop().unwrap().incomplete, None, "{name}");
    }
}

#[test]
fn folder_gives_all_its_files_and_order_of_paths_does_not_matter() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("inside")).unwrap();
    let one = file(&folder, "epe1.txt", LINES.as_bytes());
    let two = file(&folder, "inside/epe2.txt.gz", &gzip(LINES.as_bytes()));
    let whole = tally(&[folder.path().to_owned()]);
    assert_eq!((whole.files.len(), whole.lines), (2, 6));
    let mut ahead = tally(&[one.clone(), two.clone()]);
    let mut back = tally(&[two, one]);
    ahead.files.clear();
    back.files.clear();
    assert_eq!(ahead, back);
}

#[test]
fn cut_and_damaged_files_give_the_lines_before_and_the_reason() {
    let folder = TempDir::new().unwrap();
    let long = LINES.repeat(3_000);
    let whole = gzip(long.as_bytes());
    let cut = recorded(&file(&folder, "cut.gz", &whole[..whole.len() / 2]));
    assert!(cut.len() > 100, "{}", cut.len());
    assert_eq!(cut.last().unwrap(), "]the file is cut: its end is missing");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xFF;
    let damaged = recorded(&file(&folder, "damaged.gz", &damaged));
    assert_ne!(damaged.last().unwrap(), "]");
    let tar = archive(&[("a", long.as_bytes())]);
    let tar = recorded(&file(&folder, "cut.tar", &tar[..tar.len() / 2]));
    assert_eq!(tar.last().unwrap(), "]the file is cut: its end is missing");
}

#[test]
fn what_is_not_a_log_is_named() {
    let folder = TempDir::new().unwrap();
    let cases: [(&str, &[u8], &str); 3] = [
        ("zip", b"PK\x03\x04....", "]this is a zip archive; unpack it with `unzip` first"),
        ("xz", b"\xfd7zXZ\0....", "]this is compressed with xz; unpack it with `xz -d` first"),
        ("binary", &[0, 1, 2, 3, 0, 0, 0, 9].repeat(99), "]this is not text"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(recorded(&file(&folder, name, bytes)).last().unwrap(), expected);
    }
    assert_eq!(recorded(&file(&folder, "empty", b"")), ["[empty", "]"]);
}

#[test]
fn archives_in_archives_end_at_the_limit() {
    let folder = TempDir::new().unwrap();
    let mut bytes = LINES.as_bytes().to_vec();
    for _ in 0..=MAX_NESTING {
        bytes = gzip(&bytes);
    }
    let deep = recorded(&file(&folder, "deep", &bytes));
    assert_eq!(deep.last().unwrap(), "]archives and compressed files are read 4 levels deep");
}

#[test]
fn long_lines_are_cut_at_a_character() {
    let folder = TempDir::new().unwrap();
    let text = format!("a{}\nnext\n", "ü".repeat(MAX_LINE_BYTES));
    let lines = recorded(&file(&folder, "long", text.as_bytes()));
    assert_eq!(lines[1].len(), MAX_LINE_BYTES - 1);
    assert_eq!(&lines[2..], ["next", "]"]);
    let endless = vec![b'x'; 5 * MAX_LINE_BYTES];
    let lines = recorded(&file(&folder, "endless", &endless));
    assert_eq!((lines.len(), lines[1].len()), (3, MAX_LINE_BYTES));
}

#[test]
fn missing_file_is_an_error_with_its_path() {
    let path = PathBuf::from("no-such-file");
    let error = read_logs(&[path], &mut Recorded::default(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().starts_with("no-such-file: "), "{error}");
}

#[test]
fn progress_reaches_the_size_of_all_files() {
    let folder = TempDir::new().unwrap();
    let paths = [file(&folder, "a", LINES.as_bytes()), file(&folder, "b", &gzip(LINES.as_bytes()))];
    let mut last = None;
    read_logs(&paths, &mut Recorded::default(), &mut |it| last = Some(it.clone())).unwrap();
    let last = last.unwrap();
    assert_eq!((last.read, last.path), (last.total, paths[1].clone()));
}

#[test]
fn excerpt_comes_with_the_same_reading() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "log", LINES.as_bytes());
    let mut both = (Tally::new(0, 0), Excerpt::default());
    read_logs(&[path], &mut both, &mut |_| {}).unwrap();
    assert_eq!(both.0.finish().mentions, 2);
    assert!(both.1.text().contains("owa user=user1 HTTP 401"), "{}", both.1.text());
    assert!(!both.1.text().contains("jane"));
}

/// Random bytes in every form end without a panic.
#[test]
fn random_bytes_end_without_panic() {
    let folder = TempDir::new().unwrap();
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..200 {
        let mut bytes: Vec<u8> = (0..random() % 3_000).map(|_| random().to_le_bytes()[0]).collect();
        match round % 4 {
            0 => bytes.splice(0..0, *b"\x1f\x8b\x08\0").for_each(drop),
            1 if bytes.len() > 600 => bytes[257..262].copy_from_slice(b"ustar"),
            2 => bytes = gzip(&bytes),
            _ => {}
        }
        let lines = recorded(&file(&folder, "random", &bytes));
        assert!(lines[0].starts_with('['), "{round}");
    }
}

/// What a sink gets within limits, without the lines.
fn ends(limits: LogLimits, path: &Path) -> Vec<String> {
    let mut recorded = Recorded::default();
    read_logs_within(limits, &[path.to_owned()], &mut recorded, &mut |_| {}).unwrap();
    recorded.0.retain(|line| line.starts_with(['[', ']']));
    recorded.0
}

/// A long text in few bytes, and bytes that nobody reads as text.
#[test]
fn bytes_of_all_levels_end_at_the_limit() {
    let folder = TempDir::new().unwrap();
    let lines = LINES.as_bytes().repeat(100_000);
    let bomb = gzip(&gzip(&gzip(&lines)));
    let limits = LogLimits { bytes: 1 << 20, ..LogLimits::default() };
    let why = "]all files together have more than 1 MiB";
    assert_eq!(ends(limits, &file(&folder, "bomb", &bomb)), ["[bomb", why]);
    // a folder has no content, so the bytes behind its header are skipped
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_path("folder").unwrap();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(10 << 20);
    header.set_cksum();
    builder.append(&header, std::io::repeat(0).take(10 << 20)).unwrap();
    let tar = gzip(&builder.into_inner().unwrap());
    assert_eq!(ends(limits, &file(&folder, "folder.tar.gz", &tar)), ["[folder.tar", why]);
    // a text of exactly the limit is whole
    let exact = LogLimits { bytes: lines.len() as u64, ..limits };
    assert_eq!(ends(exact, &file(&folder, "exact", &lines)), ["[exact", "]"]);
}

#[test]
fn limit_holds_for_all_files_together() {
    let folder = TempDir::new().unwrap();
    let paths = ["a", "b"].map(|name| file(&folder, name, &LINES.as_bytes().repeat(10)));
    let limits = LogLimits { bytes: 15 * LINES.len() as u64, ..LogLimits::default() };
    let mut recorded = Recorded::default();
    read_logs_within(limits, &paths, &mut recorded, &mut |_| {}).unwrap();
    let ends: Vec<_> = recorded.0.iter().filter(|line| line.starts_with(']')).collect();
    let why = format!("]all files together have more than {} bytes", limits.bytes);
    assert_eq!(ends, ["]", &why]);
}

#[test]
fn headers_of_every_type_end_at_the_limit() {
    let folder = TempDir::new().unwrap();
    let limits = LogLimits { files: 3, ..LogLimits::default() };
    let why = "]archives have more than 3 files, folders and extensions";
    for kind in [tar::EntryType::Regular, tar::EntryType::Directory, tar::EntryType::GNULongName] {
        let mut builder = tar::Builder::new(Vec::new());
        for _ in 0..5 {
            let mut header = tar::Header::new_ustar();
            header.set_path("name").unwrap();
            header.set_entry_type(kind);
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, &b""[..]).unwrap();
        }
        let path = file(&folder, "many.tar", &builder.into_inner().unwrap());
        let ends = ends(limits, &path);
        assert_eq!(ends.last().unwrap(), why, "{kind:?}");
        let read = if kind == tar::EntryType::Regular { 3 } else { 0 };
        assert_eq!(ends.len(), 2 * read + 2, "{kind:?}");
    }
}

#[test]
fn folder_with_more_files_than_the_limit_says_so_once() {
    let folder = TempDir::new().unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        file(&folder, name, LINES.as_bytes());
    }
    fs::create_dir(folder.path().join("inside")).unwrap();
    file(&folder, "inside/f", LINES.as_bytes());
    let limits = LogLimits { files: 3, ..LogLimits::default() };
    let ends = ends(limits, folder.path());
    assert_eq!(ends[..6], ["[a", "]", "[b", "]", "[c", "]"]);
    assert_eq!((ends.len(), &*ends[7]), (8, "]there are more than 3 files"));
}
