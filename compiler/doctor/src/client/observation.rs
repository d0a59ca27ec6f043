//! What was seen of a softphone. Numbers of people are masked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Everything that was seen. What was not looked at is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observations {
    /// When it was looked at, in seconds since 1970 UTC.
    pub looked_at: i64,
    /// The TFTP addresses in the settings of the PC; `None` if no settings were given.
    pub addresses: Option<Vec<TftpAddress>>,
    /// The ports of the servers.
    pub ports: Ports,
    /// The files of each server, by each transport, in the order in which they were asked for.
    pub files: Vec<FileSeen>,
    /// Servers of the settings or of the user that were not asked, because there are too many.
    pub servers_not_asked: Vec<String>,
    /// Whether a dial plan was given to compare with.
    pub has_plan: bool,
    /// The client programs that run; `None` if no list of processes was given.
    pub processes: Option<Vec<Process>>,
    /// When the rules changed last, in seconds since 1970 UTC; `None` if that is not known.
    pub changed: Option<i64>,
    /// What a log of the client says about numbers; `None` without a log.
    pub numbers: Option<NumberLog>,
    /// The release of the client, such as `8.6.1`, if it is known.
    pub release: Option<String>,
}

/// A TFTP address in the settings of a PC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TftpAddress {
    /// The client that reads it: `CSF client` or `Jabber`.
    pub client: String,
    /// The name of the setting, such as `TftpServer1`.
    pub name: String,
    /// The host or address.
    pub address: String,
    /// Where it is set, such as `the Policies key`.
    pub place: String,
    /// Why this place counts.
    pub reason: String,
    /// Whether it is documented that this place counts.
    pub is_certain: bool,
}

/// The port of HTTP of the service Cisco Tftp.
pub const HTTP_PORT: u16 = 6970;

/// The port of TFTP.
pub const TFTP_PORT: u16 = 69;

/// The ports on which servers are asked: by default those of the service Cisco Tftp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ports {
    /// That of HTTP.
    pub http: u16,
    /// That of TFTP.
    pub tftp: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self { http: HTTP_PORT, tftp: TFTP_PORT }
    }
}

impl Ports {
    /// The ports as a firewall names them.
    pub(super) fn words(self) -> String {
        format!("TCP {}, UDP {}", self.http, self.tftp)
    }
}

/// A way to get a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// HTTP, by default on port 6970.
    Http,
    /// TFTP, by default on port 69.
    Tftp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::Tftp => "TFTP",
        })
    }
}

/// A list of dial rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Application dial rules.
    Application,
    /// Directory lookup dial rules.
    Lookup,
}

impl List {
    /// Both lists.
    pub const ALL: [Self; 2] = [Self::Application, Self::Lookup];

    /// The path of its file on a server.
    #[must_use]
    pub fn path(self) -> &'static str {
        self.kind().path()
    }

    pub(crate) fn kind(self) -> adr_bundle::ListKind {
        match self {
            Self::Application => adr_bundle::ListKind::Application,
            Self::Lookup => adr_bundle::ListKind::Lookup,
        }
    }
}

/// A request for a rule file, and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSeen {
    /// The server, as the settings name it.
    pub server: String,
    /// How it was asked for.
    pub transport: Transport,
    /// Which file.
    pub list: List,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// What came.
    pub outcome: FileOutcome,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileOutcome {
    /// A file.
    Read(ReadFile),
    /// The server has no such file.
    Missing,
    /// No file came.
    Failed(FetchFailure),
}

/// Why no file came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchFailure {
    /// The name of the server has no address; the text of the system.
    NoAddress(String),
    /// The port is closed.
    Refused,
    /// Nothing, or no end, came in time.
    TimedOut,
    /// Another HTTP status than 200 and 404.
    Status(u16),
    /// The file is larger than the limit.
    TooLarge,
    /// Another error; its text.
    Other(String),
}

impl fmt::Display for FetchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress(text) => write!(f, "the name has no address: {text}"),
            Self::Refused => f.write_str("the port is closed"),
            Self::TimedOut => f.write_str("nothing came in time"),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::TooLarge => f.write_str("the file is too large"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A rule file, as the client reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadFile {
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// When it was changed, as the server says, in seconds since 1970 UTC.
    pub modified: Option<i64>,
    /// Why the client rejects the whole file; `None` if it does not.
    pub rejected: Option<String>,
    /// Whether it looks like a web page.
    pub is_page: bool,
    /// How many rules the client reads.
    pub rules: u64,
    /// What in the file the client reads differently than it is written, or that it ignores; the
    /// first few.
    pub deviations: Vec<String>,
    /// Whether it has the rules of the dial plan, and of which view; `None` without a plan.
    pub plan: Option<PlanMatch>,
}

/// How a file compares with a dial plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanMatch {
    /// It has the rules of the default view.
    Default,
    /// It has the rules of a site.
    Site(String),
    /// It has other rules than every view.
    Other {
        /// How many rules the default view has.
        planned: u64,
    },
}

/// A client program that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// The name of the program.
    pub name: String,
    /// When it started, in seconds since 1970 UTC; `None` if the list does not say, or says it
    /// with a date that can be read in two ways.
    pub started: Option<i64>,
    /// Whether the date of the start can be read in two ways, such as `05/11/2026`.
    #[serde(default)]
    pub is_ambiguous: bool,
    /// Whether the list gives the start without a zone.
    #[serde(default)]
    pub has_no_zone: bool,
}

/// What a log of the client says about numbers and rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberLog {
    /// Lines of the log.
    pub lines: u64,
    /// Lines that mention rules.
    pub mentions: u64,
    /// Lines with a number before and after that the rules give.
    pub agreeing: u64,
    /// Numbers that the rules give differently: of each the first lines.
    pub disagreeing: Vec<LoggedNumber>,
    /// How many lines have such numbers.
    pub disagreements: u64,
    /// Lines that mention rules and have no number before and after; a few, with names replaced.
    pub unknown_lines: Vec<String>,
}

/// A number before and after, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedNumber {
    /// The number before the rules.
    pub before: String,
    /// The number after them, as the log says.
    pub after: String,
    /// The number after them, as the rules of the files give it.
    pub expected: String,
}
