//! Records: observations as files that can be judged again.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A kind of record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// What a record says that it is, such as `adrc doctor presence`.
    pub(crate) name: &'static str,
    /// Raised when a field changes its name or meaning.
    pub(crate) version: u32,
    /// The most bytes that are read.
    pub(crate) max_bytes: usize,
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// It is too large.
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// It is not a record, or a field is wrong; the text of the JSON reader, with line and column.
    Invalid(String),
    /// It is of another format or version.
    Other {
        /// What it says that it is; at most 80 characters.
        format: String,
        /// The version that it says.
        version: u32,
        /// The format and the version that adrc reads.
        expected: (&'static str, u32),
    },
    /// It has too many of something: what, how many, and the limit.
    TooMany(&'static str, usize, usize),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes, limit } => {
                write!(f, "the record has {bytes} bytes, more than {limit}")
            }
            Self::Invalid(text) => write!(f, "this is not a record of adrc: {text}"),
            Self::Other { format, version, expected: (name, number) } => write!(
                f,
                "this is a file of the format `{}`, version {version}; adrc reads `{name}`, \
                 version {number}",
                format.escape_debug()
            ),
            Self::TooMany(what, given, limit) => {
                write!(f, "the record has {given} {what}, more than {limit}")
            }
        }
    }
}

impl std::error::Error for RecordError {}

#[derive(Serialize)]
struct Written<'o, O> {
    format: &'static str,
    version: u32,
    observations: &'o O,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<O> {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u32,
    observations: O,
}

impl Format {
    /// Observations as JSON, with a final line end.
    pub(crate) fn write<O: Serialize>(self, observations: &O) -> String {
        let written = Written { format: self.name, version: self.version, observations };
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// Reads a record of this format.
    pub(crate) fn read<O: DeserializeOwned>(self, bytes: &[u8]) -> Result<O, RecordError> {
        if bytes.len() > self.max_bytes {
            return Err(RecordError::TooLarge { bytes: bytes.len(), limit: self.max_bytes });
        }
        let invalid = |error: serde_json::Error| RecordError::Invalid(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(invalid)?;
        if head.format != self.name || head.version != self.version {
            let format = head.format.chars().take(80).collect();
            let expected = (self.name, self.version);
            return Err(RecordError::Other { format, version: head.version, expected });
        }
        let read: Read<O> = serde_json::from_slice(bytes).map_err(invalid)?;
        Ok(read.observations)
    }
}
