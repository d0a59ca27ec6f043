//! Publishing from the command line: what several commands have in common.

use std::path::Path;

use adr_bundle::{Manifest, ManifestFile};
use adr_diagnostic::Report;
use adr_language::{Artifacts, DialPlan};
use adr_render::document::Document;
use adr_render::plan_size::PlanSize;
use adr_watcher::publish::{DEFAULT_KEPT_GENERATIONS, Published, Publisher, generation_folder};
use clap::Args;
use serde::Serialize;

use crate::VERSION;
use crate::clock::now;
use crate::console::Console;
use crate::failure::Failure;
use crate::format::TextOrJson;
use crate::published;
use crate::signing::Signing;

/// Options of every command that publishes.
#[derive(Debug, Args)]
pub(crate) struct Publishing {
    /// Generations that are kept, the current one among them
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEPT_GENERATIONS, value_parser = at_least_one)]
    keep: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("the current generation is always kept; write 1 or more".to_owned()),
        Ok(keep) => Ok(keep),
        Err(_) => Err("write a number".to_owned()),
    }
}

impl Publishing {
    /// Publishes into a folder, now.
    pub(crate) fn publisher<'p>(&self, folder: &'p Path) -> Publisher<'p> {
        Publisher::new(folder, VERSION, now()).keeping(self.keep)
    }

    /// The same for a daemon, which publishes again and again.
    pub(crate) fn of_daemon(&self, signing: &Signing) -> adr_daemon::Publishing {
        let signing = signing.policy();
        adr_daemon::Publishing { keep: self.keep, signing, version: VERSION, now }
    }
}

/// What is current in a folder after publishing, for a JSON document.
#[derive(Serialize)]
pub(crate) struct Publication<T> {
    folder: String,
    generation: u64,
    /// False if the same content was current already.
    changed: bool,
    #[serde(flatten)]
    details: T,
    files: Vec<ManifestFile>,
}

impl<T> Publication<T> {
    /// Reads the files of the generation that was published, and takes details of its manifest.
    pub(crate) fn read(
        folder: &Path,
        published: Published,
        details: impl FnOnce(&Manifest) -> T,
    ) -> Result<Self, Failure> {
        let path = generation_folder(folder, published.generation);
        let path = path.to_string_lossy();
        let current = published::Published::open(&path)?;
        Ok(Self {
            folder: folder.display().to_string(),
            generation: published.generation,
            changed: published.changed,
            details: details(current.manifest()),
            files: current.manifest().files.clone(),
        })
    }
}

/// A dial plan without errors and its files.
pub(crate) struct Compiled<'c> {
    pub(crate) plan: &'c DialPlan,
    pub(crate) report: &'c Report,
    pub(crate) artifacts: &'c Artifacts,
}

/// Publishes a plan and says so.
pub(crate) fn publish(
    publisher: &Publisher<'_>,
    folder: &Path,
    compiled: &Compiled<'_>,
    format: TextOrJson,
    console: &Console,
) -> Result<(), Failure> {
    let Compiled { plan, report, artifacts } = compiled;
    let published = publisher.publish(artifacts, || plan.read_back(artifacts))?;
    let (name, generation) = (folder.display(), published.generation);
    let size = PlanSize::of(plan);
    if format == TextOrJson::Json {
        let publication = Publication::read(folder, published, |_| size)?;
        console.document(&Document::of(publication).findings(report, plan.sources()))?;
    }
    if published.changed {
        console.message(format_args!("{name}: published generation {generation}, {size}"));
    } else {
        console.message(format_args!("{name}: generation {generation} is the same, nothing to do"));
    }
    Ok(())
}
