//! `adrc watch`: publishes rules whenever they are saved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_daemon::watch::{Settings, watch};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::watch::Timing;
use clap::Args;

use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::{Publishing, publish_folder};
use crate::signing::Signing;
use crate::target::{VARIABLE, target};

/// Arguments of `adrc watch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Publishes once at the start, then after every change, until it is stopped. Rules with errors are reported\n\
                  once, and the generation before stays until they are corrected. After a rollback, adrc publishes again\n\
                  when the rules give other files. SIGHUP reads the rules at once. SIGTERM ends adrc with status 0, after\n\
                  the generation that is being published."
)]
pub(crate) struct Watch {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, made if it does not exist; by default that of the plan in adrc.toml
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    #[command(flatten)]
    timing: TimingArguments,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    levels: LevelArguments,
}

/// How soon a change is noticed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct TimingArguments {
    /// Time without a change before the rules are read
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    debounce: Duration,
    /// Time between polls where the system sends no events about changes, as on network drives
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    poll: Duration,
}

impl TimingArguments {
    /// The same for the watcher.
    pub(crate) fn timing(self) -> Timing {
        Timing { poll_interval: self.poll, ..Timing::with_quiet(self.debounce) }
    }
}

impl Watch {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let target = target(&self.paths)?;
        check_paths(&target.paths)?;
        let settings = Settings {
            folder: publish_folder(self.publish.as_ref(), &target)?,
            timing: self.timing.timing(),
            levels: self.levels.levels(&target),
            paths: target.paths,
            publishing: self.publishing.of_daemon(&self.signing),
        };
        watch(settings, Arc::new(console.messages()))?;
        Ok(Status::Done)
    }
}

/// A path that disappears later is waited for; one that is missing at the start is a mistake.
fn check_paths(paths: &[String]) -> Result<(), Failure> {
    let is_plan = matches!(recognize(paths)?, Input::Plan(_));
    let missing = paths.iter().find(|path| !Path::new(path).exists());
    match missing {
        Some(path) => Err(Failure::new(
            format!("{path}: no such file or folder"),
            "check the path; only rule sources on disk can be watched",
        )),
        None if !is_plan => Err(Failure::new(
            format!("{}: this is compiled already", paths.join(" ")),
            "name .adr files or folders of them",
        )),
        None => Ok(()),
    }
}
