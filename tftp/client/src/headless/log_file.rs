//! A file of messages that stays small.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "messages go to a file")]

use std::fs::{File, OpenOptions, rename};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Appends lines to a file. A line that would make it longer than its limit begins a new one; the
/// file so far is then named `FILE.old`, in place of an earlier one of this name.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    /// Most bytes of the file, unless its only line is longer.
    max_bytes: u64,
    /// Bytes in the file.
    length: u64,
    /// `None` after a failure, until the next line opens it.
    file: Option<File>,
}

impl LogFile {
    /// Opens a file of at most `max_bytes`, or creates it with the folders around it. Lines that
    /// are in the file already remain.
    ///
    /// ```
    /// use adr_client::headless::LogFile;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("cache.log");
    /// for _start in 0..2 {
    ///     LogFile::open(&path, 1 << 20)?.add("ready")?;
    /// }
    /// assert_eq!(std::fs::read_to_string(&path)?, "ready\nready\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file or its folder cannot be created, or this process may not write to it.
    pub fn open(path: &Path, max_bytes: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut log = Self { path: path.to_owned(), max_bytes, length: 0, file: None };
        log.file = Some(log.reopen()?);
        Ok(log)
    }

    /// Appends a line; `line` has no line break at its end.
    ///
    /// # Errors
    ///
    /// The line is lost: the disk is full, for example. The next call tries to open the file again.
    pub fn add(&mut self, line: &str) -> io::Result<()> {
        let bytes = format!("{line}\n").into_bytes();
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.reopen()?,
        };
        let length = self.length.saturating_add(bytes.len() as u64);
        if self.length > 0 && length > self.max_bytes {
            drop(file);
            file = self.begin_anew()?;
        }
        file.write_all(&bytes)?;
        self.length = self.length.saturating_add(bytes.len() as u64);
        self.file = Some(file);
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        self.length = file.metadata()?.len();
        Ok(file)
    }

    /// Renames the file and creates an empty one. A file that cannot be renamed, for example
    /// because a program has the earlier one open, is emptied instead.
    fn begin_anew(&mut self) -> io::Result<File> {
        let mut old = self.path.clone().into_os_string();
        old.push(".old");
        if rename(&self.path, &old).is_err() {
            File::create(&self.path)?;
        }
        self.reopen()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir, read_to_string, write};

    use super::*;

    #[test]
    fn file_never_exceeds_its_limit_and_the_latest_lines_remain() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("a/b.log"), folder.path().join("a/b.log.old"));
        let mut log = LogFile::open(&path, 100).unwrap();
        for number in 0..500 {
            log.add(&format!("line {number}")).unwrap();
            assert!(read_to_string(&path).unwrap().len() <= 100);
            if number % 7 == 0 {
                log = LogFile::open(&path, 100).unwrap();
            }
        }
        let both = read_to_string(&old).unwrap() + &read_to_string(&path).unwrap();
        let expected: String =
            (500 - both.lines().count()..500).map(|number| format!("line {number}\n")).collect();
        assert_eq!(both, expected);
        assert!(read_to_string(&old).unwrap().len() > 90);
    }

    #[test]
    fn file_that_cannot_be_renamed_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.log");
        create_dir(folder.path().join("b.log.old")).unwrap();
        write(&path, "x".repeat(99)).unwrap();
        let mut log = LogFile::open(&path, 100).unwrap();
        log.add("next").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "next\n");
    }

    #[test]
    fn line_beyond_the_limit_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.log");
        let mut log = LogFile::open(&path, 10).unwrap();
        let long = "x".repeat(50);
        for line in ["short", &long, "next"] {
            log.add(line).unwrap();
        }
        assert_eq!(read_to_string(&path).unwrap(), "next\n");
        assert_eq!(read_to_string(folder.path().join("b.log.old")).unwrap(), long + "\n");
    }
}
