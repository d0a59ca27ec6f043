//! Clusters in the project file: the tables `[cucm.NAME]` of `adrc.toml`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::read_network;
use adr_cucm::SchemaVersion;
use adr_watcher::project::{find_in_project_files, table_name};
use adr_watcher::toml_file::{TomlError, read_toml};
use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::cluster::Cluster;
use crate::credentials::Credentials;
use crate::fingerprint::Fingerprint;
use crate::node::Node;
use crate::trust::{CaError, Trust};

/// What a project says about a cluster. It holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name: a letter, then letters, digits, `-` and `_`.
    pub name: String,
    /// The publisher.
    pub publisher: Node,
    /// The nodes with the service Cisco Tftp; empty if AXL shall say which.
    pub tftp_nodes: Vec<Node>,
    /// The user of AXL and the other SOAP services.
    pub user: Option<String>,
    /// The user of OS Administration.
    pub platform_user: Option<String>,
    /// The file of certificates that adrc trusts, relative to the current folder.
    pub ca: Option<PathBuf>,
    /// The fingerprints of certificates that adrc trusts; empty if `ca` is given.
    pub fingerprints: Vec<Fingerprint>,
    /// The AXL version of the cluster's release.
    pub release: Option<SchemaVersion>,
    /// The file of passwords, relative to the current folder.
    pub credentials: Option<PathBuf>,
    /// The view that the rules of the cluster own in `adrc serve` and `adrc watch`: a site, or the
    /// default view.
    pub view: Option<String>,
    /// The networks of this site; at least one if there is a site, else none.
    pub clients: Vec<IpNet>,
    /// The time between two polls of `adrc serve` and `adrc watch`.
    pub poll: Option<Duration>,
}

/// The clusters of a project, sorted by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles(Vec<Profile>);

impl Profile {
    /// A cluster of which only the publisher is known; its name is the publisher's host.
    #[must_use]
    pub fn of_publisher(publisher: Node) -> Self {
        Self {
            name: publisher.host().to_owned(),
            publisher,
            tftp_nodes: Vec::new(),
            user: None,
            platform_user: None,
            ca: None,
            fingerprints: Vec::new(),
            release: None,
            credentials: None,
            view: None,
            clients: Vec::new(),
            poll: None,
        }
    }

    /// Which certificates adrc trusts.
    ///
    /// # Errors
    ///
    /// The file of certificates cannot be used.
    pub fn trust(&self) -> Result<Trust, CaError> {
        match &self.ca {
            Some(path) => Trust::from_ca_file(path),
            None if self.fingerprints.is_empty() => Ok(Trust::Nothing),
            None => Ok(Trust::Fingerprints(self.fingerprints.clone())),
        }
    }

    /// The cluster of this profile with these credentials.
    ///
    /// # Errors
    ///
    /// The file of certificates cannot be used.
    pub fn cluster(&self, credentials: Credentials) -> Result<Cluster, CaError> {
        let cluster = Cluster::new(self.publisher.clone(), self.trust()?, credentials);
        Ok(Cluster { first_version: self.release.unwrap_or(cluster.first_version), ..cluster })
    }
}

impl Profiles {
    /// The clusters of the nearest `adrc.toml` with a table `[cucm]`: in the current folder or,
    /// inside of a git repository, in a folder above it up to the root of the repository. None if
    /// there is no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in it is unknown or wrong.
    pub fn find() -> Result<Self, TomlError> {
        let found = find_in_project_files(Self::read_below)?;
        Ok(found.unwrap_or_default())
    }

    /// The clusters of one file; none if it has no table `[cucm]`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in it is unknown or wrong.
    pub fn read(path: &Path) -> Result<Self, TomlError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::read_below(path, folder)?.unwrap_or_default())
    }

    /// The cluster with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.0.iter().find(|profile| profile.name == name)
    }

    /// All clusters.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.0.iter()
    }

    fn read_below(path: &Path, folder: &Path) -> Result<Option<Self>, TomlError> {
        let Some(tables) = read_toml::<ProjectFile>(path)?.cucm else {
            return Ok(None);
        };
        Ok(Some(Self(
            tables.into_iter().map(|(name, table)| table.profile(name, folder)).collect(),
        )))
    }
}

