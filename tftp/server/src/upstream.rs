//! Passing through: what adrc does not own comes from CUCM's TFTP servers, in order, by HTTP first.

mod cache;
mod flight;
mod source;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_bundle::TreeFile;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::elsewhere::{Absent, Opened, Room, Stream, WHOLE_BYTES};
use crate::limits::UpstreamLimits;
use crate::metrics::{Metrics, Passed};
use crate::settings::Settings;
use crate::slots::Slot;
use cache::{Cache, Kept};
use flight::Flights;
use source::{Arriving, Source, Trouble};

pub(crate) use source::VIA;

/// Longest time for a file that is held as a whole: a server that sends a byte now and then holds
/// up others who wait for the file.
const WHOLE_TIME: Duration = Duration::from_secs(60);

/// Of this many fetches at once, one is tried while no server answers.
const TRIED: u32 = 8;

/// The servers, and what is known of their files.
#[derive(Debug)]
pub(crate) struct Upstream {
    sources: Vec<Source>,
    limits: UpstreamLimits,
    cache: Cache,
    flights: Flights,
    fetches: Semaphore,
    /// Of fetches while no server answers.
    trials: Semaphore,
    metrics: Metrics,
}

impl Upstream {
    /// `None` when the settings name no server; an error, a phrase, when the HTTP client cannot be
    /// made.
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
            fetches: Semaphore::new(limits.fetches as usize),
            trials: Semaphore::new(limits.fetches.div_ceil(TRIED) as usize),
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
            Kept::Absent(absent) => Err(absent),
        })
    }

    /// Whether a server that is asked by TFTP has this address.
    pub(crate) fn has_address(&self, address: IpAddr) -> bool {
        let mut sources = self.sources.iter();
        sources.any(|source| source.has_address(address))
    }

    /// Opens a file; those who ask for the same one meanwhile wait for one fetch.
    pub(crate) async fn open(&self, name: &str, room: &Room) -> Result<Opened, Absent> {
        if let Some(known) = self.known(name) {
            return known.map(Opened::Whole);
        }
        let mut large = None;
        let mut landed = self.flights.join(name, self.fetch(name, &mut large)).await;
        let mut slot = None;
        if matches!(landed, Landed::Large) {
            slot = Some(self.room_for_one(room)?);
            if large.is_none() {
                // somebody else has the stream; this client gets its own
                landed = self.fetch(name, &mut large).await;
            }
        }
        match landed {
            Landed::Whole(file) => Ok(Opened::Whole(file)),
            Landed::Absent(absent) => Err(absent),
            Landed::Large => {
                let stream = large.zip(slot).map(|(large, slot)| self.stream(large, slot));
                stream.map(Opened::Stream).ok_or(Absent::Failed)
            }
        }
    }

    fn room_for_one(&self, room: &Room) -> Result<Slot, Absent> {
        let slot = room.take();
        if let Err(absent) = slot {
            self.metrics.count_passed(absent.passed());
        }
        slot
    }

    /// Fetches a file: whole, and kept for others, or the beginning of it into `large`.
    async fn fetch(&self, name: &str, large: &mut Option<Large>) -> Landed {
        let landed = match self.first_of(name).await {
            Ok(First::Whole(file)) => Landed::Whole(file),
            Ok(First::Large(begun)) => {
                *large = Some(begun);
                Landed::Large
            }
            Err(absent) => Landed::Absent(absent),
        };
        self.remember(name, &landed);
        landed
    }

    async fn first_of(&self, name: &str) -> Result<First, Absent> {
        let _leave = self.leave().await?;
        self.arriving(name).await
    }

    /// Leave to ask servers. Nobody waits for one of many: not longer than for a server, and not at
    /// all while none answers.
    async fn leave(&self) -> Result<SemaphorePermit<'_>, Absent> {
        if !self.is_silent() {
            let leave = tokio::time::timeout(self.limits.timeout(), self.fetches.acquire()).await;
            let leave = leave.map_err(|_| Absent::Busy)?;
            // those before us may have found out meanwhile
            if !self.is_silent() {
                return leave.map_err(|_| Absent::Failed);
            }
        }
        self.trials.try_acquire().map_err(|_| Absent::Failed)
    }

    /// Whether no server answered when it was asked last.
    fn is_silent(&self) -> bool {
        let now = Instant::now();
        self.sources.iter().all(|source| source.is_silent(now))
    }

    fn stream(&self, (arriving, begun): Large, slot: Slot) -> Stream {
        let (feed, stream) = Stream::new(arriving.size(), slot);
        let limits = self.limits.clone();
        tokio::spawn(async move { arriving.pump(begun, feed, &limits).await });
        stream
    }

    fn remember(&self, name: &str, landed: &Landed) {
        let (kept, time, passed) = match landed {
            Landed::Whole(file) => {
                let kept = Kept::File(Arc::clone(file));
                (Some(kept), self.limits.cache_time(), Passed::Fetched)
            }
            Landed::Absent(absent @ (Absent::Missing | Absent::Denied)) => {
                let kept = Kept::Absent(*absent);
                (Some(kept), self.limits.missing_time(), absent.passed())
            }
            Landed::Large => (None, Duration::ZERO, Passed::Fetched),
            Landed::Absent(absent) => (None, Duration::ZERO, absent.passed()),
        };
        self.metrics.count_passed(passed);
        if let Some(kept) = kept {
            self.cache.put(name, kept, time, Instant::now());
        }
    }

    /// Asks the servers in order. Those that failed a moment ago come last: they are asked when
    /// nobody else has the file.
    async fn arriving(&self, name: &str) -> Result<First, Absent> {
        let now = Instant::now();
        let (well, ill): (Vec<_>, Vec<_>) =
            self.sources.iter().partition(|source| source.is_well(now));
        let mut noes = Noes::default();
        for source in well.into_iter().chain(ill) {
            if source.is_silent(now) && noes.answered.contains(&source.host()) {
                continue;
            }
            let first = match source.ask(name, &self.limits).await {
                Ok(arriving) => self.first(arriving).await,
                Err(trouble) => Err(trouble),
            };
            source.note(first.as_ref().err());
            match first {
                Ok(first) => return Ok(first),
                Err(trouble) => noes.add(source.host(), &trouble),
            }
        }
        Err(noes.absent())
    }

    /// Takes a small file as a whole; a large one is left to be streamed.
    async fn first(&self, mut arriving: Arriving) -> Result<First, Trouble> {
        let size = arriving.size();
        if size.is_some_and(|size| size > self.limits.largest_bytes) {
            return Err(Trouble::TooLarge);
        }
        if size.is_some_and(|size| size > WHOLE_BYTES) {
            return Ok(First::Large((arriving, Vec::new())));
        }
        let whole = async {
            let mut bytes = Vec::new();
            while let Some(piece) = arriving.next(&self.limits).await? {
                bytes.extend_from_slice(&piece);
                if bytes.len() as u64 > self.limits.largest_bytes {
                    return Err(Trouble::TooLarge);
                }
                if bytes.len() as u64 > WHOLE_BYTES {
                    return Ok(Err(bytes));
                }
            }
            Ok(Ok(bytes))
        };
        match tokio::time::timeout(WHOLE_TIME, whole).await {
            Ok(Ok(Ok(bytes))) => Ok(First::Whole(Arc::new(TreeFile::of(bytes)))),
            Ok(Ok(Err(begun))) => Ok(First::Large((arriving, begun))),
            Ok(Err(trouble)) => Err(trouble),
            Err(_) => Err(Trouble::Wrong("it takes too long to send a small file".to_owned())),
        }
    }
}

