//! Numbers by the million: blocks in, blocks out, no allocation a number.

use std::io::{ErrorKind, Read};

use adr_engine::{Dialer, Room, clean, is_clean};

use crate::failure::Failure;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 18;

/// The longest line that is taken for a number; memory stays bounded whatever comes in.
const LINE_LIMIT: usize = 1 << 16;

/// Dials lines.
pub(crate) struct Dialling<'d> {
    dialer: &'d Dialer,
    cleans: bool,
    room: Room,
    results: Vec<u8>,
}

impl<'d> Dialling<'d> {
    /// Dials by `dialer`; `cleans` numbers of what people write in them.
    pub(crate) fn new(dialer: &'d Dialer, cleans: bool) -> Self {
        Self {
            dialer,
            cleans,
            room: Room::default(),
            results: Vec::with_capacity(2 * BLOCK),
        }
    }

    /// Appends the results of whole lines, each with its line end.
    fn lines(&mut self, lines: &[u8]) {
        // One look at the whole block spares a look at every number.
        let is_plain = memchr::memchr(b'\r', lines).is_none() && (!self.cleans || is_clean(lines));
        if is_plain {
            self.dialer.dial_lines(lines, &mut self.results);
            return;
        }
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            self.number(line.strip_suffix(b"\r").unwrap_or(line));
        }
    }

    fn number(&mut self, number: &[u8]) {
        let cleaned = if self.cleans {
            clean(number)
        } else {
            number.into()
        };
        let dialled = self.dialer.dial(&cleaned, &mut self.room);
        self.results.extend_from_slice(dialled.result);
        self.results.push(b'\n');
    }
}

/// Reads lines to their end and hands out results after every block, so that a slow pipe is answered at once.
pub(crate) fn run(
    mut dialling: Dialling<'_>,
    mut from: impl Read,
    mut out: impl FnMut(&[u8]) -> Result<(), Failure>,
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
        dialling.lines(&block[..whole]);
        out(&dialling.results)?;
        dialling.results.clear();
        block.copy_within(whole..end, 0);
        held = end - whole;
        if held > LINE_LIMIT {
            return Err(Failure::new(
                format!("standard input: a line of more than {LINE_LIMIT} bytes"),
                "give one number a line",
            ));
        }
    }
    if held > 0 {
        let last = &block[..held];
        dialling.number(last.strip_suffix(b"\r").unwrap_or(last));
        out(&dialling.results)?;
    }
    Ok(())
}
