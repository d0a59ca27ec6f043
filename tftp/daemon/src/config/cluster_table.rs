//! The table `[cluster]` of a settings file: the nodes that share one sequence of generations.

use std::path::{Path, PathBuf};

use adr_watcher::publication::is_node_name;
use adr_watcher::toml_file::{TomlError, read_checked_toml};
use serde::Deserialize;

/// The table `[cluster]`. All settings are optional; options of the command line override them.
///
/// ```
/// use adr_daemon::config::ClusterTable;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "[cluster]\nurl = 'nats://nats1.example.com'\nca = 'ca.pem'\n")?;
/// let table = ClusterTable::read(file.path())?.unwrap_or_default();
/// assert_eq!(table.url.as_deref(), Some("nats://nats1.example.com"));
/// assert_eq!(table.ca, Some(file.path().with_file_name("ca.pem")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterTable {
    /// `nats://HOST[,HOST…]` or `tls://HOST[,HOST…]`, or `file:DIR` for a folder that all nodes
    /// share.
    pub url: Option<String>,
    /// The bucket of the cluster.
    pub bucket: Option<String>,
    /// A file with the credentials of a user.
    pub creds: Option<PathBuf>,
    /// A file with the seed of an nkey.
    pub nkey: Option<PathBuf>,
    /// A file with a token.
    pub token_file: Option<PathBuf>,
    /// A file with the certificates of authorities.
    pub ca: Option<PathBuf>,
    /// A file with the public key that must have signed every generation.
    pub key: Option<PathBuf>,
    /// The name of this node.
    pub node: Option<String>,
}

/// A settings file. Tables of others are ignored.
#[derive(Deserialize)]
struct File {
    cluster: Option<ClusterTable>,
}

impl ClusterTable {
    /// Reads the table of a settings file; `None` if it has none. Paths become relative to the
    /// folder of the file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in the table is unknown or wrong.
    pub fn read(path: &Path) -> Result<Option<Self>, TomlError> {
        let file: File = read_checked_toml(path, |file: &File| file.cluster.as_ref()?.wrong())?;
        Ok(file.cluster.map(|mut table| {
            table.resolve(path.parent().unwrap_or(Path::new("")));
            table
        }))
    }

    /// The first invalid value that the types allow: its setting, and what is wrong.
    pub(super) fn wrong(&self) -> Option<(String, String)> {
        let node = self.node.as_ref().filter(|node| !is_node_name(node))?;
        let reason = format!("`{node}` must be 1 to 63 characters of 0-9 a-z -, not - at an edge");
        Some(("cluster.node".to_owned(), reason))
    }

    /// Makes paths relative to a folder.
    pub(super) fn resolve(&mut self, folder: &Path) {
        let files = [&mut self.creds, &mut self.nkey, &mut self.token_file, &mut self.ca];
        for path in files.into_iter().chain([&mut self.key]).flatten() {
            *path = folder.join(&*path);
        }
        if let Some(shared) = self.url.as_ref().and_then(|url| url.strip_prefix("file:")) {
            self.url = Some(format!("file:{}", folder.join(shared).display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<ClusterTable>, TomlError> {
        let sandbox = tempfile::tempdir().unwrap();
        let path = sandbox.path().join("adrc.toml");
        std::fs::write(&path, text).unwrap();
        ClusterTable::read(&path)
    }

    #[test]
    fn table_is_optional_and_other_tables_are_ignored() {
        assert_eq!(read("[project]\nplans = {}\n").unwrap(), None);
        let table = read("[cluster]\nnode = \"tftp1\"\n[other]\n").unwrap().unwrap();
        assert_eq!(table, ClusterTable { node: Some("tftp1".to_owned()), ..Default::default() });
    }

    #[test]
    fn wrong_table_is_rejected_with_its_place() {
        for (text, part) in [
            ("[cluster]\nurls = \"nats://a\"\n", ":2:1: unknown field `urls`"),
            ("[cluster]\n\nnode = \"TFTP1\"\n", ":3:8: `TFTP1` must be 1 to 63 characters"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
