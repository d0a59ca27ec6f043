//! TFTP packets (RFC 1350) and their options (RFC 2347), as bytes and as values.

/// A TFTP packet. Names and messages are bytes without a defined encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'p> {
    /// A request to read a file.
    Read(Request<'p>),
    /// A request to write a file.
    Write(Request<'p>),
    /// A block of a file. The first block shorter than the block size is the last one.
    Data {
        /// Number of the block: starts at 1, wraps around to 0 after 65,535.
        block: u16,
        /// Content, at most as many bytes as the block size.
        bytes: &'p [u8],
    },
    /// An acknowledgement of a block and all blocks before it; 0 acknowledges options.
    Ack {
        /// Number of the block.
        block: u16,
    },
    /// An error, which ends the transfer.
    Error {
        /// The kind of error.
        code: ErrorCode,
        /// A message for people.
        message: &'p [u8],
    },
    /// The options that the server accepts.
    OptionAck(Options),
}

/// A read or write request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'p> {
    /// Name of the file; not empty, without NUL.
    pub name: &'p [u8],
    /// How the content is encoded.
    pub mode: Mode,
    /// Requested options.
    pub options: Options,
}

/// The encoding of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Unchanged bytes.
    Octet,
    /// Text with CR LF as line end.
    Netascii,
}

/// The known options. A value out of range is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `blksize`: bytes of a block, 8 to 65,464.
    pub block_size: Option<u16>,
    /// `timeout`: seconds until a packet is sent again, 1 to 255.
    pub timeout: Option<u8>,
    /// `tsize`: bytes of the file; 0 in a request asks for the size.
    pub transfer_size: Option<u64>,
    /// `windowsize`: blocks sent without an acknowledgement, 1 to 65,535.
    pub window_size: Option<u16>,
}

/// The error code of an error packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub u16);

impl ErrorCode {
    /// Not defined; the message explains it.
    pub const OTHER: Self = Self(0);
    /// File not found.
    pub const NOT_FOUND: Self = Self(1);
    /// Access denied.
    pub const ACCESS: Self = Self(2);
    /// Disk full, or the file is too large.
    pub const FULL: Self = Self(3);
    /// Illegal operation.
    pub const ILLEGAL: Self = Self(4);
    /// Unknown transfer.
    pub const UNKNOWN_TRANSFER: Self = Self(5);
    /// Options rejected (RFC 2347).
    pub const OPTIONS: Self = Self(8);
}

/// The bytes are not a TFTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a TFTP packet: {0}")]
pub struct MalformedPacket(&'static str);

impl<'p> Packet<'p> {
    /// Decodes a packet.
    ///
    /// # Errors
    ///
    /// The bytes are not a TFTP packet.
    ///
    /// ```
    /// use adr_transfer::Packet;
    ///
    /// let packet = Packet::parse(b"\0\x04\0\x07");
    /// assert_eq!(packet, Ok(Packet::Ack { block: 7 }));
    /// ```
    pub fn parse(bytes: &'p [u8]) -> Result<Self, MalformedPacket> {
        let (kind, rest) = number(bytes)?;
        match kind {
            1 => Request::parse(rest).map(Self::Read),
            2 => Request::parse(rest).map(Self::Write),
            3 => number(rest).map(|(block, bytes)| Self::Data { block, bytes }),
            4 => match number(rest)? {
                (block, []) => Ok(Self::Ack { block }),
                _ => Err(MalformedPacket("bytes after an acknowledgement")),
            },
            5 => {
                let (code, message) = number(rest)?;
                // some servers omit the final NUL
                let message = message.split(|byte| *byte == 0).next().unwrap_or_default();
                let code = ErrorCode(code);
                Ok(Self::Error { code, message })
            }
            6 => Options::parse(rest).map(Self::OptionAck),
            _ => Err(MalformedPacket("an unknown kind")),
        }
    }

    /// Encodes the packet. [`Packet::parse`] decodes the result to an equal packet.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        match self {
            Self::Read(request) => request.write(1, &mut bytes),
            Self::Write(request) => request.write(2, &mut bytes),
            Self::Data { block, bytes: data } => {
                head(&mut bytes, 3, *block);
                bytes.extend_from_slice(data);
            }
            Self::Ack { block } => head(&mut bytes, 4, *block),
            Self::Error { code, message } => {
                head(&mut bytes, 5, code.0);
                bytes.extend_from_slice(message);
                bytes.push(0);
            }
            Self::OptionAck(options) => {
                bytes.extend_from_slice(&6u16.to_be_bytes());
                options.write(&mut bytes);
            }
        }
        bytes
    }
}

impl<'p> Request<'p> {
    fn parse(bytes: &'p [u8]) -> Result<Self, MalformedPacket> {
        let (name, rest) = text(bytes)?;
        let (mode, rest) = text(rest)?;
        if name.is_empty() {
            return Err(MalformedPacket("an empty name"));
        }
        let mode = [Mode::Octet, Mode::Netascii]
            .into_iter()
            .find(|known| mode.eq_ignore_ascii_case(known.word().as_bytes()));
        Ok(Self {
            name,
            mode: mode.ok_or(MalformedPacket("an unknown mode"))?,
            options: Options::parse(rest)?,
        })
    }

