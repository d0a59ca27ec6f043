//! Names the causes that the lines of logs stand for.

use std::collections::BTreeMap;

use adr_diagnostic::Severity;

use super::code::Code;
use super::mapping::Meaning;
use super::observation::{Group, LogFile, Observations, TimeSpan};
use super::time::shown;
use crate::cause::Cause;
use crate::diagnosis::{Diagnosis, Unseen};
use crate::found::{Found, Place};
use crate::presence::path;
use crate::step::Area;

/// Most facts of a cause. Further users are counted.
const MAX_FACTS: usize = 12;

/// Most files that are named because they were not read to their end. Others are counted.
const MAX_NAMED_FILES: usize = 10;

/// Names the causes, with the first thing to repair first. A log has no path: it does not say how
/// far a request came.
#[must_use]
pub fn diagnose(seen: &Observations) -> Diagnosis {
    let mut by_cause: BTreeMap<&'static str, (&'static Cause, Vec<Said<'_>>)> = BTreeMap::new();
    let mut remarks: Vec<String> = Vec::new();
    let mut challenges = 0;
    for said in said(&seen.groups) {
        let is_repeated =
            said.user.is_some_and(|name| seen.repeated_logins.iter().any(|user| user == name));
        match Meaning::of(said.group, is_repeated) {
            Meaning::Success => {}
            Meaning::Challenge => challenges += said.count,
            Meaning::Cause(cause) => {
                by_cause.entry(cause.finding.name).or_insert((cause, Vec::new())).1.push(said);
            }
            Meaning::Unknown => {
                let text = format!("{}; the doctor knows no cause for it", said.text(seen));
                remark(&mut remarks, text);
            }
        }
    }
    if challenges > 0 {
        remarks.push(format!(
            "HTTP 401 was followed by a success of the same user, {challenges} times: the server \
             asks for name and password first, which is normal"
        ));
    }
    let found = by_cause.into_values().map(|(cause, said)| found(cause, &said, seen)).collect();
    remarks.extend(unknown_lines(seen));
    remarks.push(NO_PUBLIC_TEXT.to_owned());
    let diagnosis = Diagnosis::of(Area::Log, subject(seen), &[], found);
    let (has_looked, unjudged) = (seen.mentions > 0, unjudged(seen));
    Diagnosis { unseen: unseen(seen), unjudged, remarks, has_looked, ..diagnosis }
}

/// How many lines have a status and name no user.
fn nameless(seen: &Observations, status: u16) -> u64 {
    let is_nameless = |group: &&Group| group.user.is_none() && group.code == Code::Status(status);
    seen.groups.iter().filter(is_nameless).map(|group| group.count).sum()
}

/// The causes that cannot be judged of some lines, with what these need.
fn unjudged(seen: &Observations) -> Vec<(&'static str, &'static str)> {
    let needs = [(401, "account-rejected"), (440, "repeated-440")];
    let nameless = needs.into_iter().filter(|(status, _)| nameless(seen, *status) > 0);
    nameless.map(|(_, cause)| (cause, "some lines do not name the user")).collect()
}

/// Why the reader is generic, and what would make it better.
const NO_PUBLIC_TEXT: &str = "no public text says how the lines of this log look, so adrc goes by statuses, response codes \
     and words; `--anonymize FILE` writes an excerpt without names that you can share with the \
     project";

/// What all lines with one code from one endpoint say about one user.
struct Said<'g> {
    /// The first of the groups, one for each hour.
    group: &'g Group,
    user: Option<&'g str>,
    count: u64,
    span: Option<TimeSpan>,
    /// The most frequent hour: its first time, and its lines.
    hour: Option<(i64, u64)>,
    hours: usize,
}

