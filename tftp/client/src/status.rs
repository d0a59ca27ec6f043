//! The status of a core: shown to users, sent to subscribers, and reported to the server.

use adr_protocol::{Refusal, Report, Transport as Reported};
use serde::Serialize;

use crate::follow::Transport;
use crate::freshness::{self, Freshness};
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::snapshot::RuleSnapshot;

/// The status of a core. Subscribers receive a new one whenever it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The generation that is running; 0 without rules, or where the server has no manifest.
    pub generation: u64,
    /// SHA-256 of its manifest, lower-case hexadecimal; empty without a manifest.
    pub sha256: String,
    /// How many application dial rules are running.
    pub application_rules: usize,
    /// How many directory lookup rules are running.
    pub lookup_rules: usize,
    /// Whether there are rules at all. Without rules every number is unchanged.
    pub has_rules: bool,
    /// The address of the server that sent the rules; empty without rules.
    pub server: String,
    /// Whether the rules were read from the cache and no server has confirmed them since the start.
    pub from_cache: bool,
    /// How the core learns of changes; `None` before the first attempt.
    pub transport: Option<Transport>,
    /// The address of the server that is followed; empty while none answers, or while only TFTP
    /// servers are polled.
    pub followed: String,
    /// When the signature of the running generation expires, in seconds since 1970, UTC; `None` for
    /// never, or not signed.
    pub expires: Option<u64>,
    /// Whether the rules may be held back.
    pub freshness: Freshness,
    /// The newest generation that was rejected and is newer than the running one, also if another
    /// server has what runs; else what the last check rejected, or why the rules were not saved.
    pub refused: Option<Refusal>,
    /// The name by which this core reports to the server.
    pub client: String,
    /// The version of this core.
    pub version: &'static str,
}

impl Status {
    /// The status of a core that was just opened.
    #[must_use]
    pub(crate) fn new(client: String, rules: &Rules) -> Self {
        let mut status = Self {
            client,
            version: env!("CARGO_PKG_VERSION"),
            from_cache: rules.snapshot().is_some(),
            ..Self::default()
        };
        status.set_rules(rules);
        status
    }

    pub(crate) fn set_rules(&mut self, rules: &Rules) {
        let snapshot = rules.snapshot();
        self.generation = rules.generation();
        self.sha256 = snapshot.and_then(RuleSnapshot::sha256).unwrap_or_default().to_owned();
        self.application_rules = rules.application_count();
        self.lookup_rules = rules.lookup_count();
        self.has_rules = snapshot.is_some();
        self.server = snapshot.map_or_else(String::new, |snapshot| snapshot.server().to_owned());
        self.expires = snapshot.and_then(RuleSnapshot::expires);
    }

    pub(crate) fn set_rejection(&mut self, rejection: Option<&Rejection>) {
        self.refused = rejection.map(Rejection::to_refusal);
    }

    /// The report for the server.
    #[must_use]
    pub(crate) fn report(&self) -> Report {
        Report {
            client: self.client.clone(),
            generation: self.generation,
            sha256: self.sha256.clone(),
            version: self.version.to_owned(),
            transport: self.transport.map(|transport| match transport {
                Transport::Events => Reported::Events,
                Transport::LongPoll => Reported::LongPoll,
                Transport::Poll if self.server.starts_with("tftp:") => Reported::Tftp,
                Transport::Poll => Reported::Poll,
            }),
            freshness: self.has_rules.then_some(self.freshness),
            refused: self.refused.clone(),
        }
    }

