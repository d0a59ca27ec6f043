//! `--cluster`: where several nodes share one sequence of generations.

mod address;
mod destination;
mod table;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_cluster::{Credentials, Nats, Servers, Settings, is_bucket_name};
use adr_language::limits::FILE_BYTES;
use adr_watcher::publication::{
    FolderPublication, NodeReport, Publication, PublicationError, is_node_name,
};
use adr_watcher::publish::DEFAULT_KEPT_GENERATIONS;
use adr_watcher::sources::read_file;
use clap::Args;

use crate::console::Console;
use crate::failure::Failure;
pub(crate) use address::Address;
pub(crate) use destination::{
    CopiedAll, Destination, copy_all, destination, nothing_published, publish_destination,
};
use table::Table;

/// The environment variable that names the servers of the cluster.
const VARIABLE: &str = "ADRC_CLUSTER";

/// Options of commands that share generations with other nodes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for a cluster of nodes")]
pub(crate) struct ClusterArguments {
    /// Share generations with other nodes: nats://HOST[,HOST...], tls://HOST, file:DIR, or `off`
    #[arg(long, value_name = "URL", env = VARIABLE, hide_env_values = true)]
    cluster: Option<String>,
    /// The bucket of the cluster in NATS [default: adrc]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    cluster_bucket: Option<String>,
    /// Log in to NATS with the credentials in this file, as `nsc` writes them
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["cluster_nkey", "cluster_token_file"],
        hide_short_help = true
    )]
    cluster_creds: Option<PathBuf>,
    /// Log in to NATS with the nkey whose seed is in this file
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "cluster_token_file",
        hide_short_help = true
    )]
    cluster_nkey: Option<PathBuf>,
    /// Log in to NATS with the token in this file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    cluster_token_file: Option<PathBuf>,
    /// Trust servers of NATS whose certificates these sign, in PEM; implies TLS
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    cluster_ca: Option<PathBuf>,
    /// Install only generations that are signed with this public key of `adrc key new`
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    cluster_key: Option<PathBuf>,
}

/// The name of a node, for commands that are one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for a cluster of nodes")]
pub(crate) struct NodeArguments {
    /// The name of this node in the cluster [default: the host name up to the first dot]
    #[arg(long, value_name = "NAME", hide_short_help = true, value_parser = node_name)]
    node: Option<String>,
}

fn node_name(text: &str) -> Result<String, String> {
    match is_node_name(text) {
        true => Ok(text.to_owned()),
        false => Err("write 1 to 63 characters of `0-9 a-z -`, for example tftp1".to_owned()),
    }
}

/// The cluster of a command.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// What the nodes share.
    pub(crate) publication: Arc<dyn Publication>,
    /// The same if it is NATS.
    pub(crate) nats: Option<Arc<Nats>>,
    /// The key with which generations have to be signed.
    pub(crate) key: Option<PublicKey>,
    /// The name of this node in the settings file.
    node: Option<String>,
    /// The folder that the nodes share, if they share one.
    shared: Option<PathBuf>,
    /// How many servers of NATS the address lists; 0 for a folder.
    pub(crate) listed_servers: usize,
}

impl ClusterArguments {
    /// The cluster of a node, see [`Self::open`].
    pub(crate) fn of_node(
        &self,
        config: Option<&Path>,
        keep: usize,
        console: &Console,
    ) -> Result<Option<Cluster>, Failure> {
        self.open(config, keep, Settings::CALL_LIMIT, console)
    }

    /// The cluster of a command that publishes or reads, see [`Self::open`]. It waits while servers
    /// of NATS elect a leader.
    pub(crate) fn of_command(
        &self,
        keep: usize,
        console: &Console,
    ) -> Result<Option<Cluster>, Failure> {
        self.open(None, keep, Settings::ELECTION_LIMIT, console)
    }

    /// The same for a command that works with nothing else.
    pub(crate) fn needed(&self, console: &Console) -> Result<Cluster, Failure> {
        self.needed_keeping(DEFAULT_KEPT_GENERATIONS, console)
    }

    /// The same, which keeps as many generations as that.
    pub(crate) fn needed_keeping(
        &self,
        keep: usize,
        console: &Console,
    ) -> Result<Cluster, Failure> {
        self.of_command(keep, console)?.ok_or_else(no_cluster)
    }

