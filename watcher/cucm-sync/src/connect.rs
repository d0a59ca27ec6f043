//! From `cucm://` and a name to a cluster that adrc trusts and can log in to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_cucm_client::{
    CaError, CallError, Cluster, Credentials, CredentialsError, CredentialsFile, Fingerprint, Node,
    NodeError, PartialCredentials, Pause, Profile, Profiles, Progress, Role, Secret, Session,
    SetupError, Trust, UntrustedCertificate, Versions,
};
use adr_watcher::toml_file::TomlError;

/// What an address of a cluster begins with.
pub const SCHEME: &str = "cucm://";

/// The person at the terminal, if there is one.
pub trait Person {
    /// Whether to trust a certificate that nothing else vouches for. `false` without a person.
    fn trusts(&self, node: &Node, certificate: &UntrustedCertificate) -> bool;

    /// The name of a user; `None` without a person.
    fn user(&self, role: Role) -> Option<String>;

    /// The password of a user; `None` without a person.
    fn password(&self, role: Role, user: &str) -> Option<Secret>;
}

/// Settings of one run, which take precedence over those of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The file of certificates to trust.
    pub ca: Option<PathBuf>,
    /// The fingerprint of the certificate to trust.
    pub fingerprint: Option<Fingerprint>,
    /// The file of passwords.
    pub credentials: Option<PathBuf>,
    /// The user of AXL and the other SOAP services.
    pub user: Option<String>,
    /// The user of OS Administration.
    pub platform_user: Option<String>,
}

/// A cluster that adrc trusts, whose publisher answered.
#[derive(Debug)]
pub struct Connection {
    /// What messages call the cluster: the name or host as the user wrote it.
    pub name: String,
    /// Its settings, those of the run included.
    pub profile: Profile,
    /// Its publisher, with trust and credentials.
    pub cluster: Cluster,
    /// The session with the publisher.
    pub session: Session,
    /// Release and AXL version.
    pub versions: Versions,
    /// The fingerprint that a person accepted in this run, so that a message can say how to keep
    /// it.
    pub accepted: Option<Fingerprint>,
}

/// Why adrc is not connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The text after `cucm://` is neither a cluster of the project nor a node.
    #[error("`cucm://` without a valid name: {0}")]
    Address(#[from] NodeError),
    /// The project has no cluster with this name.
    #[error("the project has no cluster `{}`", .name.escape_debug())]
    UnknownCluster {
        /// The name.
        name: String,
        /// The clusters of the project.
        known: Vec<String>,
    },
    /// The project file cannot be used.
    #[error(transparent)]
    Project(#[from] TomlError),
    /// The file of certificates cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The file of passwords cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// Nothing says who logs in.
    #[error("{}", missing(*.role, .user.as_deref()))]
    NoCredentials {
        /// The kind of the user.
        role: Role,
        /// The user, if known.
        user: Option<String>,
    },
    /// The session cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The publisher did not answer as CUCM does.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl ConnectError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Address(_) => "for example `cucm://cucm-pub.example.com`".to_owned(),
            Self::UnknownCluster { known, .. } if known.is_empty() => {
                "add a table `[cucm.NAME]` to adrc.toml, or write `cucm://HOST`".to_owned()
            }
            Self::UnknownCluster { known, .. } => {
                format!("the project has `{}`", known.join("`, `"))
            }
            Self::Project(error) => error.help().to_owned(),
            Self::Ca(_) | Self::Credentials(_) => String::new(),
            Self::NoCredentials { role, .. } => format!(
                "set {} and {}, or name a file by `credentials` of the cluster in adrc.toml or by \
                 --credentials",
                role.user_variable(),
                role.password_variable()
            ),
            Self::Setup(_) => "check user, certificate and fingerprint".to_owned(),
            Self::Call(CallError::Certificate(untrusted)) => format!(
                "compare the fingerprint with the one of the tomcat certificate in OS \
                 Administration, Security; if they are equal, add `--fingerprint {0}`, or write \
                 `fingerprint = \"{0}\"` for the cluster in adrc.toml",
                untrusted.fingerprint
            ),
            Self::Call(error) => error.help().to_owned(),
        }
    }
}

