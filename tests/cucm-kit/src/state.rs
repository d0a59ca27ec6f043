//! Everything that a cluster knows, for tests to read and to change.

use std::collections::BTreeMap;

use crate::changes::{ChangeQueue, Edit};
use crate::devices::Device;
use crate::mlpp::Softphone;
use crate::nodes::Node;
use crate::patterns::Pattern;
use crate::platform::Platform;
use crate::rate::RateLimit;
use crate::rules::{Rule, RuleKind};
use crate::users::User;
use crate::uuid::digest;
use crate::versions::{VERSIONS, version_number};

/// How AXL behaves.
#[derive(Clone, Debug, Default)]
pub struct Axl {
    /// Rows at most in one answer; more are the fault `Query request too large`.
    pub max_rows: Option<usize>,
    /// Whether answers have `t`, `f` and `xsi:nil`, as described for release 14 and newer.
    pub terse_values: bool,
    /// Whether `axlError` is in a namespace.
    pub namespaced_faults: bool,
    /// Adds, updates and removes that are allowed; others get status 503.
    pub write_limit: Option<RateLimit>,
    /// Requests of any kind that are allowed; others get status 503.
    pub limit: Option<RateLimit>,
    /// Whether `listProcessNodeService` omits services that are not activated.
    pub omits_inactive_services: bool,
}

/// How `executeSQLQuery` behaves. The names are those that no public source confirms.
#[derive(Clone, Debug)]
pub struct Sql {
    /// Table of directory lookup rules; `None` if the cluster has no such table.
    pub lookup_table: Option<String>,
    /// Column of the priority in both tables.
    pub priority_column: String,
}

/// How the services of serviceability behave.
#[derive(Clone, Debug, Default)]
pub struct Serviceability {
    /// Requests that are allowed; others get the fault `Exceeded allowed rate`.
    pub limit: Option<RateLimit>,
    /// Whether the children of answers have no namespace, as one public sample shows.
    pub unqualified_answers: bool,
    /// Devices at most in one answer; at most 1,000 whatever this says.
    pub page: Option<usize>,
}

/// Everything that a cluster knows.
#[derive(Debug)]
pub struct State {
    /// Release with build, such as `15.0.1.10000(32)`.
    pub release: String,
    /// Supported schema versions.
    pub versions: Vec<String>,
    /// Users of all services.
    pub users: Vec<User>,
    /// How AXL behaves.
    pub axl: Axl,
    /// How SQL behaves.
    pub sql: Sql,
    /// How ControlCenterServices and RisPort70 behave.
    pub serviceability: Serviceability,
    /// How the upload page behaves.
    pub platform: Platform,
    /// The queue of changes.
    pub changes: ChangeQueue,
    /// Route patterns. A test that changes them also records the change.
    pub route_patterns: Vec<Pattern>,
    /// Translation patterns. A test that changes them also records the change.
    pub translation_patterns: Vec<Pattern>,
    /// MLPP domains: name and identifier; at first `Default`.
    pub mlpp_domains: Vec<(String, String)>,
    /// The softphones that `listPhone` knows.
    pub softphones: Vec<Softphone>,
    /// Nodes; the first is the publisher.
    pub nodes: Vec<Node>,
    /// Registered devices.
    pub devices: Vec<Device>,
    rules: BTreeMap<RuleKind, Vec<Rule>>,
    /// Values of `JSESSIONIDSSO` and their users.
    pub(crate) sso: BTreeMap<String, String>,
    /// The same, of sessions that have ended.
    stale: BTreeMap<String, String>,
    next_uuid: u64,
    secrets: u64,
}

impl State {
    pub(crate) fn new(release: &str) -> Self {
        let mut state = Self {
            release: String::new(),
            versions: Vec::new(),
            users: User::usual(),
            axl: Axl::default(),
            sql: Sql {
                lookup_table: Some("directorylookupdialrule".to_owned()),
                priority_column: "priority".to_owned(),
            },
            serviceability: Serviceability::default(),
            platform: Platform::default(),
            changes: ChangeQueue::default(),
            route_patterns: Vec::new(),
            translation_patterns: Vec::new(),
            mlpp_domains: vec![("Default".to_owned(), "000000".to_owned())],
            softphones: Vec::new(),
            nodes: Vec::new(),
            devices: Vec::new(),
            rules: RuleKind::ALL.map(|kind| (kind, Vec::new())).into(),
            sso: BTreeMap::new(),
            stale: BTreeMap::new(),
            next_uuid: 1,
            secrets: 0,
        };
        state.set_release(release);
        state
    }

