//! `adrc plan`: what compiling into a published folder would change.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::ManifestView;
use adr_diagnostic::Report;
use adr_language::{Artifacts, DialPlan};
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::publish::{Base, Publisher, generation_folder};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::write;
use clap::Args;
use serde::Serialize;

use crate::VERSION;
use crate::console::Console;
use crate::dial_plan::{check, reject, show};
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::published::Published;
use crate::rules::{Lines, read_lists};
use adr_render::diff::{self, Comparison, compare, lists_of};
use adr_render::document::Document;
use adr_render::domain::every;
use adr_render::lists::Rules;
use adr_render::plan_size::PlanSize;
use adr_render::style::{Styles, styled};

/// Arguments of `adrc plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Shows which calls would change, as `adrc diff DIR PATH` does, and publishes nothing. `adrc apply PLAN` publishes\n\
                  the rules if they and the folder are still the same; it reads both where the plan was made."
)]
pub(crate) struct Plan {
    /// Rule sources: .adr files, or folders of them; together they are one dial_plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder; need not be there yet
    #[arg(long, value_name = "DIR")]
    publish: String,
    /// Where the plan is written
    #[arg(short, long, value_name = "PLAN")]
    output: PathBuf,
    /// How differences are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// What counts as a number
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
    /// End with 1 if something would change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    levels: LevelArguments,
}

impl Plan {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let Input::Plan(entries) = recognize(&self.paths)? else {
            return Err(Failure::new(
                format!("{}: this is compiled already", self.paths.join(" ")),
                "name rule sources",
            ));
        };
        let (dial_plan, report) =
            match check(&entries, self.levels.levels())?.into_plan_and_report() {
                Ok(plan) => plan,
                Err(errors) => {
                    let status = reject(&[errors], self.format, console)?;
                    console.message("no plan is written: what has errors is never published");
                    return Ok(status);
                }
            };
        if self.format == TextOrJson::Text {
            show(&report, dial_plan.sources(), console);
        }
        let artifacts = dial_plan.artifacts();
        let base = Publisher::new(Path::new(&self.publish), VERSION, 0).base();
        let reviewed = Reviewed { plan: &Arc::new(dial_plan), report, artifacts: &artifacts };
        let has_changes = match &base {
            None => self.show_first(&reviewed, console)?,
            Some(base) => self.show(base, &reviewed, console)?,
        };
        self.write(base, &artifacts, console)?;
        Ok(Status::findings(self.exit_code && has_changes))
    }

    /// Shows what the first generation is.
    fn show_first(&self, reviewed: &Reviewed<'_>, console: &Console) -> Result<bool, Failure> {
        self.document(None, (true, Vec::new()), None, reviewed, console)?;
        let size = PlanSize::of(reviewed.plan);
        console.message(format_args!("the first generation: {size}"));
        Ok(true)
    }

    /// Shows which calls change, and whose; whether any do.
    fn show(
        &self,
        base: &Base,
        reviewed: &Reviewed<'_>,
        console: &Console,
    ) -> Result<bool, Failure> {
        let folder = generation_folder(Path::new(&self.publish), base.generation);
        let folder = folder.to_string_lossy();
        let old = read_lists(&[folder.to_string()], Lines::Unknown, console)?.unwrap_or_default();
        let (new, domain) = (Rules::of_plan(reviewed.plan), self.domain.into());
        let compared = compare(&old, &new, domain);
        let published = Published::open(&folder)?;
        let sites = site_changes(&published.manifest().views, reviewed.artifacts);
        let is_equal = compared.iter().all(|list| list.differences().is_empty());
        let has_changes = !is_equal || !sites.is_empty();
        if self.format == TextOrJson::Json {
            let comparison = diff::comparison(&compared, domain, None);
            let changes = (has_changes, sites);
            self.document(Some(base), changes, Some(comparison), reviewed, console)?;
            return Ok(has_changes);
        }
        let terminal = console.terminal();
        let text = diff::to_text(&compared, domain, terminal);
        console.data(if has_changes { &text } else { diff::NO_CHANGES }.as_bytes())?;
        sites.iter().try_for_each(|site| console.line(site.line(terminal.styles())))?;
        if is_equal {
            let every = every(domain, &lists_of(&compared));
            console.message(format_args!("{every} comes out alike"));
        }
        Ok(has_changes)
    }

    fn document(
        &self,
        base: Option<&Base>,
        (changes, sites): (bool, Vec<SiteChange>),
        comparison: Option<Comparison<'_>>,
        reviewed: &Reviewed<'_>,
        console: &Console,
    ) -> Result<(), Failure> {
        if self.format == TextOrJson::Text {
            return Ok(());
        }
        let document = Document::of(Changes {
            plan: self.output.display().to_string(),
            base: base.map(|base| base.generation),
            changes,
            sites,
            comparison,
        });
        console.document(&document.findings(&reviewed.report, reviewed.plan.sources()))
    }

    fn write(
        &self,
        base: Option<Base>,
        artifacts: &Artifacts,
        console: &Console,
    ) -> Result<(), Failure> {
        let on_top_of = base.as_ref().map_or(0, |base| base.generation);
        let plan = ChangePlan::new(&self.paths, &self.publish, base, artifacts).to_json();
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

#[derive(Serialize)]
struct Changes<'c> {
    /// The file of the change plan.
    plan: String,
    /// The generation on top of which it publishes; null for the first one.
    base: Option<u64>,
    /// Whether calls, sites or clients of sites change.
    changes: bool,
    sites: Vec<SiteChange>,
    /// Left out for the first generation.
    #[serde(flatten)]
    comparison: Option<Comparison<'c>>,
}