fn missing(role: Role, user: Option<&str>) -> String {
    match user {
        Some(user) => {
            format!("adrc has no password for the user `{}` of {role}", user.escape_debug())
        }
        None => format!("adrc has no user for {role}"),
    }
}

/// The name after `cucm://`, if the text is an address of a cluster.
///
/// ```
/// use adr_cucm_sync::connect::cluster_name;
///
/// assert_eq!(cluster_name("cucm://hq"), Some("hq"));
/// assert_eq!(cluster_name("hq.adr"), None);
/// ```
#[must_use]
pub fn cluster_name(text: &str) -> Option<&str> {
    text.strip_prefix(SCHEME).map(|name| name.trim_end_matches('/'))
}

/// The settings of a cluster: of the table `[cucm.NAME]` of the project; or of the table with this
/// publisher; or none but the publisher.
///
/// # Errors
///
/// The project file cannot be used, or the name is not one of a node.
pub fn profile(name: &str) -> Result<Profile, ConnectError> {
    profile_among(&Profiles::find()?, name)
}

/// The settings of a cluster: of the table `[cucm.NAME]` of this file, or else as [`profile`] finds
/// them.
///
/// # Errors
///
/// A file cannot be used, or the name is not one of a node.
pub fn profile_in(file: Option<&Path>, name: &str) -> Result<Profile, ConnectError> {
    let profiles = file.map(Profiles::read).transpose()?;
    match profiles.filter(|profiles| profiles.get(name).is_some()) {
        Some(profiles) => profile_among(&profiles, name),
        None => profile(name),
    }
}

fn profile_among(profiles: &Profiles, name: &str) -> Result<Profile, ConnectError> {
    if let Some(profile) = profiles.get(name) {
        return Ok(profile.clone());
    }
    let publisher = Node::new(name)?;
    let known = profiles.iter().find(|profile| profile.publisher == publisher);
    Ok(known.cloned().unwrap_or_else(|| Profile::of_publisher(publisher)))
}

/// The settings of the cluster with this name in the project.
///
/// # Errors
///
/// The project file cannot be used, or has no such cluster.
pub fn named_profile(name: &str) -> Result<Profile, ConnectError> {
    let profiles = Profiles::find()?;
    profiles.get(name).cloned().ok_or_else(|| ConnectError::UnknownCluster {
        name: name.to_owned(),
        known: profiles.iter().map(|profile| profile.name.clone()).collect(),
    })
}

/// The settings with those of a run.
#[must_use]
pub fn with_options(profile: Profile, options: &Options) -> Profile {
    let is_trust_given = options.ca.is_some() || options.fingerprint.is_some();
    let (ca, fingerprints) = match is_trust_given {
        true => (options.ca.clone(), options.fingerprint.into_iter().collect()),
        false => (profile.ca.clone(), profile.fingerprints.clone()),
    };
    Profile {
        ca,
        fingerprints,
        credentials: options.credentials.clone().or(profile.credentials),
        user: options.user.clone().or(profile.user),
        platform_user: options.platform_user.clone().or(profile.platform_user),
        ..profile
    }
}

/// Who logs in: the environment, else the file of the profile, else the profile, else a person.
///
/// # Errors
///
/// The file cannot be used, or nothing and nobody says who logs in.
pub fn credentials(
    profile: &Profile,
    role: Role,
    person: &dyn Person,
) -> Result<Credentials, ConnectError> {
    let mut known = PartialCredentials::from_environment(role, |name| std::env::var(name).ok());
    if let Some(path) = &profile.credentials {
        known = known.or(CredentialsFile::read(path)?.of(role));
    }
    let user = match role {
        Role::Axl => profile.user.clone(),
        Role::Platform => profile.platform_user.clone(),
        Role::Exchange => None,
    };
    let known = known.or(PartialCredentials { user, password: None });
    let user = known.user.or_else(|| person.user(role));
    let Some(user) = user else {
        return Err(ConnectError::NoCredentials { role, user: None });
    };
    let password = known.password.or_else(|| person.password(role, &user));
    match password {
        Some(password) => Ok(Credentials { user, password }),
        None => Err(ConnectError::NoCredentials { role, user: Some(user) }),
    }
}

