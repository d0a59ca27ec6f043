//! Counts what lines say, in an amount of memory that does not grow with the logs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::anonymize::Anonymizer;
use super::code::Code;
use super::observation::{Group, LogFile, Observations, TimeSpan, UnknownLine};
use super::subject::{endpoint, user};
use super::time::Stamp;
use super::words::mentions_exchange;
use crate::presence::observation::Endpoint;

/// Most groups of code, user and hour.
pub const MAX_GROUPS: usize = 50_000;

/// Most shapes of lines that the reader does not know, and that are counted apart.
const MAX_SHAPES: usize = 2_000;

/// How many lines that the reader does not know are shown, of different shapes.
pub const MAX_SHOWN_UNKNOWN: usize = 5;

/// Longest line that is shown, in characters.
const SHOWN_CHARACTERS: usize = 300;

/// How many HTTP 440 in a row are more than one of each transaction.
pub const REPEATED_LOGINS: u32 = 3;

/// Seconds within which HTTP 440 of one user belong to one transaction.
pub const REPEAT_SECONDS: i64 = 10;

/// How many HTTP 401 may come before a success: one with Basic, two with NTLM.
const MAX_CHALLENGES: usize = 2;

/// Most users whose HTTP 401 or 440 are followed, of one file.
const MAX_USERS: usize = 50_000;

/// Most names of files that are kept.
const MAX_FILES: usize = 10_000;

/// Counts what lines say.
#[derive(Debug)]
pub struct Tally {
    seen: Observations,
    today: i64,
    groups: BTreeMap<GroupKey, (u64, Option<TimeSpan>)>,
    shapes: BTreeMap<String, UnknownLine>,
    repeated: BTreeSet<String>,
    file: FileState,
}

/// What lines of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    code: Code,
    endpoint: Option<Endpoint>,
    user: Option<String>,
    is_challenge: bool,
    /// Hours since 1970.
    hour: Option<i64>,
}

/// A line that says something.
#[derive(Clone, Debug)]
struct Event {
    key: GroupKey,
    time: Option<i64>,
}

/// What is known of the file that is being read.
#[derive(Debug, Default)]
struct FileState {
    name: String,
    lines: u64,
    /// The time of the last line that had one: lines without a time belong to it.
    last: Option<Stamp>,
    /// How many HTTP 440 the user had in a row, and when the last one was. Lines without a user
    /// may be those of many, so they are not followed.
    logins: BTreeMap<String, (u32, Option<i64>)>,
    /// The last HTTP 401 of each user, until it is known what follows.
    challenges: BTreeMap<String, Vec<Event>>,
}

impl Tally {
    /// Begins to count. Times without a zone are in `zone_minutes` east of UTC; dates without a
    /// year are the latest ones before `today`, in seconds since 1970 UTC.
    #[must_use]
    pub fn new(zone_minutes: i32, today: i64) -> Self {
        let seen = Observations { zone_minutes, ..Observations::default() };
        Self {
            seen,
            today,
            groups: BTreeMap::new(),
            shapes: BTreeMap::new(),
            repeated: BTreeSet::new(),
            file: FileState::default(),
        }
    }

    /// Begins a file.
    pub fn begin(&mut self, name: &str) {
        self.settle();
        self.file = FileState { name: name.to_owned(), ..FileState::default() };
    }

    /// Ends a file; `incomplete` says why it was not read to its end.
    pub fn end(&mut self, incomplete: Option<String>) {
        self.settle();
        let FileState { name, lines, .. } = std::mem::take(&mut self.file);
        self.seen.lines += lines;
        if self.seen.files.len() < MAX_FILES || incomplete.is_some() {
            self.seen.files.push(LogFile { name, lines, incomplete });
        }
    }

    /// Counts a line, without its line end.
    pub fn line(&mut self, line: &str) {
        self.file.lines += 1;
        if let Some(stamp) = Stamp::find(line) {
            self.file.last = Some(stamp);
        }
        if !mentions_exchange(line) {
            return;
        }
        self.seen.mentions += 1;
        match Code::of(line) {
            Some(code) => self.event(code, line),
            None => self.unknown(line),
        }
    }

    fn event(&mut self, code: Code, line: &str) {
        let user = user(line).map(|(name, _)| name);
        let stamp = self.file.last;
        let time = stamp.and_then(|stamp| stamp.seconds(self.seen.zone_minutes, self.today));
        self.seen.has_times_without_zone |= stamp.is_some_and(|stamp| !stamp.has_zone());
        if let Some(user) = &user {
            self.login(&code, user, time);
        }
        let hour = time.map(|time| time.div_euclid(3600));
        let endpoint = endpoint(line);
        let key = GroupKey { code, endpoint, user, is_challenge: false, hour };
        let event = Event { key, time };
        match event.key.user.clone() {
            Some(user) if event.key.code == Code::Status(401) => self.challenge(user, event),
            Some(user) => {
                self.answered(&user, &event);
                self.count(event);
            }
            None => self.count(event),
        }
    }

