//! Builds generations in a worker thread: checks rules and publishes them, or loads a published
//! folder.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::Manifest;
use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit, Unfinished};
use adr_language::{Checked, DialPlan, Levels};
use adr_render::plan_size::PlanSize;
use adr_server::Generation;
use adr_watcher::publication::TRANSFER_LIMIT;
use adr_watcher::publish::{Published, Signer, tree_after};
use adr_watcher::sources::check;
use adr_watcher::supervisor::{Cause, Job, Outcome};
use adr_watcher::watch::{ExtraText, Sources, Watched};
use tokio::sync::mpsc::Sender;

use crate::event::Event;
use crate::nodes::member::Member;
use crate::rollback::Blocking;
use crate::rules_rejected::RulesRejected;
use crate::writing::Writing;
use crate::{Error, Publishing, Source, owners};
use identity::Identity;
use waiting::Waiting;

mod identity;
mod publishing;
mod waiting;

/// How long publishing may take. A plan of a million rules takes some seconds on a slow disk.
const PUBLISH_TIME_LIMIT: Duration = Duration::from_secs(120);

/// The same, and how long catching up takes at most, in a cluster: somewhat longer than the
/// publication, which says more about the reason.
pub(crate) const CLUSTER_TIME_LIMIT: Duration = TRANSFER_LIMIT.saturating_add(IO_TIME_LIMIT);

/// Shows the findings of a check to the operator.
pub(crate) type ShowFindings = Box<dyn Fn(&Checked) + Send>;

/// How a job ended.
#[derive(Debug)]
pub(crate) enum JobEnd {
    /// The rules were checked and, if there is a folder to publish into, published.
    Published {
        /// The generation to serve from now on; `None` if nothing is served.
        generation: Option<Generation>,
        /// The result of publishing; `None` if the generation is only in memory.
        published: Option<Published>,
        /// The size of the plan.
        size: PlanSize,
    },
    /// A rollback blocks these rules. The current generation remains.
    Blocked {
        /// The generation to serve from now on; `None` if nothing is served.
        generation: Option<Generation>,
        /// The error, which names both generations.
        error: Error,
    },
    /// The rules are not published: they are older than what is current, other nodes have changed
    /// rules as well, or the cluster does not answer. What is current remains.
    NotPublished {
        /// The generation to serve from now on; `None` if nothing is served.
        generation: Option<Generation>,
        /// Why, and what to do.
        error: Error,
    },
    /// The published folder was loaded.
    Loaded {
        /// The generation to serve from now on; `None` if it is the one that was loaded or
        /// published before.
        generation: Option<Generation>,
        /// Whether rules that were not published may be published now, so that they are to be read
        /// again.
        is_worth_reading: bool,
        /// Whether a rollback in the folder blocks the present rules.
        blocking: Blocking,
    },
    /// The age of the signature was checked.
    Renewed {
        /// The generation to serve from now on; `None` if nothing is served.
        generation: Option<Generation>,
        /// The result of renewing; `None` if the signature was not due.
        published: Option<Published>,
        /// Whether a rollback in the folder blocks the present rules.
        blocking: Blocking,
    },
    /// The rules have errors.
    Rejected {
        /// How many, and the first one.
        reason: RulesRejected,
        /// What was published before, if nothing is served yet.
        before: Option<Generation>,
    },
    /// The job failed.
    Failed {
        /// Why.
        error: Error,
        /// What was published before, if nothing is served yet.
        before: Option<Generation>,
    },
}

impl JobEnd {
    /// The result for the supervisor.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Rejected { reason, .. } => Outcome::Rejected(reason.to_string()),
            // tried again when another generation is current, or when the cluster answers
            Self::NotPublished { error, .. } => Outcome::Rejected(error.to_string()),
            Self::Failed { error, .. } if error.is_of_rules() => {
                Outcome::Rejected(error.to_string())
            }
            Self::Failed { error, .. } => Outcome::Failed(error.to_string()),
            _ => Outcome::Done,
        }
    }

    /// Whether the job ended by a panic, which is a mistake of adrc.
    pub(crate) fn is_panic(&self) -> bool {
        matches!(self, Self::Failed { error, .. } if error.is_panic())
    }

    /// The generation to serve from now on.
    pub(crate) fn generation(&mut self) -> &mut Option<Generation> {
        match self {
            Self::Published { generation, .. }
            | Self::Blocked { generation, .. }
            | Self::NotPublished { generation, .. }
            | Self::Loaded { generation, .. }
            | Self::Renewed { generation, .. }
            | Self::Rejected { before: generation, .. }
            | Self::Failed { before: generation, .. } => generation,
        }
    }
}