    fn write(&self, kind: u16, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&kind.to_be_bytes());
        for text in [self.name, self.mode.word().as_bytes()] {
            bytes.extend_from_slice(text);
            bytes.push(0);
        }
        self.options.write(bytes);
    }
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Octet => "octet",
            Self::Netascii => "netascii",
        }
    }
}

impl Options {
    fn parse(mut bytes: &[u8]) -> Result<Self, MalformedPacket> {
        let mut options = Self::default();
        // some clients fill their requests with NULs
        while bytes.iter().any(|byte| *byte != 0) {
            let (name, rest) = text(bytes)?;
            let (value, rest) = text(rest)?;
            options.set(name, value);
            bytes = rest;
        }
        Ok(options)
    }

    /// Sets an option. If it occurs twice, the last valid value counts.
    fn set(&mut self, name: &[u8], value: &[u8]) {
        let Some(value) = digits(value) else { return };
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("blksize") {
            let size = u16::try_from(value).ok();
            self.block_size = size.filter(|size| (8..=65_464).contains(size)).or(self.block_size);
        } else if is("timeout") {
            let seconds = u8::try_from(value).ok();
            self.timeout = seconds.filter(|seconds| *seconds > 0).or(self.timeout);
        } else if is("tsize") {
            self.transfer_size = Some(value);
        } else if is("windowsize") {
            let blocks = u16::try_from(value).ok();
            self.window_size = blocks.filter(|blocks| *blocks > 0).or(self.window_size);
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let options = [
            ("blksize", self.block_size.map(u64::from)),
            ("timeout", self.timeout.map(u64::from)),
            ("tsize", self.transfer_size),
            ("windowsize", self.window_size.map(u64::from)),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                bytes.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
            }
        }
    }
}

fn head(bytes: &mut Vec<u8>, kind: u16, number: u16) {
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn number(bytes: &[u8]) -> Result<(u16, &[u8]), MalformedPacket> {
    match bytes {
        [high, low, rest @ ..] => Ok((u16::from_be_bytes([*high, *low]), rest)),
        _ => Err(MalformedPacket("it ends within a number")),
    }
}

/// Splits off the text before the next NUL.
fn text(bytes: &[u8]) -> Result<(&[u8], &[u8]), MalformedPacket> {
    let end = bytes.iter().position(|byte| *byte == 0);
    let end = end.ok_or(MalformedPacket("a text without a NUL"))?;
    Ok((&bytes[..end], &bytes[end + 1..]))
}

/// Reads a decimal number without a sign.
fn digits(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = digits.then(|| std::str::from_utf8(text).ok()).flatten();
    text?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn request_of_a_phone_is_decoded() {
        let bytes = b"\0\x01SEP001122334455.cnf.xml\0netASCII\0tsize\x000\0BLKSIZE\x001428\0x\0y\0timeout\x005\0";
        let options = Options {
            block_size: Some(1_428),
            timeout: Some(5),
            transfer_size: Some(0),
            window_size: None,
        };
        let request = Request { name: b"SEP001122334455.cnf.xml", mode: Mode::Netascii, options };
        assert_eq!(Packet::parse(bytes), Ok(Packet::Read(request)));
    }

    #[test]
    fn malformed_packets_are_rejected() {
        let bad: [&[u8]; 13] = [
            b"",
            b"\0",
            b"\0\0",
            b"\0\x07\0\0",
            b"\0\x01",
            b"\0\x01x",
            b"\0\x01x\0",
            b"\0\x01x\0octet",
            b"\0\x01\0octet\0",
            b"\0\x01x\0mail\0",
            b"\0\x01x\0octet\0tsize\0",
            b"\0\x04\0\x01x",
            b"\0\x03\0",
        ];
        for bytes in bad {
            assert!(Packet::parse(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn option_values_out_of_range_are_ignored() {
        let options = |name: &str, value: &str| {
            let bytes = [b"\0\x06", name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat();
            match Packet::parse(&bytes) {
                Ok(Packet::OptionAck(options)) => options,
                other => panic!("{other:?}"),
            }
        };
        let ten_to_the_30 = format!("1{}", "0".repeat(30));
        for value in ["0", "7", "-1", "abc", "", "65465", &ten_to_the_30, "+512", " 512"] {
            assert_eq!(options("blksize", value), Options::default(), "{value}");
        }
        assert_eq!(options("timeout", "256"), Options::default());
        assert_eq!(options("windowsize", "65536"), Options::default());
        assert_eq!(options("tsize", "-1"), Options::default());
        assert_eq!(options("blksize", "8").block_size, Some(8));
    }

    proptest! {
        #[test]
        fn decoded_packet_survives_encoding(
            kind in 0u8..8,
            rest in prop::collection::vec(prop_oneof![Just(0u8), Just(b'1'), any::<u8>()], 0..80),
            request in any::<bool>(),
        ) {
            let request = if request { &b"x\0octet\0tsize\0"[..] } else { b"" };
            let bytes = [&[0, kind][..], request, &rest].concat();
            if let Ok(packet) = Packet::parse(&bytes) {
                let written = packet.to_bytes();
                prop_assert_eq!(Packet::parse(&written), Ok(packet));
            }
        }
    }
}