    /// The cluster of a command that says how it is now.
    pub(crate) fn as_it_is(&self, console: &Console) -> Result<Cluster, Failure> {
        self.of_node(None, DEFAULT_KEPT_GENERATIONS, console)?.ok_or_else(no_cluster)
    }

    /// The cluster of the options, of `ADRC_CLUSTER`, or of `[cluster]` in a settings file: in
    /// `config`, or without it in the project file. `None` without a cluster. It keeps as many
    /// generations as the command.
    fn open(
        &self,
        config: Option<&Path>,
        keep: usize,
        call_limit: Duration,
        console: &Console,
    ) -> Result<Option<Cluster>, Failure> {
        let given = self.given()?;
        let table = Table::find(config)?;
        let url = given.or(table.settings.url.as_deref());
        let address = match url.map(Address::parse).transpose()? {
            None | Some(Address::Off) => return self.without_cluster(url),
            Some(address) => address,
        };
        let known = table.settings.url.as_deref().map(Address::parse).transpose()?;
        let is_of_table = known.is_none_or(|known| known == address);
        if !is_of_table && table.settings.key.is_some() && self.cluster_key.is_none() {
            console.message(format_args!(
                "warning: `key` of `[cluster]` is for another cluster: signatures of this one are \
                 not verified; name a key with --cluster-key FILE"
            ));
        }
        let table = if is_of_table { table } else { Table::only_node(table) };
        let key = self.cluster_key.as_ref().or(table.settings.key.as_ref());
        let key = key.map(|path| public_key(path)).transpose()?;
        let node = table.settings.node.clone();
        match address {
            Address::Off => Ok(None),
            Address::Folder(folder) => {
                let publication = Arc::new(FolderPublication::new(&folder).keeping(keep));
                let (nats, shared) = (None, Some(folder));
                Ok(Some(Cluster { publication, nats, key, node, shared, listed_servers: 0 }))
            }
            Address::Nats(servers) => {
                let listed_servers = servers.count();
                let settings = Settings { keep, call_limit, ..self.settings(servers, &table)? };
                let nats = Arc::new(Nats::connect(settings)?);
                let publication = Arc::clone(&nats);
                let (nats, shared) = (Some(nats), None);
                Ok(Some(Cluster { publication, nats, key, node, shared, listed_servers }))
            }
        }
    }

    /// The value of the option, or of the environment variable; an empty variable names nothing.
    fn given(&self) -> Result<Option<&str>, Failure> {
        let is_of_variable = || env::var_os(VARIABLE).is_some_and(|value| value.is_empty());
        match self.cluster.as_deref() {
            Some("") if is_of_variable() => Ok(None),
            Some("") => Err(Failure::new(
                "--cluster names nothing",
                "write nats://HOST[,HOST…], tls://HOST[,HOST…], file:DIR or off",
            )),
            given => Ok(given),
        }
    }

    /// Rejects options that would have no effect.
    fn without_cluster(&self, url: Option<&str>) -> Result<Option<Cluster>, Failure> {
        let options = [
            ("--cluster-bucket", self.cluster_bucket.is_some()),
            ("--cluster-creds", self.cluster_creds.is_some()),
            ("--cluster-nkey", self.cluster_nkey.is_some()),
            ("--cluster-token-file", self.cluster_token_file.is_some()),
            ("--cluster-ca", self.cluster_ca.is_some()),
            ("--cluster-key", self.cluster_key.is_some()),
        ];
        match options.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if url.is_none() => Err(Failure::new(
                format!("{option}: no cluster is named"),
                "name one with --cluster URL, or leave this option out",
            )),
            _ => Ok(None),
        }
    }

    fn settings(&self, servers: Servers, table: &Table) -> Result<Settings, Failure> {
        let bucket = self.cluster_bucket.clone().or_else(|| table.settings.bucket.clone());
        let own = (&self.cluster_creds, &self.cluster_nkey, &self.cluster_token_file);
        let of_table = &table.settings;
        let credentials = match own {
            (None, None, None) => {
                table.one_login()?;
                credentials((&of_table.creds, &of_table.nkey, &of_table.token_file))
            }
            own => credentials(own),
        };
        let ca = self.cluster_ca.clone().or_else(|| of_table.ca.clone());
        let settings = Settings { credentials, ca, ..Settings::new(servers) };
        match bucket {
            None => Ok(settings),
            Some(bucket) if is_bucket_name(&bucket) => Ok(Settings { bucket, ..settings }),
            Some(bucket) => Err(Failure::new(
                format!("`{}` cannot be the name of a bucket", bucket.escape_debug()),
                "write 1 to 63 characters of `A-Z a-z 0-9 - _`",
            )),
        }
    }
}

