//! `adrc compile`: compiles rules into the files that clients read, and publishes them.

use std::path::PathBuf;

use adr_watcher::sources::{Input, recognize};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::publishing::{Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::wait::Waiting;

/// Arguments of `adrc compile`.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder; adrc creates it if necessary
    #[arg(short = 'o', long, value_name = "DIR", alias = "output")]
    publish: PathBuf,
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
                format!("{}: already compiled", self.paths.join(" ")),
                "name rule sources; `adrc import` converts a deployed file to rule source",
            ));
        };
        let checked = check(&entries, self.levels.levels())?;
        show(&checked, console);
        let Some(plan) = checked.into_plan() else {
            let folder = self.publish.display();
            console.message(format_args!("{folder} is unchanged: the rules have errors"));
            return Ok(Status::Findings);
        };
        let artifacts = plan.artifacts();
        let publisher = self.publishing.publisher(&self.publish);
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        publish(&publisher, &self.publish, (&plan, &artifacts), console)?;
        // the process is about to end; freeing millions of rules would only take time
        std::mem::forget((plan, artifacts));
        self.waiting.wait(&self.publish, console)
    }
}
