//! The configuration file of `adrc serve`.

use std::path::{Path, PathBuf};

use adr_cucm_client::Profiles;
use adr_server::{
    InvalidSetting, Limits, Settings as ServerSettings, TlsFiles, UpstreamServer, list,
    renamed_setting,
};
use adr_watcher::project::Project;
use adr_watcher::toml_file::{TomlError, read_checked_toml};
use ipnet::IpNet;
use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::address::{Admin, HttpAddress, HttpsAddress, TftpAddress};
use crate::log::LogFormat;

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct ConfigError(#[from] TomlError);

impl ConfigError {
    /// What to do about the error.
    #[must_use]
    pub fn help(&self) -> String {
        if let TomlError::Invalid { given, .. } = &self.0
            && let Some(present) = renamed_setting(given)
        {
            return format!("did you mean `{present}`? `{given}` is its former name");
        }
        self.0.help().to_owned()
    }
}

/// The configuration file. All settings are optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfigFile {
    /// Rule sources, or a folder that another process publishes into.
    #[serde(deserialize_with = "list::one_or_many")]
    pub paths: Vec<PathBuf>,
    /// The cluster whose rules are part of the dial plan.
    pub follow: Option<String>,
    /// The folder to publish into.
    pub publish: Option<PathBuf>,
    /// Addresses for TFTP.
    #[serde(deserialize_with = "list::one_or_many")]
    pub tftp: Vec<TftpAddress>,
    /// Addresses for HTTP.
    #[serde(deserialize_with = "list::one_or_many")]
    pub http: Vec<HttpAddress>,
    /// Addresses for HTTPS.
    #[serde(deserialize_with = "list::one_or_many")]
    pub https: Vec<HttpsAddress>,
    /// Certificate and key for HTTPS.
    pub tls: Option<TlsFiles>,
    /// The address of the admin port.
    pub admin: Option<Admin>,
    /// Host names, besides `localhost`, under which the admin port answers.
    #[serde(deserialize_with = "list::one_or_many")]
    pub admin_hosts: Vec<String>,
    /// Whether `POST /-/reload` on the admin port reads the rules again.
    pub admin_reload: bool,
    /// The format of the log.
    pub log: Option<LogFormat>,
    /// Whether adrc publishes rules when files change.
    pub watch: Option<bool>,
    /// Whether file names that do not match exactly are compared ignoring case.
    pub case_insensitive: bool,
    /// Proxies whose `Forwarded` headers are trusted.
    #[serde(deserialize_with = "list::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Networks whose clients are exempt from limits per client.
    #[serde(deserialize_with = "list::given_networks")]
    pub exempt: Option<Vec<IpNet>>,
    /// A folder whose files are served as well.
    pub root: Option<PathBuf>,
    /// Servers from which adrc fetches other files, in order.
    #[serde(deserialize_with = "list::one_or_many")]
    pub upstream: Vec<UpstreamServer>,
    /// Patterns of names of files that adrc serves neither from `root` nor from other servers.
    #[serde(deserialize_with = "list::given")]
    pub deny: Option<Vec<String>>,
    /// Limits.
    pub limits: Limits,
    /// The dial plans of a project, which other commands read; see
    /// [`adr_watcher::project::Project`].
    pub project: IgnoredAny,
    /// The clusters of a project, which commands that ask CUCM read.
    pub cucm: IgnoredAny,
}

impl ConfigFile {
    /// Reads a configuration file. Paths in it become relative to its folder.
    ///
    /// # Errors
    ///
    /// See [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let check = |file: &Self| file.wrong().map(|wrong| (wrong.setting, wrong.reason));
        let mut file = read_checked_toml(path, check)?;
        // commands that need these tables read them; here only mistakes in them matter
        Project::check(path)?;
        Profiles::read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in file.own_paths() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    /// The first invalid value that the types of the settings allow.
    fn wrong(&self) -> Option<InvalidSetting> {
        let settings = ServerSettings {
            tftp: self.tftp.iter().map(|address| address.0).collect(),
            http: self.http.iter().map(|address| address.0).collect(),
            https: self.https.iter().map(|address| address.0).collect(),
            tls: self.tls.clone(),
            limits: self.limits.clone(),
            ..ServerSettings::default()
        };
        settings.check().err()?.into_iter().next()
    }

    fn own_paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let folders = [&mut self.publish, &mut self.root];
        let folders = folders.into_iter().flatten();
        self.paths.iter_mut().chain(folders).chain(tls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_other_commands_are_accepted() {
        let text = "case_insensitive = true\n\
                    [project.plans]\nlab = \"lab.adr\"\n\
                    [cucm.hq]\npublisher = \"cucm-pub\"\n";
        let file: ConfigFile = toml::from_str(text).unwrap();
        assert!(file.case_insensitive);
        assert!(toml::from_str::<ConfigFile>("[other]\n").is_err());
    }
}
