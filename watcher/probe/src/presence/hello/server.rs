//! Reads the first messages of a server.

/// The most bytes of a record (RFC 5246, section 6.2.3: 2^14 and 2,048).
const MAX_RECORD: usize = (1 << 14) + 2048;

/// The most certificates that are kept.
const MAX_CERTIFICATES: usize = 64;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;

const SUPPORTED_VERSIONS: u16 = 43;
const TLS_1_3: u16 = 0x0304;

/// What was read so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) version: Option<u16>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) alert: Option<u8>,
    /// How many bytes of the connection are read, as whole records.
    records: usize,
    /// The content of handshake records that is not a whole message yet.
    pending: Vec<u8>,
}

/// Whether more can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

impl Answer {
    /// Reads what came since the last call; `received` is everything that came.
    pub(super) fn read(&mut self, received: &[u8]) -> Progress {
        while let Some((kind, content, rest)) = record(&received[self.records..]) {
            self.records = received.len() - rest.len();
            match kind {
                HANDSHAKE => self.pending.extend_from_slice(content),
                ALERT => {
                    self.alert = content.get(1).copied();
                    return Progress::Done;
                }
                _ => return Progress::Done,
            }
            if self.messages() == Progress::Done {
                return Progress::Done;
            }
        }
        match received[self.records..] {
            [] => Progress::More,
            // another protocol
            [first, ..] if first != ALERT && first != HANDSHAKE => Progress::Done,
            [_, first, ..] if first != 3 => Progress::Done,
            [_, _, _, high, low, ..] if usize::from(high) << 8 | usize::from(low) > MAX_RECORD => {
                Progress::Done
            }
            _ => Progress::More,
        }
    }

    fn messages(&mut self) -> Progress {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        while let Some((kind, content, after)) = message(rest) {
            rest = after;
            let progress = match kind {
                SERVER_HELLO => self.server_hello(content),
                CERTIFICATE => {
                    self.certificates = certificates(content).unwrap_or_default();
                    Progress::Done
                }
                SERVER_HELLO_DONE => Progress::Done,
                _ => Progress::More,
            };
            if progress == Progress::Done {
                return Progress::Done;
            }
        }
        // without a copy if no message is whole: records may have one byte each
        let read = pending.len() - rest.len();
        self.pending = pending;
        self.pending.drain(..read);
        Progress::More
    }

    fn server_hello(&mut self, content: &[u8]) -> Progress {
        self.version = version(content);
        match self.version {
            // what follows is encrypted, or a request for a key share
            Some(TLS_1_3) | None => Progress::Done,
            Some(_) => Progress::More,
        }
    }
}

/// The next record: its kind, its content, and what follows.
fn record(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(5)?;
    let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
    if head[1] != 3 || length > MAX_RECORD || !(20..=23).contains(&head[0]) {
        return None;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((head[0], content, rest))
}

/// The next message: its kind, its content, and what follows.
fn message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (content, rest) = with_length(rest)?;
    Some((*kind, content, rest))
}

/// Bytes after their length in three bytes, and what follows.
fn with_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(3)?;
    let length = head.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

/// The version of a `ServerHello`: that of the extension, if there is one.
fn version(content: &[u8]) -> Option<u16> {
    let (head, rest) = content.split_at_checked(34)?;
    let legacy = u16::from_be_bytes([head[0], head[1]]);
    let (session, rest) = rest.split_first()?;
    // session, cipher suite and compression
    let rest = rest.get(usize::from(*session) + 3..).unwrap_or_default();
    let mut extensions = rest.get(2..).unwrap_or_default();
    while let Some((head, after)) = extensions.split_at_checked(4) {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let Some((content, after)) = after.split_at_checked(length) else { break };
        if let (SUPPORTED_VERSIONS, [high, low]) = (u16::from_be_bytes([head[0], head[1]]), content)
        {
            return Some(u16::from_be_bytes([*high, *low]));
        }
        extensions = after;
    }
    Some(legacy)
}

fn certificates(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut list, _) = with_length(content)?;
    let mut certificates = Vec::new();
    while certificates.len() < MAX_CERTIFICATES {
        let Some((certificate, rest)) = with_length(list) else { break };
        certificates.push(certificate.to_vec());
        list = rest;
    }
    Some(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 1], &length[..], content].concat()
    }

    fn message_of(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind], &length[1..], content].concat()
    }

    fn server_hello(version: [u8; 2]) -> Vec<u8> {
        let content = [&version[..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
        message_of(SERVER_HELLO, &content)
    }

    fn certificate_message(length: usize) -> Vec<u8> {
        let one = message_of(0, &vec![9; length])[1..].to_vec();
        message_of(CERTIFICATE, &message_of(0, &one)[1..])
    }

    #[test]
    fn certificate_of_an_old_server_is_read_byte_by_byte_across_records() {
        let messages = [server_hello([3, 1]), certificate_message(40_000)].concat();
        let sent: Vec<u8> =
            messages.chunks(10_000).flat_map(|part| record_of(HANDSHAKE, part)).collect();
        let mut answer = Answer::default();
        let mut last = Progress::More;
        for end in 1..=sent.len() {
            assert_eq!(last, Progress::More, "{end}");
            last = answer.read(&sent[..end]);
        }
        assert_eq!((last, answer.version), (Progress::Done, Some(0x0301)));
        assert_eq!(answer.certificates, [vec![9; 40_000]]);
    }

    #[test]
    fn alert_ends_the_answer() {
        let mut answer = Answer::default();
        assert_eq!(answer.read(&record_of(ALERT, &[2, 70])), Progress::Done);
        assert_eq!((answer.version, answer.alert), (None, Some(70)));
    }

    #[test]
    fn version_of_the_extension_is_that_of_the_server() {
        let extension = [0, 6, 0, 43, 0, 2, 3, 4];
        let content = [&[3, 3][..], &[7; 32], &[0, 0x13, 1, 0], &extension].concat();
        let mut answer = Answer::default();
        let sent = record_of(HANDSHAKE, &message_of(SERVER_HELLO, &content));
        assert_eq!(answer.read(&sent), Progress::Done);
        assert_eq!(answer.version, Some(TLS_1_3));
    }

    #[test]
    fn other_protocols_and_wrong_lengths_end_the_answer() {
        let wrong: [&[u8]; 5] =
            [b"HTTP/1.1 400", b"SSH-2.0", &[22, 9], &[22, 3, 1, 0xff, 0xff], &[0; 9]];
        for bytes in wrong {
            let mut answer = Answer::default();
            assert_eq!(answer.read(bytes), Progress::Done, "{bytes:?}");
            assert_eq!(answer.certificates.len(), 0);
        }
        let cut = record_of(HANDSHAKE, &message_of(CERTIFICATE, &[0xff, 0xff, 0xff, 1]));
        assert_eq!(Answer::default().read(&cut), Progress::Done);
    }
}
