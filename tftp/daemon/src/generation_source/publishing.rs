//! Publishes rules, renews signatures, and follows the cluster of this node.

use std::path::{Path, PathBuf};

use adr_render::plan_size::PlanSize;
use adr_watcher::publish::{
    Annotation, PublishError, Published, Publisher, Signer, SourcesIdentity,
};
use adr_watcher::watch::Sources;
use tokio::sync::mpsc::Sender;

use super::{GenerationSource, JobEnd, PUBLISH_TIME_LIMIT, WaitsFor};
use crate::Error;
use crate::commit::CommitLookup;
use crate::event::Event;
use crate::nodes::member::{CatchUpFailure, Member};
use crate::rollback::Blocking;

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
        let published = self.disk.run_within(PUBLISH_TIME_LIMIT, move |attempt| {
            let signer = publishing.signer()?;
            let signer = signer.as_ref().map(|signer| signer as &dyn Signer);
            let is_canceled = || attempt.is_abandoned();
            let commit = commit.and_then(CommitLookup::commit);
            let annotation = Annotation { message: None, user: publishing.user.clone(), commit };
            let publisher = publishing.publisher(&folder).honor_rollbacks().signing(signer);
            let begins = || writing.begin();
            let publisher = publisher.annotated(annotation).announcing(&begins);
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
        self.set_waiting(published.as_ref().err().and_then(waits_for));
        match published {
            Ok(published) => {
                let published = Some(published);
                Ok(JobEnd::Published { generation: self.load()?, published, size })
            }
            Err(error @ PublishError::BlockedByRollback { .. }) => {
                self.renew()?;
                Ok(JobEnd::Blocked { generation: self.load()?, error: error.into() })
            }
            Err(error) if self.waits_for.is_some() => {
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
        let renewed = self.disk.run_within(PUBLISH_TIME_LIMIT, move |attempt| {
            let Some(signer) = publishing.signer()? else { return Ok(None) };
            let is_canceled = || attempt.is_abandoned();
            let begins = || writing.begin();
            let publisher = publishing.publisher(&folder).signing(Some(&signer));
            let publisher = Member::through(member.as_ref(), publisher);
            publisher.announcing(&begins).unless(&is_canceled).renew().map_err(Error::from)
        });
        self.writing.end();
        let renewed = renewed??;
        let generation = if renewed.is_some() { self.load()? } else { None };
        Ok(JobEnd::Renewed { generation, published: renewed, blocking: self.blocking() })
    }

    /// Brings the folder up to date with the cluster of this node. Notes why the cluster does not
    /// give its current generation: the folder has one that can be served.
    ///
    /// # Errors
    ///
    /// Something on this machine, such as a full disk.
    pub(super) fn catch_up(&mut self) -> Result<(), Error> {
        let (Some(folder), Some(member)) = (self.source.folder(), self.member.clone()) else {
            return Ok(());
        };
        let (folder, publishing) = (folder.to_owned(), self.publishing.clone());
        let of_work = member.clone();
        let caught_up = self.disk.run_within(PUBLISH_TIME_LIMIT, move |attempt| {
            let is_canceled = || attempt.is_abandoned();
            let publisher = publishing.publisher(&folder).unless(&is_canceled);
            Member::through(Some(&of_work), publisher).bring_up_to_date()
        });
        let caught_up = caught_up.inspect_err(|_| member.attempted(Err(CatchUpFailure::Local)))?;
        let failure = caught_up.as_ref().err().map(CatchUpFailure::of);
        match (caught_up, failure) {
            (Err(error), Some(CatchUpFailure::Local)) => {
                member.attempted(Err(CatchUpFailure::Local));
                Err(error.into())
            }
            (_, Some(failure)) => {
                member.attempted(Err(failure));
                Ok(())
            }
            (caught_up, None) => {
                member.attempted(Ok(caught_up?));
                Ok(())
            }
        }
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
        match self.waits_for {
            None => false,
            Some(WaitsFor::Change) => has_changed,
            Some(WaitsFor::Cluster) => failure.is_none(),
        }
    }

    fn set_waiting(&mut self, waits_for: Option<WaitsFor>) {
        self.waits_for = waits_for;
        if let Some(member) = &self.member {
            member.set_unpublished(waits_for == Some(WaitsFor::Cluster));
        }
    }

    /// Which rule sources these are, for the question whether they are older than what is current.
    fn sources_identity(&self) -> SourcesIdentity {
        let mut paths: Vec<PathBuf> =
            self.source.paths().unwrap_or_default().iter().map(PathBuf::from).collect();
        let cluster = self.source.cluster();
        paths.extend(cluster.map(|cluster| PathBuf::from(cluster.source_name())));
        SourcesIdentity::new(&self.publishing.host, &paths)
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

/// What rules wait for that were not published for this reason; `None` if adrc tries again soon.
fn waits_for(error: &PublishError) -> Option<WaitsFor> {
    match error {
        // a drive that is not mounted looks like another sequence
        PublishError::Publication(_)
        | PublishError::OtherSequence { .. }
        | PublishError::Untrusted { .. } => Some(WaitsFor::Cluster),
        PublishError::Behind { .. } | PublishError::Conflict { .. } => Some(WaitsFor::Change),
        _ => None,
    }
}
