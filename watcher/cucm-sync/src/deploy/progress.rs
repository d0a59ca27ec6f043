//! What a deployment reports while it is under way.

use std::fmt;
use std::sync::Arc;

use adr_cucm::service::TFTP_SERVICE;

/// A step at a node. `Display` is one line, `NODE: STEP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The node.
    pub node: String,
    /// What adrc begins to do, or has done.
    pub action: Action,
}

/// What adrc does at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It logs in to OS Administration.
    LogIn,
    /// It uploads a file.
    Upload {
        /// The file, relative to the TFTP root.
        path: String,
    },
    /// It restarts the service.
    Restart,
    /// It waits until the service is started.
    Wait,
    /// It reads the files back, and compares bytes.
    ReadBack,
    /// The node serves the new files.
    ServesNew,
    /// The node serves its former files again.
    ServesFormer,
    /// A step failed, and adrc puts the former files back.
    PutBack {
        /// Why the step failed.
        reason: String,
    },
    /// A call to the node takes longer than one request.
    Call(adr_cucm_client::Progress),
}

/// The function that gets each step.
pub type OnStep = Arc<dyn Fn(&Progress) + Send + Sync>;

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.node)?;
        match &self.action {
            Action::LogIn => f.write_str("logging in to OS Administration"),
            Action::Upload { path } => write!(f, "uploading {path}"),
            Action::Restart => write!(f, "restarting {TFTP_SERVICE}"),
            Action::Wait => write!(f, "waiting until {TFTP_SERVICE} is started"),
            Action::ReadBack => f.write_str("reading the files back"),
            Action::ServesNew => f.write_str("serves the new files"),
            Action::ServesFormer => f.write_str("serves its former files again"),
            Action::PutBack { reason } => write!(f, "{reason}; putting the former files back"),
            Action::Call(progress) => progress.fmt(f),
        }
    }
}