/// The file; tables of other commands are not looked at.
#[derive(Deserialize)]
struct ProjectFile {
    cucm: Option<BTreeMap<ProfileName, ProfileTable>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ProfileName(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, try_from = "WrittenTable")]
struct ProfileTable(WrittenTable);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    publisher: Node,
    #[serde(default)]
    tftp_nodes: Vec<Node>,
    user: Option<String>,
    platform_user: Option<String>,
    ca: Option<PathBuf>,
    fingerprint: Option<Fingerprints>,
    release: Option<Release>,
    credentials: Option<PathBuf>,
    view: Option<String>,
    #[serde(default, deserialize_with = "networks")]
    clients: Vec<IpNet>,
    poll_seconds: Option<NonZeroU32>,
}

/// Reads the networks of a site as `clients` in rules.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let written = Vec::<String>::deserialize(deserializer)?;
    written.iter().map(|text| read_network(text).map_err(D::Error::custom)).collect()
}

/// The `view` of a cluster that owns the default view, which is the default.
const DEFAULT_VIEW: &str = "default";

/// One fingerprint, or one for each node.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a SHA-256 fingerprint or a list of them: 64 hexadecimal digits, with or without colons"
)]
enum Fingerprints {
    One(Fingerprint),
    Several(Vec<Fingerprint>),
}

struct Release(SchemaVersion);

impl TryFrom<WrittenTable> for ProfileTable {
    type Error = &'static str;

    fn try_from(table: WrittenTable) -> Result<Self, Self::Error> {
        if table.ca.is_some() && table.fingerprint.is_some() {
            return Err("write `ca` or `fingerprint`, not both");
        }
        let site = table.view.as_deref().filter(|view| *view != DEFAULT_VIEW);
        match (site, table.clients.is_empty()) {
            (Some(_), true) => Err("`view` names a site: write its networks as `clients`"),
            (None, false) => Err("`clients` are the networks of a site: write its name as `view`"),
            _ => Ok(Self(table)),
        }
    }
}

impl ProfileTable {
    fn profile(self, name: ProfileName, folder: &Path) -> Profile {
        let Self(table) = self;
        Profile {
            name: name.0,
            publisher: table.publisher,
            tftp_nodes: table.tftp_nodes,
            user: table.user,
            platform_user: table.platform_user,
            ca: table.ca.map(|path| folder.join(path)),
            fingerprints: match table.fingerprint {
                Some(Fingerprints::One(fingerprint)) => vec![fingerprint],
                Some(Fingerprints::Several(fingerprints)) => fingerprints,
                None => Vec::new(),
            },
            release: table.release.map(|release| release.0),
            credentials: table.credentials.map(|path| folder.join(path)),
            view: table.view.filter(|view| view != DEFAULT_VIEW),
            clients: table.clients,
            poll: table.poll_seconds.map(|seconds| Duration::from_secs(seconds.get().into())),
        }
    }
}

