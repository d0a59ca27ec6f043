//! The configuration file of `adrc serve`.

use std::path::{Path, PathBuf};

use adr_language::ReadError;
use adr_server::{Limits, TlsFiles, UpstreamServer, renamed_setting};
use adr_watcher::sources::read_file;
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;

use crate::address::{Admin, HttpAddress, HttpsAddress, TftpAddress};
use crate::log::LogFormat;

/// Most bytes of a configuration file.
const FILE_BYTES: u64 = 1 << 20;

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path}: {}", .error.reason)]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: ReadError,
    },
    /// It is not UTF-8.
    #[error("{path}: this is not UTF-8")]
    NotUtf8 {
        /// The file.
        path: String,
    },
    /// It is not TOML, or a setting is unknown or wrong.
    #[error("{path}:{line}:{column}: {}", .source.message())]
    Invalid {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// The present name of the setting, if its name is a former one.
        present_name: Option<(String, &'static str)>,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { error, .. } => error.help.clone(),
            Self::NotUtf8 { .. } => "save it as UTF-8".to_owned(),
            Self::Invalid { present_name: Some((former, present)), .. } => {
                format!("did you mean `{present}`? `{former}` is its former name")
            }
            Self::Invalid { .. } => "docs/reference/settings.md lists every setting".to_owned(),
        }
    }
}

/// The configuration file. Every setting may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfigFile {
    /// Rule sources, or a folder that another process publishes into.
    pub paths: Vec<PathBuf>,
    /// The folder to publish into.
    pub publish: Option<PathBuf>,
    /// Addresses for TFTP.
    pub tftp: Vec<TftpAddress>,
    /// Addresses for HTTP.
    pub http: Vec<HttpAddress>,
    /// Addresses for HTTPS.
    pub https: Vec<HttpsAddress>,
    /// Certificate and key for HTTPS.
    pub tls: Option<TlsFiles>,
    /// The address of the admin port.
    pub admin: Option<Admin>,
    /// Whether `POST /-/reload` reloads.
    pub admin_reload: bool,
    /// How the log is written.
    pub log: Option<LogFormat>,
    /// Whether changed files are published.
    pub watch: Option<bool>,
    /// Whether names of files match in any case.
    pub case_insensitive: bool,
    /// Proxies whose `Forwarded` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks whose clients have no limit each.
    pub exempt: Option<Vec<IpNet>>,
    /// A folder whose files are served, too.
    pub root: Option<PathBuf>,
    /// Servers that are asked for other files, in order.
    pub upstream: Vec<UpstreamServer>,
    /// Names that are never passed on.
    pub deny: Option<Vec<String>>,
    /// Limits.
    pub limits: Limits,
}

impl ConfigFile {
    /// Reads a configuration file. Paths in it become relative to its folder.
    ///
    /// # Errors
    ///
    /// See [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.to_string_lossy().into_owned();
        let bytes = read_file(&shown, FILE_BYTES)
            .map_err(|error| ConfigError::Unreadable { path: shown.clone(), error })?;
        let text =
            String::from_utf8(bytes).map_err(|_| ConfigError::NotUtf8 { path: shown.clone() })?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let (line, column) = place_of(&text, span.start);
            let former = text.get(span).unwrap_or_default();
            let present_name = renamed_setting(former).map(|name| (former.to_owned(), name));
            let source = Box::new(error);
            ConfigError::Invalid { path: shown.clone(), line, column, present_name, source }
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in file.own_paths() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    fn own_paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let folders = [&mut self.publish, &mut self.root];
        let folders = folders.into_iter().flatten();
        self.paths.iter_mut().chain(folders).chain(tls)
    }
}

/// Line and column of a byte, from 1.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_line_and_column_of_an_offset() {
        let text = "a = 1\nβ = 2\n";
        assert_eq!(place_of(text, 0), (1, 1));
        assert_eq!(place_of(text, 6), (2, 1));
        assert_eq!(place_of(text, 8), (2, 2));
        assert_eq!(place_of(text, 99), (3, 1));
    }
}
