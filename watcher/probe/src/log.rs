//! Reads logs of any size: files, compressed files, archives and folders, line by line.
//!
//! ```text
//! paths --> files --> gzip, tar, in each other --> text: UTF-8 or UTF-16 --> lines --> LineSink
//! ```
//!
//! The memory does not grow with the logs. What cannot be read to its end, such as a file that is
//! still being compressed, gives the lines before, and the reason.

mod budget;
mod collect;
mod container;
mod counted;
mod files;
mod lines;

use std::path::PathBuf;

use adr_doctor::log::{Excerpt, Tally};

pub use collect::{CollectError, MAX_FETCHED_BYTES, MAX_FETCHED_FILES, collect_logs};
pub use files::{LogError, read_logs, read_logs_within};

/// Most folders in each other.
pub const MAX_FOLDER_DEPTH: usize = 8;

/// Most archives and compressed files in each other.
pub const MAX_NESTING: usize = 4;

/// How much is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Files, and as many headers in archives: members of all types, folders and extensions too.
    pub files: usize,
    /// Bytes of files on disk and of what every decoder gives, also where nobody reads it as text.
    /// A few kilobytes can be compressed text of any length.
    pub bytes: u64,
}

impl Default for LogLimits {
    /// 10,000 files and 32 GiB.
    fn default() -> Self {
        Self { files: 10_000, bytes: 32 << 30 }
    }
}

/// Most bytes of a line in UTF-8. The rest of a longer line is left out.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Takes what is read.
pub trait LineSink {
    /// A file, or a member of an archive, begins.
    fn begin(&mut self, name: &str);
    /// A line, without its line end.
    fn line(&mut self, line: &str);
    /// The file ends; `incomplete` says why it was not read to its end.
    fn end(&mut self, incomplete: Option<String>);
}

impl LineSink for Tally {
    fn begin(&mut self, name: &str) {
        self.begin(name);
    }

    fn line(&mut self, line: &str) {
        self.line(line);
    }

    fn end(&mut self, incomplete: Option<String>) {
        self.end(incomplete);
    }
}

impl LineSink for Excerpt {
    fn begin(&mut self, _name: &str) {
        self.begin();
    }

    fn line(&mut self, line: &str) {
        self.line(line);
    }

    fn end(&mut self, _incomplete: Option<String>) {}
}

/// Gives everything to two sinks.
impl<A: LineSink, B: LineSink> LineSink for (A, B) {
    fn begin(&mut self, name: &str) {
        self.0.begin(name);
        self.1.begin(name);
    }

    fn line(&mut self, line: &str) {
        self.0.line(line);
        self.1.line(line);
    }

    fn end(&mut self, incomplete: Option<String>) {
        self.0.end(incomplete.clone());
        self.1.end(incomplete);
    }
}

/// How far reading is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProgress {
    /// The file that is being read.
    pub path: PathBuf,
    /// Bytes of all files that were read, as they are on disk.
    pub read: u64,
    /// Bytes of all files.
    pub total: u64,
}
