//! The configuration file of `adrc serve`.

mod cluster_table;

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
pub use cluster_table::ClusterTable;

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
    /// The nodes that share one sequence of generations with this one.
    pub cluster: Option<ClusterTable>,
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
        let check = |file: &Self| {
            let cluster = || file.cluster.as_ref().and_then(ClusterTable::wrong);
            file.wrong().map(|wrong| (wrong.setting, wrong.reason)).or_else(cluster)
        };
        let mut file = read_checked_toml(path, check)?;
        // commands that need these tables read them; here only mistakes in them matter
        Project::check(path)?;
        Profiles::read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in file.own_paths() {
            *path = folder.join(&*path);
        }
        file.cluster.iter_mut().for_each(|cluster| cluster.resolve(folder));
        Ok(file)
    }

    /// The first invalid value that the types of the settings allow.
    fn wrong(&self) -> Option<InvalidSetting> {
        let settings = ServerSettings {
            tftp: self.tftp.iter().map(|address| address.0).collect(),
            http: self.http.iter().map(|address| address.0).collect(),
            https: self.https.iter().map(|address| address.0).collect(),
            tls: self.tls.clone(),
            upstream: self.upstream.clone(),
            deny: self.deny.clone().unwrap_or_default(),
            limits: self.limits.clone(),
            ..ServerSettings::default()
        };
        let admin = match self.admin {
            Some(Admin::At(address)) => Some(address),
            Some(Admin::Off) | None => None,
        };
        let wrong = settings.check().and_then(|()| settings.check_admin(admin, &self.admin_hosts));
        wrong.err().and_then(|wrong| wrong.into_iter().next())
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
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// A key: those of the settings, and others.
    fn key() -> impl Strategy<Value = &'static str> {
        select(vec![
            "paths",
            "tftp",
            "http",
            "https",
            "tls",
            "admin",
            "admin_hosts",
            "log",
            "watch",
            "trusted_proxies",
            "exempt",
            "root",
            "upstream",
            "deny",
            "limits.tftp.retries",
            "limits.tftp.max_block_size",
            "limits.http.max_header_bytes",
            "limits.upstream.cache_seconds",
            "limits.upstream.max_file_bytes",
            "limits.announce.heartbeat_milliseconds",
            "limits.announce.fetch_window",
            "unknown",
        ])
    }

    /// A value: any text, any number, and lists and tables of them.
    fn value() -> impl Strategy<Value = String> {
        let text = select(vec![
            "",
            "off",
            "automatic",
            "10.0.0.5",
            "10.0.0.5:69",
            "[::]:69",
            "::/0",
            "10.0.0.5/8",
            "cucm-1",
            "*",
        ]);
        let leaf = prop_oneof![
            text.prop_map(|text| format!("{text:?}")),
            "[ -~]{0,12}".prop_map(|text| format!("{text:?}")),
            any::<i64>().prop_map(|number| number.to_string()),
            select(vec!["true", "0", "1", "-1", "1.5", "nan"]).prop_map(str::to_owned),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            let key = select(vec!["host", "http", "tftp", "milliseconds", "certificate", "key"]);
            let list = proptest::collection::vec(inner.clone(), 0..3);
            prop_oneof![
                list.prop_map(|values| format!("[{}]", values.join(", "))),
                (key, inner).prop_map(|(key, value)| format!("{{ {key} = {value} }}")),
            ]
        })
    }

    proptest! {
        /// Whatever a file holds, it is read or rejected with a place inside of it, and the ranges
        /// hold for what is read.
        #[test]
        fn file_is_read_or_rejected_with_its_place(
            settings in proptest::collection::btree_map(key(), value(), 0..4),
        ) {
            let sandbox = tempfile::tempdir().unwrap();
            let path = sandbox.path().join("adrc.toml");
            let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
            let text: String = lines.collect();
            std::fs::write(&path, &text).unwrap();
            match ConfigFile::read(&path) {
                Ok(file) => prop_assert_eq!(file.wrong(), None),
                Err(ConfigError(TomlError::Invalid { line, given, .. })) => {
                    prop_assert!((1..=text.lines().count()).contains(&line), "{}", text);
                    prop_assert!(text.contains(&given), "{}", text);
                }
                Err(error) => prop_assert!(false, "{error}: {text}"),
            }
        }
    }

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
