//! `--watch`: looks again and again, and writes a line for each change.

use std::time::Duration;

use adr_diagnostic::Severity;
use adr_doctor::{Cause, Diagnosis, Found, Outcome, Step};
use adr_probe::presence::rejected_logins;

use super::super::report::report;
use super::{Looker, judge};
use crate::clock::utc;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::DoctorFormat;

/// The shortest pause, so that a gateway is not asked all the time.
const SHORTEST: Duration = Duration::from_secs(1);

/// What a person must know when adrc does not log in any more.
const NO_MORE_LOGINS: &str = "the server rejected each form of the user name; adrc does not log in \
                              again, so that the account is not locked: start it again to retry";

/// Writes the first diagnosis, and then each change, until the process is ended.
///
/// A login that the server rejected is not repeated.
pub(super) fn watch(
    looker: &mut Looker<'_>,
    pause: Duration,
    console: &Console,
) -> Result<Status, Failure> {
    let mut history: Option<History> = None;
    let mut is_announced = false;
    loop {
        let (seen, unseen) = looker.look()?;
        looker.settings.rejected = rejected_logins(&seen);
        let has_server = unseen.is_none();
        let now = judge(&seen, unseen);
        match &mut history {
            None => {
                report(&now, DoctorFormat::Text, console)?;
                history = Some(History::new(now));
            }
            Some(history) => {
                let time = utc(u64::try_from(seen.looked_at).unwrap_or_default());
                for change in history.next(now, has_server) {
                    console.line(format_args!("{time}  {change}"))?;
                }
            }
        }
        console.flush()?;
        let logins = seen.exchanges.iter().filter(|one| one.user.is_some()).count();
        let is_over = logins > 0 && logins == looker.settings.rejected.len();
        if is_over && !is_announced {
            console.message(NO_MORE_LOGINS);
        }
        is_announced |= is_over;
        std::thread::sleep(pause.max(SHORTEST));
    }
}

/// What is known of a gateway from the looks so far.
struct History {
    /// The last look.
    last: Diagnosis,
    /// What was found in an earlier look and could not be looked at since.
    open: Vec<Found>,
}

impl History {
    fn new(first: Diagnosis) -> Self {
        Self { last: first, open: Vec::new() }
    }

    /// Takes the next look, and says what differs, one line each: causes that are gone or could not
    /// be looked at, causes that are new, differ or are still there, then steps. `has_server` says
    /// whether the presence server itself answered, if it was asked.
    fn next(&mut self, now: Diagnosis, has_server: bool) -> Vec<String> {
        let new = now.names();
        let mut changes: Vec<String> = Vec::new();
        let (mut open, mut still) = (Vec::new(), Vec::new());
        for (found, was_open) in with(&self.last.found, false).chain(with(&self.open, true)) {
            let name = found.cause.finding.name;
            match (new.contains(&name), was_looked_at(found.cause, &now, has_server)) {
                (true, _) if was_open => still.push(found.clone()),
                (true, _) => {}
                (false, true) => changes.push(format!("gone: {name}")),
                (false, false) => {
                    if !was_open {
                        changes.push(format!("not looked at: {name}"));
                    }
                    open.push(found.clone());
                }
            }
        }
        changes.extend(now.found.iter().filter_map(|one| self.of_finding(one, &still)));
        changes.extend(now.path.iter().filter_map(|at| {
            let earlier = self.last.outcome(at.step)?;
            let words = (at.step.word(), earlier.word(), at.outcome.word());
            (earlier != at.outcome).then(|| format!("{}: {} -> {}", words.0, words.1, words.2))
        }));
        changes.dedup();
        let was_healthy = self.is_healthy();
        (self.last, self.open) = (now, open);
        if !was_healthy && self.is_healthy() {
            changes.push(adr_render::diagnosis::NOTHING_WRONG.to_owned());
        }
        changes
    }

