//! Which cluster a live source follows, and with which settings.

use std::path::PathBuf;
use std::time::Duration;

use adr_cucm_client::{
    Credentials, Node, Profile, Role, Secret, Session, Trust, UntrustedCertificate,
};

use crate::connect::{ConnectError, Options, Person, credentials, profile_in, with_options};

/// The time between two polls, if neither the command nor the cluster says another one.
pub const DEFAULT_POLL: Duration = Duration::from_secs(60);

/// The cluster that a live source follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The cluster's name in the project, or the host of its publisher.
    pub name: String,
    /// The settings file with the table `[cucm.NAME]`; `None` for the one of the project. If the
    /// file has no such table, the project may have it.
    pub file: Option<PathBuf>,
    /// Settings of this run, which take precedence over those of the cluster.
    pub options: Options,
    /// The time between two polls; `None` for that of the cluster.
    pub poll: Option<Duration>,
}

impl Settings {
    /// What messages and the rule source of the cluster are called: `cucm://hq`.
    #[must_use]
    pub fn source_name(&self) -> String {
        format!("{}{}", crate::connect::SCHEME, self.name)
    }

    /// The settings of the cluster, as the files say now.
    ///
    /// # Errors
    ///
    /// A settings file cannot be used, or the name is not one of a node.
    pub fn profile(&self) -> Result<Profile, ConnectError> {
        Ok(with_options(profile_in(self.file.as_deref(), &self.name)?, &self.options))
    }

    /// The time between two polls; `None` if nothing sets one.
    #[must_use]
    pub fn poll_interval(&self) -> Option<Duration> {
        self.poll.or_else(|| self.profile().ok()?.poll)
    }

    /// Reads the settings, and everything that they name. Sends nothing.
    ///
    /// # Errors
    ///
    /// A file cannot be used, or nothing says who logs in: a daemon has no person to ask.
    pub(super) fn read(&self) -> Result<Used, ConnectError> {
        let profile = self.profile()?;
        let credentials = credentials(&profile, Role::Axl, &Nobody)?;
        let trust = profile.trust()?;
        let poll = self.poll.or(profile.poll).unwrap_or(DEFAULT_POLL);
        Ok(Used { profile, credentials, trust, poll })
    }
}

/// What a session is made of. Two are equal if asking with them makes no difference.
#[derive(Clone, Debug)]
pub(super) struct Used {
    pub(super) profile: Profile,
    pub(super) credentials: Credentials,
    pub(super) trust: Trust,
    pub(super) poll: Duration,
}

impl Used {
    /// A session with the publisher. Sends nothing.
    pub(super) fn session(&self) -> Result<Session, ConnectError> {
        let cluster = self.profile.cluster(self.credentials.clone())?;
        Ok(cluster.session()?)
    }
}

impl PartialEq for Used {
    fn eq(&self, other: &Self) -> bool {
        self.profile == other.profile
            && self.credentials == other.credentials
            && self.trust == other.trust
    }
}

/// A daemon asks nobody.
struct Nobody;

impl Person for Nobody {
    fn trusts(&self, _: &Node, _: &UntrustedCertificate) -> bool {
        false
    }

    fn user(&self, _: Role) -> Option<String> {
        None
    }

    fn password(&self, _: Role, _: &str) -> Option<Secret> {
        None
    }
}