/// Builds generations, one after the other.
pub(crate) struct GenerationSource {
    source: Source,
    levels: Levels,
    publishing: Publishing,
    /// Whether a generation is loaded after it was published, to be served.
    is_serving: bool,
    /// The manifest of the previous generation, if generations are only in memory.
    before: Option<Manifest>,
    /// The manifest and the signature that were loaded last.
    loaded: Option<Identity>,
    /// Whether a generation was built or loaded before.
    has_built: bool,
    /// The hash of what the rules that were read last publish; `None` if it is not known.
    content: Option<String>,
    /// Reads and publishes.
    disk: TimeLimit,
    /// Moves generations to and from the cluster of this node.
    transfers: TimeLimit,
    /// Whether a generation is being written, for the end of the process.
    pub(crate) writing: Writing,
    /// The node that this process is; `None` without a cluster.
    member: Option<Member>,
    /// Rules that were not published.
    waiting: Waiting,
    show: ShowFindings,
}

impl GenerationSource {
    /// A source that has not built a generation yet.
    pub(crate) fn new(
        (source, levels, publishing): (Source, Levels, Publishing),
        member: Option<Member>,
        is_serving: bool,
        show: ShowFindings,
    ) -> Self {
        let disk = TimeLimit::new("disk", IO_TIME_LIMIT);
        let (before, loaded, has_built, content) = (None, None, false, None);
        Self {
            source,
            levels,
            publishing,
            is_serving,
            before,
            loaded,
            has_built,
            content,
            disk,
            transfers: TimeLimit::new("cluster", CLUSTER_TIME_LIMIT),
            writing: Writing::default(),
            member,
            waiting: Waiting::default(),
            show,
        }
    }

