//! `--wait`: waits until the client cores of one or several servers run what was published.
//!
//! The servers are asked at their admin ports. `fleet` decides, without sockets, what their
//! answers mean together; `admin_port` asks, and `explain` words the result.

mod admin_port;
mod cluster;
mod explain;
mod fleet;

use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use adr_watcher::publish::{Base, PublishError, Publisher};

use crate::Error;
use admin_port::AdminPort;
pub use cluster::wait_in_cluster;
use fleet::{Answer, Fleet, Progress};

/// The time between the first two rounds of requests to the admin ports.
const FIRST_INTERVAL: Duration = Duration::from_millis(200);

/// The time between two later rounds. It doubles up to this.
const LAST_INTERVAL: Duration = Duration::from_millis(1600);

/// How to wait.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long to wait at most.
    pub timeout: Duration,
    /// The admin ports of all servers that the client cores follow, at least one. An address that
    /// is named twice counts once.
    pub admins: Vec<SocketAddr>,
    /// Whether it is enough that the servers serve the generation, if they know no client core.
    pub allows_none: bool,
}

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Every client core runs the generation.
    Done,
    /// Some do not, or there are none, or a server serves something else.
    Behind,
}

/// Waits until all client cores of the servers run the generation that is current in `folder`: the
/// one that was just published, or a later one. Compares SHA-256 as well as numbers, because
/// another folder may have a generation with the same number.
///
/// Ends early if all cores that do not run it have rejected it for a reason that lasts. `show` gets
/// the result, line by line. If a server did not answer, that is what those say that did.
///
/// # Errors
///
/// Nothing is published in `folder`, or a server did not answer at the end of the time.
pub fn wait(folder: &Path, settings: &Settings, show: impl Fn(&str)) -> Result<Waited, Error> {
    wait_for(|| current(folder), settings, show)
}

/// [`wait`], for a generation that is asked for in each round.
fn wait_for(
    current: impl Fn() -> Result<Base, Error>,
    settings: &Settings,
    show: impl Fn(&str),
) -> Result<Waited, Error> {
    let mut admins = settings.admins.clone();
    admins.sort_unstable();
    admins.dedup();
    let ports: Vec<AdminPort> = admins.into_iter().map(AdminPort::new).collect::<Result<_, _>>()?;
    wait_by(current, |end, _| ask(&ports, end), settings, show)
}

/// [`wait`], with answers that a function gets until an instant for a generation.
fn wait_by(
    mut current: impl FnMut() -> Result<Base, Error>,
    mut ask: impl FnMut(Instant, &Base) -> (Vec<Answer>, Vec<Error>),
    settings: &Settings,
    show: impl Fn(&str),
) -> Result<Waited, Error> {
    let show_all = |lines: Vec<String>| lines.iter().for_each(|line| show(line));
    let (began, mut interval) = (Instant::now(), FIRST_INTERVAL);
    loop {
        let base = current()?;
        let left = settings.timeout.saturating_sub(began.elapsed());
        let (answers, mut errors) = ask(Instant::now() + left, &base);
        let fleet = Fleet::of(&answers, &base);
        match (errors.pop(), fleet.progress(settings.allows_none)) {
            (None, Progress::Done) => {
                show_all(explain::success(&fleet, &base));
                return Ok(Waited::Done);
            }
            (None, progress) if left.is_zero() || progress == Progress::Refused => {
                show_all(explain::failure(&fleet, &base));
                return Ok(Waited::Behind);
            }
            (Some(error), _) if left.is_zero() => {
                show_all(explain::partial_failure(&fleet, &base));
                show_all(errors.iter().map(Error::to_string).collect());
                return Err(error);
            }
            // an error may be temporary: the daemon may be starting
            (Some(_) | None, _) => {}
        }
        thread::sleep(interval.min(settings.timeout.saturating_sub(began.elapsed())));
        interval = (interval * 2).min(LAST_INTERVAL);
    }
}

/// The current generation of a folder into which this process has just published.
fn current(folder: &Path) -> Result<Base, Error> {
    let base = Publisher::new(folder, "", 0).base()?;
    base.ok_or_else(|| PublishError::NothingPublished(folder.to_owned()).into())
}

/// The answers of the servers, which are asked at the same time, and the errors of those that did
/// not answer. One server lists only cores that do not run its generation; of several, all cores
/// are needed, because one may have moved from one server to another.
fn ask(ports: &[AdminPort], end: Instant) -> (Vec<Answer>, Vec<Error>) {
    let one = |port: &AdminPort| match ports.len() {
        1 => port.missing(end),
        _ => port.all(end),
    };
    let results: Vec<Result<Answer, Error>> = thread::scope(|scope| {
        let asked: Vec<_> = ports.iter().map(|port| scope.spawn(move || one(port))).collect();
        let joined = asked.into_iter().map(|it| it.join().unwrap_or_else(|it| resume_unwind(it)));
        joined.collect()
    });
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(answer) => answers.push(answer),
            Err(error) => errors.push(error),
        }
    }
    (answers, errors)
}

#[cfg(test)]
mod tests;