/// What a session reports while a call is under way.
pub type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Connects to the cluster with this name or host, and asks for its release.
///
/// A certificate that neither the options nor the project vouch for is shown to the person. Nothing
/// but a TLS handshake happens before that.
///
/// # Errors
///
/// See [`ConnectError`].
pub async fn connect(
    name: &str,
    options: &Options,
    person: &dyn Person,
    on_progress: OnProgress,
) -> Result<Connection, ConnectError> {
    connect_with(name, options, person, on_progress, Arc::new(adr_cucm_client::TokioPause)).await
}

/// Connects as [`connect()`] does, with another way to wait.
///
/// # Errors
///
/// See [`ConnectError`].
pub async fn connect_with(
    name: &str,
    options: &Options,
    person: &dyn Person,
    on_progress: OnProgress,
    pause: Arc<dyn Pause>,
) -> Result<Connection, ConnectError> {
    let cluster = cluster(name, options, person)?;
    let Attempt { name, profile, cluster, session, versions, accepted } =
        attempt(name, cluster, person, on_progress, pause).await?;
    Ok(Connection { name, profile, cluster, session, versions: versions?, accepted })
}

/// A cluster that adrc asked for its release, whatever the answer was.
#[derive(Debug)]
pub struct Attempt {
    /// What messages call the cluster.
    pub name: String,
    /// Its settings, those of the run included.
    pub profile: Profile,
    /// Its publisher, with trust and credentials.
    pub cluster: Cluster,
    /// The session with the publisher.
    pub session: Session,
    /// Release and AXL version, or why CUCM did not say them.
    pub versions: Result<Versions, CallError>,
    /// The fingerprint that a person accepted in this run.
    pub accepted: Option<Fingerprint>,
}

/// The settings of a cluster, and the cluster with its credentials. Nothing is sent.
///
/// # Errors
///
/// See [`ConnectError`].
pub fn cluster(
    name: &str,
    options: &Options,
    person: &dyn Person,
) -> Result<(Profile, Cluster), ConnectError> {
    let profile = with_options(profile(name)?, options);
    let cluster = profile.cluster(credentials(&profile, Role::Axl, person)?)?;
    Ok((profile, cluster))
}

/// Asks a cluster for its release. A certificate that nothing vouches for is shown to the person.
///
/// # Errors
///
/// The session cannot be set up, or nobody trusts the certificate. What else AXL answers, such as
/// a rejected login, is part of the result.
pub async fn attempt(
    name: &str,
    (profile, mut cluster): (Profile, Cluster),
    person: &dyn Person,
    on_progress: OnProgress,
    pause: Arc<dyn Pause>,
) -> Result<Attempt, ConnectError> {
    let open = |cluster: &Cluster| -> Result<Session, SetupError> {
        let report = Arc::clone(&on_progress);
        let session = cluster.session()?.with_pause(Arc::clone(&pause));
        Ok(session.with_progress(move |progress| report(progress)))
    };
    let mut session = open(&cluster)?;
    let mut accepted = None;
    let versions = match session.versions().await {
        Err(CallError::Certificate(untrusted))
            if cluster.trust == Trust::Nothing && person.trusts(&cluster.publisher, &untrusted) =>
        {
            accepted = Some(untrusted.fingerprint);
            cluster.trust = Trust::Fingerprints(vec![untrusted.fingerprint]);
            session = open(&cluster)?;
            session.versions().await
        }
        Err(error @ CallError::Certificate(_)) => return Err(error.into()),
        versions => versions,
    };
    Ok(Attempt { name: name.to_owned(), profile, cluster, session, versions, accepted })
}
