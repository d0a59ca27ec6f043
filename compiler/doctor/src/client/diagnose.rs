//! From what was seen of a client to a diagnosis.

use super::cause::CHECKS;
use super::observation::{FileOutcome, List, Observations, PlanMatch, Process};
use super::server::{ServerSeen, servers};
use crate::cause::run;
use crate::diagnosis::{Diagnosis, Outcome, Unseen};
use crate::step::{Area, Step};

/// Most servers that are named because they were not asked. Others are counted.
const MAX_NAMED_SERVERS: usize = 10;

/// Judges what was seen of a softphone.
///
/// ```
/// use adr_doctor::client::{Observations, diagnose};
///
/// let seen = Observations { addresses: Some(Vec::new()), ..Observations::default() };
/// assert_eq!(diagnose(&seen).names(), ["no-tftp-address"]);
/// ```
#[must_use]
pub fn diagnose(seen: &Observations) -> Diagnosis {
    let diagnosis = Diagnosis::of(Area::Client, subject(seen), &facts(seen), run(CHECKS, seen));
    let unseen = unseen(seen, &diagnosis);
    let (has_looked, unjudged) = (has_looked(seen, &diagnosis), unjudged(seen));
    Diagnosis { unseen, unjudged, remarks: remarks(seen), has_looked, ..diagnosis }
}

/// The causes that cannot be judged although their step was looked at, with what they need.
fn unjudged(seen: &Observations) -> Vec<(&'static str, &'static str)> {
    let needs = [
        ("rules-not-of-plan", "no dial plan is given", seen.has_plan),
        ("client-older-than-rules", "no list of processes is given", seen.processes.is_some()),
        ("logged-number-disagrees", "no log is given", seen.numbers.is_some()),
    ];
    let missing = needs.into_iter().filter(|(.., is_given)| !is_given);
    missing.map(|(name, why, _)| (name, why)).collect()
}

fn subject(seen: &Observations) -> String {
    let servers: Vec<&str> = servers(seen).iter().map(|server| server.name).collect();
    match servers.is_empty() {
        true => "softphone".to_owned(),
        false => format!("softphone, rules from {}", servers.join(", ")),
    }
}

/// A short fact for each step that was looked at.
fn facts(seen: &Observations) -> Vec<(Step, String)> {
    let mut facts: Vec<(Step, String)> = Vec::new();
    if let Some(addresses) = &seen.addresses {
        let mut shown: Vec<&str> = addresses.iter().map(|it| &*it.address).collect();
        shown.dedup();
        facts.push((Step::Configuration, shown.join(", ")));
    }
    let servers = servers(seen);
    if !servers.is_empty() {
        let answering = servers.iter().filter(|server| server.answers()).count();
        facts.push((Step::Server, format!("{answering} of {} answer", servers.len())));
    }
    if servers.iter().any(ServerSeen::answers) {
        let is_there = |outcome: &FileOutcome| matches!(outcome, FileOutcome::Read(_));
        let there = seen.files.iter().filter(|file| is_there(&file.outcome)).count();
        facts.push((Step::File, format!("{there} of {} requests gave a file", seen.files.len())));
    }
    if let Some(rules) = rules(seen) {
        facts.push((Step::Rules, rules));
    }
    facts
}

/// How many rules the client reads, of the first file of each list.
fn rules(seen: &Observations) -> Option<String> {
    let count = |list: List| {
        seen.files.iter().find_map(|file| match &file.outcome {
            FileOutcome::Read(read) if file.list == list => Some(read.rules),
            _ => None,
        })
    };
    let text = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    let (application, lookup) = (count(List::Application), count(List::Lookup));
    (application.is_some() || lookup.is_some())
        .then(|| format!("{} application, {} lookup", text(application), text(lookup)))
}

fn unseen(seen: &Observations, diagnosis: &Diagnosis) -> Vec<Unseen> {
    let mut unseen: Vec<Unseen> = Vec::new();
    let mut add = |what: &str, why: &str| {
        unseen.push(Unseen { what: what.to_owned(), why: why.to_owned() });
    };
    for at in diagnosis.path.iter().filter(|at| at.outcome == Outcome::NotReached) {
        add(&format!("the step {}", at.step.title()), "an earlier step stops before it");
    }
    if seen.addresses.is_none() {
        let why = "no settings are given; name exports of the PC, or use `--this-pc` on it";
        add("where the client gets its settings", why);
    } else {
        let why = "a client may also get its server by DHCP options 150 and 66, or by the records \
                   of DNS; `--server HOST` asks such a server";
        add("other sources of the TFTP address", why);
    }
    if seen.files.is_empty() && seen.addresses.is_none() {
        add("the servers", "no server is known; `--server HOST` asks one");
    }
    if let Some(others) = not_asked(seen) {
        let asked = servers(seen).len();
        let why = format!("only the first {asked} servers were asked; ask these with `--server`");
        add(&others, &why);
    }
    if !seen.has_plan && !seen.files.is_empty() {
        add("whether the rules are current", "no dial plan is given; `--plan PATH` compares them");
    }
    programs(seen, &mut add);
    if seen.numbers.is_none() {
        add("numbers before and after the rules", "no log is given; `--log FILE` reads one");
    }
    unseen
}

