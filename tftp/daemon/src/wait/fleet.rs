//! The client cores of all servers together, and how far they are. Plain values, no sockets.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::SocketAddr;

use adr_protocol::{ClientRow, ClientState, Clients};
use adr_watcher::publish::Base;

/// What a server answered about its cores.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The address of its admin port.
    pub(super) admin: SocketAddr,
    /// Its sums. The rows are those of all cores if there are several servers, else at least the
    /// first ones that do not run what it serves.
    pub(super) clients: Clients,
}

/// How far the cores are with a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All of them run it.
    Done,
    /// Some of them do not run it yet, or none is known yet.
    Pending,
    /// All of them run it or refuse it for a reason that lasts.
    Refused,
}

/// A server that serves another generation than the one that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub(super) admin: SocketAddr,
    /// What it serves.
    pub(super) generation: u64,
}

/// The cores of all servers, each counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fleet {
    /// The admin ports that were asked.
    pub(super) admins: Vec<SocketAddr>,
    /// Servers that serve something else. Their cores count nevertheless.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Cores that run the generation.
    pub(super) current: usize,
    /// Cores that do not.
    pub(super) missing: usize,
    /// The first of these by name, with what their server knows about them.
    pub(super) missing_rows: Vec<ClientRow>,
    /// Cores that are gone, and do not count.
    pub(super) disconnected: usize,
    /// How many of `missing` refuse the generation for a reason that lasts.
    refusing: usize,
}

impl Fleet {
    /// The cores of these servers, and how far they are with the generation `base`.
    pub(super) fn of(answers: &[Answer], base: &Base) -> Self {
        let mut fleet = match answers {
            [answer] => Self::of_one(&answer.clients),
            answers => Self::merged(answers),
        };
        let serves = |clients: &Clients| {
            clients.generation == base.generation && clients.sha256 == base.sha256
        };
        fleet.admins = answers.iter().map(|answer| answer.admin).collect();
        let others = answers.iter().filter(|answer| !serves(&answer.clients));
        let others = others
            .map(|other| Elsewhere { admin: other.admin, generation: other.clients.generation });
        fleet.elsewhere = others.collect();
        let refuses = |row: &&ClientRow| is_lasting_refusal(row, base);
        fleet.refusing = fleet.missing_rows.iter().filter(refuses).count();
        fleet
    }

    /// The cores of a server that lists only the missing ones.
    fn of_one(clients: &Clients) -> Self {
        let is_missing = |row: &&ClientRow| ClientState::MISSING.contains(&row.state);
        Self {
            current: clients.current,
            missing: clients.clients.saturating_sub(clients.current) + clients.expected,
            missing_rows: clients.rows.iter().filter(is_missing).cloned().collect(),
            disconnected: clients.disconnected,
            ..Self::default()
        }
    }

    /// The cores of several servers that list all of them. A core that several servers know follows
    /// the one to which it is connected, or that heard of it last.
    fn merged(answers: &[Answer]) -> Self {
        let mut latest: HashMap<&str, &ClientRow> = HashMap::new();
        for row in answers.iter().flat_map(|answer| &answer.clients.rows) {
            let known = latest.entry(&row.client).or_insert(row);
            if precedence(row) > precedence(known) {
                *known = row;
            }
        }
        let mut fleet = Self::default();
        for row in latest.into_values() {
            match row.state {
                ClientState::Current => fleet.current += 1,
                ClientState::Disconnected => fleet.disconnected += 1,
                ClientState::Behind | ClientState::Refused | ClientState::Expected => {
                    fleet.missing += 1;
                    fleet.missing_rows.push(row.clone());
                }
            }
        }
        fleet.missing_rows.sort_unstable_by(|one, other| one.client.cmp(&other.client));
        fleet
    }

    /// How many cores count.
    pub(super) fn total(&self) -> usize {
        self.current + self.missing
    }

    /// How far the cores are. Without any core, that is success only if `allows_none`.
    pub(super) fn progress(&self, allows_none: bool) -> Progress {
        if !self.elsewhere.is_empty() {
            return Progress::Pending;
        }
        match (self.current, self.missing) {
            (0, 0) if !allows_none => Progress::Pending,
            (_, 0) => Progress::Done,
            (_, missing) if self.refusing == missing => Progress::Refused,
            _ => Progress::Pending,
        }
    }
}

/// Which of two rows about one core counts: the greater one. If two servers heard of it at the same
/// time, the one that waits for it counts.
fn precedence(row: &ClientRow) -> (bool, Reverse<u64>, bool) {
    let is_absent = matches!(row.state, ClientState::Expected | ClientState::Disconnected);
    (!is_absent, Reverse(row.last_seen_seconds), ClientState::MISSING.contains(&row.state))
}

/// Whether a core rejected this generation or a later one, and will not try again.
fn is_lasting_refusal(row: &ClientRow, base: &Base) -> bool {
    row.state == ClientState::Refused
        && row.refusal.as_ref().is_some_and(|refusal| {
            refusal.generation >= base.generation && refusal.reason.is_lasting()
        })
}

#[cfg(test)]
pub(super) mod tests;
