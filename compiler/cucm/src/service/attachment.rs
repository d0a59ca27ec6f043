//! Answers with an attachment: parts of `multipart/related`, and records of DIME.
//!
//! DIME is the Internet draft `draft-nielsen-dime-02`: records with a head of 12 bytes; the first
//! one is the envelope, the second one the file, perhaps in chunks.

use memchr::memmem;

/// Most parts of an answer. There are two usually. Records need no limit: a file of 100 MB may have
/// any number of chunks, and each takes bytes of the body.
const MAX_PARTS: usize = 10_000;

/// Longest head of a part, in bytes.
const MAX_HEAD_BYTES: usize = 8_192;

/// Longest line with which parts begin, in bytes. RFC 2046 allows 70 characters for the boundary.
const MAX_BOUNDARY_BYTES: usize = 200;

/// The envelope and the file of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attachment {
    pub(super) envelope: Option<Vec<u8>>,
    pub(super) file: Option<Vec<u8>>,
}

/// Parts or records end in the middle, do not fit each other, or are more than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// The envelope and the file of an answer; `None` if the answer has no parts and no records. What
/// it is follows from its first bytes.
pub(super) fn attachment(body: &[u8]) -> Option<Result<Attachment, Damaged>> {
    if let Some((boundary, rest)) = boundary(body) {
        return Some(parts(boundary, rest).ok_or(Damaged));
    }
    // version 1 of DIME, the flag of the first record, and four bits that are zero
    let is_dime = matches!(body, [flags, kind, ..]
        if flags >> 3 == 1 && flags & FIRST != 0 && kind & 0x0f == 0);
    is_dime.then(|| records(body).ok_or(Damaged))
}

/// The XML of an answer, which may be the first part of several.
pub(super) fn envelope(body: &[u8]) -> Option<Vec<u8>> {
    body.first().filter(|byte| **byte != b'<')?;
    attachment(body)?.ok()?.envelope
}

/// The boundary of `multipart/related`, which is the first line, and what is behind it.
fn boundary(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = body.strip_prefix(b"\r\n").unwrap_or(body);
    let line = &body[..body.len().min(MAX_BOUNDARY_BYTES)];
    let end = memmem::find(line, b"\r\n").or_else(|| memmem::find(line, b"\n"))?;
    let boundary = line[..end].trim_ascii_end();
    let is_boundary = boundary.starts_with(b"--") && boundary.len() > 2;
    is_boundary.then(|| (boundary, &body[boundary.len()..]))
}

/// The parts behind the first boundary.
fn parts(boundary: &[u8], mut rest: &[u8]) -> Option<Attachment> {
    let mut found = Attachment::default();
    for _ in 0..MAX_PARTS {
        if rest.starts_with(b"--") {
            return Some(found);
        }
        let (head, content) = head(rest)?;
        // a part that is cut has no end
        let end = end_of_part(content, boundary)?;
        let is_xml = is_xml(head, &content[..end.content]);
        let slot = if is_xml { &mut found.envelope } else { &mut found.file };
        slot.get_or_insert_with(|| content[..end.content].to_vec());
        rest = &content[end.next..];
    }
    None
}

/// The head of a part, and what is behind it.
fn head(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let window = &rest[..rest.len().min(MAX_HEAD_BYTES)];
    let (at, length) = match memmem::find(window, b"\r\n\r\n") {
        Some(at) => (at, 4),
        None => (memmem::find(window, b"\n\n")?, 2),
    };
    Some((&rest[..at], &rest[at + length..]))
}

/// Where the content of a part ends, and where the text behind its boundary begins.
struct PartEnd {
    content: usize,
    next: usize,
}

/// The end of a part: the next boundary at the beginning of a line.
fn end_of_part(content: &[u8], boundary: &[u8]) -> Option<PartEnd> {
    let finder = memmem::Finder::new(boundary);
    finder.find_iter(content).find_map(|at| {
        let before = &content[..at];
        let line = before.strip_suffix(b"\r\n").or_else(|| before.strip_suffix(b"\n"))?;
        Some(PartEnd { content: line.len(), next: at + boundary.len() })
    })
}

/// Whether a part is XML: by its type, and without one by its first byte.
fn is_xml(head: &[u8], content: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let kind = head.lines().find_map(|line| line.trim().strip_prefix("content-type:"));
    match kind {
        Some(kind) => kind.contains("text/xml") || kind.contains("xop+xml"),
        None => content.trim_ascii_start().starts_with(b"<"),
    }
}

/// Bytes of the head of a record.
const RECORD_HEAD: usize = 12;

/// The flag of the first record.
const FIRST: u8 = 4;

/// The flag of a record that the next one continues.
const CHUNKED: u8 = 1;

/// The flag of the last record.
const LAST: u8 = 2;

