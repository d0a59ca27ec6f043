//! What was seen of a cluster. These values can be recorded and judged again. They hold neither a
//! password nor a code nor the name of a device or a person, and of numbers only the patterns and
//! rules of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use adr_analysis::routing::RoutePattern;
use adr_engine::Rule;
use serde::{Deserialize, Serialize};

/// Everything that was seen. What was not looked at is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observations {
    /// The cluster, or the file of patterns, as the user wrote it.
    pub cluster: String,
    /// The release, such as `15.0.1.10000(32)`.
    pub release: Option<String>,
    /// Which services were asked, and whether the user may use them.
    pub access: Vec<Access>,
    /// The nodes with the service Cisco Tftp.
    pub nodes: Option<Vec<Node>>,
    /// The rules of the distinct files of all nodes, by the SHA-256 of the file.
    pub contents: BTreeMap<String, Content>,
    /// The rules in the database of the cluster.
    pub database: Option<Lists>,
    /// The dial plan, its default view.
    pub plan: Option<Plan>,
    /// The route and translation patterns.
    pub patterns: Option<Patterns>,
    /// The partitions that a softphone can dial, in the order of its search space.
    pub search_space: Option<Vec<String>>,
    /// MLPP domains and softphones.
    pub mlpp: Option<Mlpp>,
    /// The domain of numbers that people dial.
    pub dialed: Dialed,
}

impl Observations {
    /// The partitions of the search space that no pattern is in. They have only directory numbers,
    /// or their names are not spelled as in CUCM. Empty without patterns or a search space.
    #[must_use]
    pub fn unknown_partitions(&self) -> Vec<&str> {
        let Some(patterns) = &self.patterns else { return Vec::new() };
        let known: BTreeSet<&str> =
            patterns.list.iter().map(|one| one.partition.as_str()).collect();
        let listed = self.search_space.iter().flatten().map(String::as_str);
        listed.filter(|name| !name.is_empty() && !known.contains(name)).collect()
    }
}

/// Which texts count as dialed numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialed {
    /// `0-9`, optionally after a `+`.
    #[default]
    Digits,
    /// `0-9 + * #` in any order.
    Dialable,
    /// Any bytes.
    Anything,
}

/// A service that was asked, and how it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The service.
    pub service: Service,
    /// What was asked of it, such as `route patterns`.
    pub what: String,
    /// How it answered.
    pub answer: Answer,
}

/// The services of a cluster that the doctor asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// AXL, the interface to the database.
    Axl,
    /// `ControlCenterServices`, which knows the state of services.
    ControlCenter,
    /// Cisco Tftp, which serves files by HTTP on port 6970.
    Files,
}

/// How a service answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// With a result.
    Granted,
    /// HTTP 401: user or password is wrong.
    Unauthorized,
    /// HTTP 403: a role is missing.
    Forbidden,
    /// With something else, or not at all; what happened.
    Failed(String),
    /// It was not asked; why.
    NotAsked(String),
}

/// A node with the service Cisco Tftp.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// Host name or address, as the cluster lists it.
    pub name: String,
    /// The state of Cisco Tftp, in the words of CUCM such as `Started`; `None` if it is not known.
    pub state: Option<String>,
    /// Why the service is in this state; may be empty.
    pub reason: String,
    /// The files, if the node answered; else why it did not.
    pub files: Option<Result<Vec<File>, String>>,
}

/// A rule file on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path below the TFTP root, such as `CUPC/AppDialRules.xml`.
    pub path: String,
    /// The SHA-256 of its bytes, a key of [`Observations::contents`]; `None` if the node does not
    /// have it.
    pub sha256: Option<String>,
}

impl File {
    /// Whether its name is that of application dial rules.
    #[must_use]
    pub fn is_application(&self) -> bool {
        self.path.rsplit('/').next() == Some("AppDialRules.xml")
    }
}

/// What clients make of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Content {
    /// The size in bytes.
    pub bytes: usize,
    /// The rules that clients read.
    pub rules: Vec<SeenRule>,
    /// Why clients stop reading; `None` if they read it to the end.
    pub error: Option<String>,
}

/// Both lists of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lists {
    /// The application dial rules, the first one first.
    pub application: Vec<SeenRule>,
    /// The directory lookup dial rules, the first one first.
    pub lookup: Vec<SeenRule>,
}

/// A dial plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// What messages call it.
    pub title: String,
    /// Its rules in the default view.
    pub lists: Lists,
    /// Its emergency numbers; `None` for deployed files, which do not name them.
    pub emergency: Option<Vec<String>>,
    /// How many sites it has. Their views are not looked at.
    pub sites: usize,
}

/// A rule with the name that people know it by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeenRule {
    /// Its name; empty in files, which have none.
    pub name: String,
    /// Number Begins With.
    pub begins_with: String,
    /// Number of Digits; zero and below mean any length.
    pub digits: i32,
    /// Total Digits to be Removed.
    pub remove: i32,
    /// Prefix With Pattern.
    pub prefix: String,
}

impl SeenRule {
    /// A rule with a name, which may be empty.
    #[must_use]
    pub fn new(name: impl Into<String>, rule: &Rule) -> Self {
        Self {
            name: name.into(),
            begins_with: rule.begins_with().to_owned(),
            digits: rule.digits(),
            remove: rule.remove(),
            prefix: rule.prefix().to_owned(),
        }
    }

    /// The rule as a client applies it.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule::from_deployed(&self.begins_with, self.digits, self.remove, &self.prefix)
    }
}

/// The route and translation patterns of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patterns {
    /// The patterns.
    pub list: Vec<Pattern>,
    /// Whether the emergency flags are known. AXL has them since 11.0.
    pub has_emergency_flags: bool,
}

/// A pattern that takes numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pattern {
    /// The pattern, such as `9.@`.
    pub pattern: String,
    /// The partition; empty for none.
    pub partition: String,
    /// What it is.
    pub kind: PatternKind,
    /// Whether calls are blocked.
    pub is_blocked: bool,
    /// Whether it is flagged as an emergency number.
    pub is_emergency: bool,
    /// Whether a call needs a forced authorization code.
    pub needs_authorization_code: bool,
    /// Whether a call needs a client matter code.
    pub needs_client_code: bool,
}

/// What a pattern is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternKind {
    /// A route pattern.
    #[default]
    Route,
    /// A translation pattern.
    Translation,
    /// Something else that takes calls, such as a directory number. Its pattern is never shown.
    Other,
}

impl Pattern {
    /// The pattern as routing sees it.
    #[must_use]
    pub fn to_route(&self) -> RoutePattern {
        RoutePattern {
            pattern: self.pattern.clone(),
            partition: self.partition.clone(),
            is_translation: self.kind == PatternKind::Translation,
            is_blocked: self.is_blocked,
            is_emergency: self.is_emergency,
            needs_authorization_code: self.needs_authorization_code,
            needs_client_code: self.needs_client_code,
        }
    }
}

/// MLPP domains, and how many softphones are set up for precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mlpp {
    /// The names of the domains.
    pub domains: Vec<String>,
    /// How many softphones on computers the cluster has.
    pub softphones: usize,
    /// How many of them are set up for precedence by themselves.
    pub with_precedence: usize,
}
