//! `adrc plan`: shows which calls publishing would change, and writes a change plan.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::ManifestView;
use adr_diagnostic::render::Format;
use adr_language::{Artifacts, DialPlan};
use adr_watcher::change_plan::ChangePlan;
use adr_watcher::publish::{Base, Publisher, generation_folder};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::write;
use clap::Args;

use crate::VERSION;
use crate::console::Console;
use crate::dial_plan::{check, show};
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::published::Published;
use crate::rules::{Lines, read_lists};
use adr_daemon::plan_size;
use adr_render::diff::{self, compare, lists_of};
use adr_render::domain::every;
use adr_render::lists::Rules;

/// Arguments of `adrc plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder; it may not exist yet
    #[arg(long, value_name = "DIR")]
    publish: String,
    /// Write the change plan into this file
    #[arg(short, long, value_name = "PLAN")]
    output: PathBuf,
    /// Format of the differences: text or json
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// The numbers to compare
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
    /// End with status 1 if a call would change
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
        let Input::Plan(entries) = recognize(&self.paths)? else {
            return Err(Failure::new(
                format!("{}: already compiled", self.paths.join(" ")),
                "name rule sources",
            ));
        };
        let checked = check(&entries, self.levels.levels())?;
        show(&checked, console);
        let Some(dial_plan) = checked.into_plan() else {
            console.message("no change plan is written: the rules have errors");
            return Ok(Status::Findings);
        };
        let artifacts = dial_plan.artifacts();
        let base = Publisher::new(Path::new(&self.publish), VERSION, 0).base();
        let has_changes = match &base {
            None => {
                console.message(format_args!("the first generation: {}", plan_size(&dial_plan)));
                true
            }
            Some(base) => self.show(base, &Arc::new(dial_plan), &artifacts, console)?,
        };
        self.write(base, &artifacts, console)?;
        Ok(Status::findings(self.exit_code && has_changes))
    }

    /// Shows which calls and which sites change; returns whether any do.
    fn show(
        &self,
        base: &Base,
        dial_plan: &Arc<DialPlan>,
        artifacts: &Artifacts,
        console: &Console,
    ) -> Result<bool, Failure> {
        let folder = generation_folder(Path::new(&self.publish), base.generation);
        let folder = folder.to_string_lossy();
        let old = read_lists(&[folder.to_string()], Lines::Unknown, console)?.unwrap_or_default();
        let (new, domain) = (Rules::of_plan(dial_plan), self.domain.into());
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
                console.message(format_args!("{every} has the same result"));
            }
        }
        Ok(!is_equal || !views.is_empty())
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

/// Sites that are new or removed, and sites whose clients change.
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
                lines.push(format!("site \"{name}\": clients were {old}, become {new}"));
            }
            Some(_) => {}
        }
    }
    for old in old.iter().filter(|old| !names.contains(&old.name)) {
        if let Some(name) = &old.name {
            lines.push(format!("site \"{name}\" is removed; its clients get the default view"));
        }
    }
    lines
}