/// The servers that were not asked, as the beginning of a sentence; `None` if all were.
fn not_asked(seen: &Observations) -> Option<String> {
    let names = &seen.servers_not_asked;
    let shown: Vec<String> =
        names.iter().take(MAX_NAMED_SERVERS).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MAX_NAMED_SERVERS) {
        _ if shown.is_empty() => None,
        0 => Some(format!("the servers {}", shown.join(", "))),
        more => Some(format!("the servers {} and {more} more", shown.join(", "))),
    }
}

/// What cannot be said of the programs that run.
fn programs(seen: &Observations, add: &mut impl FnMut(&str, &str)) {
    let Some(processes) = &seen.processes else {
        let why = "no list of processes is given; `--processes FILE` reads one, and on Windows \
                   `--this-pc` makes it";
        add("running programs", why);
        return;
    };
    let any = |is: fn(&Process) -> bool| processes.iter().any(is);
    if processes.is_empty() {
        add("running programs", "the list has no program of a client that adrc knows");
    }
    if any(|process| process.is_ambiguous) {
        let why = "a date such as `05/11/2026` can be read in two ways; take the list with";
        add("the start of some programs", &format!("{why} {LIST_WITH_ZONES}"));
    } else if any(|process| process.started.is_none()) {
        add("the start of some programs", &format!("the list has none; use {LIST_WITH_ZONES}"));
    } else if seen.changed.is_none() && !processes.is_empty() {
        let why = "no server says when the files changed; `--changed TIME` says it";
        add("whether programs are older than the rules", why);
    }
    if any(|process| process.has_no_zone && process.started.is_some()) {
        let why = "the list has times without a zone, which are taken in that of `--zone`, or UTC; \
                   take the list with";
        add("the zone of the starts of programs", &format!("{why} {LIST_WITH_ZONES}"));
    }
}

/// A command of PowerShell that writes starts that can be read in one way only.
const LIST_WITH_ZONES: &str = "`Get-Process | Select-Object Name,@{n='StartTime';\
                               e={$_.StartTime.ToString('o')}} | ConvertTo-Csv`";

/// Whether something was looked at: an answer about settings or servers, a program whose start can
/// be compared, or a line of a log that mentions rules.
fn has_looked(seen: &Observations, diagnosis: &Diagnosis) -> bool {
    let mut started = seen.processes.iter().flatten().filter(|one| one.started.is_some());
    diagnosis.has_looked
        || (seen.changed.is_some() && started.next().is_some())
        || seen.numbers.as_ref().is_some_and(|log| log.mentions > 0)
}

/// Facts that are not faults, and limits of these clients.
fn remarks(seen: &Observations) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    for address in seen.addresses.iter().flatten() {
        let (client, name) = (&address.client, &address.name);
        let (place, value, reason) = (&address.place, &address.address, &address.reason);
        remarks.push(format!("{client}: `{name}` is `{value}`, from {place}: {reason}"));
    }
    let site = seen.files.iter().find_map(|file| match &file.outcome {
        FileOutcome::Read(read) => match &read.plan {
            Some(PlanMatch::Site(site)) => Some(site),
            _ => None,
        },
        _ => None,
    });
    if let Some(site) = site {
        remarks.push(format!("this machine gets the rules of the site `{site}`"));
    }
    if let Some(log) = &seen.numbers {
        remarks.push(format!(
            "{} of {} lines of the log mention rules, {} of them with numbers that the rules give; \
             no public text says how these lines look, so this is a guess",
            log.mentions, log.lines, log.agreeing
        ));
        remarks.extend(log.unknown_lines.iter().map(|line| format!("unknown: {line}")));
    }
    remarks.push(
        "no device of the kind Client Services Framework is needed for dial rules: it is for the \
         soft phone only"
            .to_owned(),
    );
    remarks.push(
        "CSF's soft phone is a SIP phone: it has no Cisco Unified Video Advantage, cannot be the \
         target of MLPP, has no direct transfer, and plays no hold tone"
            .to_owned(),
    );
    remarks.push(access_codes(seen.release.as_deref()));
    remarks
}

/// What a release does with forced authorization codes and client matter codes.
fn access_codes(release: Option<&str>) -> String {
    let major = release.and_then(|release| release.split('.').next()?.parse::<u32>().ok());
    match (release, major) {
        (Some(release), Some(7 | 8)) => format!(
            "CSF {release} does not support forced authorization codes and client matter codes"
        ),
        (Some(release), Some(major)) if major > 8 => format!(
            "guides of release {release} say that SIP phones support forced authorization codes and \
             client matter codes"
        ),
        _ => {
            "CSF 7 and 8 do not support forced authorization codes and client matter codes; newer \
              guides say that SIP phones support them"
                .to_owned()
        }
    }
}