    /// Keeps HTTP 401 of a user until it is known what follows.
    fn challenge(&mut self, user: String, event: Event) {
        let challenges = &mut self.file.challenges;
        if challenges.len() >= MAX_USERS && !challenges.contains_key(&user) {
            self.count(event);
            return;
        }
        let kept = challenges.entry(user).or_default();
        kept.push(event);
        if kept.len() > MAX_CHALLENGES {
            let first = kept.remove(0);
            self.count(first);
        }
    }

    /// Counts the HTTP 401 before a success. A response code of Exchange Web Services shows as well
    /// that name and password were accepted.
    fn answered(&mut self, user: &str, event: &Event) {
        let is_accepted = event.key.code.is_success() || matches!(event.key.code, Code::Ews(_));
        if !is_accepted {
            return;
        }
        let challenges = self.file.challenges.remove(user).unwrap_or_default();
        for mut before in challenges {
            let is_near = match (before.time, event.time) {
                (Some(before), Some(time)) => (time - before).abs() <= REPEAT_SECONDS,
                _ => true,
            };
            let endpoints = before.key.endpoint.zip(event.key.endpoint);
            let is_other = endpoints.is_some_and(|(before, this)| before != this);
            before.key.is_challenge = is_near && !is_other;
            self.count(before);
        }
    }

    /// Counts the HTTP 401 that nothing followed.
    fn settle(&mut self) {
        let challenges = std::mem::take(&mut self.file.challenges);
        challenges.into_values().flatten().for_each(|event| self.count(event));
    }