    /// What to say of a finding; `None` if it was there before in the same way. `still` has the
    /// earlier findings that could not be looked at until now.
    fn of_finding(&self, one: &Found, still: &[Found]) -> Option<String> {
        let name = one.cause.finding.name;
        let before: Vec<&Found> = self.last.found.iter().chain(still).collect();
        let is_known = before.iter().any(|earlier| lasting(earlier) == lasting(one));
        let was_open = still.iter().any(|earlier| earlier.cause == one.cause);
        let facts = [std::slice::from_ref(&one.message), &one.evidence].concat();
        match (is_known, before.iter().any(|earlier| earlier.cause == one.cause)) {
            (true, _) => was_open.then(|| format!("still there: {name}: {}", one.message)),
            (false, true) => Some(format!("changed: {name}: {}", facts.join("; "))),
            (false, false) => Some(format!("found: {name}: {}", one.message)),
        }
    }

    /// Whether there are neither errors nor warnings, also none that could not be looked at.
    fn is_healthy(&self) -> bool {
        let is_note = |found: &Found| found.severity == Severity::Information;
        self.last.is_healthy() && self.open.iter().all(is_note)
    }
}

/// Findings, each with the same mark.
fn with(found: &[Found], mark: bool) -> impl Iterator<Item = (&Found, bool)> {
    found.iter().map(move |one| (one, mark))
}

/// Whether a look shows that a cause is gone if it is not found: what it depends on was seen.
fn was_looked_at(cause: &Cause, now: &Diagnosis, has_server: bool) -> bool {
    match (cause.step, cause.finding.name) {
        // the field of the gateway, and what people see
        (Step::You, _) => true,
        (Step::PresenceServer, _) => has_server,
        (Step::Account, "account-rejected" | "wrong-form-of-user-name") => {
            now.was_seen(Step::Account)
        }
        // the others depend on what is offered to requests without an account
        (Step::Account, _) => {
            now.was_seen(Step::Http) && now.outcome(Step::Account) != Some(Outcome::NotReached)
        }
        (step, _) => now.was_seen(step),
    }
}

/// Name, message and evidence of a finding, without times in milliseconds, which always differ.
fn lasting(found: &Found) -> Vec<String> {
    let name = found.cause.finding.name.to_owned();
    let facts = found.evidence.iter().chain([&found.message]).map(|text| {
        let words: Vec<_> = text.split(' ').collect();
        let is_time = |at: usize| {
            let unit = words
                .get(at + 1)
                .is_some_and(|word| word.trim_end_matches([',', ':', ';', '.']) == "ms");
            unit && words[at].bytes().all(|byte| byte.is_ascii_digit())
        };
        let kept = (0..words.len()).filter(|at| !is_time(*at)).map(|at| words[at]);
        kept.collect::<Vec<_>>().join(" ")
    });
    [name].into_iter().chain(facts).collect()
}

#[cfg(test)]
mod tests {
    use adr_doctor::presence::observation::{
        Connection, ConnectionFailure, Endpoint, HttpExchange, Resolution,
    };
    use adr_doctor::presence::{Observations, diagnose};

    use super::*;

    fn changes(before: &Diagnosis, now: &Diagnosis) -> Vec<String> {
        History::new(before.clone()).next(now.clone(), true)
    }

    fn diagnosis(resolution: Resolution) -> Diagnosis {
        diagnose(&Observations {
            gateway: "owa.apps.local".to_owned(),
            port: 443,
            resolution: Some(resolution),
            ..Observations::default()
        })
    }

    #[test]
    fn each_change_is_one_line() {
        let unknown = diagnosis(Resolution::UnknownName);
        let known = diagnosis(Resolution::Addresses(vec![[10, 1, 1, 5].into()]));
        assert!(changes(&unknown, &unknown).is_empty());
        let lines = changes(&unknown, &known);
        assert_eq!(lines[0], "gone: name-does-not-resolve");
        assert!(lines.contains(&"dns: bad -> good".to_owned()), "{lines:?}");
        let lines = changes(&known, &unknown);
        assert!(
            lines[0].starts_with("found: name-does-not-resolve: `owa.apps.local`"),
            "{lines:?}"
        );
    }

