//! `adrc plan`: shows which calls publishing would change, and writes a change plan.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_analysis::Domain;
use adr_diagnostic::Report;
use adr_language::{Artifacts, DialPlan};
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::publish::{Publisher, generation_folder};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::write;
use clap::Args;
use serde::Serialize;

use crate::VERSION;
use crate::console::Console;
use crate::dial_plan::{check, reject, show};
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::published::Published;
use crate::publishing::publish_folder;
use crate::rules::{Lines, read_lists};
use crate::target::{VARIABLE, target};
use adr_render::diff::{self, Comparison, compare, lists_of};
use adr_render::document::Document;
use adr_render::domain::every;
use adr_render::lists::Rules;
use adr_render::plan_size::PlanSize;
use adr_render::sites::{SiteChange, site_changes};

/// Arguments of `adrc plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, which may not exist yet [default: that of the plan in adrc.toml]
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Write the change plan into this file
    #[arg(short, long, value_name = "PLAN")]
    output: PathBuf,
    /// Format of the differences
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// The numbers to compare [default: that of the project, else dialable]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// End with status 1 if a call would change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    levels: LevelArguments,
}

impl Plan {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let target = target(&self.paths)?;
        let Input::Plan(entries) = recognize(&target.paths)? else {
            return Err(Failure::new(
                format!("{}: already compiled", target.paths.join(" ")),
                "name rule sources",
            ));
        };
        let (dial_plan, report) =
            match check(&entries, &self.levels.levels(&target))?.into_plan_and_report() {
                Ok(plan) => plan,
                Err(errors) => {
                    let status = reject(&[*errors], self.format, console)?;
                    console.message("no change plan is written: the rules have errors");
                    return Ok(status);
                }
            };
        if self.format == TextOrJson::Text {
            show(&report, dial_plan.sources(), console);
        }
        let artifacts = dial_plan.artifacts();
        let folder = publish_folder(self.publish.as_ref(), &target)?;
        let base = Publisher::new(&folder, VERSION, 0).base()?;
        let reviewed = Reviewed { plan: &Arc::new(dial_plan), report, artifacts: &artifacts };
        let has_changes = match &base {
            None => self.show_first(&reviewed, console)?,
            Some(base) => {
                let folder = generation_folder(&folder, base.generation);
                let domain = domain(self.domain, &target, Domain::Dialable);
                self.show(&folder, domain, &reviewed, console)?
            }
        };
        let change = ChangePlan::new(&target.paths, &folder.to_string_lossy(), base, &artifacts);
        self.write(&change, console)?;
        Ok(Status::findings(self.exit_code && has_changes))
    }

    /// Shows the first generation.
    fn show_first(&self, reviewed: &Reviewed<'_>, console: &Console) -> Result<bool, Failure> {
        let changes = self.changes_of_first(reviewed);
        console.message(format_args!("the first generation: {}", changes.size));
        if self.format == TextOrJson::Json {
            reviewed.document(changes, console)?;
        }
        Ok(true)
    }

    /// Shows which calls and which sites change; returns whether any do.
    fn show(
        &self,
        folder: &Path,
        domain: Domain,
        reviewed: &Reviewed<'_>,
        console: &Console,
    ) -> Result<bool, Failure> {
        let folder = folder.to_string_lossy();
        let old = read_lists(&[folder.to_string()], Lines::Unknown, console)?.unwrap_or_default();
        let new = Rules::of_plan(reviewed.plan);
        let compared = compare(&old, &new, domain);
        let published = Published::open(&folder)?;
        let views = published.manifest().views.iter();
        let old_sites = views.map(|view| (view.name.as_deref(), networks(&view.networks)));
        let views = reviewed.artifacts.views.iter();
        let new_sites = views.map(|view| (view.name.as_deref(), networks(&view.networks)));
        let sites = site_changes(old_sites.collect(), new_sites.collect());
        let is_equal = compared.iter().all(|list| list.differences().is_empty());
        let has_changes = !is_equal || !sites.is_empty();
        if self.format == TextOrJson::Json {
            let changes = Changes {
                base_generation: Some(published.manifest().generation),
                changes: has_changes,
                sites,
                comparison: Some(diff::comparison(&compared, domain, None)),
                ..self.changes_of_first(reviewed)
            };
            reviewed.document(changes, console)?;
            return Ok(has_changes);
        }
        let terminal = console.terminal();
        let text = diff::to_text(&compared, domain, terminal);
        console.text(if has_changes { &text } else { diff::NO_CHANGES })?;
        sites.iter().try_for_each(|site| console.line(site.line(terminal.styles())))?;
        if is_equal {
            let every = every(domain, &lists_of(&compared));
            console.message(format_args!("{every} has the same result"));
        }
        Ok(has_changes)
    }

    /// What the first generation changes.
    fn changes_of_first(&self, reviewed: &Reviewed<'_>) -> Changes<'_> {
        Changes {
            plan: self.output.display().to_string(),
            base_generation: None,
            size: PlanSize::of(reviewed.plan),
            changes: true,
            sites: Vec::new(),
            comparison: None,
        }
    }

    fn write(&self, change: &ChangePlan, console: &Console) -> Result<(), Failure> {
        let on_top_of = change.base.as_ref().map_or(0, |base| base.generation);
        let plan = change.to_json();
        if self.output.exists() {
            write::replace(&self.output, plan.as_bytes())?;
        } else {
            write::create(&self.output, plan.as_bytes())?;
        }
        let plan = self.output.display();
        console.message(format_args!(
            "{plan}: on top of generation {on_top_of}; `adrc apply {plan}` publishes it"
        ));
        Ok(())
    }
}

/// The rules that would be published.
struct Reviewed<'r> {
    plan: &'r Arc<DialPlan>,
    report: Report,
    artifacts: &'r Artifacts,
}

impl Reviewed<'_> {
    fn document(&self, changes: Changes<'_>, console: &Console) -> Result<(), Failure> {
        let document = Document::of(changes);
        console.document(&document.findings(&self.report, self.plan.sources()))
    }
}

#[derive(Serialize)]
struct Changes<'c> {
    /// The file of the change plan.
    plan: String,
    /// The generation on top of which it publishes; null for the first one.
    base_generation: Option<u64>,
    #[serde(flatten)]
    size: PlanSize,
    /// Whether calls, sites or clients of sites change.
    changes: bool,
    sites: Vec<SiteChange>,
    /// Left out for the first generation.
    #[serde(flatten)]
    comparison: Option<Comparison<'c>>,
}

fn networks(networks: &[impl ToString]) -> Vec<String> {
    networks.iter().map(ToString::to_string).collect()
}
