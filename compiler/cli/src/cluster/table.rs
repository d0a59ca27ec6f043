//! The table `[cluster]` of a settings file.

use std::path::Path;

use adr_daemon::config::ClusterTable;
use adr_watcher::project::find_in_project_files;
use adr_watcher::toml_file::TomlError;

use crate::failure::Failure;

/// The table `[cluster]` of a settings file; empty without one.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) settings: ClusterTable,
    /// The file, for messages.
    file: String,
}

impl Table {
    /// The table of this settings file, or without one of the project file.
    pub(super) fn find(config: Option<&Path>) -> Result<Self, Failure> {
        let found = match config {
            Some(path) => read(path),
            None => find_in_project_files(|path, _| read(path)),
        };
        let found = found.map_err(|error| Failure::new(error.to_string(), error.help()))?;
        Ok(found.unwrap_or_default())
    }

    /// What remains if the command line names another cluster than the file: credentials and keys
    /// are for the servers of the file only.
    pub(super) fn only_node(self) -> Self {
        let settings = ClusterTable { node: self.settings.node, ..ClusterTable::default() };
        Self { settings, ..self }
    }

    /// Fails if the table names two ways to log in.
    pub(super) fn one_login(&self) -> Result<(), Failure> {
        let ClusterTable { creds, nkey, token_file, .. } = &self.settings;
        let ways = [("creds", creds), ("nkey", nkey), ("token_file", token_file)];
        let mut ways = ways.iter().filter(|(_, file)| file.is_some()).map(|(name, _)| *name);
        match (ways.next(), ways.next()) {
            (Some(one), Some(other)) => Err(Failure::new(
                format!("{}: `[cluster]` has both `{one}` and `{other}`", self.file),
                "keep one of them",
            )),
            _ => Ok(()),
        }
    }
}

fn read(path: &Path) -> Result<Option<Table>, TomlError> {
    let settings = ClusterTable::read(path)?;
    Ok(settings.map(|settings| Table { settings, file: path.display().to_string() }))
}
