//! Where a command publishes: a folder, and the cluster whose node keeps it.

use std::path::{Path, PathBuf};

use adr_cluster::Settings;
use adr_watcher::publication::PublicationError;
use adr_watcher::publish::{Base, PublishError, Publisher, SourcesIdentity, history};
use tempfile::TempDir;

use super::{Cluster, ClusterArguments};
use crate::VERSION;
use crate::clock::now;
use crate::console::Console;
use crate::failure::Failure;
use crate::publishing::publish_folder;
use crate::target::Target;

/// Where a command publishes.
#[derive(Debug)]
pub(crate) struct Destination {
    folder: PathBuf,
    /// Removes the folder at the end, if it is only for this run.
    temporary: Option<TempDir>,
    cluster: Option<Cluster>,
}

impl Destination {
    /// A folder that the user named. With a cluster, it is that of a node.
    pub(crate) fn of_folder(folder: PathBuf, cluster: Option<Cluster>) -> Result<Self, Failure> {
        cluster.as_ref().map_or(Ok(()), |cluster| cluster.check_folder(&folder))?;
        Ok(Self { folder, temporary: None, cluster })
    }

    /// A cluster, with a folder for this run, into which its generations are copied.
    pub(crate) fn of_cluster(cluster: Cluster) -> Result<Self, Failure> {
        let temporary = tempfile::Builder::new().prefix("adrc-").tempdir().map_err(|error| {
            let message = format!("{}: {error}", std::env::temp_dir().display());
            Failure::new(message, "name the folder of this node with --publish DIR")
        })?;
        let folder = temporary.path().join("published");
        Ok(Self { folder, temporary: Some(temporary), cluster: Some(cluster) })
    }

    /// The published folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder as the user named it; `None` if it is only for this run.
    pub(crate) fn named_folder(&self) -> Option<String> {
        self.temporary.is_none().then(|| self.folder.display().to_string())
    }

    /// The cluster.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// What messages call it: the cluster, or else the folder.
    pub(crate) fn place(&self) -> PathBuf {
        match &self.cluster {
            Some(cluster) => cluster.name().into(),
            None => self.folder.clone(),
        }
    }

    /// An error of publishing, with the cluster in place of a folder that is only for this run.
    pub(crate) fn failure(&self, error: PublishError) -> Failure {
        match (error, &self.cluster) {
            (PublishError::NothingPublished(_), Some(cluster)) if self.temporary.is_some() => {
                nothing_published(&cluster.name())
            }
            (error, Some(cluster)) if self.temporary.is_some() => {
                let (folder, name) = (self.folder.display().to_string(), cluster.name());
                match error.into() {
                    Failure::Error { message, help, status } => {
                        Failure::Error { message: message.replace(&folder, &name), help, status }
                    }
                    failure @ Failure::BrokenPipe => failure,
                }
            }
            (error, _) => error.into(),
        }
    }

    /// Lets a publisher into the folder publish through the cluster. While a node that serves the
    /// folder brings it up to date, it waits as for the cluster.
    pub(crate) fn through<'p>(&'p self, publisher: Publisher<'p>) -> Publisher<'p> {
        match &self.cluster {
            Some(cluster) => {
                let publisher = publisher.waiting(Settings::ELECTION_LIMIT);
                publisher.through(&*cluster.publication).trusting(cluster.key.as_ref())
            }
            None => publisher,
        }
    }

    /// The same for the rules of these sources: in a cluster, git says whether they are older than
    /// what is current.
    pub(crate) fn through_of<'p>(
        &'p self,
        publisher: Publisher<'p>,
        sources: &[String],
    ) -> Publisher<'p> {
        let publisher = self.through(publisher);
        if self.cluster.is_none() {
            return publisher;
        }
        let paths: Vec<PathBuf> = sources.iter().map(PathBuf::from).collect();
        let host = whoami::hostname().unwrap_or_default();
        publisher.by_person(SourcesIdentity::new(&host, &paths))
    }
}

/// Where a plan is published: the folder of `--publish` or of the plan in the project file, and the
/// cluster.
pub(crate) fn publish_destination(
    given: Option<&PathBuf>,
    target: &Target,
    cluster: Option<Cluster>,
) -> Result<Destination, Failure> {
    match (given.or(target.publish.as_ref()), cluster) {
        (None, Some(cluster)) => Destination::of_cluster(cluster),
        (_, cluster) => Destination::of_folder(publish_folder(given, target)?, cluster),
    }
}

/// The destination of a command without a plan.
pub(crate) fn destination(
    folder: Option<&PathBuf>,
    cluster: &ClusterArguments,
    keep: usize,
    console: &Console,
) -> Result<Destination, Failure> {
    match (folder, cluster.of_command(keep, console)?) {
        (Some(folder), cluster) => Destination::of_folder(folder.clone(), cluster),
        (None, Some(cluster)) => Destination::of_cluster(cluster),
        (None, None) => Err(Failure::new(
            "no published folder is named",
            "name one with --publish DIR, or a cluster with --cluster URL",
        )),
    }
}

/// The error of a cluster without a generation.
pub(crate) fn nothing_published(cluster: &str) -> Failure {
    Failure::new(
        format!("{cluster}: nothing is published here yet"),
        "publish with `adrc compile`, or copy a folder with `adrc cluster import DIR`",
    )
}

/// What [`copy_all`] did.
#[derive(Debug)]
pub(crate) struct CopiedAll {
    /// What is current.
    pub(crate) current: Base,
    /// The generations that the cluster keeps and the folder did not get, with the reasons:
    /// clauses.
    pub(crate) left_out: Vec<String>,
}

/// Copies all generations that the cluster keeps into the folder, beside older ones that it has;
/// `None` if nothing is published in the cluster.
pub(crate) fn copy_all(destination: &Destination) -> Result<Option<CopiedAll>, Failure> {
    let Some(cluster) = destination.cluster() else { return Ok(None) };
    let publication = &*cluster.publication;
    let listed = publication.generations()?;
    // a folder that has more is a backup, and loses nothing
    let publisher = Publisher::new(destination.folder(), VERSION, now()).keeping(usize::MAX);
    let copied = destination.through(publisher).bring_up_to_date();
    let Some(current) = copied.map_err(|error| destination.failure(error))? else {
        return Ok(None);
    };
    let got = history(destination.folder()).map_err(|error| destination.failure(error))?;
    let mut left_out = Vec::new();
    for generation in
        listed.into_iter().filter(|listed| !got.iter().any(|got| got.generation == *listed))
    {
        match publication.fetch(generation) {
            // another publisher removed it meanwhile
            Err(PublicationError::Missing { .. })
                if !publication.generations()?.contains(&generation) => {}
            Err(PublicationError::Damaged { reason, .. }) => {
                left_out.push(format!("generation {generation} is damaged there: {reason}"));
            }
            Err(error) => left_out.push(error.to_string()),
            Ok(_) => left_out.push(format!("generation {generation} is not accepted")),
        }
    }
    Ok(Some(CopiedAll { current, left_out }))
}
