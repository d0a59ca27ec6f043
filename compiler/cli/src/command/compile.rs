//! `adrc compile`: compiles rules into the files that clients read, and publishes them.

use std::collections::HashMap;
use std::path::PathBuf;

use adr_diagnostic::{Report, Sources};
use adr_language::DialPlan;
use adr_render::document::Document;
use adr_render::plan_size::PlanSize;
use adr_watcher::publish::Signer;
use clap::Args;
use serde::Serialize;

use crate::annotation::Annotating;
use crate::cluster::{ClusterArguments, Destination, publish_destination};
use crate::console::Console;
use crate::dial_plan::{OrErrors, publishable, reject, show};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::publishing::{Compiled, Publication, Publishing, publish};
use crate::signing::{Signing, as_signer};
use crate::target::{Target, VARIABLE, targets};
use crate::wait::Waiting;

/// Arguments of `adrc compile`.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, which adrc creates if necessary [default: that of the plan in
    /// adrc.toml]
    #[arg(short = 'o', long, value_name = "DIR", alias = "output")]
    publish: Option<PathBuf>,
    #[command(flatten)]
    annotating: Annotating,
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
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// A dial plan without errors, its findings, and where it is published.
struct Ready {
    target: Target,
    destination: Destination,
    plan: DialPlan,
    report: Report,
}

/// The results of several plans.
#[derive(Serialize)]
struct Publications {
    plans: Vec<Publication<PlanSize>>,
}

impl Compile {
    /// Publishes every plan, or none if one of them has errors.
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let (mut ready, mut rejected) = (Vec::new(), Vec::new());
        let mut unchanged = Vec::new();
        for (target, destination) in self.destinations(console)? {
            match self.plan(&target)? {
                Ok((plan, report)) => ready.push(Ready { target, destination, plan, report }),
                Err(errors) => {
                    rejected.push(*errors);
                    unchanged.push(destination.place());
                }
            }
        }
        if !rejected.is_empty() {
            let status = reject(&rejected, self.format, console)?;
            for folder in unchanged {
                let folder = folder.display();
                console.message(format_args!("{folder} is unchanged: the rules have errors"));
            }
            for Ready { target, destination, .. } in &ready {
                let (place, title) = (destination.place(), target.title());
                let place = place.display();
                console.message(format_args!(
                    "{place} is unchanged: {title} is published when all plans have no errors"
                ));
            }
            return Ok(status);
        }
        self.publish(&ready, as_signer(signer.as_ref()), console)?;
        // waiting takes long and needs no rules
        let destinations: Vec<_> = ready.into_iter().map(|ready| ready.destination).collect();
        destinations.iter().try_fold(Status::Done, |worst, destination| {
            Ok(worst.max(self.waiting.wait(destination, console)?))
        })
    }

    fn publish(
        &self,
        ready: &[Ready],
        signer: Option<&dyn Signer>,
        console: &Console,
    ) -> Result<(), Failure> {
        let mut publications = Vec::new();
        for Ready { target, destination, plan, report } in ready {
            if self.format == TextOrJson::Text {
                show(report, plan.sources(), console);
            }
            let artifacts = plan.artifacts();
            let publisher = self.publishing.publisher(destination.folder()).signing(signer);
            let publisher = destination.through_of(publisher, &target.paths);
            let publisher = publisher.annotated(self.annotating.annotation_of(&target.paths));
            let compiled = Compiled { plan, artifacts: &artifacts };
            let published = publish(&publisher, destination, &compiled, console)?;
            if self.format == TextOrJson::Json {
                let size = PlanSize::of(plan);
                publications.push(Publication::read(destination, published, |_| size)?);
            }
        }
        if self.format == TextOrJson::Text {
            return Ok(());
        }
        let reports = || ready.iter().map(|ready| (&ready.report, ready.plan.sources()));
        match publications.len() {
            1 => publications.into_iter().try_for_each(|publication| {
                console.document(&with_findings(Document::of(publication), reports()))
            }),
            _ => {
                let document = Document::of(Publications { plans: publications });
                console.document(&with_findings(document, reports()))
            }
        }
    }

    /// Every plan, with the folder and the cluster that it is published into.
    fn destinations(&self, console: &Console) -> Result<Vec<(Target, Destination)>, Failure> {
        let targets = targets(&self.paths)?;
        let cluster = self.cluster.of_command(self.publishing.keep, console)?;
        if let (Some(cluster), [one, other, ..]) = (&cluster, targets.as_slice()) {
            let (name, one, other) = (cluster.name(), one.title(), other.title());
            return Err(Failure::new(
                format!("{name}: one cluster holds one plan, not `{one}` and `{other}`"),
                "name one plan, and for others another bucket with --cluster-bucket NAME",
            ));
        }
        if let (Some(folder), [one, other, ..]) = (&self.publish, targets.as_slice()) {
            let (folder, one, other) = (folder.display(), one.title(), other.title());
            return Err(Failure::new(
                format!("--publish {folder}: one folder holds one plan, not `{one}` and `{other}`"),
                "name one plan, or set `publish` of each plan in adrc.toml",
            ));
        }
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        let mut destinations = Vec::new();
        for target in targets {
            let destination = publish_destination(self.publish.as_ref(), &target, cluster.clone())?;
            let folder = destination.folder();
            if let Some(other) = taken.insert(folder.to_owned(), target.title()) {
                let (folder, title) = (folder.display(), target.title());
                return Err(Failure::new(
                    format!(
                        "{folder}: both `{other}` and `{title}` are published into this folder"
                    ),
                    "set another `publish` of one plan in adrc.toml",
                ));
            }
            destinations.push((target, destination));
        }
        Ok(destinations)
    }

    /// The plan with its findings, or only the findings if it has errors.
    fn plan(&self, target: &Target) -> Result<OrErrors<(DialPlan, Report)>, Failure> {
        publishable(target, &self.levels.levels(target))
    }
}

fn with_findings<'r, T: Serialize>(
    document: Document<'r, T>,
    reports: impl Iterator<Item = (&'r Report, &'r Sources)>,
) -> Document<'r, T> {
    reports.fold(document, |document, (report, sources)| document.findings(report, sources))
}
