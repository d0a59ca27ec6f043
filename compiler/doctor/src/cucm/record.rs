//! A record of what was seen of a cluster, as a file that can be judged again.

use std::collections::BTreeMap;

use super::observation::{Answer, Observations};
use crate::record::{Format, RecordError};

/// The version of the format. It is raised when a field changes its name or meaning.
pub const RECORD_VERSION: u32 = 1;

/// The most bytes of a record that is read: 64 MiB. 100,000 patterns have about 20 MiB.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

const FORMAT: Format =
    Format { name: "adrc doctor cucm", version: RECORD_VERSION, max_bytes: MAX_RECORD_BYTES };

/// Reasons of CUCM for the state of a service that stay in a record.
const REASONS: [&str; 3] =
    ["Service Not Activated", "Commanded Out of Service", "Component is not running"];

/// States of services that stay in a record.
const STATES: [&str; 4] = ["Started", "Stopped", "Starting", "Stopping"];

/// Writes observations as a record: JSON, with a final line end. It leaves nothing out; see
/// [`Observations::anonymized`].
#[must_use]
pub fn write_record(observations: &Observations) -> String {
    FORMAT.write(observations)
}

/// Reads a record.
///
/// ```
/// use adr_doctor::cucm::{Observations, read_record, write_record};
///
/// let seen = Observations { cluster: "hq".to_owned(), ..Observations::default() };
/// assert_eq!(read_record(write_record(&seen).as_bytes()), Ok(seen));
/// assert!(read_record(b"{}").is_err());
/// ```
///
/// # Errors
///
/// The bytes are not a record, are of another version, or are more than the limit.
pub fn read_record(bytes: &[u8]) -> Result<Observations, RecordError> {
    FORMAT.read(bytes)
}

impl Observations {
    /// The same observations with other names for the cluster, its nodes, partitions, rules and
    /// domains. Of texts of errors only the kind stays, because they can have names of hosts and
    /// users. Patterns, rules and the release stay, because the findings depend on them.
    ///
    /// The doctor finds the same causes in both.
    #[must_use]
    pub fn anonymized(&self) -> Self {
        let mut seen = self.clone();
        let mut hosts = Names::new("node");
        for node in seen.nodes.iter_mut().flatten() {
            node.name = hosts.of(&node.name);
        }
        let cluster = std::mem::replace(&mut seen.cluster, "cluster".to_owned());
        hosts.known.insert(cluster, "cluster".to_owned());
        for one in &mut seen.access {
            one.what = without_quotes(&hosts.replaced(&one.what));
            if let Answer::Failed(error) | Answer::NotAsked(error) = &mut one.answer {
                *error = kind(error);
            }
        }
        for node in seen.nodes.iter_mut().flatten() {
            if !REASONS.contains(&node.reason.trim()) {
                node.reason.clear();
            }
            if let Some(state) = node.state.as_mut().filter(|state| !STATES.contains(&&***state)) {
                "Unknown".clone_into(state);
            }
            if let Some(Err(error)) = &mut node.files {
                *error = kind(error);
            }
        }
        for error in seen.contents.values_mut().filter_map(|content| content.error.as_mut()) {
            *error = without_quotes(error);
        }
        let mut partitions = Names::new("partition");
        let patterns = seen.patterns.iter_mut().flat_map(|patterns| &mut patterns.list);
        let listed = seen.search_space.iter_mut().flatten();
        for name in patterns.map(|pattern| &mut pattern.partition).chain(listed) {
            *name = partitions.of(name);
        }
        let mut domains = Names::new("domain");
        for name in seen.mlpp.iter_mut().flat_map(|mlpp| &mut mlpp.domains) {
            *name = domains.of(name);
        }
        let plan = seen.plan.iter_mut();
        let plan = plan.map(|plan| {
            plan.title = "plan".to_owned();
            &mut plan.lists
        });
        for lists in plan.chain(seen.database.as_mut()) {
            for rule in lists.application.iter_mut().chain(&mut lists.lookup) {
                rule.name.clear();
            }
        }
        seen
    }
}

