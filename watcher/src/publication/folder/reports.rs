//! Reports of nodes in the shared folder: one file for each, which only that node writes.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::SystemTime;

use adr_bundle::disk::read_file;
use adr_protocol::is_client_name;
use tempfile::NamedTempFile;

use super::{NODES, Shared};
use crate::platform;
use crate::publication::error::PublicationError;
use crate::publication::report::{NodeReport, is_node_name};

/// Most bytes of all reports together: 30,000 client cores take some five million.
pub(super) const REPORTS_BYTES: u64 = 64 << 20;

/// Most names in the folder that are looked at.
const MAX_NODES: usize = 1_000;

impl Shared {
    pub(super) fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        let nodes = self.folder.join(NODES);
        if !is_node_name(&report.node) {
            return Err(PublicationError::Impossible {
                name: self.name(),
                reason: format!("`{}` is not a node name", report.node.escape_debug()),
                help: "choose another name with `--node`",
            });
        }
        // a drive that is not mounted gets no folder
        self.check_exists()?;
        let text =
            serde_json::to_vec(report).map_err(|error| self.unreachable(error.to_string()))?;
        let path = nodes.join(format!("{}.json", report.node));
        self.create_nodes(&nodes).map_err(self.failed(&nodes))?;
        let write = || {
            let mut file = NamedTempFile::new_in(&nodes)?;
            file.write_all(&text)?;
            // other users run other nodes
            platform::share_file(file.as_file(), &self.folder)?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        write().map_err(self.failed(&path))
    }

    /// Creates the folder of the reports, for those who may write into the shared one.
    fn create_nodes(&self, nodes: &Path) -> io::Result<()> {
        match fs::create_dir(nodes) {
            Ok(()) => platform::share_folder(nodes, &self.folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The reports that are not forgotten. Nothing is removed: the clock of this machine may be
    /// wrong.
    pub(super) fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        let nodes = self.folder.join(NODES);
        let entries = match fs::read_dir(&nodes) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.unreadable(&nodes, &error)),
        };
        let (mut reports, mut left) = (Vec::new(), REPORTS_BYTES);
        for entry in entries.take(MAX_NODES) {
            let path = entry.map_err(|error| self.unreadable(&nodes, &error))?.path();
            match read_report(&path, &mut left) {
                Ok(report) => reports.extend(report),
                // replaced or removed meanwhile
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(self.unreadable(&path, &error)),
            }
        }
        reports.sort_unstable_by(|a, b| a.node.cmp(&b.node));
        Ok(reports)
    }

    /// A report that somebody has to make readable, or to remove, is not left out: its cores would
    /// look lost.
    fn unreadable(&self, path: &Path, error: &io::Error) -> PublicationError {
        match error.kind() {
            ErrorKind::PermissionDenied => {
                let reason = format!("{}: permission denied", path.display());
                PublicationError::Denied { name: self.name(), reason }
            }
            ErrorKind::FileTooLarge => {
                let reason =
                    format!("{}: all reports exceed {REPORTS_BYTES} bytes", path.display());
                let help = "remove the reports of nodes that are gone, and files of others";
                PublicationError::Impossible { name: self.name(), reason, help }
            }
            _ => self.failed(path)(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

/// The report in a file; `None` if it is not one, or is forgotten. Takes its size from the bytes
/// that are left for all reports.
fn read_report(path: &Path, left: &mut u64) -> io::Result<Option<NodeReport>> {
    let name = path.file_name().and_then(|name| name.to_str());
    let node = name.and_then(|name| name.strip_suffix(".json")).filter(|node| is_node_name(node));
    let Some(node) = node else { return Ok(None) };
    let modified = path.metadata()?.modified()?;
    // a file of the future is of a clock that is wrong: it stays until that time has passed
    let age = SystemTime::now().duration_since(modified).unwrap_or_default();
    if age > NodeReport::LIFETIME {
        return Ok(None);
    }
    let bytes = read_file(path, *left)?;
    *left = left.saturating_sub(bytes.len() as u64);
    let Ok(mut report) = serde_json::from_slice::<NodeReport>(&bytes) else { return Ok(None) };
    // anybody who can write here may have made up the names
    report.clients.rows.retain(|row| is_client_name(&row.client));
    let is_own = report.node == node && report.format_version == NodeReport::FORMAT_VERSION;
    Ok(is_own.then_some(report))
}