/// A file whose first bytes are there.
enum First {
    Whole(Arc<TreeFile>),
    Large(Large),
}

/// A large file on its way, and what came of it already.
type Large = (Arriving, Vec<u8>);

/// What servers said that do not give a file.
#[derive(Default)]
struct Noes<'s> {
    /// Hosts that said no, by one protocol or the other.
    answered: Vec<&'s str>,
    /// Hosts that did not answer by one protocol.
    silent: Vec<&'s str>,
    has_failed: bool,
    is_too_large: bool,
}

impl<'s> Noes<'s> {
    fn add(&mut self, host: &'s str, trouble: &Trouble) {
        match trouble {
            Trouble::Missing => self.answered.push(host),
            Trouble::TooLarge => {
                self.answered.push(host);
                self.is_too_large = true;
            }
            Trouble::Silent(_) => self.silent.push(host),
            Trouble::Wrong(_) => self.has_failed = true,
        }
    }

    /// What follows from all of them. A host that says no by one protocol may be without the other.
    fn absent(&self) -> Absent {
        let mut silent = self.silent.iter();
        if self.has_failed || silent.any(|host| !self.answered.contains(host)) {
            Absent::Failed
        } else if self.is_too_large {
            Absent::Denied
        } else {
            Absent::Missing
        }
    }
}

/// What all who wait for a fetch are told.
#[derive(Clone, Debug)]
enum Landed {
    Whole(Arc<TreeFile>),
    Large,
    Absent(Absent),
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::settings::UpstreamServer;
    use crate::slots::Slots;

    /// Servers upstream of which none answers: nobody listens at the port.
    fn upstream(change: impl FnOnce(&mut UpstreamLimits)) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = Settings {
            upstream: vec![UpstreamServer {
                host: "127.0.0.1".to_owned(),
                http: listener.local_addr().unwrap().port(),
                tftp: 0,
            }],
            ..Settings::default()
        };
        change(&mut settings.limits.upstream);
        Upstream::new(&settings, Metrics::default()).unwrap().unwrap()
    }

    async fn ask(upstream: &Upstream, name: &str) -> Absent {
        let room = Room::new(&Slots::new(1, 1), Ipv4Addr::LOCALHOST.into(), true);
        upstream.open(name, &room).await.unwrap_err()
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_for_one_of_many_fetches() {
        let upstream = upstream(|limits| {
            limits.fetches = 1;
            limits.timeout_milliseconds = 1;
        });
        let _all = upstream.fetches.acquire().await.unwrap();
        assert_eq!(ask(&upstream, "a").await, Absent::Busy);
        let text = upstream.metrics.text();
        assert!(text.contains("adr_passed_through_total{result=\"busy\"} 1\n"), "{text}");
    }

    #[tokio::test]
    async fn while_no_server_answers_few_are_asked_and_nobody_waits() {
        let upstream = upstream(|limits| limits.timeout_milliseconds = 600_000);
        assert_eq!(ask(&upstream, "a").await, Absent::Failed);
        assert!(upstream.is_silent());
        let _fetches = upstream.fetches.acquire_many(64).await.unwrap();
        assert_eq!(ask(&upstream, "b").await, Absent::Failed);
        let _trials = upstream.trials.acquire_many(8).await.unwrap();
        assert_eq!(ask(&upstream, "c").await, Absent::Failed);
    }
}
