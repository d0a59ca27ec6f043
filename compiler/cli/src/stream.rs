//! Dials the numbers of a stream in blocks, without an allocation for each number.

use std::io::{ErrorKind, Read};

use adr_dialer::{Dialer, Scratch};
use adr_engine::are_clean_lines;

use crate::failure::Failure;
use crate::remarks::Remarks;

/// Most bytes of one read.
const BLOCK: usize = 1 << 18;

/// Longest line in bytes, which bounds the memory.
const LINE_LIMIT: usize = 1 << 16;

/// Dials the numbers of a stream, one number per line.
pub(crate) struct Dialing<'d, 'c> {
    dialer: &'d Dialer,
    remarks: &'d mut Remarks<'c>,
    /// Lines dialed so far.
    lines: usize,
    scratch: Scratch,
    results: Vec<u8>,
}

impl<'d, 'c> Dialing<'d, 'c> {
    /// Dials with `dialer` after `remarks` has cleaned the numbers.
    pub(crate) fn new(dialer: &'d Dialer, remarks: &'d mut Remarks<'c>) -> Self {
        Self {
            dialer,
            remarks,
            lines: 0,
            scratch: Scratch::default(),
            results: Vec::with_capacity(2 * BLOCK),
        }
    }

    /// Dials the numbers in `lines`, and returns one result per line. Only the last line of the
    /// stream may lack its line end.
    pub(crate) fn dial(&mut self, lines: &[u8]) -> &[u8] {
        self.results.clear();
        if self.is_plain(lines) {
            self.dialer.dial_lines(lines, &mut self.results);
            self.lines += memchr::memchr_iter(b'\n', lines).count();
            return &self.results;
        }
        for line in numbers(lines) {
            self.lines += 1;
            let place = format_args!("line {}", self.lines);
            let number = self.remarks.clean(line, place);
            let dialed = self.dialer.dial(&number, &mut self.scratch);
            self.results.extend_from_slice(dialed.result);
            self.results.push(b'\n');
        }
        &self.results
    }

    /// Whether no number of the block has to be cleaned. This is checked for the whole block,
    /// because checking each number takes longer.
    fn is_plain(&self, lines: &[u8]) -> bool {
        lines.ends_with(b"\n")
            && match self.remarks.cleans() {
                true => are_clean_lines(lines),
                false => memchr::memchr(b'\r', lines).is_none(),
            }
    }
}

/// The lines of a block without their line ends.
pub(crate) fn numbers(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// Reads a stream to its end, and passes complete lines to `take` as they arrive, so that results
/// of a slow pipe are not delayed. Only the last line may lack its line end.
pub(crate) fn blocks(
    mut from: impl Read,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut block = vec![0; BLOCK + LINE_LIMIT];
    let mut held = 0;
    loop {
        let read = match from.read(&mut block[held..]) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::stream("standard input", &error)),
        };
        if read == 0 {
            break;
        }
        let end = held + read;
        let whole = memchr::memrchr(b'\n', &block[..end]).map_or(0, |at| at + 1);
        if whole > 0 {
            take(&block[..whole])?;
        }
        block.copy_within(whole..end, 0);
        held = end - whole;
        if held > LINE_LIMIT {
            return Err(Failure::new(
                format!("standard input: a line is longer than {LINE_LIMIT} bytes"),
                "write one number per line",
            ));
        }
    }
    if held > 0 {
        take(&block[..held])?;
    }
    Ok(())
}
