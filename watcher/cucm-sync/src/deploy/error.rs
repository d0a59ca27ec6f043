//! Why a deployment failed, and what every node serves after that.

use std::fmt;
use std::io;
use std::path::PathBuf;

use adr_bundle::folder::phrase;
use adr_cucm::service::{ServiceStatus, TFTP_SERVICE};
use adr_cucm_client::{CallError, PlatformError, SetupError};
use adr_language::ReadBackError;

use crate::emergency::EmergencyRewritten;

/// Why a step at one node failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The session cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The node did not answer as CUCM does.
    #[error(transparent)]
    Call(#[from] CallError),
    /// OS Administration did not take a file.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The service does not run before the deployment.
    #[error("the service {TFTP_SERVICE} is {}{}", word(.status), in_brackets(.reason))]
    NotRunning {
        /// What it does instead.
        status: ServiceStatus,
        /// Why, in CUCM's words; may be empty.
        reason: String,
    },
    /// CUCM refused to restart the service.
    #[error("CUCM does not restart {TFTP_SERVICE}: code {code}{}", in_brackets(.reason))]
    RestartRefused {
        /// CUCM's code.
        code: i64,
        /// Why, in CUCM's words; may be empty.
        reason: String,
    },
    /// The service did not start again in time.
    #[error(
        "{TFTP_SERVICE} did not start again within {seconds} s after the restart{}",
        last(.status.as_ref())
    )]
    NotRestarted {
        /// How long adrc waited.
        seconds: u64,
        /// The last status, if the node answered.
        status: Option<ServiceStatus>,
    },
    /// The node serves another file than the uploaded one.
    #[error("the node serves other bytes of {path} than the uploaded ones")]
    OtherBytes {
        /// The file.
        path: String,
    },
    /// The node serves a file in one way and soon after in another one.
    #[error("two readings of {path} in a row differ")]
    Unsteady {
        /// The file.
        path: String,
    },
    /// The record of the deployment could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl StepError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Setup(_) => "check user, certificate and fingerprint".to_owned(),
            Self::Call(error) => error.help().to_owned(),
            Self::Platform(error) => error.help().to_owned(),
            Self::NotRunning { .. } => "activate and start it in Cisco Unified Serviceability, or \
                                        set `tftp_nodes` of the cluster in adrc.toml"
                .to_owned(),
            Self::RestartRefused { .. } | Self::NotRestarted { .. } => {
                "look at Control Center - Feature Services in Cisco Unified Serviceability"
                    .to_owned()
            }
            Self::Unsteady { .. } => {
                "check that nobody uploads files now, and that there is no proxy in front of port \
                 6970 of the node"
                    .to_owned()
            }
            Self::OtherBytes { .. } => {
                "look at TFTP File Management in OS Administration; a COP file or an edit on the \
                 page may have replaced the file"
                    .to_owned()
            }
            Self::Record(error) => error.help(),
        }
    }

    /// Whether a further attempt to log in could lock the platform user.
    pub(super) fn is_about_login(&self) -> bool {
        matches!(self, Self::Platform(error) if error.is_about_login())
    }
}

/// Why the record of a deployment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system reported an error.
    #[error("{}: {}", .path.display(), phrase(source))]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process deploys to this cluster.
    #[error("{}: another adrc deploys to this cluster", .path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not what adrc wrote.
    #[error("{}: this file is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl RecordError {
    /// What to do about it; empty if there is nothing to add.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Failed { .. } => "name another folder with --state DIR".to_owned(),
            Self::Locked { .. } => "wait until it has ended".to_owned(),
            Self::Damaged { path, .. } => format!(
                "compare what the nodes serve, then remove {}",
                path.parent().unwrap_or(path).display()
            ),
        }
    }
}

/// What a node serves after a failed deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// The bytes from before the deployment.
    Former,
    /// The new bytes.
    New,
    /// Neither, for example one file of each.
    Other,
    /// The node does not answer.
    Unknown,
}

