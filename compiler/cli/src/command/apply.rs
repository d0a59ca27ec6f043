//! `adrc apply`: publishes exactly the content of a change plan, or nothing.

use std::path::PathBuf;

use adr_language::Levels;
use adr_language::limits::FILE_BYTES;
use adr_render::document::Document;
use adr_render::plan_size::PlanSize;
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::sources::{Input, read_file, recognize};
use clap::Args;

use crate::annotation::Annotating;
use crate::cluster::{ClusterArguments, destination};
use crate::console::Console;
use crate::dial_plan::{check, reject};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::NO_TESTS;
use crate::publishing::{Compiled, Publication, Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::target::{Target, target};
use crate::wait::Waiting;

/// Arguments of `adrc apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The change plan that `adrc plan` wrote
    #[arg(value_name = "PLAN")]
    plan: String,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
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
    #[command(flatten)]
    cluster: ClusterArguments,
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
        let target = target(&plan.sources)?;
        let (dial_plan, report) =
            match check(&entries, &self.levels(target))?.into_plan_and_report() {
                Ok(plan) => plan,
                Err(errors) => {
                    reject(&[*errors], self.format, console)?;
                    return Err(self.outdated("the rules have errors now"));
                }
            };
        let artifacts = dial_plan.artifacts();
        if !plan.matches(&artifacts) {
            return Err(self.outdated("the rules have changed since `adrc plan` wrote it"));
        }
        let folder = PathBuf::from(&plan.folder);
        let destination = destination(Some(&folder), &self.cluster, self.publishing.keep, console)?;
        let publisher = self.publishing.publisher(&folder).expecting(plan.base.clone());
        let publisher = destination.through(publisher);
        let publisher = publisher.annotated(self.annotating.annotation_of(&plan.sources));
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        let compiled = Compiled { plan: &dial_plan, artifacts: &artifacts };
        let published = publish(&publisher, &destination, &compiled, console)?;
        if self.format == TextOrJson::Json {
            let size = PlanSize::of(&dial_plan);
            let publication = Publication::read(&destination, published, |_| size)?;
            let document = Document::of(publication).findings(&report, dial_plan.sources());
            console.document(&document)?;
        }
        self.waiting.wait(&destination, console)
    }

    fn levels(&self, target: Target) -> Levels {
        if self.no_tests { target.levels.without_tests() } else { target.levels }
    }

    fn read(&self) -> Result<ChangePlan, Failure> {
        let text = read_file(&self.plan, FILE_BYTES);
        let text = text.map_err(|error| Failure::reading(&self.plan, error))?;
        ChangePlan::parse(&text).map_err(|reason| {
            Failure::new(format!("{}: {reason}", self.plan), "write one with `adrc plan`")
        })
    }

    fn outdated(&self, why: &str) -> Failure {
        Failure::conflict(
            format!("{}: {why}; nothing was published", self.plan),
            "run `adrc plan` again and review what would change",
        )
    }
}
