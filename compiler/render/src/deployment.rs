//! What a deployment to TFTP servers would change, or has changed.

use std::fmt::Write;

use serde::Serialize;

use crate::table::table;
use crate::text::{count, escaped, grouped};

/// What a deployment would change, or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeploymentOverview {
    /// The cluster, as the user wrote it.
    pub cluster: String,
    /// Its release, such as `15.0.1.10000(32)`.
    pub release: String,
    /// What is done.
    pub action: DeploymentAction,
    /// Whether a node was changed.
    pub changed: bool,
    /// What to know before it begins, one sentence each.
    pub notes: Vec<String>,
    /// The TFTP nodes, in the order in which they are changed.
    pub nodes: Vec<NodeOverview>,
}

/// What is done to the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentAction {
    /// They get the files of a plan.
    Deploy,
    /// They get the files from before the last deployment.
    Rollback,
}

/// A node and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeOverview {
    /// Its host, with a port that is not the usual one.
    pub node: String,
    /// The files that it shall serve.
    pub files: Vec<FileOverview>,
}

/// A file that a node shall serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileOverview {
    /// Its path below the TFTP root.
    pub path: String,
    /// What the node served when adrc looked.
    pub present: PresentFile,
    /// Size of the served file; `None` without one.
    pub present_bytes: Option<usize>,
    /// Size of the file that it shall serve.
    pub bytes: usize,
    /// SHA-256 of the file that it shall serve, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a node serves in place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresentFile {
    /// The same bytes.
    Same,
    /// Other bytes.
    Other,
    /// No such file.
    Absent,
    /// The node does not answer.
    Unknown,
}

impl DeploymentOverview {
    /// The overview for people: the release and the nodes, the notes, and a line for each file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{}: CUCM {}, {} with Cisco Tftp",
            escaped(&self.cluster),
            escaped(&self.release),
            count(self.nodes.len(), "node")
        );
        for note in &self.notes {
            let _ = writeln!(text, "  * {note}");
        }
        let rows = self.nodes.iter().flat_map(|node| {
            let row = |(at, file): (usize, &FileOverview)| {
                let name = if at == 0 { escaped(&node.node) } else { String::new() };
                vec![name, file.path.clone(), file.words()]
            };
            node.files.iter().enumerate().map(row)
        });
        text + &table(&rows.collect::<Vec<_>>())
    }

    /// What a message says at the end.
    #[must_use]
    pub fn summary(&self) -> String {
        let cluster = escaped(&self.cluster);
        let (nodes, verb) = match self.nodes.len() {
            1 => ("1 node".to_owned(), "serves"),
            nodes => (format!("{nodes} nodes"), "serve"),
        };
        match (self.changed, self.action) {
            (false, _) => format!("{cluster}: the same files on {nodes}; nothing to do"),
            (true, DeploymentAction::Deploy) => format!("{cluster}: {nodes} {verb} the new files"),
            (true, DeploymentAction::Rollback) => {
                format!("{cluster}: {nodes} {verb} the files from before the deployment")
            }
        }
    }
}

impl FileOverview {
    fn words(&self) -> String {
        let size = |bytes: usize| format!("{} bytes", grouped(&bytes.to_string()));
        let new = size(self.bytes);
        match self.present {
            PresentFile::Same => format!("same, {new}"),
            PresentFile::Other => {
                format!("other content, {} become {new}", size(self.present_bytes.unwrap_or(0)))
            }
            PresentFile::Absent => format!("new, {new}"),
            PresentFile::Unknown => format!("not known, becomes {new}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overview() -> DeploymentOverview {
        let file = |path: &str, present, present_bytes| FileOverview {
            path: path.to_owned(),
            present,
            present_bytes,
            bytes: 1234,
            sha256: String::new(),
        };
        let files = vec![
            file("CUPC/AppDialRules.xml", PresentFile::Other, Some(99)),
            file("AppDialRules.xml", PresentFile::Absent, None),
        ];
        DeploymentOverview {
            cluster: "hq".to_owned(),
            release: "14.0.1".to_owned(),
            action: DeploymentAction::Deploy,
            changed: false,
            notes: vec!["A note.".to_owned()],
            nodes: vec![NodeOverview { node: "tftp-1".to_owned(), files }],
        }
    }

    #[test]
    fn text_names_nodes_and_files_with_their_sizes() {
        let expected = "hq: CUCM 14.0.1, 1 node with Cisco Tftp\n  * A note.\n  tftp-1  \
                        CUPC/AppDialRules.xml  other content, 99 bytes become 1,234 bytes\n          \
                        AppDialRules.xml       new, 1,234 bytes\n";
        assert_eq!(overview().text(), expected);
    }

    #[test]
    fn summary_says_what_nodes_serve() {
        let summary =
            |changed, action| DeploymentOverview { changed, action, ..overview() }.summary();
        let deploy = DeploymentAction::Deploy;
        assert_eq!(summary(false, deploy), "hq: the same files on 1 node; nothing to do");
        assert_eq!(summary(true, deploy), "hq: 1 node serves the new files");
        let rollback = summary(true, DeploymentAction::Rollback);
        assert_eq!(rollback, "hq: 1 node serves the files from before the deployment");
    }
}
