//! Publishes rules, renews signatures, and follows the cluster of this node.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adr_bundle::disk::{Attempt, Unfinished};
use adr_render::plan_size::PlanSize;
use adr_watcher::publish::{
    Annotation, PublishError, Published, Publisher, Signer, SourcesIdentity,
};
use adr_watcher::watch::Sources;
use tokio::sync::mpsc::Sender;

use super::waiting::WaitsFor;
use super::{CLUSTER_TIME_LIMIT, GenerationSource, JobEnd, PUBLISH_TIME_LIMIT};
use crate::Error;
use crate::commit::CommitLookup;
use crate::event::Event;
use crate::nodes::member::{CatchUpFailure, Member};
use crate::rollback::Blocking;

/// How long catching up waits for another process that publishes into the folder: longer than a
/// command waits for its cluster, whose generation other nodes may hear of before it ends. In tests
/// also for a machine that is busy.
const LOCK_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 40 });

impl GenerationSource {
    /// Sends the generation that an earlier run left in the folder of a node, before anything waits
    /// for the cluster: an old one is better for phones than none.
    ///
    /// # Errors
    ///
    /// The daemon has ended.
    pub(super) fn keep_serving(&mut self, events: &Sender<Event>) -> Result<(), ()> {
        let Some(member) = self.member.clone() else { return Ok(()) };
        if self.is_serving {
            // a later job says what is wrong with the folder
            let kept = self.load().ok().flatten();
            self.has_built = kept.is_some();
            events.blocking_send(Event::Kept(kept.map(Box::new))).map_err(drop)?;
        }
        member.set_looked();
        Ok(())
    }

