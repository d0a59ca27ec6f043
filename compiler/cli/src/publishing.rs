//! Options and messages of the commands that publish generations.

use std::path::{Path, PathBuf};

use adr_daemon::{plan_size, published_message};
use adr_language::{Artifacts, DialPlan};
use adr_watcher::publish::{DEFAULT_KEPT_GENERATIONS, PublishError, Published, Publisher};
use clap::Args;

use crate::VERSION;
use crate::clock::now;
use crate::console::Console;
use crate::failure::Failure;
use crate::signing::Signing;
use crate::target::Target;

/// Options of every command that publishes.
#[derive(Debug, Args)]
pub(crate) struct Publishing {
    /// How many generations to keep, including the current one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEPT_GENERATIONS, value_parser = at_least_one)]
    keep: usize,
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
        adr_daemon::Publishing { keep: self.keep, signing, version: VERSION, now }
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

/// Publishes a dial plan and shows the new generation, or that nothing changed.
pub(crate) fn publish(
    publisher: &Publisher<'_>,
    folder: &Path,
    (plan, artifacts): (&DialPlan, &Artifacts),
    console: &Console,
) -> Result<Published, PublishError> {
    let published = publisher.publish(artifacts, || plan.read_back(artifacts))?;
    console.message(published_message(folder, &published, &plan_size(plan)));
    Ok(published)
}
