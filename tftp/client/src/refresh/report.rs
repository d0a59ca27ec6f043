//! Reporting to the followed server what is running: one report at a time, always the latest, and
//! none is lost.

use std::time::Duration;

use adr_protocol::Report;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fetch::network::Network;
use crate::schedule::{MAX_BACKOFF, Rng, backoff};
use crate::server::Server;

/// Timeout for the response to a report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Shortest pause after a busy response.
const MIN_BUSY_DELAY: Duration = Duration::from_secs(1);

/// A report and its receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutgoingReport {
    pub(super) server: Server,
    pub(super) report: Report,
}

/// The result of sending a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendOutcome {
    /// The server has the report, or will never accept it.
    Done,
    /// The server is busy; try again after this delay.
    Busy(Duration),
    /// The report may not have arrived.
    Lost,
}

/// Sends a report to a server.
pub(super) trait SendReport {
    fn send(&self, report: &OutgoingReport) -> impl Future<Output = SendOutcome> + Send;
}

/// Sends the latest report until the sender of `reports` is dropped. Reports that are replaced
/// while one is being sent are skipped. A lost report is sent again, each time after a longer delay
/// that starts at `retry_delay`.
pub(super) async fn run(
    sender: impl SendReport,
    mut reports: watch::Receiver<Option<OutgoingReport>>,
    retry_delay: Duration,
    mut rng: Rng,
) {
    let mut failures = 0;
    let mut is_open = reports.changed().await.is_ok();
    while is_open {
        let Some(report) = reports.borrow_and_update().clone() else {
            return;
        };
        is_open = match sender.send(&report).await {
            SendOutcome::Done => {
                failures = 0;
                reports.changed().await.is_ok()
            }
            SendOutcome::Lost => {
                failures += 1;
                let delay = backoff(retry_delay, failures, &mut rng);
                wait(&mut reports, delay, |_| false).await
            }
            SendOutcome::Busy(delay) => {
                failures = 0;
                let delay = delay.clamp(MIN_BUSY_DELAY, MAX_BACKOFF);
                wait(&mut reports, delay, |next| next.server == report.server).await
            }
        };
    }
}

/// Waits for a delay, or for a report that must not wait; false when the sender is dropped.
async fn wait(
    reports: &mut watch::Receiver<Option<OutgoingReport>>,
    delay: Duration,
    may_wait: impl Fn(&OutgoingReport) -> bool,
) -> bool {
    let urgent = async {
        while reports.changed().await.is_ok() {
            if !reports.borrow_and_update().as_ref().is_some_and(&may_wait) {
                return true;
            }
        }
        false
    };
    timeout(delay, urgent).await.unwrap_or(true)
}

impl SendReport for Network {
    async fn send(&self, report: &OutgoingReport) -> SendOutcome {
        let body = serde_json::to_vec(&report.report).unwrap_or_default();
        let request = self.http.post(report.server.url_of("-/report"));
        let request = request.header(CONTENT_TYPE, "application/json");
        match request.timeout(REPORT_TIMEOUT).body(body).send().await {
            Ok(response) => outcome_of(response.status(), response.headers().get(RETRY_AFTER)),
            Err(_) => SendOutcome::Lost,
        }
    }
}

