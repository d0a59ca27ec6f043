//! `adrc apply`: publishes exactly the content of a change plan, or nothing.

use std::path::Path;

use adr_language::Levels;
use adr_language::limits::FILE_BYTES;
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::sources::{Input, read_file, recognize};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::failure::{Failure, Status};
use crate::levels::NO_TESTS;
use crate::publishing::{Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::wait::Waiting;

/// Arguments of `adrc apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The change plan that `adrc plan` wrote
    #[arg(value_name = "PLAN")]
    plan: String,
    #[arg(long = NO_TESTS.0, help = NO_TESTS.1)]
    no_tests: bool,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl Apply {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let plan = self.read()?;
        let Input::Plan(entries) = recognize(&plan.sources)? else {
            return Err(
                self.outdated(&format!("{} no longer names rule sources", plan.sources.join(" ")))
            );
        };
        let checked = check(&entries, &self.levels())?;
        if checked.plan().is_none() {
            show(&checked, console);
        }
        let Some(dial_plan) = checked.into_plan() else {
            return Err(self.outdated("the rules have errors now"));
        };
        let artifacts = dial_plan.artifacts();
        if !plan.matches(&artifacts) {
            return Err(self.outdated("the rules have changed since `adrc plan` wrote it"));
        }
        let folder = Path::new(&plan.folder);
        let publisher = self.publishing.publisher(folder).expecting(plan.base.clone());
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        publish(&publisher, folder, (&dial_plan, &artifacts), console)?;
        self.waiting.wait(folder, console)
    }

    fn levels(&self) -> Levels {
        let levels = Levels::default();
        if self.no_tests { levels.without_tests() } else { levels }
    }

    fn read(&self) -> Result<ChangePlan, Failure> {
        let text = read_file(&self.plan, FILE_BYTES);
        let text = text.map_err(|error| Failure::reading(&self.plan, error))?;
        ChangePlan::parse(&text).map_err(|reason| {
            Failure::new(format!("{}: {reason}", self.plan), "write one with `adrc plan`")
        })
    }

    fn outdated(&self, why: &str) -> Failure {
        Failure::lost(
            format!("{}: {why}; nothing was published", self.plan),
            "run `adrc plan` again and review what would change",
        )
    }
}
