//! `adrc push`: makes CUCM's own lists of rules equal to those of a dial plan.

use adr_analysis::Domain;
use adr_client::user_dirs;
use adr_cucm_sync::push::{Goal, Prepared, StepReport, prepare, rules_of};
use adr_daemon::memory::give_back_soon;
use adr_render::document::Document;
use adr_render::push_plan::Review;
use adr_render::text::count;
use clap::Args;

use crate::console::Console;
use crate::cucm::{CucmOptions, asks, cluster_of, run};
use crate::dial_plan::{publishable, reject, show};
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::target::{VARIABLE, target};

/// Arguments of `adrc push`.
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// The cluster: `cucm://` and its name in adrc.toml, or the host of its publisher
    #[arg(value_name = "CUCM")]
    cluster: String,
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Make the calls that the plan shows, without asking
    #[arg(long)]
    yes: bool,
    /// Go back to the rules before a push that did not finish
    #[arg(long)]
    rollback: bool,
    /// Format of the plan
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// The numbers to compare [default: that of the project, else dialable]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    #[command(flatten)]
    levels: LevelArguments,
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Push {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        give_back_soon();
        let name = cluster_of(&self.cluster)?;
        let Some(state) = user_dirs::state() else {
            return Err(Failure::new("no folder for the record of the push", "set XDG_STATE_HOME"));
        };
        let (mut goal, mut sites) = (Goal::Rollback, 0);
        let mut numbers = self.domain.map(Domain::from);
        if !self.rollback {
            let target = target(&self.paths)?;
            numbers = Some(domain(self.domain, &target, Domain::Dialable));
            match publishable(&target, &self.levels.levels(&target))? {
                Ok((plan, report)) => {
                    show(&report, plan.sources(), console);
                    (goal, sites) = (Goal::Plan(rules_of(&plan)), plan.sites().len());
                }
                Err(errors) => return reject(&[*errors], self.format, console),
            }
        }
        let connection = self.cucm.connect(name, console)?;
        let (session, publisher) = (&connection.session, &connection.profile.publisher);
        let prepared = run(prepare(session, publisher, &state.join("push"), goal))??;
        if prepared.is_resumed() {
            console.message("an earlier push to this cluster did not finish");
        }
        self.show(&prepared, numbers.unwrap_or_default(), console)?;
        if prepared.is_empty() {
            prepared.close()?;
            console.message("CUCM holds these rules already");
            return Ok(Status::Done);
        }
        if sites > 0 {
            console.message(format_args!(
                "CUCM has one list for all clients: the rules of {} are left out",
                count(sites, "site")
            ));
        }
        console.flush()?;
        let asks = || self.format == TextOrJson::Text && asks("Make these calls?");
        if !self.yes && !asks() {
            console.message("nothing is changed; `--yes` makes these calls");
            return Ok(Status::Findings);
        }
        let report = |step: StepReport<'_>| report(&step, console);
        run(prepared.carry_out(session, &report))??;
        console.message("CUCM holds the new rules");
        Ok(Status::Done)
    }

    fn show(&self, prepared: &Prepared, domain: Domain, console: &Console) -> Result<(), Failure> {
        let review = Review::new(&self.cluster, prepared.plans(), domain);
        match self.format {
            TextOrJson::Json => review.with_document(|body| console.document(&Document::of(body))),
            TextOrJson::Text if prepared.is_empty() => Ok(()),
            TextOrJson::Text => console.text(review.to_text(console.terminal())),
        }
    }
}

/// Shows every call of a short push, and a hundredth part of a long one at a time.
fn report(step: &StepReport<'_>, console: &Console) {
    let StepReport { done, total, step } = step;
    if done.is_multiple_of((total / 100).max(1)) || done == total {
        console.message(format_args!("call {done} of {total}: `{}`", step.name.escape_debug()));
    }
}
