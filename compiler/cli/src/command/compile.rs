//! `adrc compile`: rules become the files that clients read, published as a whole or not at all.

use std::collections::HashMap;
use std::path::PathBuf;

use adr_language::DialPlan;
use adr_watcher::sources::{Input, recognize};
use clap::Args;

use crate::annotation::Annotating;
use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::{Publishing, publish, publish_folder};
use crate::signing::{Signing, as_signer};
use crate::target::{Target, VARIABLE, targets};
use crate::wait::Waiting;

/// Arguments of `adrc compile`.
#[derive(Debug, Args)]
#[command(after_help = "A dial plan with errors is never compiled: what was published stays.\n\
                  Publishing a plan whose files are the same makes no new generation, unless its signature\n\
                  is by another key, or past the middle of its time.")]
pub(crate) struct Compile {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, made if it does not exist; by default that of the plan in adrc.toml
    #[arg(short = 'o', long, value_name = "DIR", alias = "output")]
    publish: Option<PathBuf>,
    #[command(flatten)]
    annotating: Annotating,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    levels: LevelArguments,
}

/// A dial plan without errors, and where it is published.
struct Compiled {
    target: Target,
    folder: PathBuf,
    plan: DialPlan,
}

impl Compile {
    /// Publishes every plan, or none if one of them has errors.
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let mut compiled = Vec::new();
        let mut has_errors = false;
        for (target, folder) in self.folders()? {
            match self.plan(&target, console)? {
                Some(plan) => compiled.push(Compiled { target, folder, plan }),
                None => {
                    let folder = folder.display();
                    console.message(format_args!("{folder} is unchanged: the rules have errors"));
                    has_errors = true;
                }
            }
        }
        if has_errors {
            for Compiled { target, folder, .. } in &compiled {
                let (folder, title) = (folder.display(), target.title());
                console.message(format_args!(
                    "{folder} is unchanged: {title} is published when all plans have no errors"
                ));
            }
            return Ok(Status::Findings);
        }
        let mut status = Status::Done;
        for Compiled { target, folder, plan } in compiled {
            let artifacts = plan.artifacts();
            let publisher = self.publishing.publisher(&folder);
            let publisher = publisher.annotated(self.annotating.annotation_of(&target.paths));
            let publisher = publisher.signing(as_signer(signer.as_ref()));
            publish(&publisher, &folder, (&plan, &artifacts), console)?;
            // waiting takes long and needs no rules
            drop((plan, artifacts));
            status = status.max(self.waiting.wait(&folder, console)?);
        }
        Ok(status)
    }

    /// Every plan, with the folder that it is published into.
    fn folders(&self) -> Result<Vec<(Target, PathBuf)>, Failure> {
        let targets = targets(&self.paths)?;
        if let (Some(folder), [one, other, ..]) = (&self.publish, targets.as_slice()) {
            let (folder, one, other) = (folder.display(), one.title(), other.title());
            return Err(Failure::new(
                format!("--publish {folder}: one folder holds one plan, not `{one}` and `{other}`"),
                "name one plan, or set `publish` of each plan in adrc.toml",
            ));
        }
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        let mut folders = Vec::new();
        for target in targets {
            let folder = publish_folder(self.publish.as_ref(), &target)?;
            if let Some(other) = taken.insert(folder.clone(), target.title()) {
                let (folder, title) = (folder.display(), target.title());
                return Err(Failure::new(
                    format!(
                        "{folder}: both `{other}` and `{title}` are published into this folder"
                    ),
                    "set another `publish` of one plan in adrc.toml",
                ));
            }
            folders.push((target, folder));
        }
        Ok(folders)
    }

    /// The plan, checked; `None` where it has errors, which are shown.
    fn plan(&self, target: &Target, console: &Console) -> Result<Option<DialPlan>, Failure> {
        let Input::Plan(entries) = recognize(&target.paths)? else {
            return Err(Failure::new(
                format!("{}: this is compiled already", target.title()),
                "name rule sources; `adrc import` makes one of a deployed file",
            ));
        };
        let checked = check(&entries, &self.levels.levels(target))?;
        show(&checked, console);
        Ok(checked.into_plan())
    }
}
