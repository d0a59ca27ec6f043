//! `adrc history`: lists the generations of a published folder.

use std::path::PathBuf;

use adr_diagnostic::visible;
use adr_render::document::Document;
use adr_watcher::publish::{Commit, DEFAULT_KEPT_GENERATIONS, HistoryEntry, history};
use clap::Args;
use serde::Serialize;

use crate::clock::utc;
use crate::cluster::{Cluster, ClusterArguments, Destination, copy_all, destination};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use adr_render::table::table;

/// Arguments of `adrc history`.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The published folder; without it, the cluster
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Format of the list
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// The text in a table for a value that the record of a generation lacks.
const UNKNOWN: &str = "-";

#[derive(Serialize)]
struct Generations {
    generations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    generation: u64,
    published: Option<String>,
    message: Option<String>,
    user: Option<String>,
    commit: Option<Commit>,
    views: usize,
    size: u64,
    current: bool,
    rollback_from: Option<u64>,
    rollback_to: Option<u64>,
    renewal_of: Option<u64>,
    damage: Option<String>,
}

impl History {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let destination =
            destination(self.publish.as_ref(), &self.cluster, DEFAULT_KEPT_GENERATIONS, console)?;
        let kept = kept(&destination, console)?;
        let own = kept.iter().find(|kept| kept.is_current).map(|kept| kept.generation);
        match self.format {
            TextOrJson::Json => console.data(json(kept).as_bytes())?,
            TextOrJson::Text => console.text(table(&rows(&kept)))?,
        }
        // afterwards: it may take long to answer
        if let Some(cluster) =
            destination.cluster().filter(|_| destination.named_folder().is_some())
        {
            remark(cluster, own, console);
        }
        Ok(Status::Done)
    }
}

/// The generations of the folder, or without one those of the cluster.
fn kept(destination: &Destination, console: &Console) -> Result<Vec<HistoryEntry>, Failure> {
    let folder = destination.folder();
    if let Some(cluster) = destination.cluster().filter(|_| destination.named_folder().is_none()) {
        let left_out = copy_all(destination)?.map(|copied| copied.left_out);
        for reason in left_out.unwrap_or_default() {
            console.message(format_args!("warning: {}: {reason}", cluster.name()));
        }
    }
    history(folder).map_err(|error| destination.failure(error))
}

/// Says what is current in the cluster, if the folder of the node has something else.
fn remark(cluster: &Cluster, own: Option<u64>, console: &Console) {
    let place = cluster.name();
    match cluster.publication.current() {
        Ok(Some(current)) if Some(current.generation) != own => console.message(format_args!(
            "{place}: generation {} is current there; the node of this folder follows it",
            current.generation
        )),
        Ok(_) => {}
        Err(error) => console.message(format_args!("warning: {error}")),
    }
}

fn json(kept: Vec<HistoryEntry>) -> String {
    let row = |kept: HistoryEntry| Row {
        generation: kept.generation,
        published: kept.published.map(utc),
        message: kept.annotation.message,
        user: kept.annotation.user,
        commit: kept.annotation.commit,
        views: kept.views,
        size: kept.size,
        current: kept.is_current,
        rollback_from: kept.rollback.map(|rollback| rollback.from),
        rollback_to: kept.rollback.map(|rollback| rollback.to),
        renewal_of: kept.renewal_of,
        damage: kept.damage,
    };
    Document::of(Generations { generations: kept.into_iter().map(row).collect() }).to_json()
}

fn rows(kept: &[HistoryEntry]) -> Vec<Vec<String>> {
    let head = ["generation", "published", "user", "commit", "views", "bytes", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(kept.iter().map(|kept| {
        vec![
            kept.generation.to_string(),
            kept.published.map_or(UNKNOWN.to_owned(), utc),
            kept.annotation.user.as_deref().map_or(UNKNOWN.into(), visible).into_owned(),
            kept.annotation.commit.as_ref().map_or(UNKNOWN.into(), short),
            kept.views.to_string(),
            kept.size.to_string(),
            remarks(kept),
        ]
    }));
    rows
}

/// The beginning of the hash, as git shows it, and a `+` where sources differ from the commit.
fn short(commit: &Commit) -> String {
    let id: String = commit.id.chars().take(12).collect();
    let modified = if commit.modified { "+" } else { "" };
    visible(&format!("{id}{modified}")).into_owned()
}

fn remarks(kept: &HistoryEntry) -> String {
    let current = kept.is_current.then(|| "current".to_owned());
    let rollback = kept.rollback.map(|rollback| {
        let (from, to) = (rollback.from, rollback.to);
        format!("rolled back from {from} to {to}")
    });
    let renewal = kept.renewal_of.map(|first| format!("renewal of generation {first}"));
    let damage = kept.damage.as_ref().map(|damage| format!("damaged: {damage}"));
    let message = kept.annotation.message.as_deref();
    let message = message.map(|message| format!("\"{}\"", visible(message)));
    let remarks: Vec<String> =
        [current, rollback, renewal, damage, message].into_iter().flatten().collect();
    remarks.join(", ")
}
