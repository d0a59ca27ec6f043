//! `adrc plan`: what compiling into a published folder would change.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_analysis::Domain;
use adr_bundle::ManifestView;
use adr_diagnostic::render::Format;
use adr_language::{Artifacts, DialPlan};
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::publish::{Publisher, generation_folder};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::write;
use clap::Args;

use crate::VERSION;
use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::published::Published;
use crate::publishing::publish_folder;
use crate::rules::{Lines, read_lists};
use crate::target::{VARIABLE, target};
use adr_daemon::plan_size;
use adr_render::diff::{self, compare, lists_of};
use adr_render::domain::every;
use adr_render::lists::Rules;

/// Arguments of `adrc plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Shows which calls would change, as `adrc diff DIR PATH` does, and publishes nothing. `adrc apply PLAN` publishes\n\
                  the rules if they and the folder are still the same; it reads both where the plan was made."
)]
pub(crate) struct Plan {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, which need not exist yet; by default that of the plan in adrc.toml
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Where the plan is written
    #[arg(short, long, value_name = "PLAN")]
    output: PathBuf,
    /// How differences are written: text or json
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// What counts as a number [default: that of the project, else dialable]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// End with 1 if something would change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    levels: LevelArguments,
}

impl Plan {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json) {
            return Err(Failure::new(
                format!("--format {}: differences have no such form", self.format),
                "choose text or json",
            ));
        }
        let target = target(&self.paths)?;
        let Input::Plan(entries) = recognize(&target.paths)? else {
            return Err(Failure::new(
                format!("{}: this is compiled already", target.paths.join(" ")),
                "name rule sources",
            ));
        };
        let checked = check(&entries, &self.levels.levels(&target))?;
        show(&checked, console);
        let Some(dial_plan) = checked.into_plan() else {
            console.message("no plan is written: what has errors is never published");
            return Ok(Status::Findings);
        };
        let artifacts = dial_plan.artifacts();
        let folder = publish_folder(self.publish.as_ref(), &target)?;
        let base = Publisher::new(&folder, VERSION, 0).base();
        let has_changes = match &base {
            None => {
                console.message(format_args!("the first generation: {}", plan_size(&dial_plan)));
                true
            }
            Some(base) => {
                let folder = generation_folder(&folder, base.generation);
                let domain = domain(self.domain, &target, Domain::Dialable);
                self.show(&folder, domain, (&Arc::new(dial_plan), &artifacts), console)?
            }
        };
        let change = ChangePlan::new(&target.paths, &folder.to_string_lossy(), base, &artifacts);
        self.write(&change, console)?;
        Ok(Status::findings(self.exit_code && has_changes))
    }

    /// Shows which calls change, and whose; whether any do.
    fn show(
        &self,
        folder: &Path,
        domain: Domain,
        (dial_plan, artifacts): (&Arc<DialPlan>, &Artifacts),
        console: &Console,
    ) -> Result<bool, Failure> {
        let folder = folder.to_string_lossy();
        let old = read_lists(&[folder.to_string()], Lines::Unknown, console)?.unwrap_or_default();
        let new = Rules::of_plan(dial_plan);
        let compared = compare(&old, &new, domain);
        let published = Published::open(&folder)?;
        let views = views(&published.manifest().views, artifacts);
        let is_equal = compared.iter().all(|list| list.differences().is_empty());
        if self.format == Format::Json {
            console.data(diff::to_json(&compared, domain, None).as_bytes())?;
            views.iter().for_each(|line| console.message(line));
        } else {
            let text = diff::to_text(&compared, domain, console.terminal().width);
            let has_changes = !is_equal || !views.is_empty();
            console.data(if has_changes { &text } else { diff::NO_CHANGES }.as_bytes())?;
            views.iter().try_for_each(|line| console.line(line))?;
            if is_equal {
                let every = every(domain, &lists_of(&compared));
                console.message(format_args!("{every} comes out alike"));
            }
        }
        Ok(!is_equal || !views.is_empty())
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

/// Sites that are new or gone, and those whose clients change.
fn views(old: &[ManifestView], artifacts: &Artifacts) -> Vec<String> {
    let clients = |networks: &[_]| {
        let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
        networks.join(", ")
    };
    let of_old: HashMap<_, _> = old.iter().map(|old| (&old.name, old)).collect();
    let names: HashSet<_> = artifacts.views.iter().map(|view| &view.name).collect();
    let mut lines = Vec::new();
    for view in &artifacts.views {
        let Some(name) = &view.name else { continue };
        let new = clients(&view.networks);
        match of_old.get(&view.name) {
            None => lines.push(format!("site \"{name}\" is new, clients {new}")),
            Some(old) if old.networks != view.networks => {
                let old = clients(&old.networks);
                lines.push(format!("site \"{name}\", clients were {old}, become {new}"));
            }
            Some(_) => {}
        }
    }
    for old in old.iter().filter(|old| !names.contains(&old.name)) {
        if let Some(name) = &old.name {
            lines.push(format!("site \"{name}\" goes, its clients get the default view"));
        }
    }
    lines
}
