//! Options and messages of the commands that publish generations.

use std::path::{Path, PathBuf};

use adr_bundle::{Manifest, ManifestFile};
use adr_daemon::published_message;
use adr_language::{Artifacts, DialPlan};
use adr_render::plan_size::PlanSize;
use adr_watcher::publish::{DEFAULT_KEPT_GENERATIONS, Published, Publisher, generation_folder};
use clap::Args;
use serde::Serialize;

use crate::VERSION;
use crate::clock::now;
use crate::cluster::{Cluster, Destination};
use crate::console::Console;
use crate::failure::Failure;
use crate::published;
use crate::signing::Signing;
use crate::target::Target;

/// Options of every command that publishes.
#[derive(Debug, Args)]
pub(crate) struct Publishing {
    /// How many generations to keep, including the current one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEPT_GENERATIONS, value_parser = at_least_one)]
    pub(crate) keep: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("adrc always keeps the current generation; write 1 or more".to_owned()),
        Ok(keep) => Ok(keep),
        Err(_) => Err("write a number".to_owned()),
    }
}

impl Publishing {
    /// A publisher into `folder` that records the present time.
    pub(crate) fn publisher<'p>(&self, folder: &'p Path) -> Publisher<'p> {
        Publisher::new(folder, VERSION, now()).keeping(self.keep)
    }

    /// The same options for a daemon, which publishes many times.
    pub(crate) fn of_daemon(&self, signing: &Signing) -> adr_daemon::Publishing {
        let signing = signing.policy();
        let user = whoami::username().ok();
        let host = whoami::hostname().unwrap_or_default();
        adr_daemon::Publishing { keep: self.keep, signing, host, user, version: VERSION, now }
    }
}

/// The folder to publish into: that of `--publish`, or that of the plan in the project file.
pub(crate) fn publish_folder(given: Option<&PathBuf>, target: &Target) -> Result<PathBuf, Failure> {
    given.or(target.publish.as_ref()).cloned().ok_or_else(|| {
        Failure::new(
            format!("{}: no folder is named to publish into", target.title()),
            "name one with --publish DIR, or set `publish` of the plan in adrc.toml",
        )
    })
}

/// What is current in a folder after publishing, for a JSON document.
#[derive(Serialize)]
pub(crate) struct Publication<T> {
    /// `None` if the folder was only for this run.
    folder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
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
        destination: &Destination,
        published: Published,
        details: impl FnOnce(&Manifest) -> T,
    ) -> Result<Self, Failure> {
        let path = generation_folder(destination.folder(), published.generation);
        let path = path.to_string_lossy();
        let current = published::Published::open(&path)?;
        Ok(Self {
            folder: destination.named_folder(),
            cluster: destination.cluster().map(Cluster::name),
            generation: published.generation,
            changed: published.changed,
            details: details(current.manifest()),
            files: current.manifest().files.clone(),
        })
    }
}

/// A dial plan without errors, and its files.
pub(crate) struct Compiled<'c> {
    pub(crate) plan: &'c DialPlan,
    pub(crate) artifacts: &'c Artifacts,
}

/// Publishes a dial plan and shows the new generation, or that nothing changed.
pub(crate) fn publish(
    publisher: &Publisher<'_>,
    destination: &Destination,
    compiled: &Compiled<'_>,
    console: &Console,
) -> Result<Published, Failure> {
    let Compiled { plan, artifacts } = compiled;
    let published = publisher.publish(artifacts, || plan.read_back(artifacts));
    let published = published.map_err(|error| destination.failure(error))?;
    console.message(published_message(&destination.place(), &published, PlanSize::of(plan)));
    Ok(published)
}
