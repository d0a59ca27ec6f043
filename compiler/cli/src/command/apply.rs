//! `adrc apply`: exactly what a plan says is published, or nothing.

use std::path::Path;

use adr_language::Levels;
use adr_language::limits::FILE_BYTES;
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::sources::{Input, read_file, recognize};
use clap::Args;

use crate::annotation::Annotating;
use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::failure::{Failure, Status};
use crate::levels::NO_TESTS;
use crate::publishing::{Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::target::{Target, target};
use crate::wait::Waiting;

/// Arguments of `adrc apply`.
#[derive(Debug, Args)]
#[command(
    after_help = "A plan is stale, and refused with 3, when the rules have changed or somebody else has published since it was made."
)]
pub(crate) struct Apply {
    /// The plan that `adrc plan` wrote
    #[arg(value_name = "PLAN")]
    plan: String,
    #[arg(long = NO_TESTS.0, help = NO_TESTS.1)]
    no_tests: bool,
    #[command(flatten)]
    annotating: Annotating,
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
            return Err(self
                .stale(&format!("{} do not name rule sources any more", plan.sources.join(" "))));
        };
        let target = target(&plan.sources)?;
        let checked = check(&entries, &self.levels(target))?;
        if checked.plan().is_none() {
            show(&checked, console);
        }
        let Some(dial_plan) = checked.into_plan() else {
            return Err(self.stale("the rules have errors now"));
        };
        let artifacts = dial_plan.artifacts();
        if !plan.matches(&artifacts) {
            return Err(self.stale("the rules have changed since the plan was made"));
        }
        let folder = Path::new(&plan.folder);
        let publisher = self.publishing.publisher(folder).expecting(plan.base.clone());
        let publisher = publisher.annotated(self.annotating.annotation_of(&plan.sources));
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        publish(&publisher, folder, (&dial_plan, &artifacts), console)?;
        self.waiting.wait(folder, console)
    }

    fn levels(&self, target: Target) -> Levels {
        if self.no_tests { target.levels.without_tests() } else { target.levels }
    }

    fn read(&self) -> Result<ChangePlan, Failure> {
        let text = read_file(&self.plan, FILE_BYTES);
        let text = text.map_err(|error| Failure::reading(&self.plan, error))?;
        ChangePlan::parse(&text).map_err(|reason| {
            Failure::new(format!("{}: {reason}", self.plan), "make one with `adrc plan`")
        })
    }

    fn stale(&self, why: &str) -> Failure {
        Failure::conflict(
            format!("{}: {why}; nothing was published", self.plan),
            "plan again, and look at what would change",
        )
    }
}
