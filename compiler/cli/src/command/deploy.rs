//! `adrc deploy`: puts the files of a plan onto the TFTP nodes of CUCM, or takes them back.

mod by_hand;

use std::path::PathBuf;
use std::sync::Arc;

use adr_client::user_dirs;
use adr_cucm_client::Role;
use adr_cucm_sync::Connection;
use adr_cucm_sync::connect::credentials;
use adr_cucm_sync::deploy::{Deployment, Progress, Settings};
use adr_daemon::Messages;
use adr_diagnostic::Report;
use adr_language::DialPlan;
use adr_render::deployment::DeploymentOverview;
use adr_render::document::Document;
use clap::Args;

use crate::console::Console;
use crate::cucm::{CucmOptions, Terminal, asks, cluster_of, run};
use crate::dial_plan::{publishable, reject, show};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::levels::LevelArguments;
use crate::target::target;

/// Arguments of `adrc deploy`.
#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// The cluster: its name in adrc.toml, or its publisher; not necessary with --zip
    #[arg(value_name = "cucm://HOST", required_unless_present = "zip")]
    cluster: Option<String>,
    /// The dial plan [default: ADRC_PLAN, the plan of the project, or `.`]
    #[arg(value_name = "PATH", conflicts_with = "rollback")]
    paths: Vec<String>,
    /// Put back the files from before the last deployment
    #[arg(long)]
    rollback: bool,
    /// Write the files and a list of clicks into this ZIP archive, to be uploaded by hand
    #[arg(long, value_name = "FILE", conflicts_with = "rollback")]
    zip: Option<PathBuf>,
    /// Change the nodes without asking
    #[arg(short, long)]
    yes: bool,
    /// The folder for records of deployments [default: ~/.local/state/adrc]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    levels: LevelArguments,
    // the last ones, because their heading is that of all options after them
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Deploy {
    pub(crate) fn run(mut self, console: &Console) -> Result<Status, Failure> {
        if self.zip.is_some() && self.cluster().is_err() {
            // without a cluster, the first argument is a path as well
            self.paths.splice(0..0, self.cluster.take());
        }
        if self.zip.is_none() {
            self.cluster()?;
        }
        if self.rollback {
            let connection = self.cucm.connect(self.cluster()?, console)?;
            let deployment = Deployment::prepare_rollback(&connection, self.settings(console)?);
            return self.carry_out(run(deployment)??, &connection, None, console);
        }
        let target = target(&self.paths)?;
        let (plan, report) = match publishable(&target, &self.levels.levels(&target))? {
            Ok(plan) => plan,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        if self.format == TextOrJson::Text {
            show(&report, plan.sources(), console);
        }
        if let Some(file) = &self.zip {
            return by_hand::write(file, (&plan, &report), self.format, console);
        }
        let connection = self.cucm.connect(self.cluster()?, console)?;
        let deployment = Deployment::prepare(&connection, &plan, self.settings(console)?);
        self.carry_out(run(deployment)??, &connection, Some((&plan, &report)), console)
    }

    /// Shows what would change, asks, and changes it.
    fn carry_out(
        &self,
        deployment: Deployment<'_>,
        connection: &Connection,
        plan: Option<(&DialPlan, &Report)>,
        console: &Console,
    ) -> Result<Status, Failure> {
        match self.format {
            TextOrJson::Text => console.text(deployment.overview().text())?,
            TextOrJson::Json => console.message(deployment.overview().text().trim_end()),
        }
        console.flush()?;
        if !deployment.has_work() {
            return self.report(&deployment.conclude()?, plan, Status::Done, console);
        }
        let question = "Upload these files and restart Cisco Tftp, one node after the other?";
        if !self.yes && !asks(question) {
            let overview = deployment.overview().clone();
            console.message("nothing is uploaded; with --yes, adrc does not ask");
            return self.report(&overview, plan, Status::Findings, console);
        }
        let credentials = credentials(&connection.profile, Role::Platform, &Terminal)?;
        let overview = run(deployment.carry_out(&credentials))??;
        self.report(&overview, plan, Status::Done, console)
    }

    fn report(
        &self,
        overview: &DeploymentOverview,
        plan: Option<(&DialPlan, &Report)>,
        status: Status,
        console: &Console,
    ) -> Result<Status, Failure> {
        if status == Status::Done {
            console.message(overview.summary());
        }
        if self.format == TextOrJson::Json {
            let document = Document::of(overview);
            console.document(&match plan {
                Some((plan, report)) => document.findings(report, plan.sources()),
                None => document,
            })?;
        }
        Ok(status)
    }

    fn cluster(&self) -> Result<&str, Failure> {
        cluster_of(self.cluster.as_deref().unwrap_or_default())
    }

    fn settings(&self, console: &Console) -> Result<Settings, Failure> {
        let state = self.state.clone().or_else(user_dirs::state).ok_or_else(|| {
            Failure::new("no folder for records of deployments", "name one with --state DIR")
        })?;
        let messages = console.messages();
        let on_step = Arc::new(move |step: &Progress| {
            Messages::message(&messages, step, &mut std::io::stderr());
        });
        Ok(Settings::new(state.join("deploy"), on_step))
    }
}
