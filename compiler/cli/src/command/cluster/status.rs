//! `adrc cluster status`: the nodes of a cluster, and what is current in it.

use adr_cluster::{BucketStatus, ClusterStatus};
use adr_diagnostic::visible;
use adr_render::document::Document;
use adr_render::table::table;
use adr_watcher::publication::{NodeReport, Publication};
use adr_watcher::publish::{Annotation, Base};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::nats::leader;
use super::node::{Node, NodeState};
use crate::clock::{now, utc};
use crate::cluster::{Cluster, ClusterArguments};
use crate::console::Console;
use crate::failure::{Failure, Status as ExitStatus};
use crate::format::TextOrJson;

/// Arguments of `adrc cluster status`.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// How the status is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// What the status shows.
#[derive(Serialize)]
struct Shown {
    cluster: String,
    /// 0 before the first generation.
    generation: u64,
    sha256: Option<String>,
    published: Option<String>,
    #[serde(flatten)]
    annotation: Annotation,
    /// The servers of NATS and their buckets; `None` for a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    nats: Option<NatsShown>,
    nodes: Vec<Node>,
}

/// The servers of NATS, as far as the status shows them.
#[derive(Serialize)]
struct NatsShown {
    /// The version of the server that answered.
    version: String,
    buckets: Vec<BucketShown>,
}

#[derive(Serialize)]
struct BucketShown {
    name: String,
    /// `None` if the servers do not say, because none leads it.
    replicas: Option<usize>,
    leader: Option<String>,
    /// The copies at other servers.
    copies: Vec<CopyShown>,
    bytes: u64,
}

/// A copy of a bucket at another server than its leader.
#[derive(Serialize)]
struct CopyShown {
    server: String,
    current: bool,
    online: bool,
}

impl NatsShown {
    fn of(status: &ClusterStatus) -> Self {
        let shown = |bucket: &BucketStatus| BucketShown {
            name: bucket.name.clone(),
            replicas: bucket.replicas,
            leader: leader(status, bucket),
            copies: bucket
                .peers
                .iter()
                .map(|peer| CopyShown {
                    server: peer.name.clone(),
                    current: peer.is_current,
                    online: !peer.is_offline,
                })
                .collect(),
            bytes: bucket.bytes,
        };
        let buckets = status.buckets.iter().filter(|bucket| bucket.exists).map(shown).collect();
        Self { version: status.version.clone(), buckets }
    }
}

/// The part of a record that the status shows.
#[derive(Default, Deserialize)]
struct Record {
    published: Option<u64>,
    #[serde(default, flatten)]
    annotation: Annotation,
}

impl Status {
    pub(super) fn run(self, console: &Console) -> Result<ExitStatus, Failure> {
        let cluster = self.cluster.as_it_is(console)?;
        let shown = look(&cluster)?;
        match self.format {
            TextOrJson::Json => console.document(&Document::of(shown))?,
            TextOrJson::Text => console.text(text(&shown))?,
        }
        Ok(ExitStatus::Done)
    }
}

fn look(cluster: &Cluster) -> Result<Shown, Failure> {
    let publication = &*cluster.publication;
    // before what is current: no node has a generation that was not current before
    let reports = cluster.reports()?;
    let current = publication.current()?;
    let record = current.as_ref().map(|base| record(publication, base)).unwrap_or_default();
    let nats = cluster.nats.as_ref().map(|nats| nats.status()).transpose()?;
    let now = now();
    let stored = |report: &NodeReport| {
        let mut stored = nats.iter().flat_map(|nats| &nats.nodes);
        Some(stored.find(|stored| stored.report.node == report.node)?.stored)
    };
    let node = |report: &NodeReport| Node::of(report, stored(report), current.as_ref(), now);
    let nodes = reports.iter().map(node).collect();
    Ok(Shown {
        cluster: cluster.name(),
        generation: current.as_ref().map_or(0, |current| current.generation),
        sha256: current.map(|current| current.sha256),
        published: record.published.map(utc),
        annotation: record.annotation,
        nats: nats.as_ref().map(NatsShown::of),
        nodes,
    })
}

/// The record of a generation; empty if it cannot be read, because the nodes matter more.
fn record(publication: &dyn Publication, base: &Base) -> Record {
    let document = publication.document(base.generation).ok();
    document.and_then(|it| serde_json::from_str(&it.record).ok()).unwrap_or_default()
}

fn text(shown: &Shown) -> String {
    let mut lines = vec![shown.cluster.clone(), headline(shown)];
    lines.extend(shown.nats.iter().flat_map(|nats| nats.buckets.iter().map(bucket)));
    let mut text = lines.join("\n") + "\n\n";
    if shown.nodes.is_empty() {
        text += "No node has reported within 15 minutes.\n";
    } else {
        text += &table(&rows(&shown.nodes));
    }
    text
}

/// What is current, and who published it.
fn headline(shown: &Shown) -> String {
    let Annotation { message, user, commit } = &shown.annotation;
    if shown.generation == 0 {
        return "nothing is published here yet".to_owned();
    }
    let mut line = format!("generation {}", shown.generation);
    if let Some(published) = &shown.published {
        line += &format!(", published {published}");
    }
    if let Some(user) = user {
        line += &format!(" by {}", visible(user));
    }
    if let Some(commit) = commit {
        let id: String = commit.id.chars().take(12).collect();
        line += &format!(" from {}{}", visible(&id), if commit.modified { "+" } else { "" });
    }
    match message {
        Some(message) => format!("{line}: \"{}\"", visible(message)),
        None => line,
    }
}

fn bucket(bucket: &BucketShown) -> String {
    let leader = bucket
        .leader
        .as_deref()
        .map_or("no leader".to_owned(), |leader| format!("{} (leader)", visible(leader)));
    let copies = bucket.copies.iter().map(|copy| {
        let state = match (copy.online, copy.current) {
            (false, _) => " (down)",
            (true, false) => " (behind)",
            (true, true) => "",
        };
        format!("{}{state}", visible(&copy.server))
    });
    let servers: Vec<String> = std::iter::once(leader).chain(copies).collect();
    format!("{}: {}", visible(&bucket.name), servers.join(", "))
}

fn rows(nodes: &[Node]) -> Vec<Vec<String>> {
    let head = ["node", "state", "generation", "lag", "cores", "current", "version", "seen"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(nodes.iter().map(|node| {
        let lag =
            if node.state == NodeState::Other { "-".to_owned() } else { node.lag.to_string() };
        vec![
            visible(&node.node).into_owned(),
            node.state.word().to_owned(),
            if node.generation == 0 { "-".to_owned() } else { node.generation.to_string() },
            lag,
            node.cores.to_string(),
            node.current_cores.to_string(),
            visible(&node.version).into_owned(),
            format!("{} ago", ago(node.seen_seconds)),
        ]
    }));
    rows
}

/// `59s`, `2m 5s`.
fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        _ => format!("{}m {}s", seconds / 60, seconds % 60),
    }
}
