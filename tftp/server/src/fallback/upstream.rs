//! Fetches files that adrc does not have from CUCM's TFTP servers: in order, by HTTP first.

mod body;
mod cache;
mod endpoint;
mod failures;
mod fetch_error;
mod fetches;
mod health;
mod in_flight;
mod shares;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_bundle::TreeFile;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::not_served::NotServed;
use super::opened::{MAX_WHOLE_BYTES, Opened};
use super::queue::Place;
use super::stream::{CHUNK_BYTES, Stream, StreamBudget};
use crate::limits::UpstreamLimits;
use crate::metrics::{FallbackResult, Metrics};
use crate::permits::{Permit, Permits};
use crate::settings::Settings;
use body::UpstreamBody;
use cache::{Cache, CachedResult};
use endpoint::Endpoint;
use failures::Failures;
use fetch_error::{Fault, FetchError};
use fetches::{Fetch, Fetches};
use in_flight::InFlight;
use shares::Shares;

pub use endpoint::UpstreamError;

pub(crate) use endpoint::PSEUDONYM;

/// Longest time to receive a file that is held as a whole. A server that sends a byte now and then
/// would otherwise block every request that waits for the same file.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(60);

/// While no server answers, the limit on concurrent fetches is divided by this number.
const PROBE_SHARE: u32 = 8;

/// While no server answers, the limit on fetches per client is divided by this number.
const PROBE_SHARE_PER_CLIENT: u32 = 4;

/// The upstream servers, and what is known of their files.
#[derive(Debug)]
pub(crate) struct Upstream {
    endpoints: Vec<Endpoint>,
    limits: UpstreamLimits,
    cache: Cache,
    /// Fetches in progress: for clients that are not confirmed, and for those that are. The latter
    /// do not wait with the former, for which fewer fetches are left.
    in_flight: [InFlight<FetchResult>; 2],
    /// Limits concurrent fetches.
    fetches: Fetches,
    /// Limits what each client waits for at the same time.
    shares: Shares,
    /// Limits concurrent fetches while no server answers.
    probes: Arc<Permits>,
    metrics: Metrics,
}

impl Upstream {
    /// The servers of the settings; `None` if there are none.
    pub(crate) fn new(
        settings: &Settings,
        metrics: Metrics,
    ) -> Option<Result<Self, UpstreamError>> {
        if settings.upstream.is_empty() {
            return None;
        }
        let limits = settings.limits.upstream.clone();
        let fetches = limits.max_concurrent_fetches;
        let endpoints = Endpoint::all(&settings.upstream, limits.timeout());
        Some(endpoints.map(|endpoints| Self {
            endpoints,
            cache: Cache::new(limits.cache_bytes),
            in_flight: Default::default(),
            fetches: Fetches::new(fetches),
            shares: Shares::new(limits.max_concurrent_fetches_per_client),
            probes: Permits::new(
                fetches.div_ceil(PROBE_SHARE),
                limits.max_concurrent_fetches_per_client.div_ceil(PROBE_SHARE_PER_CLIENT),
            ),
            limits,
            metrics,
        }))
    }

    /// The answer for a name, if it is in the cache.
    pub(crate) fn cached(&self, name: &str) -> Option<Result<Arc<TreeFile>, NotServed>> {
        let cached = self.cache.get(name, Instant::now())?;
        self.metrics.count_fallback(FallbackResult::Cached);
        Some(match cached {
            CachedResult::File(file) => Ok(file),
            CachedResult::NotServed(reason) => Err(reason),
        })
    }

    /// Whether a TFTP server upstream has this address.
    pub(crate) fn has_address(&self, address: IpAddr) -> bool {
        let mut endpoints = self.endpoints.iter();
        endpoints.any(|endpoint| endpoint.has_address(address))
    }

    /// Opens a file. Concurrent requests for the same name share one fetch. A request waits for its
    /// client's share before it joins them, so that no other client waits with it. It keeps its
    /// place in the queue once it asks servers.
    pub(super) async fn open(
        &self,
        name: &str,
        budget: &StreamBudget,
        place: &Place,
    ) -> Result<Opened, NotServed> {
        let share = self.shares.acquire(budget.client());
        let Ok(_share) = timeout(self.limits.timeout(), share).await else {
            self.metrics.count_fallback(FallbackResult::Busy);
            return Err(NotServed::Busy);
        };
        if let Some(cached) = self.cached(name) {
            return cached.map(Opened::Whole);
        }
        let mut large = None;
        // in a box, because the futures around it hold it several times
        let fetch = Box::pin(self.fetch(name, budget, place, &mut large));
        let in_flight = &self.in_flight[usize::from(budget.is_confirmed())];
        let mut result = in_flight.join(name, fetch).await;
        let mut permit = None;
        if matches!(result, FetchResult::Large) {
            permit = Some(self.stream_permit(budget)?);
            if large.is_none() {
                // another client has the stream of the shared fetch; this one gets its own
                result = Box::pin(self.fetch(name, budget, place, &mut large)).await;
            }
        }
        match result {
            FetchResult::Whole(file) => Ok(Opened::Whole(file)),
            FetchResult::NotServed(reason) => Err(reason),
            FetchResult::Large => {
                let stream = large.zip(permit).map(|(large, permit)| self.stream(large, permit));
                stream.map(Opened::Stream).ok_or(NotServed::Failed)
            }
        }
    }

