//! What was read in logs. These values hold names of users as the logs have them.

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::presence::observation::Endpoint;

/// Everything that was read. The order of the files does not change it, apart from that of `files`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observations {
    /// The files, in the order in which they were read.
    pub files: Vec<LogFile>,
    /// Lines of all files.
    pub lines: u64,
    /// Lines that mention `owa`, `ews` or `exchange`.
    pub mentions: u64,
    /// What these lines say, by code, user and hour.
    pub groups: Vec<Group>,
    /// Lines that say something and are in no group, because there are too many groups.
    pub left_out: u64,
    /// Users, named by their lines, with HTTP 440 again and again, within a short time and without
    /// a success between.
    pub repeated_logins: Vec<String>,
    /// Lines that mention `owa`, `ews` or `exchange`, and the reader does not know what they say.
    pub unknown: u64,
    /// The most frequent kinds of them.
    pub unknown_lines: Vec<UnknownLine>,
    /// Whether lines of groups have times without a zone.
    pub has_times_without_zone: bool,
    /// The zone of times without one, in minutes east of UTC. Times are shown in it.
    pub zone_minutes: i32,
}

/// A file that was read. Members of archives are files of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogFile {
    /// Its path, for members of archives behind the path of the archive.
    pub name: String,
    /// Lines that were read.
    pub lines: u64,
    /// Why it was not read to its end, or not at all; `None` if it was.
    pub incomplete: Option<String>,
}

/// Lines that say the same about the same user in the same hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What they say.
    pub code: Code,
    /// Which endpoint answered; `None` if the lines do not say.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Whether these are HTTP 401 that a success of the same user followed: the server only asked
    /// for name and password.
    #[serde(default)]
    pub is_challenge: bool,
    /// The user in lower case and without the domain; `None` if the lines name nobody.
    pub user: Option<String>,
    /// The first and the last of them; `None` without times.
    pub span: Option<TimeSpan>,
    /// How many there are.
    pub count: u64,
}

/// A time and a later one, in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSpan {
    /// The first time.
    pub first: i64,
    /// The last time; equal if there is only one.
    pub last: i64,
}

/// Lines of the same shape that the reader does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownLine {
    /// One of them, with names and numbers replaced.
    pub text: String,
    /// How many there are.
    pub count: u64,
}
