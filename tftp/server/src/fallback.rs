//! Files outside the published tree: from a local folder, then from upstream servers. The names of
//! published files never reach this module.

mod folder;
mod not_served;
mod opened;
mod pattern;
mod queue;
mod shared_files;
mod stream;
mod upstream;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use adr_bundle::TreeFile;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::metrics::{FallbackResult, Metrics};
use crate::name::Name;
use crate::permits::Permits;
use crate::settings::Settings;
use folder::Folder;
use pattern::Pattern;
use queue::{Entered, Queue};
use stream::StreamBudget;
use upstream::Upstream;

pub use folder::FolderError;
pub use upstream::UpstreamError;

pub(crate) use not_served::NotServed;
pub(crate) use opened::Opened;
pub(crate) use stream::Stream;
pub(crate) use upstream::PSEUDONYM;

/// The sources of files that the published tree does not have.
#[derive(Debug)]
pub(crate) struct Fallback {
    folder: Option<Arc<Folder>>,
    upstream: Option<Arc<Upstream>>,
    /// Names that no source serves.
    deny: Vec<Pattern>,
    /// Limits streams of large files.
    streams: Arc<Permits>,
    /// Limits requests that wait for a source.
    queue: Arc<Queue>,
    metrics: Metrics,
    runtime: Handle,
}

/// A search, as a future. Dropping it cancels the search.
#[derive(Debug)]
pub(crate) enum Opening {
    /// A search in progress.
    Task(JoinHandle<Result<Opened, NotServed>>),
    /// As many requests wait as the limit allows. A request beyond it takes no task: a runtime that
    /// does not get to its tasks would keep any number of them.
    Refused(NotServed),
}

/// Why a fallback source cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FallbackError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

impl Fallback {
    /// Opens the folder and the upstream servers of the settings. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// The folder cannot be opened, or the HTTP client cannot be created.
    pub(crate) fn new(settings: &Settings, metrics: &Metrics) -> Result<Self, FallbackError> {
        let folder = settings.root.as_deref().map(Folder::open_root).transpose()?;
        let upstream = Upstream::new(settings, metrics.clone()).transpose()?;
        let limits = &settings.limits.upstream;
        Ok(Self {
            folder: folder.map(Arc::new),
            upstream: upstream.map(Arc::new),
            deny: settings.deny.iter().map(|text| Pattern::new(text)).collect(),
            streams: Permits::new(limits.max_streams, limits.max_streams_per_client),
            queue: Queue::new(limits.max_queued_requests, limits.max_queued_requests_per_client),
            metrics: metrics.clone(),
            runtime: Handle::current(),
        })
    }

    /// The answer for a name, where it is known without asking a source; `None` means that
    /// [`open`](Self::open) has to search.
    pub(crate) fn find_now(&self, name: Name<'_>) -> Option<Result<Arc<TreeFile>, NotServed>> {
        match (&self.folder, &self.upstream) {
            (None, None) => Some(Err(NotServed::Missing)),
            _ if self.is_denied(name) => {
                self.metrics.count_fallback(FallbackResult::Denied);
                Some(Err(NotServed::Denied))
            }
            (None, Some(upstream)) => upstream.cached(name.as_str()),
            _ => None,
        }
    }

    /// The runtime in which searches run.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Whether as many large files are streamed as the limit allows.
    pub(crate) fn uses_all_streams(&self) -> bool {
        self.streams.is_exhausted()
    }

    /// Ignores case and folders: CUCM keeps its device list at the root, and another spelling of
    /// the path must not get around the list.
    fn is_denied(&self, name: Name<'_>) -> bool {
        let last = name.last_part();
        self.deny.iter().any(|denied| denied.matches(last))
    }

    /// Whether a TFTP server upstream has this address, as far as its name was resolved so far.
    pub(crate) fn is_upstream_address(&self, address: IpAddr) -> bool {
        let upstream = self.upstream.as_ref();
        upstream.is_some_and(|upstream| upstream.has_address(address))
    }

