//! `--wait`: until the clients run what was published.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use adr_watcher::publish::{Base, PublishError, Publisher};
use clap::Args;
use serde::Deserialize;

use crate::VERSION;
use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use adr_render::text::count;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(200);

/// How long one question may take.
const ANSWER: Duration = Duration::from_secs(5);

/// Most bytes of an answer.
const ANSWER_BYTES: u64 = 1 << 20;

/// Reasons that do not go by themselves: a client that refuses for one of them does so until
/// something else is published. For any other it tries again within seconds, and may take it then;
/// and who got no manifest cannot say of which generation.
const LASTING: [&str; 4] = ["bad-signature", "expired", "older", "invalid-file"];

/// Refusals that are shown one by one.
const SHOWN: usize = 10;

/// Options of verbs after which clients change.
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// Wait until every client that reports runs it, at most so long; else end with 5
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// The admin port of the `adrc serve` whose clients are waited for
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6980")]
    admin: SocketAddr,
}

/// What the admin port tells, as far as it matters here.
#[derive(Deserialize)]
struct Clients {
    generation: u64,
    sha256: String,
    clients: usize,
    current: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
    refusals: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    client: String,
    refusal: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    generation: u64,
    reason: String,
    detail: String,
}

impl Waiting {
    /// Waits, if that was asked for, until everybody runs what is current in `folder`: what was
    /// just published there, or what somebody publishes meanwhile. A server of another folder may
    /// have a generation of the same number.
    pub(crate) fn wait(&self, folder: &Path, console: &Console) -> Result<Status, Failure> {
        let Some(wait) = self.wait else {
            return Ok(Status::Done);
        };
        let began = Instant::now();
        loop {
            let base = current(folder)?;
            let found = self.ask();
            let is_over = began.elapsed() >= wait;
            match found {
                Ok(found) if found.has_converged(&base) => {
                    found.say(console);
                    return Ok(Status::Done);
                }
                Ok(found) if is_over || found.is_hopeless(&base) => {
                    found.complain(&base, console);
                    return Ok(Status::NotConverged);
                }
                // the daemon may be starting, or somebody may have mistyped its address
                Err(failure) if is_over => return Err(failure),
                _ => std::thread::sleep(PAUSE.min(wait.saturating_sub(began.elapsed()))),
            }
        }
    }

    fn ask(&self) -> Result<Clients, Failure> {
        let address = self.admin;
        let failed = |reason: String| {
            Failure::new(
                format!("{address}: {reason}"),
                "is `adrc serve` running, and is this its admin port? `--admin` names another one",
            )
        };
        let answer = get(address).map_err(|error| failed(error.to_string()))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if head.split(' ').nth(1) != Some("200") {
            return Err(failed("it does not tell about clients".to_owned()));
        }
        serde_json::from_str(body).map_err(|error| failed(error.to_string()))
    }
}

/// What is current in a folder into which somebody has just published.
fn current(folder: &Path) -> Result<Base, Failure> {
    let base = Publisher::new(folder, VERSION, 0).base();
    base.ok_or_else(|| PublishError::NothingPublished(folder.to_owned()).into())
}

/// One plain question to a port of this machine, answered until the connection ends.
fn get(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(format!("GET /-/clients HTTP/1.0\r\nhost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer)?;
    Ok(answer)
}

impl Clients {
    fn is_served(&self, base: &Base) -> bool {
        self.generation == base.generation && self.sha256 == base.sha256
    }

    fn has_converged(&self, base: &Base) -> bool {
        self.is_served(base) && self.current == self.clients
    }

    /// Everybody has answered, some with no, and none of them will change its mind.
    fn is_hopeless(&self, base: &Base) -> bool {
        let is_of_it = |one: &Refused| one.refusal.generation >= base.generation;
        let lasting = LASTING.iter().filter_map(|reason| self.reasons.get(*reason));
        self.is_served(base)
            && self.refused > 0
            && self.current + self.refused == self.clients
            && self.refusals.iter().all(is_of_it)
            && lasting.sum::<usize>() == self.refused
    }

    fn say(&self, console: &Console) {
        let generation = self.generation;
        match self.clients {
            0 => console
                .message(format_args!("generation {generation} is served; no client has reported")),
            clients => console
                .message(format_args!("{} run generation {generation}", count(clients, "client"))),
        }
    }

    fn complain(&self, base: &Base, console: &Console) {
        if !self.is_served(base) {
            let (published, served) = (base.generation, self.generation);
            let of = if served < published { "" } else { " of another folder" };
            console.message(format_args!(
                "generation {published} is not served: generation {served}{of} is"
            ));
            return;
        }
        console.message(format_args!(
            "{} of {} run generation {}",
            self.current,
            count(self.clients, "client"),
            self.generation
        ));
        for Refused { client, refusal } in self.refusals.iter().take(SHOWN) {
            console.message(format_args!("  {client}: {}, {}", refusal.reason, refusal.detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base { generation: 7, sha256: "ab".to_owned() }
    }

    /// Three clients, of which so many run generation 7 and some refused it, as the admin port
    /// tells.
    fn told(current: usize, refused: &[(u64, &str)]) -> Clients {
        let mut reasons = BTreeMap::<&str, usize>::new();
        for (_, reason) in refused {
            *reasons.entry(reason).or_default() += 1;
        }
        let refusal = |(generation, reason): &(u64, &str)| {
            let refusal =
                serde_json::json!({"generation": generation, "reason": reason, "detail": ""});
            serde_json::json!({"client": "core-0001", "running": 6, "refusal": refusal})
        };
        let told = serde_json::json!({
            "generation": 7, "sha256": "ab", "clients": 3, "current": current, "refused": refused.len(),
            "reasons": reasons, "refusals": refused.iter().map(refusal).collect::<Vec<_>>(),
        });
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn only_reasons_that_last_end_the_wait_early() {
        for reason in ["bad-signature", "invalid-file", "expired", "older"] {
            assert!(told(2, &[(7, reason)]).is_hopeless(&base()), "{reason}");
        }
        for reason in
            ["unreachable", "not-verified", "bad-manifest", "disk", "other", "of-tomorrow"]
        {
            assert!(!told(2, &[(7, reason)]).is_hopeless(&base()), "{reason}");
            let mixed = told(1, &[(7, "expired"), (7, reason)]);
            assert!(!mixed.is_hopeless(&base()), "{reason}");
        }
    }

    #[test]
    fn client_without_answer_about_this_generation_is_waited_for() {
        let refused = [(7, "expired")];
        assert!(!told(1, &refused).is_hopeless(&base()), "one is silent");
        assert!(!told(2, &[(6, "expired")]).is_hopeless(&base()));
        assert!(!told(3, &[]).is_hopeless(&base()));
        let other = Base { generation: 8, ..base() };
        assert!(!told(2, &refused).is_hopeless(&other), "not served yet");
    }

    #[test]
    fn everybody_runs_it_only_when_it_is_this_one() {
        assert!(told(3, &[]).has_converged(&base()));
        assert!(!told(2, &[]).has_converged(&base()));
        let other = Base { sha256: "cd".to_owned(), ..base() };
        assert!(!told(3, &[]).has_converged(&other), "another folder");
    }
}
