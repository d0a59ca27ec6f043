//! One round of requests: servers in order, until one of them sends a candidate that is accepted.
//! A server that keeps the core waiting does not keep it from asking the next one.

mod observed;
mod report;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use self::observed::{Observed, Progress};
use self::report::{is_unreachable, rejection, report};
use super::request::FetchFile;
use super::{Attempt, Outcome, PATIENCE_WITH_OTHERS, RoundInput, attempt};
use crate::answer::FetchError;
use crate::rejection::{Rejection, RejectionCause};
use crate::rejections::Verdict;
use crate::server::Server;
use crate::standing::Seen;

/// How often a server is asked that seems to be in the middle of a change.
const ATTEMPTS: u32 = 3;
/// The delay between these attempts.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// How long a server that answers may take for everything before the next one is asked as well.
const WHOLE_ANSWER: Duration = Duration::from_secs(10);

/// The result of a round, and what it showed about the servers.
#[derive(Debug)]
pub(crate) struct RoundReport {
    pub(crate) outcome: Outcome,
    pub(crate) seen: Seen,
    /// Of the servers that gave an answer.
    pub(crate) verdicts: Vec<Verdict>,
}

/// Asks servers in order until one has a candidate that is accepted or already running. A server
/// that has only what is running does not end a round that expects more, and not before the servers
/// have answered whose newer generation was rejected before.
///
/// A server that does not answer soon, or does not have what was announced yet, is not waited for:
/// the next one is asked as well, and the first candidate that is accepted ends the round. If a
/// later server only has what is running, the earlier ones keep the rest of their time, because
/// they may have something newer.
///
/// If there is no such candidate, the result is the rejection of the newest generation; if no
/// server offers a newer one, the first rejection that is about a candidate; else the first one.
pub(crate) async fn run_round(
    fetcher: &impl FetchFile,
    servers: &[Server],
    input: &RoundInput,
) -> RoundReport {
    let observed: Vec<_> = servers.iter().map(|_| Observed::new(fetcher)).collect();
    let mut asked: Vec<Asked<'_>> = Vec::new();
    let outcome = loop {
        let is_last = asked.len() == servers.len();
        if let Some(outcome) = settled(&mut asked, is_last, input) {
            break outcome;
        }
        let due = next_due(&asked, input).filter(|_| !is_last);
        if due.is_some_and(|due| due <= Instant::now()) {
            let index = asked.len();
            let (server, observed) = (&servers[index], &observed[index]);
            let has_others = index + 1 < servers.len() || asked.iter().any(is_unchanged);
            let patience = if has_others { PATIENCE_WITH_OTHERS } else { input.timeout };
            let asking = ask_within_share(observed, server, input, (patience, servers.len()));
            asked.push(Asked::new(server, input.first_answer, observed.progress(), asking));
            continue;
        }
        tokio::select! {
            () = a_change(&mut asked) => {}
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
    };
    report(outcome, asked, input)
}

/// A server that was asked.
struct Asked<'r> {
    server: &'r Server,
    began: Instant,
    /// How long it may take for its first answer.
    first_answer: Duration,
    progress: &'r Progress,
    asking: Asking<'r>,
}

enum Asking<'r> {
    Running(Pin<Box<dyn Future<Output = Outcome> + Send + 'r>>),
    Ended(Outcome),
}

impl<'r> Asked<'r> {
    fn new(
        server: &'r Server,
        first_answer: Duration,
        progress: &'r Progress,
        asking: impl Future<Output = Outcome> + Send + 'r,
    ) -> Self {
        let asking = Asking::Running(Box::pin(asking));
        Self { server, began: Instant::now(), first_answer, progress, asking }
    }

    fn outcome(&self) -> Option<&Outcome> {
        match &self.asking {
            Asking::Running(_) => None,
            Asking::Ended(outcome) => Some(outcome),
        }
    }

    fn has_answered(&self) -> bool {
        self.progress.has_answered.load(Ordering::Relaxed)
    }

    fn is_asked_again(&self) -> bool {
        self.progress.is_asked_again.load(Ordering::Relaxed)
    }

    /// When the next server is asked although this one is still running.
    fn due(&self) -> Instant {
        if self.is_asked_again() {
            return self.began;
        }
        self.began + if self.has_answered() { WHOLE_ANSWER } else { self.first_answer }
    }

    /// Whether the server does not answer.
    fn is_silent(&self) -> bool {
        match self.outcome() {
            Some(outcome) => matches!(outcome, Outcome::Rejected(it) if is_unreachable(it)),
            None => !self.has_answered() && self.due() <= Instant::now(),
        }
    }
}

