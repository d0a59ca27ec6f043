//! `adrc doctor views`: which view of a dial plan each registered softphone gets.

use adr_cucm_sync::registered::registered;
use adr_render::device_views::DeviceViews;
use adr_render::document::Document;
use adr_watcher::sources::plan_entries;
use clap::Args;

use crate::console::Console;
use crate::cucm::{CucmOptions, cluster_of, run};
use crate::dial_plan::{reject, without_errors};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::target::target;

/// Arguments of `adrc doctor views`.
#[derive(Debug, Args)]
pub(super) struct Views {
    /// The cluster: its name in adrc.toml, or its publisher
    #[arg(value_name = "cucm://HOST")]
    cluster: String,
    /// The dial plan [default: ADRC_PLAN, the plan of the project, or `.`]
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Views {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let name = cluster_of(&self.cluster)?;
        let target = target(&self.paths)?;
        let plan = match without_errors(&plan_entries(&target.paths)?)? {
            Ok(plan) => plan,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let connection = self.cucm.connect(name, console)?;
        let found = run(registered(&connection.session))?
            .map_err(|error| Failure::new(error.to_string(), error.help()))?;
        let views = DeviceViews::of(&plan, found.devices, &found.silent_nodes);
        match self.format {
            TextOrJson::Text => console.text(views.text())?,
            TextOrJson::Json => console.document(&Document::of(&views).valid(true))?,
        }
        Ok(Status::findings(!views.warnings.is_empty()))
    }
}
