//! What a core runs, as a value that is shown, sent to subscribers and reported.

use adr_protocol::Report;
use serde::Serialize;

use crate::copy::Copy;
use crate::follow::Way;
use crate::refusal::{Reason, Refusal, one_line};
use crate::rules::Rules;

/// The state of a core. A new one is sent to subscribers whenever it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The generation that runs; 0 for none, or where the server has no manifest.
    pub generation: u64,
    /// SHA-256 of its manifest; empty for none.
    pub sha256: String,
    /// Application dial rules that a client keeps.
    pub application_rules: usize,
    /// Directory lookup rules that a client keeps.
    pub lookup_rules: usize,
    /// Whether there are rules at all; without them every number stays as it is.
    pub has_rules: bool,
    /// Where the rules came from; empty for nowhere.
    pub server: String,
    /// Whether they came from the disk and no server has confirmed them yet.
    pub from_cache: bool,
    /// How the core is told of changes: `events`, `long-poll` or `poll`; empty before the first
    /// try.
    pub way: &'static str,
    /// When the signature of what runs expires, in seconds since 1970, UTC.
    pub expires: Option<u64>,
    /// What was not taken last; `None` when the last look was fine.
    pub refused: Option<Refused>,
    /// The name of this core, by which it reports.
    pub client: String,
    /// Version of this core.
    pub version: &'static str,
}

/// What was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The generation that was offered; 0 where nobody knows.
    pub generation: u64,
    /// In one word, such as `older`.
    pub reason: Reason,
    /// One line for people, of at most [`DETAIL_CHARACTERS`](adr_protocol::DETAIL_CHARACTERS).
    pub detail: String,
}

impl Status {
    /// The state of a core that was just opened.
    #[must_use]
    pub(crate) fn new(client: String, rules: &Rules) -> Self {
        let mut status = Self {
            client,
            version: env!("CARGO_PKG_VERSION"),
            from_cache: rules.copy().is_some(),
            ..Self::default()
        };
        status.runs(rules);
        status
    }

    /// These rules run now.
    pub(crate) fn runs(&mut self, rules: &Rules) {
        let copy = rules.copy();
        self.generation = rules.generation();
        self.sha256 = copy.and_then(Copy::sha256).unwrap_or_default().to_owned();
        (self.application_rules, self.lookup_rules) = rules.counts();
        self.has_rules = copy.is_some();
        self.server = copy.map_or_else(String::new, |copy| copy.server().to_owned());
        self.expires = copy.and_then(Copy::expires);
    }

    /// This was not taken.
    pub(crate) fn refuses(&mut self, refusal: &Refusal) {
        self.refused = Some(Refused {
            generation: refusal.generation.unwrap_or(0),
            reason: refusal.reason,
            detail: one_line(&refusal.to_string()),
        });
    }

    /// This way is being followed.
    pub(crate) fn follows(&mut self, way: Way) {
        self.way = way.word();
    }

    /// What the server is told.
    #[must_use]
    pub(crate) fn report(&self) -> Report {
        let refused = self.refused.as_ref().map(|refused| adr_protocol::Refusal {
            generation: refused.generation,
            reason: refused.reason,
            detail: refused.detail.clone(),
        });
        Report {
            client: self.client.clone(),
            generation: self.generation,
            sha256: self.sha256.clone(),
            version: self.version.to_owned(),
            refused,
        }
    }

    /// What became different since `before`, in lines for people.
    #[must_use]
    pub fn news(&self, before: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        let is_other = (self.generation, &self.sha256, &self.server)
            != (before.generation, &before.sha256, &before.server);
        if self.has_rules && (is_other || !before.has_rules) {
            lines.push(self.runs_line());
        }
        if self.refused != before.refused {
            match &self.refused {
                Some(refused) => lines.push(format!("not taken: {}", refused.detail)),
                None => lines.push("what was refused is mended".to_owned()),
            }
        }
        if self.way != before.way && !self.way.is_empty() {
            lines.push(format!("following by {}", self.way));
        }
        lines
    }

    fn runs_line(&self) -> String {
        let (application, lookup) = (self.application_rules, self.lookup_rules);
        let what = match self.generation {
            0 => "rules without a generation".to_owned(),
            generation => format!("generation {generation}"),
        };
        let source = if self.from_cache { " (kept on disk)" } else { "" };
        format!(
            "{what} runs: {application} application and {lookup} lookup rules from {}{source}",
            self.server
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the header of the library for C says.
    #[test]
    fn a_kilobyte_is_enough() {
        let mut status = Status {
            generation: u64::MAX,
            sha256: "f".repeat(64),
            application_rules: usize::MAX,
            lookup_rules: usize::MAX,
            server: "x".repeat(100),
            way: Way::LongPoll.word(),
            expires: Some(u64::MAX),
            client: "c".repeat(64),
            version: "10.10.10-alpha",
            ..Status::default()
        };
        let said = format!("unknown field `{}`", "\"\u{1b}é".repeat(1_000_000));
        let refusal = Refusal::new(Reason::BadSignature, &status.server, said);
        status.refuses(&refusal.of_generation(u64::MAX));
        let json = serde_json::to_vec(&status).unwrap();
        assert!(json.len() < 1024, "{}", json.len());
    }
}
