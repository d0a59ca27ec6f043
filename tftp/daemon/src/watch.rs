//! `adrc watch`: publishes rules whenever they are saved.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use adr_cucm_sync::live::{self, LiveEvent};
use adr_language::Levels;
use adr_watcher::supervisor::{Cause, JobError, Origin};
use adr_watcher::watch::Timing;

use crate::cluster::{Cluster, Line};
use crate::driver::{Driver, Handler};
use crate::generation_source::{GenerationSource, JobEnd};
use crate::log::Log;
use crate::messages::Shown;
use crate::nodes::follow::{self, NodesEvent};
use crate::nodes::member::Member;
use crate::nodes::status::NodesStatus;
use crate::{Error, Messages, Nodes, Publishing, Source, memory, panics, published_message};

/// What to watch, and where to publish.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rule sources: together they are one dial plan.
    pub paths: Vec<String>,
    /// A CUCM whose rules are part of the dial plan.
    pub cluster: Option<live::Settings>,
    /// The published folder, which is created if it does not exist.
    pub folder: PathBuf,
    /// How soon the watch notices a change.
    pub timing: Timing,
    /// The severity of findings.
    pub levels: Levels,
    /// How generations are published.
    pub publishing: Publishing,
    /// The cluster of which the folder belongs to a node; `None` without one.
    pub nodes: Option<Nodes>,
}

/// Publishes once at the start, then after every change, until a signal ends it.
///
/// # Errors
///
/// The daemon cannot start. Later errors are shown by `messages`, and adrc tries again.
/// [`Error::Interrupted`] if it ends while a generation is being written.
pub fn watch(settings: Settings, messages: Arc<dyn Messages>) -> Result<(), Error> {
    memory::give_back_soon();
    // the worker hears signals whatever this thread does
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(Error::Threads)?;
    let log = Log::to_standard_error()?;
    let shown = Shown::new(messages, log.queue());
    let of_panics = shown.clone();
    panics::show_by(move |panic| of_panics.message(&panic));
    let source = Source::Rules {
        paths: settings.paths.clone(),
        publish: Some(settings.folder.clone()),
        cluster: settings.cluster.clone().map(Box::new),
    };
    let renew_every = settings.publishing.renewal_interval();
    let show = shown.clone();
    let member = settings.nodes.clone().map(Member::new);
    let source = GenerationSource::new(
        (source, settings.levels.clone(), settings.publishing.clone()),
        member.clone(),
        false,
        Box::new(move |checked| show.findings(checked)),
    );
    let ended = runtime.block_on(async {
        let timing = Some(settings.timing);
        let mut driver = Driver::start(Origin::WatchedSources, renew_every, timing, source)?;
        let cluster = settings.cluster.as_ref().map(|it| Cluster::new(it.name.clone()));
        let folder = settings.folder.clone();
        let nodes = settings.nodes.as_ref().map(|it| NodesStatus::new(it.publication.name()));
        if let Some(member) = member {
            follow::start(member, driver.sender().clone())?;
        }
        let mut watching = Watching { settings, messages: shown, cluster, nodes, failure: None };
        driver.run(&mut watching).await?;
        match driver.is_publishing() {
            true => Err(Error::Interrupted(folder)),
            false => Ok(()),
        }
    });
    // a thread that reads a file of a drive that hangs must not hold the process up
    runtime.shutdown_background();
    ended
}

/// Shows the results of jobs.
struct Watching {
    settings: Settings,
    messages: Shown,
    cluster: Option<Cluster>,
    nodes: Option<NodesStatus>,
    /// The error of the last job, if it failed.
    failure: Option<Error>,
}

impl Handler for Watching {
    fn finished(&mut self, end: JobEnd) -> Result<bool, Error> {
        let folder = &self.settings.folder;
        self.failure = None;
        match end {
            JobEnd::Published { published: Some(published), size, .. } => {
                self.messages.message(&published_message(folder, &published, size));
            }
            JobEnd::Renewed { published: Some(published), .. } => {
                let size = "the same rules with a new signature";
                self.messages.message(&published_message(folder, &published, size));
            }
            JobEnd::Rejected { .. } => {
                let folder = folder.display();
                let message = format_args!("{folder} is unchanged: the rules have errors");
                self.messages.message(&message);
            }
            JobEnd::Blocked { error, .. } => self.messages.error(&error),
            JobEnd::NotPublished { error, .. } | JobEnd::Failed { error, .. } => {
                self.failure = Some(error);
            }
            JobEnd::Published { .. } | JobEnd::Renewed { .. } | JobEnd::Loaded { .. } => {}
        }
        Ok(true)
    }

    fn completed(&mut self, _: Cause, _: &Result<(), JobError>, is_repeat: bool) {
        if let Some(error) = self.failure.take().filter(|_| !is_repeat) {
            self.messages.error(&error);
        }
    }

    fn cluster(&mut self, event: &LiveEvent) {
        let line = self.cluster.as_mut().and_then(|cluster| cluster.line(event));
        if let Some(Line::Info(line) | Line::Warning(line)) = line {
            self.messages.message(&line);
        }
    }

    fn nodes(&mut self, event: &NodesEvent) {
        let line = self.nodes.as_mut().and_then(|nodes| nodes.line(event, None, SystemTime::now()));
        if let Some(Line::Info(line) | Line::Warning(line)) = line {
            self.messages.message(&line);
        }
    }

    fn polling_only(&mut self, folder: &str, reason: &str) {
        let every = humantime::format_duration(self.settings.timing.poll_interval);
        let message = format_args!("{folder}: {reason}; adrc polls for changes every {every}");
        self.messages.message(&message);
    }

    fn generation(&self) -> u64 {
        0
    }
}
