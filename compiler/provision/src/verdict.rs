//! What a client will use, from what a PC has: which place wins for each value, and why.
//!
//! ```text
//! ClientFile… --> RegistryState --> ClientVerdict for each user --+
//!             \-> JabberFiles ----> ClientVerdict of Jabber ------+--> findings
//!                                                 Expected -------+
//! ```

mod check_servers;
mod check_values;
mod compare;
mod expected;
mod jabber_files;
mod registry_state;
mod tftp_addresses;
mod unread_keys;

use std::fmt;

use adr_diagnostic::{Report, Span, visible};

pub use expected::Expected;

use crate::key::Key;
use crate::names::Names;
use crate::observed::Hive;
use crate::read::ClientFile;
use crate::registry_data::RegistryData;
use crate::setting::SettingName;
use jabber_files::JabberFiles;
use registry_state::{KeyState, RegistryState};

/// A place that a client reads a value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A key of the registry.
    Key(Key),
    /// `jabber-bootstrap.properties`.
    Bootstrap,
    /// The configuration file of a group.
    GroupConfiguration,
    /// `jabber-config.xml`.
    GlobalConfiguration,
}

impl Origin {
    /// A word for programs and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Key(key) => key.word(),
            Self::Bootstrap => "bootstrap",
            Self::GroupConfiguration => "group",
            Self::GlobalConfiguration => "global",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(Key::Policies) => "the Policies key",
            Self::Key(Key::Plain) => "the plain key",
            Self::Bootstrap => "the bootstrap file",
            Self::GroupConfiguration => "the configuration file of the group",
            Self::GlobalConfiguration => "jabber-config.xml",
        })
    }
}

/// A value in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The place.
    pub origin: Origin,
    /// Type and content. Values of files are texts.
    pub data: RegistryData,
    /// Where it is written.
    pub span: Span,
}

/// Why a candidate wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No other place has the value.
    OnlyPlace,
    /// A place wins that is read before the others.
    ReadFirst(Origin),
    /// The Policies key exists and does not have the value, so the plain key is read.
    NotInPolicies,
    /// Several places that can win have the same value.
    SameValue,
    /// Several places have different values, and it is not documented which one wins. Each of them
    /// has a verdict with this reason.
    NotDocumented,
    /// One file sets different values, and it is not documented which one wins. Each of them has a
    /// verdict with this reason.
    SetTwice,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyPlace => f.write_str("no other place has it"),
            Self::ReadFirst(origin) => write!(f, "{origin} wins"),
            Self::NotInPolicies => f.write_str("the Policies key does not have it"),
            Self::SameValue => f.write_str("the places that can win have the same value"),
            Self::NotDocumented => f.write_str("which place wins is not documented"),
            Self::SetTwice => f.write_str("it is set twice, and which one wins is not documented"),
        }
    }
}

/// Where a client gets a value from.
///
/// If the reason is [`Reason::NotDocumented`] or [`Reason::SetTwice`], there is a verdict for each
/// value that can win, and the client uses one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueVerdict {
    /// The name, as it is written in the place that wins.
    pub name: String,
    /// What the client uses, or can use.
    pub winner: Candidate,
    /// What it does not use, in the order in which the places are read.
    pub others: Vec<Candidate>,
    /// Why the winner wins.
    pub reason: Reason,
}

/// Which client a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// A client that reads the registry, run by the user with this hive.
    Csf(Hive),
    /// Jabber, which reads a bootstrap file and configuration files.
    Jabber,
}

impl Client {
    /// A word for programs: `csf` or `jabber`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Csf(_) => "csf",
            Self::Jabber => "jabber",
        }
    }

    /// The name of the user below `HKEY_USERS`; `None` for the user of the export, and for Jabber.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Csf(Hive::User(user)) => Some(user),
            Self::Csf(_) | Self::Jabber => None,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csf(Hive::User(user)) => write!(f, "CSF client of {}", visible(user)),
            Self::Csf(_) => f.write_str("CSF client"),
            Self::Jabber => f.write_str("Jabber"),
        }
    }
}

/// What one client will use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientVerdict {
    /// The client.
    pub client: Client,
    /// Its values, sorted by name without regard to case.
    pub values: Vec<ValueVerdict>,
}

