//! The table `[cluster]` of `adrc.toml`: where the nodes share their generations.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::find_in_project_files;
use crate::toml_file::{TomlError, read_toml};

/// Where several nodes share one sequence of generations: the table `[cluster]` of `adrc.toml`.
///
/// ```toml
/// [cluster]
/// url = "nats://nats1.example.com,nats2.example.com,nats3.example.com"
/// creds = "adrc.creds"
/// key = "release.key.pub"
/// ```
///
/// Paths are relative to the folder of the file. Options of the command line override each setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterTable {
    /// The servers, such as `nats://nats1.example.com,nats2.example.com`, or `file:DIR`.
    pub url: Option<String>,
    /// The name of the bucket; by default `adrc`.
    pub bucket: Option<String>,
    /// A file of credentials, as `nsc` writes them.
    pub creds: Option<PathBuf>,
    /// A file with the seed of an nkey.
    pub nkey: Option<PathBuf>,
    /// A file with a token.
    pub token_file: Option<PathBuf>,
    /// Certificates in PEM that sign those of the servers.
    pub ca: Option<PathBuf>,
    /// The public key with which generations have to be signed.
    pub key: Option<PathBuf>,
    /// The name of this node; by default the host's.
    pub node: Option<String>,
}

/// The file. Tables of other commands are ignored.
#[derive(Deserialize)]
struct ProjectFile {
    cluster: Option<ClusterTable>,
}

impl ClusterTable {
    /// The table of the nearest `adrc.toml` with a table `[cluster]`: in the current folder or,
    /// inside of a git repository, in a folder above it up to the root of the repository. Paths
    /// are relative to the current folder.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in the table is unknown or wrong.
    pub fn find() -> Result<Option<Self>, TomlError> {
        find_in_project_files(Self::read_below)
    }

    /// The table of one file; `None` if the file has no such table.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in the table is unknown or wrong.
    pub fn read(path: &Path) -> Result<Option<Self>, TomlError> {
        Self::read_below(path, path.parent().unwrap_or(Path::new("")))
    }

    fn read_below(path: &Path, folder: &Path) -> Result<Option<Self>, TomlError> {
        let table = read_toml::<ProjectFile>(path)?.cluster;
        Ok(table.map(|table| table.below(folder)))
    }

    fn below(mut self, folder: &Path) -> Self {
        let paths =
            [&mut self.creds, &mut self.nkey, &mut self.token_file, &mut self.ca, &mut self.key];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        if let Some(shared) = self.url.as_ref().and_then(|url| url.strip_prefix("file:")) {
            self.url = Some(format!("file:{}", folder.join(shared).display()));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<ClusterTable>, TomlError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adrc.toml");
        std::fs::write(&path, text).unwrap();
        ClusterTable::read(&path)
    }

    #[test]
    fn file_without_the_table_has_no_cluster() {
        assert_eq!(read("[project]\ndomain = \"digits\"\n").unwrap(), None);
        assert_eq!(read("[cluster]\n").unwrap(), Some(ClusterTable::default()));
    }

    #[test]
    fn paths_are_below_the_folder_of_the_file() {
        let table = ClusterTable {
            url: Some("file:shared".to_owned()),
            creds: Some("adrc.creds".into()),
            key: Some("/etc/adrc/release.pub".into()),
            ..ClusterTable::default()
        };
        let below = table.below(Path::new("conf"));
        assert_eq!(below.url.as_deref(), Some("file:conf/shared"));
        assert_eq!(below.creds.as_deref(), Some(Path::new("conf/adrc.creds")));
        assert_eq!(below.key.as_deref(), Some(Path::new("/etc/adrc/release.pub")));
    }

    #[test]
    fn address_of_servers_is_unchanged() {
        let table = ClusterTable { url: Some("nats://a,b".to_owned()), ..Default::default() };
        assert_eq!(table.clone().below(Path::new("conf")), table);
    }

    #[test]
    fn unknown_setting_is_an_error_with_its_place() {
        let error = read("[cluster]\nurl = \"nats://a\"\npassword = \"x\"\n").unwrap_err();
        assert!(error.to_string().contains("adrc.toml:3:1: unknown field `password`"), "{error}");
    }
}