    fn stream_permit(&self, budget: &StreamBudget) -> Result<Permit, NotServed> {
        let permit = budget.acquire();
        if let Err(reason) = permit {
            self.metrics.count_fallback(reason.result());
        }
        permit
    }

    /// Fetches a file: a small one as a whole, for all waiting requests; the beginning of a large
    /// one into `large`.
    async fn fetch(
        &self,
        name: &str,
        budget: &StreamBudget,
        place: &Place,
        large: &mut Option<Large>,
    ) -> FetchResult {
        let fetched = match self.fetch_permit(budget).await {
            Ok(_permit) => {
                if !place.keep() {
                    // the search ends at once, and another one of the name may fetch
                    std::future::pending::<()>().await;
                }
                // it is large, and without a permit a request only waits
                Box::pin(self.fetch_from_any(name)).await
            }
            Err(reason) => Err(reason),
        };
        let result = match fetched {
            Ok(Fetched::Whole(file)) => FetchResult::Whole(file),
            Ok(Fetched::Large(begun)) => {
                *large = Some(begun);
                FetchResult::Large
            }
            Err(reason) => FetchResult::NotServed(reason),
        };
        self.remember(name, &result);
        result
    }

    /// A permit to ask servers. A request waits for it no longer than for a server, and not at all
    /// while no server answers.
    async fn fetch_permit(&self, budget: &StreamBudget) -> Result<FetchPermit<'_>, NotServed> {
        if !self.is_unreachable() {
            let fetch = self.fetches.acquire(budget.is_confirmed());
            let fetch = timeout(self.limits.timeout(), fetch).await;
            let fetch = fetch.map_err(|_| NotServed::Busy)?;
            // earlier requests may have found out meanwhile
            if !self.is_unreachable() {
                return Ok(FetchPermit::Fetch(fetch));
            }
        }
        let probe = self.probes.acquire(budget.client());
        probe.map(FetchPermit::Probe).map_err(|_| NotServed::Failed)
    }

    /// Whether nothing reached any server. A server that accepts connections, and hangs on a name,
    /// can still have other files.
    fn is_unreachable(&self) -> bool {
        let now = Instant::now();
        self.endpoints.iter().all(|endpoint| endpoint.health().is_unreachable(now))
    }

    fn stream(&self, (body, begun): Large, permit: Permit) -> Stream {
        // and one chunk of the server, which waits to be sent
        let held = (begun.len() + CHUNK_BYTES) as u64;
        let (sender, stream) = Stream::new(body.size(), held, permit);
        let limits = self.limits.clone();
        tokio::spawn(async move { body.pump(begun, sender, &limits).await });
        stream
    }

    fn remember(&self, name: &str, result: &FetchResult) {
        let (cached, time, counted) = match result {
            FetchResult::Whole(file) => {
                let cached = CachedResult::File(Arc::clone(file));
                (Some(cached), self.limits.cache_time(), FallbackResult::Fetched)
            }
            FetchResult::NotServed(reason @ (NotServed::Missing | NotServed::Denied)) => {
                let cached = CachedResult::NotServed(*reason);
                (Some(cached), self.limits.negative_cache_time(), reason.result())
            }
            FetchResult::Large => (None, Duration::ZERO, FallbackResult::Fetched),
            FetchResult::NotServed(reason) => (None, Duration::ZERO, reason.result()),
        };
        self.metrics.count_fallback(counted);
        if let Some(cached) = cached {
            self.cache.put(name, cached, time, Instant::now());
        }
    }

    /// Asks the servers in order, healthy ones first: the others matter only for files that no
    /// healthy server has.
    async fn fetch_from_any(&self, name: &str) -> Result<Fetched, NotServed> {
        let now = Instant::now();
        let (healthy, unhealthy): (Vec<_>, Vec<_>) =
            self.endpoints.iter().partition(|endpoint| endpoint.health().is_healthy(now));
        let mut failures = Failures::default();
        for endpoint in healthy.into_iter().chain(unhealthy) {
            if endpoint.health().is_silent(now) && failures.has_answer_of(endpoint.host()) {
                continue;
            }
            let began = Instant::now();
            let fetched = match endpoint.request(name, &self.limits).await {
                Ok(body) => self.receive(body).await,
                Err(error) => Err(error),
            };
            endpoint.record(fetched.as_ref().err(), began);
            match fetched {
                Ok(fetched) => return Ok(fetched),
                Err(error) => failures.add(endpoint.host(), &error),
            }
        }
        Err(failures.not_served())
    }

    /// Receives a small file as a whole, and leaves a large one to be streamed.
    async fn receive(&self, mut body: UpstreamBody) -> Result<Fetched, FetchError> {
        let size = body.size();
        if size.is_some_and(|size| size > self.limits.max_file_bytes) {
            return Err(FetchError::TooLarge);
        }
        if size.is_some_and(|size| size > MAX_WHOLE_BYTES) {
            return Ok(Fetched::Large((body, Vec::new())));
        }
        let whole = async {
            let mut bytes = Vec::new();
            while let Some(chunk) = body.next(&self.limits).await? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() as u64 > self.limits.max_file_bytes {
                    return Err(FetchError::TooLarge);
                }
                if bytes.len() as u64 > MAX_WHOLE_BYTES {
                    return Ok(Err(bytes));
                }
            }
            Ok(Ok(bytes))
        };
        match timeout(WHOLE_TIMEOUT, whole).await {
            Ok(Ok(Ok(bytes))) => {
                // hashing a megabyte takes milliseconds, in which this thread would serve nobody
                let file = spawn_blocking(|| TreeFile::of(bytes)).await;
                let file = file.map_err(|_| FetchError::Faulty(Fault::TooSlow))?;
                Ok(Fetched::Whole(Arc::new(file)))
            }
            Ok(Ok(Err(begun))) => Ok(Fetched::Large((body, begun))),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(FetchError::Faulty(Fault::TooSlow)),
        }
    }
}