/// A site that is added or removed, or whose clients change.
#[derive(Serialize)]
struct SiteChange {
    site: String,
    /// Networks of its clients before; null for a new site.
    old_clients: Option<Vec<String>>,
    /// Networks of its clients now; null for a site that is removed.
    new_clients: Option<Vec<String>>,
}

impl SiteChange {
    fn line(&self, styles: Styles) -> String {
        let site = &self.site;
        match (&self.old_clients, &self.new_clients) {
            (None, new) => {
                let new = new.as_deref().unwrap_or_default().join(", ");
                styled(styles.good, format_args!("site \"{site}\" is new, clients {new}"))
            }
            (Some(_), None) => {
                let line = format_args!("site \"{site}\" goes, its clients get the default view");
                styled(styles.bad, line)
            }
            (Some(old), Some(new)) => {
                let old = styled(styles.bad, old.join(", "));
                let new = styled(styles.good, new.join(", "));
                format!("site \"{site}\", clients were {old}, become {new}")
            }
        }
    }
}

/// Sites that are new or gone, and those whose clients change.
fn site_changes(old: &[ManifestView], artifacts: &Artifacts) -> Vec<SiteChange> {
    let of_old: HashMap<_, _> = old.iter().map(|old| (&old.name, old)).collect();
    let names: HashSet<_> = artifacts.views.iter().map(|view| &view.name).collect();
    let new = artifacts.views.iter().map(|view| {
        let old = of_old.get(&view.name);
        let is_changed = old.is_none_or(|old| old.networks != view.networks);
        let old = old.map(|old| words(&old.networks));
        (is_changed, &view.name, old, Some(words(&view.networks)))
    });
    let removed = old.iter().filter(|old| !names.contains(&old.name));
    let removed = removed.map(|old| (true, &old.name, Some(words(&old.networks)), None));
    let changes = new.chain(removed).filter(|(is_changed, ..)| *is_changed);
    let change = |(_, site, old_clients, new_clients): (_, &Option<String>, _, _)| {
        Some(SiteChange { site: site.clone()?, old_clients, new_clients })
    };
    changes.filter_map(change).collect()
}

fn words(networks: &[impl ToString]) -> Vec<String> {
    networks.iter().map(ToString::to_string).collect()
}