/// What a response means, with its `Retry-After`.
fn outcome_of(status: StatusCode, retry_after: Option<&HeaderValue>) -> SendOutcome {
    let seconds = retry_after.and_then(|seconds| seconds.to_str().ok()?.trim().parse().ok());
    match (status, seconds) {
        (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, Some(seconds)) => {
            SendOutcome::Busy(Duration::from_secs(seconds))
        }
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => SendOutcome::Lost,
        (StatusCode::NOT_IMPLEMENTED, _) => SendOutcome::Done,
        (status, _) if status.is_server_error() => SendOutcome::Lost,
        _ => SendOutcome::Done,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use tokio::time::{Instant, sleep};

    use super::*;

    const RETRY: Duration = Duration::from_secs(5);

    /// A server with scripted outcomes, and `Done` after them; each report takes a second.
    #[derive(Clone)]
    struct Scripted {
        outcomes: Arc<Mutex<VecDeque<SendOutcome>>>,
        /// Generation, server and time in milliseconds of every report.
        sent: Arc<Mutex<Vec<(u64, String, u64)>>>,
        /// Held while a report is being sent.
        lock: Arc<tokio::sync::Mutex<()>>,
        began: Instant,
    }

    impl SendReport for Scripted {
        async fn send(&self, report: &OutgoingReport) -> SendOutcome {
            let _guard = self.lock.try_lock().unwrap();
            let generation = report.report.generation;
            let server = report.server.url_of("").to_string();
            let after = u64::try_from(self.began.elapsed().as_millis()).unwrap();
            self.sent.lock().unwrap().push((generation, server, after));
            sleep(Duration::from_secs(1)).await;
            let outcome = self.outcomes.lock().unwrap().pop_front();
            outcome.unwrap_or(SendOutcome::Done)
        }
    }

    fn report(server: &str, generation: u64) -> Option<OutgoingReport> {
        Some(OutgoingReport {
            server: Server::parse(&format!("http://{server}")).unwrap(),
            report: Report { client: "core-0001".into(), generation, ..Report::default() },
        })
    }

    /// What is sent within an hour if reports are queued at these milliseconds.
    fn sent(outcomes: &[SendOutcome], queued: &[(u64, &str, u64)]) -> Vec<(u64, String, u64)> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let scripted = Scripted {
                outcomes: Arc::new(Mutex::new(outcomes.iter().copied().collect())),
                sent: Arc::default(),
                lock: Arc::default(),
                began: Instant::now(),
            };
            let (outbox, reports) = watch::channel(None);
            let running = tokio::spawn(run(scripted.clone(), reports, RETRY, Rng::new(7)));
            for (at, server, generation) in queued {
                tokio::time::sleep_until(scripted.began + Duration::from_millis(*at)).await;
                outbox.send_replace(report(server, *generation));
            }
            sleep(Duration::from_secs(3600)).await;
            drop(outbox);
            running.await.unwrap();
            let sent = scripted.sent.lock().unwrap();
            sent.clone()
        })
    }

    fn at(generation: u64, server: &str, after: u64) -> (u64, String, u64) {
        (generation, format!("http://{server}/"), after)
    }

    #[test]
    fn queued_reports_are_skipped_for_the_latest() {
        let queued = [(0, "h", 1), (500, "h", 2), (600, "h", 3), (9_000, "h", 3)];
        let expected = [at(1, "h", 0), at(3, "h", 1_000), at(3, "h", 9_000)];
        assert_eq!(sent(&[], &queued), expected);
    }

    #[test]
    fn lost_report_is_sent_again_with_growing_delays() {
        let sent = sent(&[SendOutcome::Lost; 8], &[(0, "h", 1)]);
        assert_eq!(sent.len(), 9, "until one arrives: {sent:?}");
        let delays: Vec<u64> = sent.windows(2).map(|two| two[1].2 - two[0].2 - 1_000).collect();
        let bounds = (0..8).map(|doublings| (5_000 << doublings).min(300_000));
        for (delay, bound) in delays.iter().zip(bounds) {
            assert!((bound / 2..=bound * 3 / 2).contains(delay), "{delays:?}");
        }
    }

    #[test]
    fn new_report_does_not_wait_for_a_retry() {
        let queued = [(0, "h", 1), (500, "h", 2), (2_500, "h", 3)];
        let expected = [at(1, "h", 0), at(2, "h", 1_000), at(3, "h", 2_500)];
        assert_eq!(sent(&[SendOutcome::Lost; 2], &queued), expected);
    }

    #[test]
    fn busy_server_gets_the_latest_report_after_its_delay() {
        let busy = SendOutcome::Busy(Duration::from_secs(40));
        let queued = [(0, "h", 1), (500, "h", 2), (5_000, "h", 3)];
        assert_eq!(sent(&[busy], &queued), [at(1, "h", 0), at(3, "h", 41_000)]);
        // another server may not be busy
        let queued = [(0, "h", 1), (5_000, "g", 2)];
        assert_eq!(sent(&[busy], &queued), [at(1, "h", 0), at(2, "g", 5_000)]);
        // the delay has a lower and an upper bound
        let at_once = SendOutcome::Busy(Duration::ZERO);
        assert_eq!(sent(&[at_once], &[(0, "h", 1)]), [at(1, "h", 0), at(1, "h", 2_000)]);
        let never = SendOutcome::Busy(Duration::MAX);
        assert_eq!(sent(&[never], &[(0, "h", 1)]), [at(1, "h", 0), at(1, "h", 301_000)]);
    }

    #[test]
    fn response_status_gives_the_outcome() {
        let outcome = |status, after: Option<&'static str>| {
            let after = after.map(HeaderValue::from_static);
            outcome_of(StatusCode::from_u16(status).unwrap(), after.as_ref())
        };
        for status in [200, 204, 400, 404, 405, 413, 501] {
            assert_eq!(outcome(status, Some("9")), SendOutcome::Done, "{status}");
        }
        for status in [408, 429, 500, 502, 503] {
            assert_eq!(outcome(status, None), SendOutcome::Lost, "{status}");
            assert_eq!(outcome(status, Some("soon")), SendOutcome::Lost, "{status}");
        }
        for status in [429, 503] {
            let busy = SendOutcome::Busy(Duration::from_secs(9));
            assert_eq!(outcome(status, Some("9")), busy, "{status}");
        }
    }
}