/// What kind of error a text is about, without anything else of it.
fn kind(error: &str) -> String {
    let folded = error.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    if let Some((_, rest)) = folded.split_once("http ")
        && let Some(status) = rest.get(..3).filter(|it| it.bytes().all(|it| it.is_ascii_digit()))
    {
        return format!("HTTP {status}");
    }
    let kind = if has(&["certificate", "tls", "ssl", "handshake"]) {
        "TLS, or the certificate"
    } else if has(&["refused"]) {
        "the connection was refused"
    } else if has(&["timed out", "timeout", "did not answer", "in time"]) {
        "nothing came in time"
    } else if has(&["resolve", "lookup", "name or service"]) {
        "the name has no address"
    } else {
        "another error"
    };
    kind.to_owned()
}

/// A text without what stands in backticks, except for stand-ins such as `node-1`.
fn without_quotes(text: &str) -> String {
    let is_stand_in = |part: &str| {
        part == "cluster"
            || part.strip_prefix("node-").is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
    };
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 == 1 && !is_stand_in(part) {
        true => "removed",
        false => part,
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Names in place of others, each the same wherever it stands.
struct Names {
    word: &'static str,
    known: BTreeMap<String, String>,
}

impl Names {
    fn new(word: &'static str) -> Self {
        Self { word, known: BTreeMap::new() }
    }

    /// The name in place of one; the empty name stays.
    fn of(&mut self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let next = format!("{}-{}", self.word, self.known.len() + 1);
        self.known.entry(name.to_owned()).or_insert(next).clone()
    }

    /// A text with all known names replaced, the longest first.
    fn replaced(&self, text: &str) -> String {
        let mut names: Vec<(&String, &String)> =
            self.known.iter().filter(|(name, _)| !name.is_empty()).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, (name, new)| text.replace(name, new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cucm::{Access, Node, Service};

    #[test]
    fn foreign_file_is_rejected_with_a_reason() {
        let other = br#"{"format": "something", "version": 1}"#;
        let expected = "this is a file of the format `something`, version 1; adrc reads `adrc \
                        doctor cucm`, version 1";
        assert_eq!(read_record(other).unwrap_err().to_string(), expected);
        for text in ["", "null", "{\"format\": 1}", &"[".repeat(100_000)] {
            assert!(matches!(read_record(text.as_bytes()), Err(RecordError::Invalid(_))));
        }
        let large = vec![b' '; MAX_RECORD_BYTES + 1];
        let error = RecordError::TooLarge { bytes: large.len(), limit: MAX_RECORD_BYTES };
        assert_eq!(read_record(&large), Err(error));
    }

    #[test]
    fn anonymized_record_names_no_host() {
        let failed = |text: &str| Answer::Failed(text.to_owned());
        let access = |what: &str, answer| Access {
            service: Service::ControlCenter,
            what: what.to_owned(),
            answer,
        };
        let seen = Observations {
            cluster: "hq".to_owned(),
            nodes: Some(vec![Node {
                name: "tftp-1.example.com".to_owned(),
                state: Some("Asleep on example.com".to_owned()),
                reason: "jane of example.com stopped it".to_owned(),
                files: Some(Err("cannot connect to 10.1.1.5:6970: refused".to_owned())),
            }]),
            access: vec![
                access("the state of Cisco Tftp on `tftp-1.example.com`", failed("timed out")),
                access("the state on `tftp-2.example.com`", failed("proxy.example.com: HTTP 503")),
                access("rules", failed("tls with pub.example.com: certificate of 10.1.1.5")),
            ],
            ..Observations::default()
        };
        let text = write_record(&seen.anonymized());
        for name in ["example.com", "10.1.1.5", "jane", "Asleep"] {
            assert!(!text.contains(name), "{name}: {text}");
        }
        for part in [
            "the state of Cisco Tftp on `node-1`",
            "the state on `removed`",
            "nothing came in time",
            "the connection was refused",
            "HTTP 503",
            "TLS, or the certificate",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