/// The records of DIME: the first is the envelope, the second the file.
fn records(body: &[u8]) -> Option<Attachment> {
    let mut found = Attachment::default();
    let mut rest = body;
    let mut current: Vec<u8> = Vec::new();
    // each round takes a head at least
    loop {
        let (head, behind) = rest.split_at_checked(RECORD_HEAD)?;
        if head[0] >> 3 != 1 {
            return None;
        }
        let short = |at: usize| usize::from(u16::from_be_bytes([head[at], head[at + 1]]));
        let length = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        let length = usize::try_from(length).ok()?;
        let skipped = [2, 4, 6].into_iter().map(|at| padded(short(at))).sum::<usize>();
        let content = behind.get(skipped..)?;
        current.extend_from_slice(content.get(..length)?);
        // some senders leave out the padding of the last record
        rest = content.get(padded(length)..).unwrap_or_default();
        if head[0] & CHUNKED == 0 {
            let content = std::mem::take(&mut current);
            match (&found.envelope, &found.file) {
                (None, _) => found.envelope = Some(content),
                (Some(_), None) => found.file = Some(content),
                _ => {}
            }
        }
        if head[0] & LAST != 0 {
            return Some(found);
        }
    }
}

/// The next multiple of four.
fn padded(length: usize) -> usize {
    length.saturating_add(3) & !3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of DIME.
    fn record(flags: u8, kind: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![(1 << 3) | flags, 0x20];
        let kind_length = u16::try_from(kind.len()).unwrap();
        let length = u32::try_from(content.len()).unwrap();
        bytes.extend(0u16.to_be_bytes());
        bytes.extend(0u16.to_be_bytes());
        bytes.extend(kind_length.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        for part in [kind.as_bytes(), content] {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn second_part_is_the_file_whatever_it_contains() {
        let file = b"a\r\n--other\r\n\0--b\xff\r\n\r\n";
        let body = [
            b"--b\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\n\r\n<a/>\r\n--b\r\n\
              Content-Type: application/octet-stream\r\n\r\n",
            &file[..],
            b"\r\n--b--\r\n",
        ]
        .concat();
        let found = attachment(&body).unwrap().unwrap();
        assert_eq!(found.envelope.as_deref(), Some(&b"<a/>"[..]));
        assert_eq!(found.file.as_deref(), Some(&file[..]));
        assert_eq!(envelope(&body).as_deref(), Some(&b"<a/>"[..]));
    }

    #[test]
    fn records_are_put_together() {
        let body = [
            record(4, "http://schemas.xmlsoap.org/soap/envelope/", b"<a/>"),
            record(1, "text/plain", b"first "),
            record(1, "", b"second "),
            record(2, "", b"third"),
        ]
        .concat();
        let found = attachment(&body).unwrap().unwrap();
        assert_eq!(found.envelope.as_deref(), Some(&b"<a/>"[..]));
        assert_eq!(found.file.as_deref(), Some(&b"first second third"[..]));
    }

    #[test]
    fn cut_answers_have_no_attachment() {
        let parts =
            b"--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b\r\nContent-Type: x/y\r\n\r\nfi";
        assert_eq!(attachment(parts), Some(Err(Damaged)));
        let dime = [record(4, "x", b"<a/>"), record(2, "y", b"a long file")].concat();
        assert_eq!(attachment(b""), None);
        for end in 2..dime.len() - 1 {
            assert_eq!(attachment(&dime[..end]), Some(Err(Damaged)), "{end}");
        }
        for body in [&b""[..], b"--", b"<a/>", b"--b", b"\r\n--\r\n", b"\r\n<a/>", b"\x0c"] {
            assert_eq!(attachment(body), None, "{body:?}");
        }
        for body in [&b"\r\n--b\r\n"[..], b"\x0c\x20", b"\x0c\x20 cut"] {
            assert_eq!(attachment(body), Some(Err(Damaged)), "{body:?}");
        }
    }

    /// A log of 100 MB in chunks of 8 kB, here with smaller chunks.
    #[test]
    fn file_may_have_any_number_of_chunks() {
        let mut body = record(FIRST, "x", b"<a/>");
        for _ in 0..20_000 {
            body.extend(record(CHUNKED, "", b"12345678"));
        }
        body.extend(record(LAST, "", b"end"));
        let file = attachment(&body).unwrap().unwrap().file.unwrap();
        assert_eq!(file.len(), 20_000 * 8 + 3);
        assert!(file.ends_with(b"12345678end"));
    }

    #[test]
    fn parts_end_at_the_limit() {
        let parts = |count: usize| {
            let part = b"\r\nContent-Type: x/y\r\n\r\nz\r\n--b".repeat(count);
            [b"--b", &part[..], b"--\r\n"].concat()
        };
        assert!(attachment(&parts(MAX_PARTS - 1)).unwrap().is_ok());
        assert_eq!(attachment(&parts(MAX_PARTS)), Some(Err(Damaged)));
    }
}
