//! `--wait`: waits until the client cores run the published generation.

use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use adr_protocol::{ClientRefusal, Clients};
use adr_render::text::count;
use adr_watcher::publish::{Base, PublishError, Publisher};
use clap::Args;
use reqwest::StatusCode;
use reqwest::blocking::Client;

use crate::VERSION;
use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};

/// The time between two requests to the admin port.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Timeout for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest answer in bytes.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// Most refusals that are listed.
const MAX_LISTED: usize = 10;

/// Options of commands that publish a generation.
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// After publishing, wait at most TIME until every client that reports runs the generation; end
    /// with 5 if some do not
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// The admin port of the `adrc serve` that the clients follow
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6980")]
    admin: SocketAddr,
}

impl Waiting {
    /// With `--wait`, waits until all clients run the generation that is current in `folder`: the
    /// one that was just published, or a later one. Compares manifests as well as numbers, because
    /// a server of another folder may have a generation with the same number.
    pub(crate) fn wait(&self, folder: &Path, console: &Console) -> Result<Status, Failure> {
        let Some(wait) = self.wait else {
            return Ok(Status::Done);
        };
        let admin = AdminPort::new(self.admin)?;
        let began = Instant::now();
        loop {
            let base = current(folder)?;
            let is_over = began.elapsed() >= wait;
            // an error may be temporary: the daemon may be starting
            match admin.clients().map(|clients| (Progress::of(&clients, &base), clients)) {
                Ok((Progress::Done, clients)) => {
                    console.message(success(&clients));
                    return Ok(Status::Done);
                }
                Ok((progress, clients)) if is_over || progress == Progress::Refused => {
                    explain(&clients, &base, console);
                    return Ok(Status::ClientsBehind);
                }
                Err(failure) if is_over => return Err(failure),
                Ok(_) | Err(_) => {
                    std::thread::sleep(POLL_INTERVAL.min(wait.saturating_sub(began.elapsed())));
                }
            }
        }
    }
}

/// The current generation of a folder into which this process has just published.
fn current(folder: &Path) -> Result<Base, Failure> {
    let base = Publisher::new(folder, VERSION, 0).base();
    base.ok_or_else(|| PublishError::NothingPublished(folder.to_owned()).into())
}

/// The admin port of a server.
struct AdminPort {
    address: SocketAddr,
    http: Client,
}

impl AdminPort {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        // an error means that this process has a provider already
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .build();
        let http = http.map_err(|error| Failure::new(innermost(&error), ""))?;
        Ok(Self { address, http })
    }

    /// What the clients of the server run, according to their reports.
    fn clients(&self) -> Result<Clients, Failure> {
        let address = self.address;
        self.request().map_err(|reason| {
            Failure::new(
                format!("{address}: {reason}"),
                "start `adrc serve`, or name its admin port with --admin",
            )
        })
    }

    fn request(&self) -> Result<Clients, String> {
        let response = self.http.get(format!("http://{}/-/clients", self.address)).send();
        let response = response.map_err(|error| innermost(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(format!("no answer about clients, but HTTP status {status}")),
        }
        let mut text = String::new();
        let read = response.take(MAX_ANSWER_BYTES).read_to_string(&mut text);
        read.map_err(|error| innermost(&error))?;
        serde_json::from_str(&text).map_err(|error| format!("invalid answer: {error}"))
    }
}

/// The message of the innermost cause: the errors around it repeat the address.
fn innermost(mut error: &dyn Error) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

/// How far the clients of a server are with a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// All of them run it.
    Done,
    /// Some of them do not run it yet.
    Pending,
    /// All of them run it or refuse it for a reason that lasts.
    Refused,
}

impl Progress {
    fn of(clients: &Clients, base: &Base) -> Self {
        if !is_served(clients, base) {
            return Self::Pending;
        }
        if clients.current == clients.clients {
            return Self::Done;
        }
        let refuses_this = |refused: &ClientRefusal| refused.refusal.generation >= base.generation;
        let lasting = clients.reasons.iter().filter(|(reason, _)| reason.is_lasting());
        let is_refused = clients.refused > 0
            && clients.current + clients.refused == clients.clients
            && clients.refusals.iter().all(refuses_this)
            && lasting.map(|(_, count)| count).sum::<usize>() == clients.refused;
        if is_refused { Self::Refused } else { Self::Pending }
    }
}

