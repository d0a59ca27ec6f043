//! Options of the commands that follow the rules in a CUCM.

use std::path::Path;
use std::time::Duration;

use adr_cucm_sync::live::Settings;
use clap::Args;

use crate::cucm::CucmOptions;
use crate::duration::duration;

/// The cluster that `serve` and `watch` follow.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for CUCM")]
pub(crate) struct LiveArguments {
    /// Follow the rules in this CUCM: a cluster of adrc.toml, or the publisher's host
    #[arg(long, value_name = "NAME")]
    cucm: Option<String>,
    /// Time between two questions to CUCM for changes [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    cucm_poll: Option<Duration>,
    #[command(flatten)]
    options: CucmOptions,
}

impl LiveArguments {
    /// The cluster that the options name, or else this settings file by `follow`.
    pub(crate) fn cluster(&self, file: Option<(&Path, Option<&String>)>) -> Option<Settings> {
        let name = self.cucm.as_ref().or(file.and_then(|(_, name)| name)).cloned()?;
        let file = file.map(|(file, _)| file.to_owned());
        Some(Settings { name, file, options: self.options.options(), poll: self.cucm_poll })
    }
}