    pub(super) fn publish(
        &mut self,
        sources: Option<Sources>,
        is_retry: bool,
    ) -> Result<JobEnd, Error> {
        let commit = self.source.publishes_into().map(|_| CommitLookup::start(self.source.paths()));
        let plan = match self.plan(sources, is_retry)? {
            Ok(plan) => plan,
            Err(reason) => {
                self.content = None;
                return Ok(JobEnd::Rejected { reason, before: None });
            }
        };
        let size = PlanSize::of(&plan);
        let Some(folder) = self.source.publishes_into().map(Path::to_owned) else {
            let generation = Some(self.in_memory(&plan)?);
            return Ok(JobEnd::Published { generation, published: None, size });
        };
        let artifacts = plan.artifacts();
        let (publishing, writing) = (self.publishing.clone(), self.writing.clone());
        let (identity, member) = (self.sources_identity(), self.member.clone());
        let published = self.transfer(move |attempt| {
            let signer = publishing.signer()?;
            let signer = signer.as_ref().map(|signer| signer as &dyn Signer);
            let is_canceled = || attempt.is_abandoned();
            let commit = commit.and_then(CommitLookup::commit);
            let annotation = Annotation { message: None, user: publishing.user.clone(), commit };
            let publisher = publishing.publisher(&folder).honor_rollbacks().signing(signer);
            let begins = || writing.begin();
            let pauses = || writing.end();
            let publisher = publisher.annotated(annotation);
            let publisher = publisher.announcing(&begins).pausing(&pauses);
            let publisher = publisher.from_sources(identity).unless(&is_canceled);
            let publisher = Member::through(member.as_ref(), publisher);
            let published = publisher.publish(&artifacts, || plan.read_back(&artifacts));
            note(member.as_ref(), &publisher, &published);
            let generation = match &published {
                Ok(Published { generation, .. })
                | Err(PublishError::BlockedByRollback { generation, .. }) => Some(*generation),
                Err(_) => None,
            };
            let content = generation.and_then(|generation| publisher.content_of(generation));
            Ok::<_, Error>((published, content))
        });
        self.writing.end();
        let (published, content) = published??;
        self.content = content.or(self.content.take());
        self.note_waiting(published.as_ref().err());
        match published {
            Ok(published) => {
                let published = Some(published);
                Ok(JobEnd::Published { generation: self.load()?, published, size })
            }
            Err(error @ PublishError::BlockedByRollback { .. }) => {
                self.renew()?;
                Ok(JobEnd::Blocked { generation: self.load()?, error: error.into() })
            }
            Err(error) if self.waiting.waits_for().is_some() => {
                // before the first generation, there is nothing to serve
                let generation = self.load().ok().flatten();
                Ok(JobEnd::NotPublished { generation, error: error.into() })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn renew(&mut self) -> Result<JobEnd, Error> {
        let Some(folder) = self.source.publishes_into().map(Path::to_owned) else {
            let blocking = Blocking::Unknown;
            return Ok(JobEnd::Renewed { generation: None, published: None, blocking });
        };
        let (publishing, writing) = (self.publishing.clone(), self.writing.clone());
        let member = self.member.clone();
        let renewed = self.transfer(move |attempt| {
            let Some(signer) = publishing.signer()? else { return Ok(None) };
            let is_canceled = || attempt.is_abandoned();
            let begins = || writing.begin();
            let publisher = publishing.publisher(&folder).signing(Some(&signer));
            let publisher = Member::through(member.as_ref(), publisher);
            let pauses = || writing.end();
            let publisher = publisher.announcing(&begins).pausing(&pauses);
            publisher.unless(&is_canceled).renew().map_err(Error::from)
        });
        self.writing.end();
        let renewed = renewed??;
        let generation = if renewed.is_some() { self.load()? } else { None };
        Ok(JobEnd::Renewed { generation, published: renewed, blocking: self.blocking() })
    }

    /// Brings the folder up to date with the cluster of this node. Notes why the folder does not
    /// get the current generation: it has one that can be served.
    ///
    /// # Errors
    ///
    /// A panic, or no thread.
    pub(super) fn catch_up(&mut self) -> Result<(), Error> {
        let (Some(folder), Some(member)) = (self.source.folder(), self.member.clone()) else {
            return Ok(());
        };
        let (folder, publishing) = (folder.to_owned(), self.publishing.clone());
        let of_work = member.clone();
        let caught_up = self.transfer(move |attempt| {
            let is_canceled = || attempt.is_abandoned();
            let publisher = publishing.publisher(&folder).unless(&is_canceled);
            Member::through(Some(&of_work), publisher.waiting(LOCK_PATIENCE)).bring_up_to_date()
        });
        match caught_up {
            Ok(caught_up) => {
                member.attempted(caught_up.map_err(|error| CatchUpFailure::of_catching_up(&error)));
                Ok(())
            }
            Err(slow @ Error::SlowCluster { .. }) => {
                member.attempted(Err(CatchUpFailure::NotInstalled(slow.to_string())));
                Ok(())
            }
            Err(error) => {
                member.attempted(Err(CatchUpFailure::Local));
                Err(error)
            }
        }
    }

    /// Runs work that publishes or fetches a generation, within the time limit of the disk, or else
    /// of the cluster of this node.
    fn transfer<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Attempt) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Some(member) = &self.member else {
            return Ok(self.disk.run_within(PUBLISH_TIME_LIMIT, work)?);
        };
        let name = member.nodes.publication.name();
        self.transfers.run(work).map_err(|unfinished| match unfinished {
            Unfinished::TimedOut(_) | Unfinished::TooManyHang => {
                Error::SlowCluster { name, minutes: CLUSTER_TIME_LIMIT.as_secs() / 60 }
            }
            unfinished => unfinished.into(),
        })
    }

    /// Whether this node waits for the first generation of its cluster: its folder has none.
    pub(super) fn is_waiting_for_first(&mut self, folder: &Path) -> Result<bool, Error> {
        if self.member.is_none() {
            return Ok(false);
        }
        let (folder, publishing) = (folder.to_owned(), self.publishing.clone());
        let base = self.disk.run(move |_| publishing.publisher(&folder).base())?;
        Ok(base?.is_none())
    }

    /// The end of a load while the cluster has no generation: a node with rules of its own
    /// publishes the first one, and others wait for it.
    pub(super) fn nothing_yet(&self) -> JobEnd {
        if self.source.publishes_into().is_some() {
            let (is_worth_reading, blocking) = (self.is_worth_reading(false), Blocking::Unknown);
            return JobEnd::Loaded { generation: None, is_worth_reading, blocking };
        }
        let name = self.member.as_ref().map(|member| member.nodes.publication.name());
        let error = Error::NothingYet { name: name.unwrap_or_default() };
        JobEnd::NotPublished { generation: None, error }
    }

    /// Whether rules that were not published are to be read again: another generation is current,
    /// or the cluster answers.
    pub(super) fn is_worth_reading(&self, has_changed: bool) -> bool {
        let failure = self.member.as_ref().and_then(|member| member.progress().failure);
        self.waiting.is_over(has_changed, failure.is_none(), Instant::now())
    }

    fn note_waiting(&mut self, error: Option<&PublishError>) {
        self.waiting.attempted(error, Instant::now());
        if let Some(member) = &self.member {
            member.set_unpublished(self.waiting.waits_for() == Some(WaitsFor::Cluster));
        }
    }

    /// Which rule sources these are, for the question whether they are older than what is current.
    fn sources_identity(&self) -> SourcesIdentity {
        let mut paths: Vec<PathBuf> =
            self.source.paths().unwrap_or_default().iter().map(PathBuf::from).collect();
        let cluster = self.source.cluster();
        paths.extend(cluster.map(|cluster| PathBuf::from(cluster.source_name())));
        match &self.member {
            Some(member) => SourcesIdentity::of_node(&member.nodes.node, &paths),
            None => SourcesIdentity::new(&self.publishing.host, &paths),
        }
    }
}

/// Notes what an attempt to publish says about the folder of a node.
fn note(
    member: Option<&Member>,
    publisher: &Publisher<'_>,
    published: &Result<Published, PublishError>,
) {
    let Some(member) = member else { return };
    let failure = published.as_ref().err().map(CatchUpFailure::of);
    match failure.filter(|failure| *failure != CatchUpFailure::Local) {
        Some(failure) => member.attempted(Err(failure)),
        None => {
            let base = publisher.base();
            member.attempted(base.map_err(|_| CatchUpFailure::Local));
        }
    }
}