fn no_cluster() -> Failure {
    Failure::new(
        "no cluster is named",
        "name one with --cluster URL or ADRC_CLUSTER, or set `url` of `[cluster]` in adrc.toml",
    )
}

fn credentials(files: (&Option<PathBuf>, &Option<PathBuf>, &Option<PathBuf>)) -> Credentials {
    match files {
        (Some(creds), ..) => Credentials::Creds(creds.clone()),
        (_, Some(nkey), _) => Credentials::Nkey(nkey.clone()),
        (.., Some(token)) => Credentials::TokenFile(token.clone()),
        (None, None, None) => Credentials::None,
    }
}

/// Reads a file with a public key.
fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let name = path.to_string_lossy();
    let bytes = read_file(&name, FILE_BYTES).map_err(|error| Failure::reading(&name, error))?;
    PublicKey::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        Failure::new(
            format!("{name}: {error}"),
            "name the public key, which `adrc key new FILE` writes to FILE.pub",
        )
    })
}

impl Cluster {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        self.publication.name()
    }

    /// What the nodes report, without a row for each client core where that is possible.
    pub(crate) fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        self.publication.summaries()
    }

    /// Rejects the shared folder as the folder of a node: each node has its own.
    pub(crate) fn check_folder(&self, folder: &Path) -> Result<(), Failure> {
        let canonical = |path: &Path| std::fs::canonicalize(path).ok();
        let Some(shared) = &self.shared else { return Ok(()) };
        if folder != shared && canonical(folder).is_none_or(|it| Some(it) != canonical(shared)) {
            return Ok(());
        }
        Err(Failure::new(
            format!(
                "{}: the folder of this node is the one that all nodes share",
                folder.display()
            ),
            "name another folder with --publish DIR, on a disk of this machine",
        ))
    }

    /// Creates the folder that the nodes share; nothing for NATS.
    /// Returns what was created.
    pub(crate) fn create_folder(&self) -> Result<Vec<String>, Failure> {
        let Some(shared) = &self.shared else { return Ok(Vec::new()) };
        // nodes tell it from a folder in whose place no drive is mounted
        let is_new = FolderPublication::new(shared).prepare()?;
        Ok(is_new.then(|| format!("created {}", FolderPublication::MARKER)).into_iter().collect())
    }

    /// What a daemon with this published folder needs to be a node of it.
    pub(crate) fn nodes(
        &self,
        arguments: &NodeArguments,
        folder: Option<&Path>,
    ) -> Result<adr_daemon::Nodes, Failure> {
        folder.map_or(Ok(()), |folder| self.check_folder(folder))?;
        let node = match arguments.node.as_ref().or(self.node.as_ref()) {
            Some(name) => name.clone(),
            None => host_name()?,
        };
        let (publication, key) = (Arc::clone(&self.publication), self.key.clone());
        Ok(adr_daemon::Nodes { publication, key, node })
    }
}

/// The host's name in lower case, up to the first dot.
fn host_name() -> Result<String, Failure> {
    let name = whoami::hostname().unwrap_or_default().to_ascii_lowercase();
    let name = name.split('.').next().unwrap_or_default();
    match is_node_name(name) {
        true => Ok(name.to_owned()),
        false => Err(Failure::new(
            format!("the host name `{}` cannot be the name of a node", name.escape_debug()),
            "name this node with --node NAME, or set `node` of `[cluster]` in adrc.toml",
        )),
    }
}

impl From<PublicationError> for Failure {
    fn from(error: PublicationError) -> Self {
        let failure = match error {
            PublicationError::Refused { .. } => Self::conflict,
            _ => Self::new,
        };
        failure(error.to_string(), error.help())
    }
}