    /// Where the generations come from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Starts a thread that runs jobs until the sender is dropped, and sends the result of each.
    pub(crate) fn work(
        mut self,
        jobs: mpsc::Receiver<(Job<Sources>, Cause)>,
        events: Sender<Event>,
    ) -> Result<(), Error> {
        let work = move || {
            if self.keep_serving(&events).is_err() {
                return;
            }
            for (job, cause) in jobs {
                let end = self.run_to_its_end(job, cause);
                if events.blocking_send(Event::Finished(Box::new(end))).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(work);
        thread.map(drop).map_err(Error::Threads)
    }

    /// Runs a job. A failure comes with the generation of the published folder as long as none was
    /// built: an old one is better for phones than none.
    fn run_to_its_end(&mut self, job: Job<Sources>, cause: Cause) -> JobEnd {
        let end = catch_unwind(AssertUnwindSafe(|| self.run(job, cause)));
        let failed = |error| JobEnd::Failed { error, before: None };
        let mut end = match end {
            Ok(end) => end.unwrap_or_else(failed),
            Err(panic) => failed(Unfinished::panicked(&*panic).into()),
        };
        if let JobEnd::Rejected { before, .. } | JobEnd::Failed { before, .. } = &mut end
            && !self.has_built
            && (self.source.publishes_into().is_some() || self.member.is_some())
        {
            *before = self.load().ok().flatten();
        }
        self.has_built |= end.generation().is_some();
        end
    }

    fn run(&mut self, job: Job<Sources>, cause: Cause) -> Result<JobEnd, Error> {
        match job {
            Job::Publish { sources, is_retry } => self.publish(sources, is_retry),
            Job::LoadFolder => self.load_folder(cause),
            Job::Renew => self.renew(),
        }
    }

    /// Builds a generation without writing to the disk.
    pub(crate) fn check(
        &mut self,
        text: Option<ExtraText>,
    ) -> Result<Result<Generation, RulesRejected>, Error> {
        match &self.source {
            Source::Published(folder) => Ok(Ok(adr_server::load(folder)?)),
            Source::Rules { .. } => {
                match self.plan(Some(self.watched().read(text).map(Box::new)), false)? {
                    Ok(plan) => self.in_memory(&plan).map(Ok),
                    Err(rejected) => Ok(Err(rejected)),
                }
            }
        }
    }

    /// Checks that the key and the published folder can be used.
    pub(crate) fn check_publishing(&self) -> Result<(), Error> {
        let signer = self.publishing.signer()?;
        if let Some(folder) = self.source.publishes_into() {
            let signer = signer.as_ref().map(|signer| signer as &dyn Signer);
            self.publishing.publisher(folder).signing(signer).check()?;
        }
        Ok(())
    }

    /// Checks the rules; returns the plan, or why it is rejected. A retry shows findings only if
    /// they include errors.
    fn plan(
        &mut self,
        sources: Option<Sources>,
        is_retry: bool,
    ) -> Result<Result<DialPlan, RulesRejected>, Error> {
        let parsed = match sources {
            Some(sources) => sources?,
            None => {
                let watched = self.watched();
                self.disk.run(move |_| watched.read(None).map(Box::new))??
            }
        };
        if let Some(cluster) = self.source.cluster() {
            owners::check(&parsed, &cluster.source_name())?;
        }
        let checked = check(*parsed, &self.levels)?;
        if !is_retry || checked.plan().is_none() {
            (self.show)(&checked);
        }
        let rejected = RulesRejected::of(&checked);
        Ok(checked.into_plan().ok_or(rejected))
    }

    fn watched(&self) -> Watched {
        self.source.watched().unwrap_or_default()
    }

    /// A generation that is only in memory.
    fn in_memory(&mut self, plan: &DialPlan) -> Result<Generation, Error> {
        let artifacts = plan.artifacts();
        plan.read_back(&artifacts)?;
        let tree = tree_after(self.before.as_ref(), &artifacts, milliseconds())?;
        self.before = Some(tree.manifest().clone());
        Ok(Generation::new(tree, SystemTime::now()))
    }

    /// Loads the published folder. After an event of the folder and in a retry, an unchanged folder
    /// is not loaded again; a requested reload always loads it.
    fn load_folder(&mut self, cause: Cause) -> Result<JobEnd, Error> {
        let Some(folder) = self.source.folder().map(Path::to_owned) else {
            let blocking = Blocking::Unknown;
            return Ok(JobEnd::Loaded { generation: None, is_worth_reading: false, blocking });
        };
        let is_requested = !matches!(cause, Cause::Folder | Cause::Retry);
        self.catch_up()?;
        let of_look = folder.clone();
        let current = self.disk.run(move |_| Identity::of(&of_look))?;
        if current.is_none() && self.is_waiting_for_first(&folder)? {
            return Ok(self.nothing_yet());
        }
        let is_same = current.is_some() && current == self.loaded && !is_requested;
        let generation = if is_same { None } else { self.load()? };
        let is_worth_reading = self.is_worth_reading(!is_same);
        Ok(JobEnd::Loaded { generation, is_worth_reading, blocking: self.blocking() })
    }

    fn blocking(&mut self) -> Blocking {
        Blocking::read(&self.source, &self.publishing, self.content.as_deref(), &mut self.disk)
    }

    /// Loads the current generation of the folder; `None` if nothing is served.
    fn load(&mut self) -> Result<Option<Generation>, Error> {
        let Some(folder) = self.source.folder().filter(|_| self.is_serving) else {
            return Ok(None);
        };
        let folder = folder.to_owned();
        let (identity, generation) = self.disk.run(move |_| {
            // if another process publishes between the two calls, the next check loads it again
            let identity = Identity::of(&folder);
            adr_server::load(&folder).map(|generation| (identity, generation))
        })??;
        self.loaded = identity;
        Ok(Some(generation))
    }
}

/// Milliseconds since 1970. They number the generations in memory, so that the numbers grow from
/// one start to the next.
fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
