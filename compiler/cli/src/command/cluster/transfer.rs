//! `adrc cluster import` and `export`: copies generations between a published folder and a cluster.
//! Numbers, files, signatures and records stay as they are.

use std::path::{Path, PathBuf};

use adr_bundle::signature::unverified_statement;
use adr_render::document::Document;
use adr_render::text::count;
use adr_watcher::publication::{Publication, PublicationError, SealedGeneration, seal};
use adr_watcher::publish::{Base, PublishError, history};
use clap::Args;
use serde::Serialize;

use crate::cluster::{ClusterArguments, CopiedAll, Destination, copy_all, nothing_published};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// How many generations an import keeps in the cluster. Later publishers keep as many as `--keep`.
const EVERY_GENERATION: usize = usize::MAX;

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
        let cluster = self.cluster.needed_keeping(EVERY_GENERATION, console)?;
        let (publication, name) = (&*cluster.publication, cluster.name());
        let kept = kept(&self.folder)?;
        let before = publication.current()?;
        let numbers = missing(&self.folder, &kept, before.as_ref(), &name)?;
        let mut copied = Vec::new();
        let mut current = before.clone();
        if let Some((newest, older)) = numbers.split_last() {
            let next = seal(&self.folder, *newest)?;
            let older = intact(&self.folder, older, console);
            publish(publication, before.as_ref(), &older, &next)?;
            copied = older.iter().chain([&next]).map(|it| it.manifest().generation).collect();
            current = Some(next.base());
            say_other_signature(publication, &next, console);
        }
        let copied = Copied {
            folder: self.folder.display().to_string(),
            cluster: name,
            copied,
            generation: current.map_or(0, |current| current.generation),
        };
        let place = copied.cluster.clone();
        show(&copied, &place, self.format, console)
    }
}

impl Export {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.cluster.needed(console)?;
        let name = cluster.name();
        let before = kept(&self.folder).unwrap_or_default();
        let destination = Destination::of_folder(self.folder, Some(cluster))?;
        let Some(CopiedAll { current, left_out }) = copy_all(&destination)? else {
            return Err(nothing_published(&name));
        };
        let folder = destination.folder();
        if !left_out.is_empty() {
            return Err(Failure::new(
                format!("{}: the copy is not complete: {}", folder.display(), left_out.join("; ")),
                "the other generations are copied; publish again if the current one is damaged",
            ));
        }
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

/// Reads the generations before the newest one. A damaged one is said and left out: it is for the
/// history only.
fn intact(folder: &Path, numbers: &[u64], console: &Console) -> Vec<SealedGeneration> {
    let read = numbers.iter().filter_map(|number| match seal(folder, *number) {
        Ok(sealed) => Some(sealed),
        Err(error) => {
            let reason = match &error {
                PublishError::Damaged { reason, .. } => reason.clone(),
                error => error.to_string(),
            };
            console.message(format_args!(
                "warning: {}: generation {number} is left out: {reason}",
                folder.display()
            ));
            None
        }
    });
    read.collect()
}

/// Says if the signature is for another folder than those of this cluster: nodes and client cores
/// that ask for the name do not accept both.
fn say_other_signature(publication: &dyn Publication, next: &SealedGeneration, console: &Console) {
    let signature = next.document().signature.as_deref();
    let signed = signature.and_then(|text| unverified_statement(text).ok()?.folder);
    let (Some(signed), Some(own)) = (signed, publication.folder_name()) else { return };
    if signed == own {
        return;
    }
    console.message(format_args!(
        "warning: generation {} is signed for `{signed}`, and this cluster signs for `{own}`; \
         nodes with --cluster-key reject it until you publish again with `adrc compile --sign`, \
         and client cores need `--folder {own}` from then on; to keep the name, import into a \
         cluster that is called `{signed}`",
        next.manifest().generation
    ));
}

/// Publishes generations; a lost answer is looked up. The last one becomes current.
fn publish(
    publication: &dyn Publication,
    expected: Option<&Base>,
    older: &[SealedGeneration],
    next: &SealedGeneration,
) -> Result<(), Failure> {
    match publication.publish_history(expected, older, next) {
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