/// The right to ask servers; dropping it passes the right on.
enum FetchPermit<'f> {
    Fetch(#[expect(dead_code, reason = "held, not read")] Fetch<'f>),
    Probe(#[expect(dead_code, reason = "held, not read")] Permit),
}

/// A file that one server gave.
enum Fetched {
    Whole(Arc<TreeFile>),
    Large(Large),
}

/// A large file in transfer, and the bytes of it that have arrived.
type Large = (UpstreamBody, Vec<u8>);

/// The result that all requests of a shared fetch receive.
#[derive(Clone, Debug)]
enum FetchResult {
    Whole(Arc<TreeFile>),
    /// The file has to be streamed, to each client separately.
    Large,
    NotServed(NotServed),
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::client::Client;
    use crate::fallback::queue::Queue;
    use crate::settings::UpstreamServer;

    /// One upstream server that does not answer: its port is closed.
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

    async fn open(upstream: &Upstream, name: &str) -> NotServed {
        let client = Client::new((Ipv4Addr::LOCALHOST, 0).into(), &Settings::default());
        let budget = StreamBudget::new(&Permits::new(1, 1), client);
        let entered = Queue::new(1, 1).enter(client).unwrap();
        upstream.open(name, &budget, &entered.place).await.unwrap_err()
    }

    #[tokio::test]
    async fn request_beyond_the_fetch_limit_is_busy_after_the_timeout() {
        let upstream = upstream(|limits| {
            limits.max_concurrent_fetches = 1;
            limits.timeout_milliseconds = 1;
        });
        let _all = upstream.fetches.acquire(true).await;
        assert_eq!(open(&upstream, "a").await, NotServed::Busy);
        let text = upstream.metrics.text();
        assert!(text.contains("adrc_fallback_requests_total{result=\"busy\"} 1\n"), "{text}");
    }

    #[tokio::test]
    async fn unreachable_servers_fail_requests_without_waiting() {
        let upstream = upstream(|limits| limits.timeout_milliseconds = 600_000);
        assert_eq!(open(&upstream, "a").await, NotServed::Failed);
        assert!(upstream.is_unreachable());
        let mut fetches = Vec::new();
        for _ in 0..64 {
            fetches.push(upstream.fetches.acquire(true).await);
        }
        assert_eq!(open(&upstream, "b").await, NotServed::Failed);
        let _probes: Vec<_> = (0..8).map(|_| upstream.probes.acquire(None).unwrap()).collect();
        assert_eq!(open(&upstream, "c").await, NotServed::Failed);
    }
}
