//! Fetches the logs of a Presence Engine from its node, by LogCollection.

use std::time::Duration;

use adr_cucm::service::{ListNodeServiceLogs, LogFile, SelectLogFiles};
use adr_cucm_client::{CallError, Session};
use thiserror::Error;

use super::container::Containers;
use super::{LineSink, LogLimits};

/// Most files that are fetched; of more, the newest ones by name.
pub const MAX_FETCHED_FILES: usize = 200;

/// Most bytes of a fetched file, as it is sent: the limit of requests for it. Files are compressed.
pub const MAX_FETCHED_BYTES: usize = 256 << 20;

/// What the name of the service contains, in lower case: `Cisco Presence Engine`, on old releases
/// `Cisco UP Presence Engine`.
const SERVICE: &str = "presence engine";

/// Why no logs are fetched.
#[derive(Debug, Error)]
pub enum CollectError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The node has no Presence Engine.
    #[error("the node writes no logs of a Presence Engine; it has {}", list(.services))]
    NoPresenceEngine {
        /// Services that write logs.
        services: Vec<String>,
    },
    /// The Presence Engine wrote no file in this time.
    #[error("the Presence Engine wrote no log file in this time")]
    NoFiles,
}

impl CollectError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Call(error) => error.help(),
            Self::NoPresenceEngine { .. } => "name a node of the presence server",
            Self::NoFiles => "look further back with `--since`, for example `--since 72h`",
        }
    }
}

/// Fetches the log files of the Presence Engine on the session's node that were written within
/// `span` before `now`, in seconds since 1970 UTC, and reads their lines. A file that does not come
/// is reported to the sink. `progress` receives the name of the file that is fetched now.
///
/// # Errors
///
/// See [`CollectError`].
pub async fn collect_logs(
    session: &Session,
    (now, span): (i64, Duration),
    sink: &mut dyn LineSink,
    progress: &dyn Fn(&str),
) -> Result<(), CollectError> {
    let services = presence_engines(session).await?;
    let span = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let question = SelectLogFiles { services, from: now.saturating_sub(span), to: now };
    let mut files: Vec<LogFile> = session.call_service(&question).await?;
    files.sort_by(|one, other| other.path.cmp(&one.path));
    files.dedup_by(|one, other| one.path == other.path);
    if files.is_empty() {
        return Err(CollectError::NoFiles);
    }
    let mut containers = Containers::new(LogLimits::default(), sink);
    for file in files.iter().take(MAX_FETCHED_FILES) {
        progress(&file.name);
        match session.log_file(&file.path).await {
            Ok(bytes) => containers.read(&file.path, &mut &bytes[..]),
            Err(error) => containers.unread(&file.path, error.to_string()),
        }
    }
    if files.len() > MAX_FETCHED_FILES {
        let why = format!("there are {} files, and {MAX_FETCHED_FILES} were fetched", files.len());
        containers.unread("older files", why);
    }
    Ok(())
}

/// The services of Presence Engines, as the node spells them.
async fn presence_engines(session: &Session) -> Result<Vec<String>, CollectError> {
    let nodes = session.call_service(&ListNodeServiceLogs).await?;
    let all = nodes.into_iter().flat_map(|node| node.services);
    let (mut engines, mut others): (Vec<_>, Vec<_>) =
        all.partition(|service| service.to_lowercase().contains(SERVICE));
    for services in [&mut engines, &mut others] {
        services.sort_unstable();
        services.dedup();
    }
    match engines.is_empty() {
        true => Err(CollectError::NoPresenceEngine { services: others }),
        false => Ok(engines),
    }
}

/// Most services that a message names.
const LISTED: usize = 8;

fn list(services: &[String]) -> String {
    let shown: Vec<_> =
        services.iter().take(LISTED).map(|it| format!("`{}`", it.escape_debug())).collect();
    match shown.is_empty() {
        true => "none".to_owned(),
        false => shown.join(", "),
    }
}