/// Puts the hours of a code, an endpoint and a user together.
fn said(groups: &[Group]) -> Vec<Said<'_>> {
    let mut all: BTreeMap<_, Said<'_>> = BTreeMap::new();
    for group in groups {
        let Group { code, endpoint, is_challenge, user, span, count } = group;
        let user = user.as_deref();
        let new = || Said { group, user, count: 0, span: None, hour: None, hours: 0 };
        let said = all.entry((code, endpoint, user, is_challenge)).or_insert_with(new);
        said.count += count;
        let Some(TimeSpan { first, last }) = *span else { continue };
        let whole = said.span.get_or_insert(TimeSpan { first, last });
        (whole.first, whole.last) = (whole.first.min(first), whole.last.max(last));
        said.hours += 1;
        if said.hour.is_none_or(|(_, most)| *count > most) {
            said.hour = Some((first - first.rem_euclid(3600), *count));
        }
    }
    all.into_values().collect()
}

impl Said<'_> {
    /// "HTTP 401 of `/owa` for `jane` 12 times, 2026-11-30 10:11:12 to 2026-11-30 12:00:00".
    fn text(&self, seen: &Observations) -> String {
        let mut text = self.group.code.to_string();
        if let Some(endpoint) = self.group.endpoint {
            text.push_str(&format!(" of `{}`", path(endpoint)));
        }
        if let Some(user) = self.user {
            text.push_str(&format!(" for `{}`", shown_user(user)));
        }
        text.push_str(&match self.count {
            1 => " once".to_owned(),
            count => format!(" {count} times"),
        });
        if let Some(TimeSpan { first, last }) = self.span {
            text.push_str(&format!(", {}", shown(first, seen.zone_minutes)));
            if last > first {
                text.push_str(&format!(" to {}", shown(last, seen.zone_minutes)));
            }
        }
        if let Some((hour, count)) = self.hour.filter(|_| self.hours > 1) {
            let hour = shown(hour, seen.zone_minutes);
            text.push_str(&format!("; most of them, {count}, in the hour from {hour}"));
        }
        text
    }
}

/// The name of a user as it is shown: of a name that is a number, only the last two digits.
fn shown_user(user: &str) -> String {
    let is_number = user.chars().all(|c| c.is_ascii_digit() || c == '+');
    match user.len().checked_sub(2) {
        Some(hidden) if is_number => format!("{}{}", "x".repeat(hidden), &user[hidden..]),
        _ => user.to_owned(),
    }
}

fn found(cause: &'static Cause, said: &[Said<'_>], seen: &Observations) -> Found {
    let count: u64 = said.iter().map(|said| said.count).sum();
    let users = said.iter().filter(|said| said.user.is_some()).count();
    let lines = if count == 1 { "1 line says".to_owned() } else { format!("{count} lines say") };
    let whom = match users {
        0 => String::new(),
        1 => " for one user".to_owned(),
        _ => format!(" for {users} users"),
    };
    let codes: std::collections::BTreeSet<String> =
        said.iter().map(|said| said.group.code.to_string()).collect();
    let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
    let mut found = cause.found(format!("{lines} `{codes}`{whom}"));
    let mut frequent: Vec<&Said<'_>> = said.iter().collect();
    frequent.sort_by_key(|said| std::cmp::Reverse(said.count));
    for said in frequent.iter().take(MAX_FACTS) {
        found = found.because(said.text(seen));
    }
    if let Some(more) = frequent.len().checked_sub(MAX_FACTS).filter(|more| *more > 0) {
        found = found.because(format!("and {more} more users or codes"));
    }
    if let Some(fact) = other_users(said, seen) {
        found = found.because(fact);
    }
    // a success of the same user makes HTTP 401 normal
    let is_undecided = |said: &&Said<'_>| said.user.is_none() && is_question(said.group);
    if said.iter().any(|said| is_undecided(&said)) {
        found = found.because(
            "lines of HTTP 401 name no user: they may be only the question for name and password",
        );
        if said.iter().all(|said| is_undecided(&said)) {
            found = found.severity(Severity::Warning);
        }
    }
    found.fix(
        Place::Adrc,
        "ask the gateway itself, which tells similar causes apart",
        ["adrc doctor presence GATEWAY --trust DIR --account USER --mailbox ADDRESS"],
    )
}