/// The outcome of the round, if nothing that is still running can change it.
fn settled(asked: &mut Vec<Asked<'_>>, is_last: bool, input: &RoundInput) -> Option<Outcome> {
    let is_accepted = |one: &Asked<'_>| matches!(one.outcome(), Some(Outcome::Accepted(_)));
    if let Some(index) = asked.iter().position(is_accepted) {
        return match std::mem::replace(
            &mut asked[index].asking,
            Asking::Ended(Outcome::Unchanged(None)),
        ) {
            Asking::Ended(outcome) => Some(outcome),
            Asking::Running(_) => None,
        };
    }
    let unchanged = asked.iter().position(is_unchanged);
    let has_ended = |asked: &[Asked<'_>]| asked.iter().all(has_outcome);
    if let Some(index) = unchanged.filter(|_| !input.expects_more()) {
        let is_settled = has_ended(&asked[..index]) && !is_owed(asked, input, has_outcome);
        return is_settled.then_some(Outcome::Unchanged(None));
    }
    (is_last && has_ended(asked)).then(|| match unchanged {
        Some(_) => Outcome::Unchanged(None),
        None => Outcome::Rejected(rejection(asked, input)),
    })
}

fn has_outcome(one: &Asked<'_>) -> bool {
    one.outcome().is_some()
}

/// Whether a server whose newer generation was rejected is not yet among those that `is_done`.
fn is_owed(asked: &[Asked<'_>], input: &RoundInput, is_done: fn(&Asked<'_>) -> bool) -> bool {
    let is_done = |server| asked.iter().any(|one| one.server == server && is_done(one));
    !input.doubted.iter().all(is_done)
}

fn is_unchanged(one: &Asked<'_>) -> bool {
    matches!(one.outcome(), Some(Outcome::Unchanged(_)))
}

/// When the next server is asked; `None` if only the end of those that are running counts.
fn next_due(asked: &[Asked<'_>], input: &RoundInput) -> Option<Instant> {
    let is_owed = || is_owed(asked, input, |_| true);
    if !input.expects_more() && asked.iter().any(is_unchanged) && !is_owed() {
        return None;
    }
    let running = asked.last().filter(|last| last.outcome().is_none());
    Some(running.map_or_else(Instant::now, Asked::due))
}

/// Waits until a server that is running ends, or is about to be asked again.
async fn a_change(asked: &mut [Asked<'_>]) {
    poll_fn(|context| {
        let mut polled = Poll::Pending;
        for one in &mut *asked {
            let was_asked_again = one.is_asked_again();
            if let Asking::Running(running) = &mut one.asking {
                if let Poll::Ready(outcome) = running.as_mut().poll(context) {
                    one.asking = Asking::Ended(outcome);
                    polled = Poll::Ready(());
                } else if one.is_asked_again() != was_asked_again {
                    polled = Poll::Ready(());
                }
            }
        }
        polled
    })
    .await;
}

/// Asks a server for its share of the time of the round.
async fn ask_within_share(
    fetcher: &Observed<'_, impl FetchFile>,
    server: &Server,
    input: &RoundInput,
    (patience, servers): (Duration, usize),
) -> Outcome {
    let share = input.timeout / u32::try_from(servers).unwrap_or(u32::MAX).max(1);
    let asking = ask_server(fetcher, server, input, patience);
    tokio::time::timeout(share, asking).await.unwrap_or_else(|_| {
        let source = Arc::new(FetchError::Incomplete { seconds: share.as_secs() });
        let cause = RejectionCause::Unreachable { path: None, source };
        Outcome::Rejected(Rejection::new(&server.to_string(), cause))
    })
}

async fn ask_server(
    fetcher: &Observed<'_, impl FetchFile>,
    server: &Server,
    input: &RoundInput,
    patience: Duration,
) -> Outcome {
    let mut attempts = 1;
    loop {
        match attempt(fetcher, server, input, patience).await {
            Attempt::Done(outcome) => return outcome,
            Attempt::Retry(outcome) if attempts >= ATTEMPTS => return outcome,
            Attempt::Retry(_) => {
                fetcher.progress().is_asked_again.store(true, Ordering::Relaxed);
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
        }
        attempts += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::FileRequest;
    use super::*;
    use crate::answer::Answer;
    use crate::snapshot::{KnownFile, RuleSnapshot};

    /// What a server does.
    #[derive(Clone, Copy)]
    enum Kind {
        Silent,
        /// Has no manifest, and these files after this time.
        Files(Duration),
        /// Has no files.
        Empty,
    }

    /// Servers by their host names: `a`, `b`, `c`.
    struct Servers([Kind; 3]);

    const SECOND: Duration = Duration::from_secs(1);

    impl FetchFile for Servers {
        async fn fetch(&self, server: &Server, request: FileRequest) -> Answer {
            let index = ["http://a/", "http://b/", "http://c/"]
                .iter()
                .position(|address| server.to_string() == *address);
            match self.0[index.unwrap()] {
                Kind::Silent => {
                    tokio::time::sleep(request.patience).await;
                    Answer::failed(FetchError::Idle { seconds: request.patience.as_secs() })
                }
                Kind::Empty => Answer::Missing,
                Kind::Files(_) if request.path == adr_bundle::Manifest::FILE_NAME => {
                    Answer::Missing
                }
                Kind::Files(delay) => {
                    tokio::time::sleep(delay).await;
                    Answer::bytes(b"<DialRules/>")
                }
            }
        }
    }

    /// The server that had rules, after how many milliseconds, and the silent ones.
    fn run(servers: [Kind; 3]) -> (Option<String>, u128, String) {
        run_while(None, Vec::new(), servers)
    }

    fn run_while(
        running: Option<RuleSnapshot>,
        doubted: Vec<Server>,
        servers: [Kind; 3],
    ) -> (Option<String>, u128, String) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let asked = ["http://a", "http://b", "http://c"].map(|it| Server::parse(it).unwrap());
            let input = RoundInput {
                running,
                key: None,
                folder: None,
                now: 0,
                hint: None,
                offers: Vec::new(),
                doubted,
                compare_files: false,
                is_only_server: false,
                first_answer: SECOND / 2,
                timeout: 300 * SECOND,
            };
            let began = Instant::now();
            let report = run_round(&Servers(servers), &asked, &input).await;
            let from = match report.outcome {
                Outcome::Accepted(rules) => rules.snapshot().map(|it| it.server().to_owned()),
                _ => None,
            };
            let silent: String = report.seen.silent.iter().map(ToString::to_string).collect();
            (from, began.elapsed().as_millis(), silent)
        })
    }

    fn from(server: &str) -> Option<String> {
        Some(server.to_owned())
    }

    #[test]
    fn silent_servers_are_not_waited_for() {
        use Kind::{Empty, Files, Silent};
        let quick = Files(Duration::from_millis(10));
        assert_eq!(run([quick, Silent, Silent]), (from("http://a/"), 20, String::new()));
        assert_eq!(run([Silent, quick, quick]), (from("http://b/"), 520, "http://a/".to_owned()));
        let silent = "http://a/http://b/".to_owned();
        assert_eq!(run([Silent, Silent, quick]), (from("http://c/"), 1_020, silent));
        assert_eq!(run([Empty, Silent, quick]).1, 520, "a refusal is not a silence");
        let silent = "http://a/http://b/http://c/".to_owned();
        assert_eq!(run([Silent; 3]), (None, 101_000, silent), "the last one has its share");
    }

    #[test]
    fn server_that_answers_slowly_gets_time() {
        use Kind::Files;
        let (slow, quick) = (Files(4 * SECOND), Files(Duration::from_millis(10)));
        assert_eq!(run([slow, quick, quick]), (from("http://a/"), 8_000, String::new()));
        let endless = Files(1_000 * SECOND);
        assert_eq!(run([endless, quick, quick]), (from("http://b/"), 10_020, String::new()));
    }

    /// The first server has what runs.
    #[test]
    fn server_whose_newer_generation_was_rejected_is_asked_again() {
        use Kind::{Files, Silent};
        let quick = Files(Duration::from_millis(10));
        let file = KnownFile::of(&Arc::new(b"<DialRules/>".to_vec()));
        let running = RuleSnapshot {
            server: String::new(),
            provenance: None,
            application: file.clone(),
            lookup: Some(file),
        };
        let doubting = |doubted: &[&str]| {
            let doubted = doubted.iter().map(|it| Server::parse(it).unwrap()).collect();
            run_while(Some(running.clone()), doubted, [quick, Silent, Silent])
        };
        assert_eq!(doubting(&[]), (None, 20, String::new()));
        let silent = "http://b/".to_owned();
        assert_eq!(doubting(&["http://b/"]), (None, 3_020, silent), "it is not waited for long");
    }
}