    fn count(&mut self, Event { key, time }: Event) {
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
            self.seen.left_out += 1;
            return;
        }
        let (count, span) = self.groups.entry(key).or_default();
        *count += 1;
        if let Some(time) = time {
            let span = span.get_or_insert(TimeSpan { first: time, last: time });
            (span.first, span.last) = (span.first.min(time), span.last.max(time));
        }
    }

    /// Counts HTTP 440 of a user in a row: one at the beginning of a transaction is normal.
    fn login(&mut self, code: &Code, user: &str, time: Option<i64>) {
        let logins = &mut self.file.logins;
        if *code != Code::Status(440) {
            logins.remove(user);
            return;
        }
        if logins.len() >= MAX_USERS && !logins.contains_key(user) {
            return;
        }
        let (count, last) = logins.entry(user.to_owned()).or_default();
        let is_near = match (*last, time) {
            (Some(last), Some(time)) => (time - last).abs() <= REPEAT_SECONDS,
            _ => true,
        };
        *count = if is_near { *count + 1 } else { 1 };
        *last = time;
        if *count >= REPEATED_LOGINS && self.repeated.len() < MAX_USERS {
            self.repeated.insert(user.to_owned());
        }
    }

    fn unknown(&mut self, line: &str) {
        self.seen.unknown += 1;
        let text: String =
            Anonymizer::default().line(line).chars().take(SHOWN_CHARACTERS).collect();
        let shape = text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        if let Some(known) = self.shapes.get_mut(&shape) {
            known.count += 1;
            // the same example, whatever the order of the files is
            known.text = std::mem::take(&mut known.text).min(text);
        } else if self.shapes.len() < MAX_SHAPES {
            self.shapes.insert(shape, UnknownLine { text, count: 1 });
        }
    }

    /// What was counted.
    #[must_use]
    pub fn finish(mut self) -> Observations {
        self.settle();
        let group = |(key, (count, span))| {
            let GroupKey { code, endpoint, user, is_challenge, .. } = key;
            Group { code, endpoint, is_challenge, user, span, count }
        };
        self.seen.groups = self.groups.into_iter().map(group).collect();
        self.seen.repeated_logins = self.repeated.into_iter().collect();
        let mut lines: Vec<_> = self.shapes.into_values().collect();
        lines.sort_by(|one, other| (other.count, &one.text).cmp(&(one.count, &other.text)));
        lines.truncate(MAX_SHOWN_UNKNOWN);
        self.seen.unknown_lines = lines;
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i64 = 1_796_040_000;

    fn read(files: &[&str]) -> Observations {
        let mut tally = Tally::new(0, TODAY);
        for (number, text) in files.iter().enumerate() {
            tally.begin(&format!("file{number}"));
            text.lines().for_each(|line| tally.line(line));
            tally.end(None);
        }
        tally.finish()
    }

    #[test]
    fn lines_are_grouped_by_code_user_and_hour() {
        let seen = read(&["2026-11-30 10:00:00 owa user=a HTTP 401\n\
             2026-11-30 10:59:59 owa user=A HTTP 401\n\
             2026-11-30 11:00:00 owa user=a HTTP 401\n\
             2026-11-30 11:00:01 something else\n\
             owa user=b HTTP 401 without a time of its own"]);
        let groups: Vec<_> = seen.groups.iter().map(|it| (it.user.as_deref(), it.count)).collect();
        assert_eq!(groups, [(Some("a"), 2), (Some("a"), 1), (Some("b"), 1)]);
        let span = seen.groups[0].span.unwrap();
        assert_eq!(span.last - span.first, 3_599);
        assert_eq!((seen.lines, seen.mentions, seen.unknown), (5, 4, 0));
        assert!(seen.has_times_without_zone);
    }

    #[test]
    fn order_of_files_changes_nothing() {
        let one = "2026-11-30 10:00:00Z owa user=a HTTP 440\nexchange started for jane\n";
        let other = "2026-11-30 09:00:00Z owa user=a HTTP 440\nexchange started for john\n";
        let (mut ahead, mut back) = (read(&[one, other]), read(&[other, one]));
        ahead.files.clear();
        back.files.clear();
        assert_eq!(ahead, back);
        assert_eq!(ahead.unknown_lines[0].count, 2);
    }

    #[test]
    fn one_login_for_each_transaction_is_not_repeated() {
        let line =
            |time: &str, status: u16| format!("2026-11-30 {time} owa user=a HTTP {status}\n");
        let normal: String = (0..9)
            .map(|minute| line(&format!("10:0{minute}:00"), 440) + &line("10:00:00", 200))
            .collect();
        assert!(read(&[&normal]).repeated_logins.is_empty());
        let apart: String = (0..9).map(|minute| line(&format!("10:0{minute}:00"), 440)).collect();
        assert!(read(&[&apart]).repeated_logins.is_empty());
        let repeated: String =
            (0..3).map(|second| line(&format!("10:00:0{second}"), 440)).collect();
        assert_eq!(read(&[&repeated]).repeated_logins, ["a".to_owned()]);
    }

    #[test]
    fn challenge_is_a_401_before_a_success_of_the_same_user() {
        let challenges = |lines: &str| {
            let all = read(&[lines]).groups;
            let all = all.into_iter().filter(|it| it.code == Code::Status(401));
            all.map(|it| (it.is_challenge, it.count)).collect::<Vec<_>>()
        };
        let at = |second: u32, text: &str| format!("2026-11-30 10:00:{second:02}Z {text}\n");
        let asked = at(0, "GET /ews/exchange.asmx user=a HTTP 401");
        let done = |second| at(second, "GET /ews/exchange.asmx user=a HTTP 200");
        assert_eq!(challenges(&(asked.clone() + &done(1))), [(true, 1)]);
        assert_eq!(challenges(&(asked.repeat(2) + &done(1))), [(true, 2)]);
        assert_eq!(challenges(&(asked.repeat(5) + &done(1))), [(false, 3), (true, 2)]);
        assert_eq!(challenges(&(asked.clone() + &done(59))), [(false, 1)]);
        assert_eq!(challenges(&asked), [(false, 1)]);
        assert_eq!(challenges(&(done(0) + &asked)), [(false, 1)]);
        let other = at(1, "GET /ews/exchange.asmx user=b HTTP 200");
        assert_eq!(challenges(&(asked.clone() + &other)), [(false, 1)]);
        let page = at(1, "GET /owa/ user=a HTTP 200");
        assert_eq!(challenges(&(asked.clone() + &page)), [(false, 1)]);
        let answered = at(1, "EWS user=a ErrorAccessDenied");
        assert_eq!(challenges(&(asked + &answered)), [(true, 1)]);
    }

    /// They may be lines of as many people as there are lines.
    #[test]
    fn lines_without_a_user_are_neither_a_challenge_nor_repeated() {
        let at = |second: u32, text: &str| format!("2026-11-30 10:00:{second:02}Z owa {text}\n");
        let asked = at(0, "POST /ews/exchange.asmx HTTP/1.1 401") + &at(2, "HTTP/1.1 200 OK");
        let groups = read(&[&asked]).groups;
        assert!(groups.iter().all(|group| !group.is_challenge), "{groups:?}");
        let logins: String =
            (0..3).map(|second| at(second, "HTTP/1.1 440 Login Timeout")).collect();
        let seen = read(&[&logins]);
        assert!(seen.repeated_logins.is_empty(), "{seen:?}");
        assert_eq!(seen.groups[0].count, 3);
    }

    #[test]
    fn groups_are_limited_and_the_rest_is_counted() {
        let mut tally = Tally::new(0, TODAY);
        tally.begin("many");
        for number in 0..MAX_GROUPS + 7 {
            tally.line(&format!("owa user=u{number} HTTP 401"));
        }
        let seen = tally.finish();
        assert_eq!((seen.groups.len(), seen.left_out), (MAX_GROUPS, 7));
    }
}
