//! `adrc cluster import` and `export`: copies generations between a published folder and a cluster.
//! Numbers, files, signatures and records stay as they are.

use std::path::{Path, PathBuf};

use adr_render::document::Document;
use adr_render::text::count;
use adr_watcher::publication::{Publication, PublicationError, SealedGeneration, seal};
use adr_watcher::publish::{Base, PublishError, history};
use clap::Args;
use serde::Serialize;

use crate::cluster::{ClusterArguments, Destination, copy_all, nothing_published};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// Arguments of `adrc cluster import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The published folder whose generations the cluster gets
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// Arguments of `adrc cluster export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The published folder that gets the generations of the cluster; adrc creates it if necessary
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// What was copied.
#[derive(Serialize)]
struct Copied {
    folder: String,
    cluster: String,
    /// The generations that were copied, ascending; empty if all were there.
    copied: Vec<u64>,
    /// The generation that is current on both sides.
    generation: u64,
}

impl Import {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.cluster.needed()?;
        let kept = kept(&self.folder)?;
        let before = cluster.publication.current()?;
        let numbers = missing(&self.folder, &kept, before.as_ref(), &cluster.name())?;
        let (mut current, mut copied) = (before, Vec::new());
        for number in numbers {
            let sealed = seal(&self.folder, number)?;
            publish(&*cluster.publication, current.as_ref(), &sealed)?;
            current = Some(sealed.base());
            copied.push(number);
        }
        let copied = Copied {
            folder: self.folder.display().to_string(),
            cluster: cluster.name(),
            copied,
            generation: current.map_or(0, |current| current.generation),
        };
        let place = copied.cluster.clone();
        show(&copied, &place, self.format, console)
    }
}

impl Export {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.cluster.needed()?;
        let name = cluster.name();
        let before = kept(&self.folder).unwrap_or_default();
        let destination = Destination::of_folder(self.folder, Some(cluster))?;
        let current = copy_all(&destination)?;
        let folder = destination.folder();
        let Some(current) = current else {
            return Err(nothing_published(&name));
        };
        let mut copied = kept(folder)?;
        copied.retain(|number| !before.contains(number));
        let folder = folder.display().to_string();
        let generation = current.generation;
        let copied = Copied { folder: folder.clone(), cluster: name, copied, generation };
        show(&copied, &folder, self.format, console)
    }
}

/// The generations of a folder, ascending.
fn kept(folder: &Path) -> Result<Vec<u64>, PublishError> {
    let mut kept: Vec<u64> = history(folder)?.iter().map(|kept| kept.generation).collect();
    kept.reverse();
    Ok(kept)
}

/// The generations of the folder that the cluster lacks. The folder has to go on from what is
/// current in the cluster.
fn missing(
    folder: &Path,
    kept: &[u64],
    current: Option<&Base>,
    cluster: &str,
) -> Result<Vec<u64>, Failure> {
    let Some(current) = current else { return Ok(kept.to_vec()) };
    let is_same =
        kept.contains(&current.generation) && seal(folder, current.generation)?.base() == *current;
    if !is_same {
        let (folder, generation) = (folder.display(), current.generation);
        return Err(Failure::conflict(
            format!(
                "{cluster}: generation {generation} is current there, and {folder} does not have it"
            ),
            "choose another bucket with --cluster-bucket NAME, or copy the cluster into an empty \
             folder with `adrc cluster export DIR`",
        ));
    }
    Ok(kept.iter().copied().filter(|number| *number > current.generation).collect())
}

/// Publishes a generation; a lost answer is looked up.
fn publish(
    publication: &dyn Publication,
    expected: Option<&Base>,
    next: &SealedGeneration,
) -> Result<(), Failure> {
    match publication.publish(expected, next) {
        Err(PublicationError::Unconfirmed { .. })
            if publication.current()?.as_ref() == Some(&next.base()) =>
        {
            Ok(())
        }
        published => Ok(published?),
    }
}

fn show(
    copied: &Copied,
    place: &str,
    format: TextOrJson,
    console: &Console,
) -> Result<Status, Failure> {
    if format == TextOrJson::Json {
        console.document(&Document::of(copied))?;
    }
    let current = copied.generation;
    match copied.copied.len() {
        0 => console.message(format_args!(
            "{place}: generation {current} is current already, nothing to do"
        )),
        number => console.message(format_args!(
            "{place}: copied {}, generation {current} is current",
            count(number, "generation")
        )),
    }
    Ok(Status::Done)
}