    /// What changed since an earlier status, as lines for a log.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        let is_other = (self.generation, &self.sha256, &self.server)
            != (earlier.generation, &earlier.sha256, &earlier.server);
        if self.has_rules && (is_other || !earlier.has_rules) {
            lines.push(self.running_line());
        }
        if self.refused != earlier.refused {
            lines.push(match &self.refused {
                Some(refusal) => format!("rejected: {}", refusal.detail),
                None => "nothing is rejected any more".to_owned(),
            });
        }
        lines.extend(self.following_line(earlier));
        if self.freshness != earlier.freshness {
            lines.push(freshness::line(self.freshness).to_owned());
        }
        lines
    }

    /// What changed about the server that is followed: it is gone, back, or another one.
    fn following_line(&self, earlier: &Self) -> Option<String> {
        let transport = self.transport?;
        let (now, before) = (&self.followed, &earlier.followed);
        if now == before && self.transport == earlier.transport {
            return None;
        }
        match (now.as_str(), before.as_str()) {
            ("", "") => Some(format!("following the servers by {}", transport.word())),
            ("", before) => Some(format!("{before} does not answer; trying again")),
            (now, _) => Some(format!("following {now} by {}", transport.word())),
        }
    }

    fn running_line(&self) -> String {
        let rules = match self.generation {
            0 => "rules without a generation are".to_owned(),
            generation => format!("generation {generation} is"),
        };
        let source = if self.from_cache { " (from the cache)" } else { "" };
        format!(
            "{rules} running: {} application and {} lookup rules from {}{source}",
            self.application_rules, self.lookup_rules, self.server
        )
    }
}

#[cfg(test)]
mod tests {
    use adr_bundle::Manifest;

    use super::*;
    use crate::rejection::RejectionCause;

    #[test]
    fn change_of_the_followed_server_has_a_line() {
        let status = |followed: &str, transport| Status {
            followed: followed.to_owned(),
            transport,
            ..Status::default()
        };
        let (events, poll) = (Some(Transport::Events), Some(Transport::Poll));
        let lines = [
            (status("", None), status("http://a/", events), "following http://a/ by events"),
            (
                status("http://a/", events),
                status("", events),
                "http://a/ does not answer; trying again",
            ),
            (status("", events), status("http://a/", events), "following http://a/ by events"),
            (
                status("http://a/", events),
                status("http://b/", events),
                "following http://b/ by events",
            ),
            (status("http://a/", events), status("http://a/", poll), "following http://a/ by poll"),
            (status("", None), status("", poll), "following the servers by poll"),
        ];
        for (before, after, line) in lines {
            assert_eq!(after.changes_since(&before), [line]);
            assert!(after.changes_since(&after).is_empty());
        }
    }

    #[test]
    fn report_says_how_the_core_learns_of_changes() {
        let report = |server: &str, transport| {
            let status = Status { server: server.to_owned(), transport, ..Status::default() };
            status.report().transport
        };
        assert_eq!(report("", None), None);
        assert_eq!(report("http://a/", Some(Transport::Events)), Some(Reported::Events));
        assert_eq!(report("http://a/", Some(Transport::LongPoll)), Some(Reported::LongPoll));
        assert_eq!(report("http://a/", Some(Transport::Poll)), Some(Reported::Poll));
        assert_eq!(report("tftp://a/", Some(Transport::Poll)), Some(Reported::Tftp));
        // without rules nothing can be held back
        let mut status = Status { freshness: Freshness::Expiring, ..Status::default() };
        assert_eq!(status.report().freshness, None);
        status.has_rules = true;
        assert_eq!(status.report().freshness, Some(Freshness::Expiring));
    }

    /// The C header promises that a kilobyte is enough.
    #[test]
    fn longest_status_fits_in_a_kilobyte() {
        let mut status = Status {
            generation: u64::MAX,
            sha256: "f".repeat(64),
            application_rules: usize::MAX,
            lookup_rules: usize::MAX,
            server: "x".repeat(100),
            followed: "x".repeat(100),
            transport: Some(Transport::LongPoll),
            expires: Some(u64::MAX),
            client: "c".repeat(64),
            version: "10.10.10-alpha",
            ..Status::default()
        };
        let field = "\\\"\\u001b\u{e9}".repeat(1_000_000);
        let error = Manifest::parse(format!("{{\"{field}\": 1}}").as_bytes()).unwrap_err();
        let rejection = Rejection::new(&status.server, RejectionCause::InvalidManifest(error));
        status.set_rejection(Some(&rejection.with_generation(Some(u64::MAX))));
        let json = serde_json::to_vec(&status).unwrap();
        assert!(json.len() < 1024, "{}", json.len());
    }
}
