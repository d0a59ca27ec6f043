//! What the doctor looks at, and the steps of each path.

/// One of the things that the doctor looks at: a subcommand of `adrc doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// The way from a presence server to calendars on Exchange.
    Presence,
    /// The logs of a Presence Engine.
    Log,
    /// A softphone, and the files that it reads.
    Client,
    /// A cluster of CUCM.
    Cucm,
    /// Nodes of adrc that share one sequence of generations.
    Nodes,
}

impl Area {
    /// A word for programs: `presence`, `log`, `client`, `cucm` or `nodes`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Log => "log",
            Self::Client => "client",
            Self::Cucm => "cucm",
            Self::Nodes => "nodes",
        }
    }

    /// What it looks at, for a headline.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Presence => "presence gateway",
            Self::Log => "Presence Engine log",
            Self::Client => "client",
            Self::Cucm => "cluster",
            Self::Nodes => "cluster of nodes",
        }
    }

    /// The steps of its path, in the order in which they are reached. A log has none.
    #[must_use]
    pub fn steps(self) -> &'static [Step] {
        match self {
            Self::Presence => &[
                Step::You,
                Step::Dns,
                Step::Tcp,
                Step::Tls,
                Step::Certificate,
                Step::Http,
                Step::Account,
                Step::Mailbox,
            ],
            Self::Log => &[],
            Self::Client => {
                &[Step::You, Step::Configuration, Step::Server, Step::File, Step::Rules]
            }
            Self::Cucm => &[
                Step::You,
                Step::Release,
                Step::Roles,
                Step::Nodes,
                Step::Files,
                Step::Emergency,
                Step::Routing,
            ],
            Self::Nodes => &[
                Step::You,
                Step::Tcp,
                Step::Tls,
                Step::Login,
                Step::Buckets,
                Step::Quorum,
                Step::Generation,
                Step::Nodes,
            ],
        }
    }
}

/// A step of a path. A step that fails leaves those behind it unreached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Where the path begins: this machine, and the arguments of the command.
    You,
    /// The name of the gateway becomes addresses.
    Dns,
    /// A connection to a port.
    Tcp,
    /// The handshake of TLS.
    Tls,
    /// The certificate, its names and its issuers.
    Certificate,
    /// Requests without credentials.
    Http,
    /// The account that reads calendars.
    Account,
    /// The mailboxes and their permissions.
    Mailbox,
    /// What the presence server does with what it reads.
    PresenceServer,
    /// Where a client gets its settings.
    Configuration,
    /// The TFTP servers that a client asks.
    Server,
    /// The rule files on these servers.
    File,
    /// What the client makes of the rules.
    Rules,
    /// The login to NATS.
    Login,
    /// The buckets of a cluster of nodes.
    Buckets,
    /// The copies of the buckets, and their leaders.
    Quorum,
    /// The current generation of a cluster of nodes.
    Generation,
    /// Release of the cluster.
    Release,
    /// The roles of the user that asks.
    Roles,
    /// TFTP nodes and the state of their services, or nodes of adrc.
    Nodes,
    /// The files on each node.
    Files,
    /// The emergency numbers of cluster and dial plan.
    Emergency,
    /// What the rules send out, against the route patterns.
    Routing,
}

impl Step {
    /// A word for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Http => "http",
            Self::Account => "account",
            Self::Mailbox => "mailbox",
            Self::PresenceServer => "presence-server",
            Self::Configuration => "configuration",
            Self::Server => "server",
            Self::File => "file",
            Self::Rules => "rules",
            Self::Login => "login",
            Self::Buckets => "buckets",
            Self::Quorum => "quorum",
            Self::Generation => "generation",
            Self::Release => "release",
            Self::Roles => "roles",
            Self::Nodes => "nodes",
            Self::Files => "files",
            Self::Emergency => "emergency",
            Self::Routing => "routing",
        }
    }
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::PresenceServer => "presence server",
            other => other.word(),
        }
    }
}