    /// Sets the release, and the schema versions that it supports.
    pub fn set_release(&mut self, release: &str) {
        release.clone_into(&mut self.release);
        let own = version_number(release);
        let major = own.0.to_string();
        let listed = VERSIONS.iter().find(|(name, _)| *name == major).map_or(&[][..], |it| it.1);
        let supported = listed.iter().filter(|version| version_number(version) <= own);
        self.versions = supported.map(|version| (*version).to_owned()).collect();
    }

    /// The first number of the release.
    #[must_use]
    pub fn major(&self) -> u32 {
        version_number(&self.release).0
    }

    /// The rules of a kind, in the order in which the cluster lists them.
    #[must_use]
    pub fn rules(&self, kind: RuleKind) -> &[Rule] {
        self.rules.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The rules of a kind, to be changed without an entry in the queue of changes.
    pub fn rules_mut(&mut self, kind: RuleKind) -> &mut Vec<Rule> {
        self.rules.entry(kind).or_default()
    }

    /// Replaces all rules of a kind. Rules without UUID get one. The queue of changes has the old
    /// rules as removed and the new ones as added.
    pub fn set_rules(&mut self, kind: RuleKind, rules: Vec<Rule>) {
        for old in std::mem::take(self.rules_mut(kind)) {
            self.changes.record(kind.object(), &old.uuid, Edit::Remove);
        }
        for rule in rules {
            self.add_rule(kind, rule);
        }
    }

    /// Adds a rule as an administrator does on the page, and returns its UUID.
    pub fn add_rule(&mut self, kind: RuleKind, mut rule: Rule) -> String {
        if rule.uuid.is_empty() {
            rule.uuid = self.new_uuid();
        }
        let uuid = rule.uuid.clone();
        self.changes.record(kind.object(), &uuid, Edit::Add);
        self.rules_mut(kind).push(rule);
        uuid
    }

    /// Changes a rule as an administrator does on the page; false if no rule has this name.
    pub fn edit_rule(&mut self, kind: RuleKind, name: &str, edit: impl FnOnce(&mut Rule)) -> bool {
        let mut rules = self.rules_mut(kind).iter_mut();
        let Some(rule) = rules.find(|rule| rule.name == name) else { return false };
        edit(rule);
        let uuid = rule.uuid.clone();
        self.changes.record(kind.object(), &uuid, Edit::Update(Vec::new()));
        true
    }

    /// Removes a rule as an administrator does on the page; false if no rule has this name.
    pub fn remove_rule(&mut self, kind: RuleKind, name: &str) -> bool {
        let at = self.rules(kind).iter().position(|rule| rule.name == name);
        let Some(at) = at else { return false };
        let uuid = self.rules_mut(kind).remove(at).uuid;
        self.changes.record(kind.object(), &uuid, Edit::Remove);
        true
    }

    /// Restarts AXL: the queue of changes begins again, and all cookies become stale.
    pub fn restart_axl(&mut self) {
        self.changes.restart();
        self.expire_sessions();
    }

    /// Makes all values of `JSESSIONIDSSO` stale.
    pub fn expire_sessions(&mut self) {
        self.stale.append(&mut self.sso);
    }

    /// The user to whom AXL once gave this value of `JSESSIONIDSSO`.
    pub(crate) fn user_of_cookie(&self, cookie: &str) -> Option<&String> {
        self.sso.get(cookie).or_else(|| self.stale.get(cookie))
    }

    /// The node with this name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The node with this name, to be changed.
    pub fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.name == name)
    }

    /// A UUID that this cluster has not used.
    pub fn new_uuid(&mut self) -> String {
        let number = self.next_uuid;
        self.next_uuid += 1;
        format!("0000FFFF-0000-4000-8000-{number:012X}")
    }

    /// 32 characters that this cluster has not used: a cookie or a token.
    pub(crate) fn new_secret(&mut self) -> String {
        self.secrets += 1;
        let digest = digest(&format!("secret {}", self.secrets));
        digest[..32].to_owned()
    }
}