/// Whether the server has the generation that is current in the folder.
fn is_served(clients: &Clients, base: &Base) -> bool {
    clients.generation == base.generation && clients.sha256 == base.sha256
}

/// The message when all clients run the generation.
fn success(clients: &Clients) -> String {
    let generation = clients.generation;
    match clients.clients {
        0 => format!("generation {generation} is served; no client has reported"),
        number => format!("{} run generation {generation}", count(number, "client")),
    }
}

/// Shows which clients do not run the generation, and their reasons.
fn explain(clients: &Clients, base: &Base, console: &Console) {
    let (published, served) = (base.generation, clients.generation);
    if !is_served(clients, base) {
        let folder = if served < published { "" } else { " of another folder" };
        console.message(format_args!(
            "the server serves generation {served}{folder}, not generation {published}"
        ));
        return;
    }
    let all = count(clients.clients, "client");
    console.message(format_args!("{} of {all} run generation {served}", clients.current));
    for ClientRefusal { client, refusal, .. } in clients.refusals.iter().take(MAX_LISTED) {
        let (reason, detail) = (refusal.reason.word(), &refusal.detail);
        console.message(format_args!("  {client}: {reason}, {detail}"));
    }
}

#[cfg(test)]
mod tests {
    use adr_protocol::{Reason, Refusal};

    use super::*;

    fn base() -> Base {
        Base { generation: 7, sha256: "ab".to_owned() }
    }

    /// Three clients. `current` of them run generation 7, and some refused a generation.
    fn clients(current: usize, refused: &[(u64, Reason)]) -> Clients {
        let mut clients = Clients {
            generation: 7,
            sha256: "ab".to_owned(),
            clients: 3,
            current,
            refused: refused.len(),
            ..Clients::default()
        };
        for (generation, reason) in refused {
            *clients.reasons.entry(*reason).or_default() += 1;
            clients.refusals.push(ClientRefusal {
                client: "core-0001".to_owned(),
                address: [127, 0, 0, 1].into(),
                running: 6,
                refusal: Refusal {
                    generation: *generation,
                    reason: *reason,
                    detail: String::new(),
                },
            });
        }
        clients
    }

    #[test]
    fn refusal_ends_the_wait_early_only_for_a_lasting_reason() {
        for reason in [Reason::BadSignature, Reason::InvalidFile, Reason::Expired, Reason::Older] {
            assert_eq!(Progress::of(&clients(2, &[(7, reason)]), &base()), Progress::Refused);
        }
        for reason in [
            Reason::Unreachable,
            Reason::NotVerified,
            Reason::BadManifest,
            Reason::Disk,
            Reason::Other,
        ] {
            let alone = clients(2, &[(7, reason)]);
            let mixed = clients(1, &[(7, Reason::Expired), (7, reason)]);
            assert_eq!(Progress::of(&alone, &base()), Progress::Pending, "{reason:?}");
            assert_eq!(Progress::of(&mixed, &base()), Progress::Pending, "{reason:?}");
        }
    }

    #[test]
    fn client_without_report_about_the_generation_is_pending() {
        let refused = [(7, Reason::Expired)];
        assert_eq!(
            Progress::of(&clients(1, &refused), &base()),
            Progress::Pending,
            "one is silent"
        );
        let older = clients(2, &[(6, Reason::Expired)]);
        assert_eq!(Progress::of(&older, &base()), Progress::Pending);
        let next = Base { generation: 8, ..base() };
        assert_eq!(Progress::of(&clients(2, &refused), &next), Progress::Pending, "not served yet");
    }

    #[test]
    fn clients_are_done_only_with_the_generation_of_the_folder() {
        assert_eq!(Progress::of(&clients(3, &[]), &base()), Progress::Done);
        assert_eq!(Progress::of(&clients(2, &[]), &base()), Progress::Pending);
        let other = Base { sha256: "cd".to_owned(), ..base() };
        assert_eq!(Progress::of(&clients(3, &[]), &other), Progress::Pending, "another folder");
    }
}