    /// Starts a task that searches for a name that [`find_now`](Self::find_now) cannot answer.
    pub(crate) fn open(&self, name: Name<'_>, client: Client) -> Opening {
        let entered = self.queue.enter(client);
        if entered.as_ref().map_or(true, |entered| entered.has_evicted) {
            self.metrics.count_fallback(FallbackResult::Busy);
        }
        match entered {
            Ok(entered) => Opening::Task(self.runtime.spawn(self.search(name, client, entered))),
            Err(reason) => Opening::Refused(reason),
        }
    }

    /// Searches in the folder, then upstream, unless the request loses its place meanwhile. The
    /// limit on waiting requests bounds how many of these futures exist, so whatever is large is in
    /// a box that is made when it is needed.
    fn search(
        &self,
        name: Name<'_>,
        client: Client,
        entered: Entered,
    ) -> impl Future<Output = Result<Opened, NotServed>> + use<> {
        let budget = StreamBudget::new(&self.streams, client);
        let upstream = self.upstream.clone().filter(|_| !client.is_proxy);
        let (folder, name) = (self.folder.clone(), name.as_str().to_owned());
        let Entered { place, eviction, .. } = entered;
        async move {
            let search = async {
                if let Some(folder) = folder {
                    match folder.open(&name, &budget).await {
                        Err(NotServed::Missing) => {}
                        opened => return opened,
                    }
                }
                match upstream {
                    Some(upstream) => upstream.open(&name, &budget, &place).await,
                    None => Err(NotServed::Missing),
                }
            };
            tokio::select! {
                biased;
                opened = search => opened,
                () = eviction.happens() => Err(NotServed::Evicted),
            }
        }
    }
}

impl Future for Opening {
    type Output = Result<Opened, NotServed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Task(task) => {
                let joined = Pin::new(task).poll(context);
                joined.map(|opened| opened.unwrap_or(Err(NotServed::Failed)))
            }
            Self::Refused(reason) => Poll::Ready(Err(*reason)),
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Self::Task(task) = self {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::settings::UpstreamServer;

    /// Most bytes of the future of a waiting request: 4,096 of these take 4 MiB.
    const MAX_WAITING_BYTES: usize = 1 << 10;

    /// A folder without files, and a server that does not answer.
    fn fallback(change: impl FnOnce(&mut Settings)) -> (Fallback, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let server = UpstreamServer { host: "127.0.0.1".to_owned(), http: 9, tftp: 0 };
        let root = Some(folder.path().to_owned());
        let mut settings = Settings { root, upstream: vec![server], ..Settings::default() };
        change(&mut settings);
        (Fallback::new(&settings, &Metrics::default()).unwrap(), folder)
    }

    fn client() -> Client {
        Client::new((Ipv4Addr::LOCALHOST, 0).into(), &Settings::default())
    }

    #[tokio::test]
    async fn waiting_request_takes_little_memory() {
        let (fallback, _folder) = fallback(|_| {});
        let entered = fallback.queue.enter(client()).unwrap();
        let search = fallback.search(Name::parse("a").unwrap(), client(), entered);
        let bytes = size_of_val(&search);
        assert!(bytes <= MAX_WAITING_BYTES, "{bytes}");
    }

    #[tokio::test]
    async fn request_beyond_the_limit_is_busy_and_takes_no_task() {
        let (fallback, _folder) = fallback(|it| it.limits.upstream.max_queued_requests = 1);
        let name = Name::parse("a").unwrap();
        let first = fallback.open(name, client());
        let second = fallback.open(name, client());
        assert!(matches!((&first, &second), (Opening::Task(_), Opening::Refused(_))));
        assert_eq!(second.await.unwrap_err(), NotServed::Busy);
        let text = fallback.metrics.text();
        assert!(text.contains("adrc_fallback_requests_total{result=\"busy\"} 1\n"), "{text}");
        first.await.unwrap_err();
        assert!(matches!(fallback.open(name, client()), Opening::Task(_)));
    }
}
