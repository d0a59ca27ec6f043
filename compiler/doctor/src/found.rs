//! What a check found: the cause, its evidence, and the commands that fix it.

use std::fmt;

use adr_diagnostic::Severity;

use crate::cause::Cause;

/// A cause that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The cause.
    pub cause: &'static Cause,
    /// How serious it is here. The cause's own severity, unless the check knows better.
    pub severity: Severity,
    /// What is wrong, in one sentence with the names and values of this case.
    pub message: String,
    /// What was seen that proves it, one fact each.
    pub evidence: Vec<String>,
    /// What to do, in the order in which it is done.
    pub fixes: Vec<Fix>,
}

impl Found {
    pub(crate) fn new(cause: &'static Cause, message: String) -> Self {
        let severity = cause.finding.severity;
        Self { cause, severity, message, evidence: Vec::new(), fixes: Vec::new() }
    }

    /// Adds a fact that proves it.
    #[must_use]
    pub fn because(mut self, fact: impl Into<String>) -> Self {
        self.evidence.push(fact.into());
        self
    }

    /// Adds something to do at a place: what it does, and its commands, each one line. Where a
    /// page is used and not a command line, the commands are its fields.
    #[must_use]
    pub fn fix(
        mut self,
        place: Place,
        what: impl Into<String>,
        commands: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let commands = commands.into_iter().map(Into::into).collect();
        self.fixes.push(Fix { place, what: what.into(), commands });
        self
    }

    /// Sets another severity than that of the cause.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Where.
    pub place: Place,
    /// What it does, as an instruction without a final stop: "add the name to DNS".
    pub what: String,
    /// The commands, one line each, ready to be copied. Names in capitals stand for what the doctor
    /// does not know.
    pub commands: Vec<String>,
}

/// Where a fix is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The command line of a CUCM or presence server, by SSH.
    CucmCommandLine,
    /// A page of the administration of CUCM or of the presence server.
    CucmPage,
    /// The Exchange Management Shell, or Exchange Online PowerShell.
    ExchangeShell,
    /// A command prompt on the Exchange server or another Windows server.
    WindowsPrompt,
    /// The PC of the client.
    ClientPc,
    /// The DNS server of the company.
    DnsServer,
    /// The network: firewalls and routes.
    Network,
    /// A server of NATS.
    NatsServer,
    /// A node of a cluster of adrc.
    Node,
    /// The command line of this machine, with adrc.
    Adrc,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CucmCommandLine => "command line of the server",
            Self::CucmPage => "administration page of the server",
            Self::ExchangeShell => "Exchange Management Shell",
            Self::WindowsPrompt => "command prompt of the Windows server",
            Self::ClientPc => "PC of the client",
            Self::DnsServer => "DNS server",
            Self::Network => "network",
            Self::NatsServer => "NATS server",
            Self::Node => "node",
            Self::Adrc => "this machine",
        })
    }
}