/// What the clients of a PC will use.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// One for each user with a key of the client, and one for Jabber if it has files.
    pub clients: Vec<ClientVerdict>,
    /// The findings of all files, then those about what is in them.
    pub report: Report,
}

impl Verdict {
    /// Judges the files of one PC. Changes of the registry apply in the order of the files.
    ///
    /// `expected` is what a profile wants, and `names` are the names that are known.
    ///
    /// ```
    /// use adr_diagnostic::Sources;
    /// use adr_provision::{Names, Verdict, read_client_file};
    ///
    /// let text = "Windows Registry Editor Version 5.00\n\
    ///     [HKCU\\Software\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\n\
    ///     \"TftpServer1\"=\"10.1.1.1\"\n\
    ///     [HKCU\\Software\\Policies\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\n\
    ///     \"TftpServer1\"=\"10.9.9.9\"\n";
    /// let file = read_client_file("pc.reg", text.as_bytes(), &mut Sources::new());
    /// let verdict = Verdict::of(&[file], None, Names::built_in());
    /// let value = &verdict.clients[0].values[0];
    /// assert_eq!(value.winner.data.as_text(), Some("10.9.9.9"));
    /// assert_eq!(value.reason.to_string(), "the Policies key wins");
    /// assert_eq!(verdict.report.diagnostics()[0].name, "plain-value-ignored");
    /// ```
    #[must_use]
    pub fn of(files: &[ClientFile], expected: Option<&Expected>, names: &Names) -> Self {
        let mut report = Report::new();
        files.iter().for_each(|file| report.append(file.report.clone()));
        let registry = RegistryState::of(files);
        let jabber = JabberFiles::of(files);
        report.append(unread_keys::check(files, names));
        let mut clients: Vec<ClientVerdict> = Vec::new();
        for (hive, keys) in registry.users() {
            let verdict = of_user(hive, keys);
            report.append(check_values::check(&verdict, keys, expected, names));
            report.append(check_servers::check(&verdict, expected, names));
            clients.push(verdict);
        }
        if let Some(jabber) = &jabber {
            let verdict = jabber.verdict();
            report.append(check_values::check_texts(&verdict, expected));
            report.append(check_values::check_parameters(&verdict));
            report.append(check_servers::check(&verdict, expected, names));
            clients.push(verdict);
        }
        report.append(tftp_addresses::check(&clients, jabber.as_ref(), expected));
        if let Some(expected) = expected {
            compare::registry(&registry, expected, &mut report);
            if let Some(jabber) = &jabber {
                compare::jabber(jabber, expected, &mut report);
            }
            compare::drop_repeated(&mut report);
        } else if let Some(jabber) = &jabber {
            compare::bootstrap_and_configuration(jabber, &mut report);
        }
        Self { clients, report }
    }
}

/// What a client uses that a user runs.
fn of_user(hive: &Hive, keys: &[KeyState; 2]) -> ClientVerdict {
    let [policies, plain] = keys;
    let mut values = Vec::new();
    for (folded, value) in &policies.values {
        let others: Vec<_> =
            plain.values.get(folded).map(|it| it.candidate(Key::Plain)).into_iter().collect();
        let reason = match others.is_empty() {
            true => Reason::OnlyPlace,
            false => Reason::ReadFirst(Origin::Key(Key::Policies)),
        };
        let winner = value.candidate(Key::Policies);
        values.push((folded, ValueVerdict { name: value.name.clone(), winner, others, reason }));
    }
    for (folded, value) in &plain.values {
        if policies.values.contains_key(folded) {
            continue;
        }
        let reason = if policies.exists() { Reason::NotInPolicies } else { Reason::OnlyPlace };
        let winner = value.candidate(Key::Plain);
        let others = Vec::new();
        values.push((folded, ValueVerdict { name: value.name.clone(), winner, others, reason }));
    }
    values.sort_by_key(|(folded, _)| *folded);
    let values = values.into_iter().map(|(_, value)| value).collect();
    ClientVerdict { client: Client::Csf(hive.clone()), values }
}

/// Most characters of a name in a message. The registry allows 16,383.
const SHOWN_CHARACTERS: usize = 60;

/// A name in a message, cut if it is long.
fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    visible(&shown).to_string()
}

/// Whether a text is a name that is known.
fn is_known(names: &Names, name: &str) -> bool {
    SettingName::new(name).is_ok_and(|name| names.get(&name).is_some())
}
