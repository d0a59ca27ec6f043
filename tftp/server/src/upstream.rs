//! Passing through: what adrc does not own comes from CUCM's TFTP servers, in order, by HTTP first.

mod cache;
mod flight;
mod source;

use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_tree::TreeFile;
use tokio::sync::Semaphore;

use crate::elsewhere::{Absent, Opened, Stream, WHOLE_BYTES};
use crate::limits::UpstreamLimits;
use crate::metrics::{Metrics, Passed};
use crate::settings::Settings;
use cache::{Cache, Kept};
use flight::Flights;
use source::{Arriving, Source};

pub(crate) use source::VIA;

/// Longest time for a file that is held as a whole: a server that sends a byte now and then holds up others who wait for the file.
const WHOLE_TIME: Duration = Duration::from_secs(60);

/// Longest time for a file that is streamed: 100 MB of firmware at 60 KB a second.
const STREAM_TIME: Duration = Duration::from_secs(1_800);

/// The servers, and what is known of their files.
#[derive(Debug)]
pub(crate) struct Upstream {
    sources: Vec<Source>,
    limits: UpstreamLimits,
    cache: Cache,
    flights: Flights,
    fetches: Arc<Semaphore>,
    metrics: Metrics,
}

impl Upstream {
    /// `None` when the settings name no server; an error, a phrase, when the HTTP client cannot be made.
    pub(crate) fn new(settings: &Settings, metrics: Metrics) -> Option<Result<Self, String>> {
        if settings.upstream.is_empty() {
            return None;
        }
        let limits = settings.limits.upstream.clone();
        let sources = Source::all(&settings.upstream, limits.timeout());
        Some(sources.map(|sources| Self {
            sources,
            cache: Cache::new(limits.cache_bytes),
            flights: Flights::default(),
            fetches: Arc::new(Semaphore::new(limits.fetches as usize)),
            limits,
            metrics,
        }))
    }

    /// What the cache knows.
    pub(crate) fn known(&self, name: &str) -> Option<Result<Arc<TreeFile>, Absent>> {
        let kept = self.cache.get(name, Instant::now())?;
        self.metrics.count_passed(Passed::Cached);
        Some(match kept {
            Kept::File(file) => Ok(file),
            Kept::Missing => Err(Absent::Missing),
        })
    }

    /// Opens a file; those who ask for the same one meanwhile wait for one fetch.
    pub(crate) async fn open(&self, name: &str) -> Result<Opened, Absent> {
        if let Some(known) = self.known(name) {
            return known.map(Opened::Whole);
        }
        let mut large = None;
        let landed = self.flights.join(name, self.fetch(name, &mut large)).await;
        let landed = match (landed, &large) {
            // somebody else has the stream; this client gets its own
            (Landed::Large, None) => self.fetch(name, &mut large).await,
            (landed, _) => landed,
        };
        match landed {
            Landed::Whole(file) => Ok(Opened::Whole(file)),
            Landed::Absent(absent) => Err(absent),
            Landed::Large => large.map(Opened::Stream).ok_or(Absent::Failed),
        }
    }

    /// Fetches a file: whole, and kept for others, or as a stream into `large`.
    async fn fetch(&self, name: &str, large: &mut Option<Stream>) -> Landed {
        let Ok(permit) = Arc::clone(&self.fetches).acquire_owned().await else {
            return Landed::Absent(Absent::Failed);
        };
        let landed = match self.arriving(name).await {
            Ok(First::Whole(file)) => Landed::Whole(file),
            Ok(First::Large(arriving, begun)) => {
                let (sender, stream) = Stream::new(arriving.size());
                let limits = self.limits.clone();
                tokio::spawn(async move {
                    let _permit = permit;
                    let pumped = arriving.pump(begun, sender, &limits);
                    let _ = tokio::time::timeout(STREAM_TIME, pumped).await;
                });
                *large = Some(stream);
                Landed::Large
            }
            Err(absent) => Landed::Absent(absent),
        };
        self.remember(name, &landed);
        landed
    }

    fn remember(&self, name: &str, landed: &Landed) {
        let (kept, time, passed) = match landed {
            Landed::Whole(file) => {
                let kept = Kept::File(Arc::clone(file));
                (Some(kept), self.limits.cache_time(), Passed::Fetched)
            }
            Landed::Absent(Absent::Missing) => (
                Some(Kept::Missing),
                self.limits.missing_time(),
                Passed::Missing,
            ),
            Landed::Large => (None, Duration::ZERO, Passed::Fetched),
            Landed::Absent(absent) => (None, Duration::ZERO, absent.passed()),
        };
        self.metrics.count_passed(passed);
        if let Some(kept) = kept {
            self.cache.put(name, kept, time, Instant::now());
        }
    }

    /// Asks the servers in order. Those that failed a moment ago come last: they are asked when nobody else has the file.
    async fn arriving(&self, name: &str) -> Result<First, Absent> {
        let now = Instant::now();
        let (well, ill): (Vec<_>, Vec<_>) =
            self.sources.iter().partition(|source| source.is_well(now));
        let mut absent = Absent::Missing;
        for source in well.into_iter().chain(ill) {
            match source.ask(name, &self.limits).await {
                Ok(arriving) => match self.first(arriving).await {
                    Ok(first) => return Ok(first),
                    Err(reason) => {
                        source.fell_ill(&reason);
                        absent = Absent::Failed;
                    }
                },
                Err(Absent::Missing) => {}
                Err(_) => absent = Absent::Failed,
            }
        }
        Err(absent)
    }

    /// Takes a small file as a whole; a large one is left to be streamed.
    async fn first(&self, mut arriving: Arriving) -> Result<First, String> {
        let size = arriving.size();
        if size.is_some_and(|size| size > self.limits.largest_bytes) {
            return Err(format!(
                "a file of more than {} bytes",
                self.limits.largest_bytes
            ));
        }
        if size.is_some_and(|size| size > WHOLE_BYTES) {
            return Ok(First::Large(arriving, Vec::new()));
        }
        let whole = async {
            let mut bytes = Vec::new();
            while let Some(piece) = arriving.next(&self.limits).await? {
                bytes.extend_from_slice(&piece);
                if bytes.len() as u64 > WHOLE_BYTES {
                    return Ok(Err(bytes));
                }
            }
            Ok(Ok(bytes))
        };
        match tokio::time::timeout(WHOLE_TIME, whole).await {
            Ok(Ok(Ok(bytes))) => Ok(First::Whole(Arc::new(TreeFile::of(bytes)))),
            Ok(Ok(Err(begun))) => Ok(First::Large(arriving, begun)),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err("it takes too long to send a small file".to_owned()),
        }
    }
}

/// A file whose first bytes are there.
enum First {
    Whole(Arc<TreeFile>),
    /// With what came of it already.
    Large(Arriving, Vec<u8>),
}

/// What all who wait for a fetch are told.
#[derive(Clone, Debug)]
enum Landed {
    Whole(Arc<TreeFile>),
    Large,
    Absent(Absent),
}