impl fmt::Display for Serves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Former => "serves its former files",
            Self::New => "serves the new files",
            Self::Other => "serves neither the former nor the new files",
            Self::Unknown => "does not answer",
        })
    }
}

/// What a failed deployment leaves.
#[derive(Debug)]
pub enum Aftermath {
    /// No node was changed.
    NothingChanged,
    /// All nodes that were changed have their former files again.
    Restored {
        /// These nodes.
        nodes: Vec<String>,
    },
    /// At least one node could not get its former files. The record stays.
    Unfinished {
        /// The node at which putting back failed first, and why.
        failed: Option<(String, Box<StepError>)>,
        /// What each node of the cluster serves.
        nodes: Vec<(String, Serves)>,
    },
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingChanged => f.write_str("no node was changed"),
            Self::Restored { nodes } => {
                write!(f, "the former files are back on {}", nodes.join(", "))
            }
            Self::Unfinished { failed, nodes } => {
                if let Some((node, error)) = failed {
                    write!(f, "{node}: cannot put the former files back: {error}; ")?;
                }
                let nodes = nodes.iter().map(|(node, serves)| format!("{node} {serves}"));
                f.write_str(&nodes.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Why a deployment failed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// AXL lists no node with the service.
    #[error("{cluster}: no node has the service {TFTP_SERVICE}")]
    NoNodes {
        /// The cluster.
        cluster: String,
    },
    /// AXL lists a node under a name that is not one.
    #[error("`{}` in CUCM's list of nodes is not the name of a node", .name.escape_debug())]
    InvalidNode {
        /// The name.
        name: String,
    },
    /// The publisher did not answer as CUCM does.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The dial plan breaks emergency calls of the cluster.
    #[error(transparent)]
    Emergency(#[from] EmergencyRewritten),
    /// A client would not read a file as the rules that it was made from.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// The record of deployments cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no deployment to undo.
    #[error("{cluster}: adrc has no deployment to undo")]
    NothingToUndo {
        /// The cluster.
        cluster: String,
    },
    /// The state of a node could not be read; nothing was changed.
    #[error("{node}: {source}; no node was changed")]
    Survey {
        /// The node.
        node: String,
        /// Why.
        source: Box<StepError>,
    },
    /// A step failed.
    #[error("{node}: {source}; {aftermath}")]
    Step {
        /// The node.
        node: String,
        /// Why.
        source: Box<StepError>,
        /// What the nodes serve now.
        aftermath: Aftermath,
    },
}

impl DeployError {
    /// What to do about it; empty if there is nothing to add.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoNodes { .. } | Self::InvalidNode { .. } => {
                "set `tftp_nodes` of the cluster in adrc.toml".to_owned()
            }
            Self::Call(error) => error.help().to_owned(),
            Self::Emergency(error) => error.help(),
            Self::ReadBack(_) => String::new(),
            Self::Record(error) => error.help(),
            Self::NothingToUndo { .. } => {
                "only the last deployment from this machine and --state folder can be undone"
                    .to_owned()
            }
            Self::Survey { source, .. } => source.help(),
            Self::Step { source, aftermath: Aftermath::Unfinished { .. }, .. } => format!(
                "{}; then undo the deployment with --rollback, or run it again to finish it",
                source.help()
            ),
            Self::Step { source, .. } => source.help(),
        }
    }

    /// Whether another process deploys to this cluster.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Record(RecordError::Locked { .. }))
    }
}

fn word(status: &ServiceStatus) -> &str {
    match status {
        ServiceStatus::Started => "started",
        ServiceStatus::Stopped => "stopped",
        ServiceStatus::Starting => "starting",
        ServiceStatus::Stopping => "stopping",
        ServiceStatus::Other(word) => word,
    }
}

fn in_brackets(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(" ({})", reason.escape_debug()),
    }
}

fn last(status: Option<&ServiceStatus>) -> String {
    status.map_or_else(String::new, |status| format!("; it is {}", word(status)))
}
