//! `adrc compile`: rules become the files that clients read, published as a whole or not at all.

use std::path::PathBuf;

use adr_watcher::sources::{Input, recognize};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{check, reject, show};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::publishing::{Compiled, Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::wait::Waiting;

/// Arguments of `adrc compile`.
#[derive(Debug, Args)]
#[command(after_help = "A dial plan with errors is never compiled: what was published stays.\n\
                  Publishing a plan whose files are the same makes no new generation, unless its signature\n\
                  is by another key, or past the middle of its time.")]
pub(crate) struct Compile {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder; made if it does not exist
    #[arg(short = 'o', long, value_name = "DIR", alias = "output")]
    publish: PathBuf,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    levels: LevelArguments,
}

impl Compile {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let Input::Plan(entries) = recognize(&self.paths)? else {
            return Err(Failure::new(
                format!("{}: this is compiled already", self.paths.join(" ")),
                "name rule sources; `adrc import` makes one of a deployed file",
            ));
        };
        let checked = check(&entries, self.levels.levels())?;
        let (plan, report) = match checked.into_plan_and_report() {
            Ok(plan) => plan,
            Err(errors) => {
                let status = reject(&[*errors], self.format, console)?;
                let folder = self.publish.display();
                console.message(format_args!("{folder} is unchanged: the rules have errors"));
                return Ok(status);
            }
        };
        if self.format == TextOrJson::Text {
            show(&report, plan.sources(), console);
        }
        let artifacts = plan.artifacts();
        let publisher = self.publishing.publisher(&self.publish);
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        let compiled = Compiled { plan: &plan, report: &report, artifacts: &artifacts };
        publish(&publisher, &self.publish, &compiled, self.format, console)?;
        // The process ends here; taking millions of rules apart would only cost time.
        std::mem::forget((plan, artifacts));
        self.waiting.wait(&self.publish, console)
    }
}
