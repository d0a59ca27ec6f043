//! Compressed files and archives, in each other.

use std::io::{self, BufReader, Read};

use adr_watcher::sources::describe;
use flate2::read::MultiGzDecoder;
use tar::Archive;

use super::budget::Budget;
use super::lines::read_lines;
use super::{LineSink, LogLimits, MAX_NESTING};

/// Bytes at the beginning of a file by which its format is recognized: the first header of a tar
/// archive.
const BEGINNING: usize = 512;

/// Bytes of a buffer in front of a decoder.
const BUFFER: usize = 64 * 1024;

/// Formats that adrc does not read: the first bytes, the name, and what unpacks it.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"PK\x03\x04", "a zip archive", "unzip"),
    (b"\xfd7zXZ\0", "compressed with xz", "xz -d"),
    (b"BZh", "compressed with bzip2", "bzip2 -d"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "zstd -d"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x"),
    (b"Rar!", "a rar archive", "unrar x"),
];

/// Reads files, and what is in them.
pub(super) struct Containers<'s> {
    sink: &'s mut dyn LineSink,
    limits: LogLimits,
    /// How many headers of archives may still be read.
    headers: usize,
    budget: Budget,
}

impl<'s> Containers<'s> {
    pub(super) fn new(limits: LogLimits, sink: &'s mut dyn LineSink) -> Self {
        Self { sink, limits, headers: limits.files, budget: Budget::new(limits.bytes) }
    }

    /// Reports a file that cannot be read.
    pub(super) fn unread(&mut self, name: &str, why: impl Into<String>) {
        self.sink.begin(name);
        self.sink.end(Some(why.into()));
    }

    /// Reads a file.
    pub(super) fn read(&mut self, name: &str, file: &mut dyn Read) {
        self.level(name, &mut self.budget.pay(file), 0);
    }

    /// Reads what a reader gives, which pays for its bytes.
    fn level(&mut self, name: &str, file: &mut dyn Read, depth: usize) {
        let mut beginning = Vec::with_capacity(BEGINNING);
        if let Err(error) = file.take(BEGINNING as u64).read_to_end(&mut beginning) {
            return self.unread(name, reason(&error));
        }
        let is_gzip = beginning.starts_with(b"\x1f\x8b");
        let is_tar = beginning.get(257..262) == Some(b"ustar");
        if (is_gzip || is_tar) && depth == MAX_NESTING {
            let why = format!("archives and compressed files are read {MAX_NESTING} levels deep");
            return self.unread(name, why);
        }
        if let Some((_, format, tool)) = FOREIGN.iter().find(|it| beginning.starts_with(it.0)) {
            return self.unread(name, format!("this is {format}; unpack it with `{tool}` first"));
        }
        let whole = BufReader::with_capacity(BUFFER, (&beginning[..]).chain(file));
        if is_gzip {
            let inner = name.strip_suffix(".gz").unwrap_or(name);
            let mut decoder = self.budget.pay(MultiGzDecoder::new(whole));
            self.level(inner, &mut decoder, depth + 1);
        } else if is_tar {
            self.archive(name, whole, depth);
        } else {
            self.text(name, &beginning, whole);
        }
    }

    /// The members of a tar archive. Names are those of the headers: the extensions for long names
    /// are read into memory by the library, so they are left out.
    fn archive(&mut self, name: &str, file: impl Read, depth: usize) {
        let mut archive = Archive::new(file);
        let members = match archive.entries() {
            Ok(members) => members.raw(true),
            Err(error) => return self.unread(name, reason(&error)),
        };
        for member in members {
            let mut member = match member {
                Ok(member) => member,
                Err(error) => return self.unread(name, reason(&error)),
            };
            if self.headers == 0 {
                let most = self.limits.files;
                let why = format!("archives have more than {most} files, folders and extensions");
                return self.unread(name, why);
            }
            self.headers -= 1;
            if !member.header().entry_type().is_file() {
                continue;
            }
            let path = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let size = member.size();
            let mut counted = Length { inner: &mut member, left: size, is_cut: false };
            self.level(&format!("{name}/{path}"), &mut counted, depth + 1);
            if counted.is_cut {
                return;
            }
        }
    }

    fn text(&mut self, name: &str, beginning: &[u8], mut file: impl Read) {
        self.sink.begin(name);
        let ended = read_lines(beginning, &mut file, self.sink);
        self.sink.end(ended.err().map(|error| reason(&error)));
    }
}

/// A member of an archive; its end before its length is an error, which the library does not
/// report.
struct Length<R> {
    inner: R,
    left: u64,
    is_cut: bool,
}

impl<R: Read> Read for Length<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            self.is_cut = true;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

/// Why reading ended.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file is cut: its end is missing".to_owned(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            format!("the file is damaged: {error}")
        }
        io::ErrorKind::Other => error.to_string(),
        _ => describe(error).reason,
    }
}
