//! `adrc watch`: publishes rules whenever a file is saved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_daemon::watch::{Settings, watch};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::watch::Timing;
use clap::Args;

use crate::cluster::{ClusterArguments, NodeArguments};
use crate::console::Console;
use crate::cucm::LiveArguments;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::{Publishing, publish_folder};
use crate::signing::Signing;
use crate::target::{VARIABLE, target};

/// Arguments of `adrc watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// The published folder, which adrc creates if necessary [default: that of the plan in
    /// adrc.toml]
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
    #[command(flatten)]
    live: LiveArguments,
    #[command(flatten)]
    nodes: ClusterArguments,
    #[command(flatten)]
    node: NodeArguments,
}

/// How soon adrc notices a change.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct TimingArguments {
    /// How long no file may have changed before adrc reads the rules
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    debounce: Duration,
    /// Time between polls of folders without change events, such as network drives
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5s",
        value_parser = duration,
        hide_short_help = true
    )]
    poll: Duration,
}

impl TimingArguments {
    /// The timing in the type of the watcher.
    pub(crate) fn timing(self) -> Timing {
        Timing { poll_interval: self.poll, ..Timing::with_quiet(self.debounce) }
    }
}

impl Watch {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.live.cluster(None);
        let nodes = self.nodes.of_node(None, self.publishing.keep, console)?;
        let mut target = target(&self.paths)?;
        let folder = publish_folder(self.publish.as_ref(), &target)?;
        if cluster.is_some() && self.paths.is_empty() && target.is_current_folder() {
            target.paths.clear();
        }
        check_paths(&target.paths)?;
        let nodes = nodes.map(|cluster| cluster.nodes(&self.node, Some(&folder))).transpose()?;
        let settings = Settings {
            folder,
            timing: self.timing.timing(),
            levels: self.levels.levels(&target),
            paths: target.paths,
            cluster,
            publishing: self.publishing.of_daemon(&self.signing),
            nodes,
        };
        watch(settings, Arc::new(console.messages()))?;
        Ok(Status::Done)
    }
}

/// Rejects a path that does not exist. If a path disappears later, adrc waits for it.
fn check_paths(paths: &[String]) -> Result<(), Failure> {
    let is_plan = matches!(recognize(paths)?, Input::Plan(_));
    let missing = paths.iter().find(|path| !Path::new(path).exists());
    match missing {
        Some(path) => Err(Failure::new(
            format!("{path}: no such file or folder"),
            "check the path; adrc can watch only files and folders",
        )),
        None if !is_plan => Err(Failure::new(
            format!("{}: already compiled", paths.join(" ")),
            "name .adr files or folders of them",
        )),
        None => Ok(()),
    }
}
