//! Requests to the admin port of a server.

use std::error::Error as StdError;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use adr_protocol::{CLIENTS_VERSION, ClientState, Clients};
use reqwest::StatusCode;
use reqwest::blocking::Client;

use super::fleet::Answer;
use crate::Error;

/// Longest timeout for one request, including the whole answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Shortest timeout for one request, when no time is left: enough for a server on a busy machine,
/// whose answer says which cores are missing.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// Largest answer in bytes; a thousand rows have less than a tenth of it.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// Most answers that list the cores of one server, with a thousand in each.
const MAX_PAGES: usize = 100;

/// The admin port of a server.
pub(super) struct AdminPort {
    address: SocketAddr,
    http: Client,
}

impl AdminPort {
    pub(super) fn new(address: SocketAddr) -> Result<Self, Error> {
        // an error means that this process has a provider already
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .build();
        let http = http.map_err(|error| unanswered(address, innermost(&error)))?;
        Ok(Self { address, http })
    }

    /// Sums, and the cores that do not run what the server serves: the first thousand. No request
    /// takes much longer than until `end`.
    pub(super) fn missing(&self, end: Instant) -> Result<Answer, Error> {
        let states = ClientState::MISSING.map(ClientState::word).join(",");
        let clients = self.clients(&format!("state={states}"), end)?;
        Ok(Answer { server: self.address.to_string(), clients })
    }

    /// Sums, and all cores. No request takes much longer than until `end`.
    pub(super) fn all(&self, end: Instant) -> Result<Answer, Error> {
        let mut clients = self.clients("", end)?;
        let mut left = clients.matching.saturating_sub(clients.rows.len());
        for _ in 1..MAX_PAGES {
            let Some(last) = clients.rows.last().filter(|_| left > 0) else { break };
            let next = self.clients(&format!("after={}", last.client), end)?;
            left = next.matching.saturating_sub(next.rows.len());
            clients.rows.extend(next.rows);
        }
        if left > 0 {
            let listed = clients.rows.len();
            return Err(unanswered(
                self.address,
                format!(
                    "more than {listed} client cores, too many to compare with those of other \
                     servers"
                ),
            ));
        }
        Ok(Answer { server: self.address.to_string(), clients })
    }

    fn clients(&self, query: &str, end: Instant) -> Result<Clients, Error> {
        let left = end.saturating_duration_since(Instant::now());
        self.request(query, request_timeout(left))
            .map_err(|reason| unanswered(self.address, reason))
    }

    fn request(&self, query: &str, timeout: Duration) -> Result<Clients, String> {
        let url = format!("http://{}/-/clients?{query}", self.address);
        // that of the request includes the body: one of the client would begin again with each read
        let response = self.http.get(url).timeout(timeout).send();
        let response = response.map_err(|error| innermost(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(format!("no answer about clients, but HTTP status {status}")),
        }
        let mut text = String::new();
        let read = response.take(MAX_ANSWER_BYTES).read_to_string(&mut text);
        read.map_err(|error| innermost(&error))?;
        let clients: Clients =
            serde_json::from_str(&text).map_err(|error| format!("invalid answer: {error}"))?;
        match clients.format_version {
            CLIENTS_VERSION => Ok(clients),
            other => Err(format!(
                "the list of clients has format version {other}, and this adrc reads \
                 {CLIENTS_VERSION}; use the same version of adrc on both machines"
            )),
        }
    }
}

/// The timeout for a request when this time is left.
fn request_timeout(left: Duration) -> Duration {
    left.clamp(LAST_REQUEST_TIMEOUT, REQUEST_TIMEOUT)
}

fn unanswered(address: SocketAddr, reason: String) -> Error {
    Error::AdminPort { address, reason }
}

/// The message of the innermost cause: the errors around it repeat the address.
fn innermost(mut error: &dyn StdError) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_takes_no_longer_than_the_time_that_is_left() {
        let of = |millis| request_timeout(Duration::from_millis(millis)).as_millis();
        assert_eq!(
            [of(0), of(1_999), of(3_000), of(5_000), of(60_000)],
            [2_000, 2_000, 3_000, 5_000, 5_000]
        );
    }
}
