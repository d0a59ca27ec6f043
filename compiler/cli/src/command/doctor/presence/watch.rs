//! `--watch`: looks again and again, and writes a line for each change.

use std::time::Duration;

use adr_doctor::{Diagnosis, Found};
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
    let mut before: Option<Diagnosis> = None;
    let mut is_announced = false;
    loop {
        let (seen, unseen) = looker.look()?;
        looker.settings.rejected = rejected_logins(&seen);
        let now = judge(&seen, unseen);
        match &before {
            None => drop(report(&now, DoctorFormat::Text, console)?),
            Some(before) => {
                let time = utc(u64::try_from(seen.looked_at).unwrap_or_default());
                for change in changes(before, &now) {
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
        before = Some(now);
        std::thread::sleep(pause.max(SHORTEST));
    }
}

/// What differs, one line each: causes that are gone, causes that are new or differ, then steps.
fn changes(before: &Diagnosis, now: &Diagnosis) -> Vec<String> {
    let (old, new) = (before.names(), now.names());
    let known: Vec<_> = before.found.iter().map(lasting).collect();
    let gone = old.iter().filter(|name| !new.contains(name)).map(|name| format!("gone: {name}"));
    let found = now.found.iter().filter(|one| !known.contains(&lasting(one))).map(|one| {
        let name = one.cause.finding.name;
        match old.contains(&name) {
            true => {
                let facts = [std::slice::from_ref(&one.message), &one.evidence].concat();
                format!("changed: {name}: {}", facts.join("; "))
            }
            false => format!("found: {name}: {}", one.message),
        }
    });
    let steps = now.path.iter().filter_map(|at| {
        let earlier = before.outcome(at.step)?;
        let change = || format!("{}: {} -> {}", at.step.word(), earlier.word(), at.outcome.word());
        (earlier != at.outcome).then(change)
    });
    let mut changes: Vec<String> = gone.chain(found).chain(steps).collect();
    changes.dedup();
    if !before.is_healthy() && now.is_healthy() {
        changes.push(adr_render::diagnosis::NOTHING_WRONG.to_owned());
    }
    changes
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
    use adr_doctor::presence::observation::{Connection, ConnectionFailure, Resolution};
    use adr_doctor::presence::{Observations, diagnose};

    use super::*;

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