    /// A server whose Exchange Web Services answer with a status; `None` for a closed port.
    fn server(status: Option<u16>) -> Diagnosis {
        let address = [10, 1, 1, 5].into();
        let failure = status.is_none().then_some(ConnectionFailure::Refused);
        let exchange = |status| HttpExchange {
            endpoint: Endpoint::Ews,
            user: None,
            milliseconds: 1,
            statuses: vec![status],
            redirects: Vec::new(),
            schemes: vec!["basic".to_owned()],
            headers: Vec::new(),
            failure: None,
        };
        diagnose(&Observations {
            gateway: "owa.apps.local".to_owned(),
            port: 443,
            resolution: Some(Resolution::Addresses(vec![address])),
            connections: vec![Connection { address, milliseconds: 1, failure }],
            exchanges: status.map(exchange).into_iter().collect(),
            ..Observations::default()
        })
    }

    #[test]
    fn cause_behind_a_step_that_was_not_reached_is_kept() {
        let (broken, stopped, right) = (server(Some(503)), server(None), server(Some(401)));
        let mut history = History::new(broken.clone());
        let begins = |lines: &[String], word: &str, name: &str| {
            lines.iter().any(|line| line.starts_with(&format!("{word}: {name}")))
        };
        let lines = history.next(stopped.clone(), true);
        assert_eq!(lines[0], "not looked at: web-service-unavailable", "{lines:?}");
        assert!(begins(&lines, "found", "port-is-closed"), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("gone")), "{lines:?}");
        assert_eq!(history.next(stopped.clone(), true), Vec::<String>::new());
        let lines = history.next(broken, true);
        assert!(begins(&lines, "gone", "port-is-closed"), "{lines:?}");
        assert!(begins(&lines, "still there", "web-service-unavailable"), "{lines:?}");
        assert!(!begins(&lines, "found", ""), "{lines:?}");
        let _ = history.next(stopped, true);
        let lines = history.next(right, true);
        assert!(begins(&lines, "gone", "web-service-unavailable"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some(adr_render::diagnosis::NOTHING_WRONG));
    }

    #[test]
    fn cause_of_a_presence_server_that_does_not_answer_is_kept() {
        let seen = |engine_started| Observations {
            gateway: "owa.apps.local".to_owned(),
            server: adr_doctor::presence::observation::PresenceServer {
                engine_started,
                changed: Some(20),
                ..Default::default()
            },
            ..Observations::default()
        };
        let old = diagnose(&seen(Some(10)));
        assert_eq!(old.names(), ["engine-not-restarted"]);
        let mut history = History::new(old);
        let lines = history.next(diagnose(&seen(None)), false);
        assert_eq!(lines, ["not looked at: engine-not-restarted"]);
        let lines = history.next(diagnose(&seen(Some(30))), true);
        assert_eq!(lines[0], "gone: engine-not-restarted");
    }

    #[test]
    fn other_facts_of_a_cause_are_a_change_and_other_times_are_not() {
        let refused = |address: [u8; 4], milliseconds| {
            diagnose(&Observations {
                gateway: "owa.apps.local".to_owned(),
                port: 443,
                resolution: Some(Resolution::Addresses(vec![address.into()])),
                connections: vec![Connection {
                    address: address.into(),
                    milliseconds,
                    failure: Some(ConnectionFailure::TimedOut),
                }],
                ..Observations::default()
            })
        };
        let before = refused([10, 1, 1, 5], 4_001);
        assert_eq!(changes(&before, &refused([10, 1, 1, 5], 4_003)), Vec::<String>::new());
        let lines = changes(&before, &refused([10, 1, 1, 6], 4_003));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("changed: connection-times-out: "), "{lines:?}");
        assert!(lines[0].contains("10.1.1.6"), "{lines:?}");
    }
}