impl<'de> Deserialize<'de> for ProfileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        table_name(name, "a cluster").map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let version =
            SchemaVersion::new(&text).or_else(|| SchemaVersion::new(&format!("{text}.0")));
        version.map(Self).ok_or_else(|| {
            let known = SchemaVersion::ALL.map(|version| version.to_string()).join(", ");
            D::Error::custom(format!(
                "`{}` is not a release that adrc knows; write one of {known}",
                text.escape_debug()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINGERPRINT: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    fn read(text: &str) -> Result<Profiles, TomlError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adrc.toml");
        std::fs::write(&path, text).unwrap();
        Ok(Profiles::read_below(&path, Path::new(".."))?.unwrap_or_default())
    }

    #[test]
    fn profile_has_all_its_settings() {
        let text = format!(
            "paths = [\"rules\"]\n[project]\ndomain = \"digits\"\n\
             [cucm.lab]\npublisher = \"10.0.0.5\"\nfingerprint = \"{FINGERPRINT}\"\n\
             [cucm.hq]\npublisher = \"cucm-pub:443\"\ntftp_nodes = [\"tftp-1\", \"tftp-2\"]\n\
             user = \"axl\"\nplatform_user = \"admin\"\nca = \"tomcat.pem\"\nrelease = \"14\"\n\
             credentials = \"hq.secret\"\nview = \"HQ\"\nclients = [\"10.1.0.0/16\", \"10.2.0.7\"]\n\
             poll_seconds = 30\n"
        );
        let profiles = read(&text).unwrap();
        let names: Vec<_> = profiles.iter().map(|profile| &*profile.name).collect();
        assert_eq!(names, ["hq", "lab"]);
        let expected = Profile {
            name: "hq".to_owned(),
            publisher: Node::new("cucm-pub:443").unwrap(),
            tftp_nodes: ["tftp-1", "tftp-2"].map(|node| Node::new(node).unwrap()).to_vec(),
            user: Some("axl".to_owned()),
            platform_user: Some("admin".to_owned()),
            ca: Some("../tomcat.pem".into()),
            fingerprints: Vec::new(),
            release: SchemaVersion::new("14.0"),
            credentials: Some("../hq.secret".into()),
            view: Some("HQ".to_owned()),
            clients: ["10.1.0.0/16", "10.2.0.7/32"].map(|text| text.parse().unwrap()).into(),
            poll: Some(Duration::from_secs(30)),
        };
        assert_eq!(profiles.get("hq"), Some(&expected));
        let lab = profiles.get("lab").unwrap();
        assert_eq!(lab.trust().unwrap(), Trust::Fingerprints(vec![FINGERPRINT.parse().unwrap()]));
        assert_eq!(profiles.get("LAB"), None);
    }

    #[test]
    fn file_without_clusters_has_none() {
        assert_eq!(read("[project]\n").unwrap(), Profiles::default());
    }

    #[test]
    fn profile_without_certificate_or_fingerprint_trusts_nothing() {
        let profiles = read("[cucm.lab]\npublisher = \"a\"\n").unwrap();
        assert_eq!(profiles.get("lab").unwrap().trust().unwrap(), Trust::Nothing);
    }

    #[test]
    fn wrong_settings_are_named() {
        let both =
            format!("[cucm.a]\npublisher = \"a\"\nca = \"b\"\nfingerprint = \"{FINGERPRINT}\"");
        let cases = [
            ("[cucm.a]\n", "missing field `publisher`"),
            ("[cucm.a]\npublisher = \"https://a\"\n", "write a node as HOST or HOST:PORT"),
            ("[cucm.a]\npublisher = \"a\"\nrelease = \"13\"\n", "`13` is not a release"),
            ("[cucm.a]\npublisher = \"a\"\nfingerprint = \"12\"\n", "64 hexadecimal digits"),
            (&both, "write `ca` or `fingerprint`, not both"),
            ("[cucm.a]\npublisher = \"a\"\nview = \"B\"\n", "write its networks as `clients`"),
            (
                "[cucm.a]\npublisher = \"a\"\nview = \"B\"\nclients = [\"10.1.0.7/16\"]\n",
                "10.1.0.7/16 is a host inside the network 10.1.0.0/16",
            ),
            (
                "[cucm.a]\npublisher = \"a\"\nview = \"default\"\nclients = [\"::/0\"]\n",
                "write its name as `view`",
            ),
            ("[cucm.a]\npublisher = \"a\"\npoll_seconds = 0\n", "expected a nonzero u32"),
            ("[cucm.\"9 a\"]\npublisher = \"a\"\n", "`9 a` is not a cluster's name"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn password_in_the_project_file_is_rejected_without_its_text() {
        let error = read("[cucm.a]\npublisher = \"a\"\npassword = \"hunter2\"\n").unwrap_err();
        assert!(error.to_string().contains("unknown field `password`"), "{error}");
        let TomlError::Invalid { given, .. } = &error else { panic!("{error}") };
        assert!(!format!("{error} {given}").contains("hunter2"), "{error} {given}");
    }
}
