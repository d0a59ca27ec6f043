//! Builds generations in a worker thread: checks rules and publishes them, or loads a published
//! folder.

use std::fmt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{SystemTime, UNIX_EPOCH};

use adr_bundle::folder::SIGNATURE_BYTES;
use adr_bundle::{Folder, Manifest, SIGNATURE_FILE_NAME, sha256};
use adr_diagnostic::{Diagnostic, Severity};
use adr_language::{Checked, DialPlan, Levels};
use adr_render::plan_size::PlanSize;
use adr_server::Generation;
use adr_watcher::publish::{KeySigner, PublishError, Published, Signer, tree_after};
use adr_watcher::sources::check;
use adr_watcher::supervisor::{Cause, Job, Outcome};
use adr_watcher::watch::{ExtraText, Sources};
use tokio::sync::mpsc::Sender;

use crate::event::Event;
use crate::{Error, Publishing, Source, owners};

/// The finding about a rule that breaks emergency calls.
const EMERGENCY_REWRITTEN: &str = "emergency-rewritten";

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
    /// The published folder was loaded; `None` if it has the generation that was loaded or
    /// published before.
    Loaded(Option<Generation>),
    /// The age of the signature was checked.
    Renewed {
        /// The generation to serve from now on; `None` if nothing is served.
        generation: Option<Generation>,
        /// The result of renewing; `None` if the signature was not due.
        published: Option<Published>,
    },
    /// The rules have errors.
    Rejected(RulesRejected),
    /// The job failed.
    Failed(Error),
}