/// Whether lines say HTTP 401, with which a server asks for name and password.
fn is_question(group: &Group) -> bool {
    group.code == Code::Status(401)
}

/// Whether requests of other users succeed: then it is about these users, and not about the
/// gateway.
fn other_users(said: &[Said<'_>], seen: &Observations) -> Option<String> {
    if said.iter().any(|said| said.user.is_none()) {
        return None;
    }
    let is_other = |user: &str| said.iter().all(|said| said.user != Some(user));
    let succeeded = seen.groups.iter().filter(|group| group.code.is_success());
    let others: std::collections::BTreeSet<&str> =
        succeeded.filter_map(|it| it.user.as_deref()).filter(|user| is_other(user)).collect();
    match others.len() {
        0 => None,
        1 => Some("requests of one other user succeed".to_owned()),
        count => Some(format!("requests of {count} other users succeed")),
    }
}

fn remark(remarks: &mut Vec<String>, text: String) {
    if remarks.len() < MAX_REMARKS && !remarks.contains(&text) {
        remarks.push(text);
    }
}

/// Most remarks about codes.
const MAX_REMARKS: usize = 20;

/// The lines that the reader does not know, names replaced.
fn unknown_lines(seen: &Observations) -> Vec<String> {
    if seen.unknown == 0 {
        return Vec::new();
    }
    let mut remarks = vec![format!(
        "{} of {} lines that mention `owa`, `ews` or `exchange` say nothing that adrc knows; here \
         are some, with names replaced",
        seen.unknown, seen.mentions
    )];
    remarks.extend(seen.unknown_lines.iter().map(|it| format!("{} times: {}", it.count, it.text)));
    remarks
}

fn unseen(seen: &Observations) -> Vec<Unseen> {
    let mut unseen: Vec<Unseen> = Vec::new();
    let mut add = |what: &str, why: String| unseen.push(Unseen { what: what.to_owned(), why });
    let incomplete: Vec<(&LogFile, &String)> =
        seen.files.iter().filter_map(|file| Some((file, file.incomplete.as_ref()?))).collect();
    for (file, why) in incomplete.iter().take(MAX_NAMED_FILES) {
        add(&file.name, format!("{why}; {} lines were read", file.lines));
    }
    if let Some(more) = incomplete.len().checked_sub(MAX_NAMED_FILES).filter(|more| *more > 0) {
        add("other files", format!("{more} more files were not read to their end"));
    }
    if seen.lines > 0 && seen.mentions == 0 {
        let why = "no line mentions `owa`, `ews` or `exchange`; look at the files `epe*.txt.gz` of \
                   the Cisco Presence Engine, and set its trace level to debug";
        add("requests to Exchange", why.to_owned());
    }
    for (status, what) in
        [(401, "is only the question for name and password"), (440, "repeats within a transaction")]
    {
        let why = match nameless(seen, status) {
            0 => continue,
            1 => "1 such line names no user".to_owned(),
            count => format!("{count} such lines name no user, and may be of several"),
        };
        add(&format!("whether HTTP {status} {what}"), why);
    }
    if seen.left_out > 0 {
        let why = format!("{} lines are in no group, because there are too many", seen.left_out);
        add("some users and hours", why);
    }
    if seen.has_times_without_zone {
        let zone = zone_text(seen.zone_minutes);
        let why = format!("lines have times without a zone, which are taken as {zone}; `--zone`");
        add("the zone of the times", format!("{why} sets another one"));
    }
    unseen
}

/// `UTC` or `UTC+01:00`.
fn zone_text(minutes: i32) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn subject(seen: &Observations) -> String {
    let files = match seen.files.as_slice() {
        [file] => file.name.clone(),
        files => format!("{} files", files.len()),
    };
    format!("{files}, {} lines", seen.lines)
}