impl JobEnd {
    /// The result for the supervisor.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Rejected(rejected) => Outcome::Rejected(rejected.to_string()),
            Self::Failed(error) if error.is_of_rules() => Outcome::Rejected(error.to_string()),
            Self::Failed(error) => Outcome::Failed(error.to_string()),
            _ => Outcome::Done,
        }
    }

    /// Takes the generation to serve from now on.
    pub(crate) fn take_generation(&mut self) -> Option<Generation> {
        match self {
            Self::Published { generation, .. }
            | Self::Blocked { generation, .. }
            | Self::Renewed { generation, .. }
            | Self::Loaded(generation) => generation.take(),
            Self::Rejected(_) | Self::Failed(_) => None,
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
    show: ShowFindings,
}

impl GenerationSource {
    /// A source that has not built a generation yet.
    pub(crate) fn new(
        (source, levels, publishing): (Source, Levels, Publishing),
        is_serving: bool,
        show: ShowFindings,
    ) -> Self {
        Self { source, levels, publishing, is_serving, before: None, loaded: None, show }
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
            for (job, cause) in jobs {
                let end = self.run(job, cause).unwrap_or_else(JobEnd::Failed);
                if events.blocking_send(Event::Finished(Box::new(end))).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(work);
        thread.map(drop).map_err(Error::Threads)
    }

    fn run(&mut self, job: Job<Sources>, cause: Cause) -> Result<JobEnd, Error> {
        match job {
            Job::Publish { sources, is_retry } => self.publish(sources, is_retry),
            Job::LoadFolder => self.load_folder(cause),
            Job::Renew => self.renew(),
        }
    }

    fn publish(&mut self, sources: Option<Sources>, is_retry: bool) -> Result<JobEnd, Error> {
        let plan = match self.plan(sources, is_retry)? {
            Ok(plan) => plan,
            Err(rejected) => return Ok(JobEnd::Rejected(rejected)),
        };
        let Some(folder) = self.source.publishes_into() else {
            let generation = Some(self.in_memory(&plan)?);
            return Ok(JobEnd::Published {
                generation,
                published: None,
                size: PlanSize::of(&plan),
            });
        };
        let artifacts = plan.artifacts();
        let signer = self.signer()?;
        let signer = signer.as_ref().map(|signer| signer as &dyn Signer);
        let publisher = self.publishing.publisher(folder).honor_rollbacks().signing(signer);
        let published = publisher.publish(&artifacts, || plan.read_back(&artifacts));
        drop(artifacts);
        match published {
            Ok(published) => Ok(JobEnd::Published {
                generation: self.load()?,
                published: Some(published),
                size: PlanSize::of(&plan),
            }),
            Err(error @ PublishError::BlockedByRollback { .. }) => {
                self.renew()?;
                Ok(JobEnd::Blocked { generation: self.load()?, error: error.into() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Builds a generation without writing to the disk.
    pub(crate) fn check(
        &mut self,
        text: Option<ExtraText>,
    ) -> Result<Result<Generation, RulesRejected>, Error> {
        match &self.source {
            Source::Published(folder) => Ok(Ok(adr_server::load(folder)?)),
            Source::Rules { .. } => match self.plan(Some(self.sources(text)), false)? {
                Ok(plan) => self.in_memory(&plan).map(Ok),
                Err(rejected) => Ok(Err(rejected)),
            },
        }
    }

    /// Checks that the key and the published folder can be used.
    pub(crate) fn check_publishing(&self) -> Result<(), Error> {
        let signer = self.signer()?;
        if let Some(folder) = self.source.publishes_into() {
            let signer = signer.as_ref().map(|signer| signer as &dyn Signer);
            self.publishing.publisher(folder).signing(signer).check()?;
        }
        Ok(())
    }

    /// Checks the rules; returns the plan, or why it is rejected. A retry shows findings only if
    /// they include errors.
    fn plan(
        &self,
        sources: Option<Sources>,
        is_retry: bool,
    ) -> Result<Result<DialPlan, RulesRejected>, Error> {
        let parsed = sources.unwrap_or_else(|| self.sources(None))?;
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

    /// Reads the rule sources; `text` is the one of the cluster.
    fn sources(&self, text: Option<ExtraText>) -> Sources {
        let watched = self.source.watched().unwrap_or_default();
        watched.read(text).map(Box::new)
    }

    /// A generation that is only in memory.
    fn in_memory(&mut self, plan: &DialPlan) -> Result<Generation, Error> {
        let artifacts = plan.artifacts();
        plan.read_back(&artifacts)?;
        let version = self.publishing.version;
        let tree = tree_after(self.before.as_ref(), &artifacts, version, milliseconds())?;
        self.before = Some(tree.manifest().clone());
        Ok(Generation::new(tree, SystemTime::now()))
    }

    /// Loads the published folder. After an event of the folder and in a retry, an unchanged folder
    /// is not loaded again; a requested reload always loads it.
    fn load_folder(&mut self, cause: Cause) -> Result<JobEnd, Error> {
        let Some(folder) = self.source.folder() else {
            return Ok(JobEnd::Loaded(None));
        };
        let is_requested = !matches!(cause, Cause::Folder | Cause::Retry);
        let current = Identity::of(folder);
        if current.is_some() && current == self.loaded && !is_requested {
            return Ok(JobEnd::Loaded(None));
        }
        self.load().map(JobEnd::Loaded)
    }

    /// Loads the current generation of the folder; `None` if nothing is served.
    fn load(&mut self) -> Result<Option<Generation>, Error> {
        let Some(folder) = self.source.folder().filter(|_| self.is_serving) else {
            return Ok(None);
        };
        // if another process publishes between the two calls, the next check loads the folder again
        let identity = Identity::of(folder);
        let generation = adr_server::load(folder)?;
        self.loaded = identity;
        Ok(Some(generation))
    }

    fn renew(&mut self) -> Result<JobEnd, Error> {
        let renewed = match (self.source.publishes_into(), self.signer()?) {
            (Some(folder), Some(signer)) => {
                self.publishing.publisher(folder).signing(Some(&signer)).renew()?
            }
            _ => None,
        };
        let generation = if renewed.is_some() { self.load()? } else { None };
        Ok(JobEnd::Renewed { generation, published: renewed })
    }

    fn signer(&self) -> Result<Option<KeySigner>, Error> {
        let policy = self.publishing.signing.as_ref();
        let signer = policy.map(|policy| policy.signer((self.publishing.now)()));
        Ok(signer.transpose()?)
    }
}

/// What a published folder currently holds: the hashes of its manifest and of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    manifest: String,
    signature: Option<String>,
}

impl Identity {
    /// `None` if there is no manifest that can be read.
    fn of(published: &Path) -> Option<Self> {
        let folder = Folder::current(published).ok()?;
        let manifest = sha256(&folder.read_manifest().ok()?);
        let signature = folder.read(SIGNATURE_FILE_NAME, SIGNATURE_BYTES).ok();
        Some(Self { manifest, signature: signature.map(|signature| sha256(&signature.bytes)) })
    }
}

/// The generation that is intact in the published folder of the rules; `None` if there is none.
pub(crate) fn published_before(source: &Source) -> Option<Generation> {
    adr_server::load(source.publishes_into()?).ok()
}

/// The rules have errors, so they are not published.
#[derive(Debug)]
pub(crate) struct RulesRejected {
    /// The number of errors.
    errors: usize,
    /// The first error, with its position.
    first: String,
}

impl RulesRejected {
    fn of(checked: &Checked) -> Self {
        let (report, sources) = (checked.report(), checked.sources());
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        let errors = || report.diagnostics().iter().filter(is_error);
        // what breaks emergency calls comes first, with the shortest number
        let emergency = errors().filter(|found| found.name == EMERGENCY_REWRITTEN);
        let shortest = emergency.min_by_key(|found| found.witness.as_ref().map_or(0, String::len));
        let first = shortest.or_else(|| errors().next());
        let first = first.map_or_else(String::new, |found| {
            let place = found.span().map_or_else(String::new, |span| {
                let (file, line) = (sources.get(span.source).name(), sources.position(span).line);
                format!("{file}:{line}: ")
            });
            format!("{place}{}: {}", found.name, found.message)
        });
        Self { errors: report.count(Severity::Error), first }
    }
}

impl std::error::Error for RulesRejected {}

impl fmt::Display for RulesRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { errors, first } = self;
        match errors {
            1 => write!(f, "the rules have 1 error: {first}"),
            _ => write!(f, "the rules have {errors} errors; the first: {first}"),
        }
    }
}

/// Milliseconds since 1970. They number the generations in memory, so that the numbers grow from
/// one start to the next.
fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
