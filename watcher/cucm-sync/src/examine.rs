//! Looks at a cluster for the doctor. It only reads.

mod nodes;

use std::future::Future;
use std::time::Duration;

use adr_cucm::axl::{ListMlppDomain, ListProcessNodeService, PatternTags, RoutingPattern};
use adr_cucm::axl::{SoftphonePrecedence, tftp_nodes};
use adr_cucm::{AnswerError, convert};
use adr_cucm_client::{CallError, Limits, Node};
use adr_doctor::cucm::{
    Access, Answer, Content, Lists, Mlpp, Observations, Pattern, PatternKind, Patterns, SeenRule,
    Service,
};
use adr_engine::xml::read_as_client;
use tokio::time::{Instant, timeout_at};

use crate::connect::Attempt;
use crate::read::{ReadError, read_rules};

/// Limits of each request: shorter than elsewhere, because a node that hangs shall be named rather
/// than waited for.
pub const LIMITS: Limits = Limits {
    connect_timeout: Duration::from_secs(10),
    idle_timeout: Duration::from_secs(30),
    answer_timeout: Duration::from_secs(120),
    answer_bytes: adr_cucm::xml::ANSWER_BYTES,
};

/// Limits of the whole look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookLimits {
    /// The time of everything. What was not asked by then is listed.
    pub whole: Duration,
    /// The time of each of the two questions to a node: for the state of its service, and for its
    /// files.
    pub question: Duration,
    /// The most TFTP nodes that are looked at.
    pub nodes: usize,
    /// How many nodes are looked at the same time.
    pub nodes_at_once: usize,
}

impl Default for LookLimits {
    /// Five minutes, 30 s for a question, and 50 nodes, eight at the same time. A cluster has 20
    /// nodes with services at most.
    fn default() -> Self {
        let [whole, question] = [300, 30].map(Duration::from_secs);
        Self { whole, question, nodes: 50, nodes_at_once: 8 }
    }
}

impl LookLimits {
    /// Why something was not asked at the end.
    fn over(&self) -> String {
        format!("the {} of the whole look were over", seconds(self.whole))
    }

    /// Why a question to a node has no answer.
    fn silent(&self) -> String {
        format!("it did not answer within {}", seconds(self.question))
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// What a step of the examination looks at, for a message about progress.
pub type OnLook<'r> = &'r dyn Fn(&str);

/// Looks at a cluster: release, roles, TFTP nodes with their service and files, rules, patterns and
/// MLPP. A question that fails becomes an observation, and the others are asked nevertheless; only
/// after AXL rejected the login nothing more is asked with it, because CUCM locks users. Of nodes
/// that reject it, only the first ones are asked.
///
/// It ends within [`LookLimits::whole`].
pub async fn examine(attempt: &Attempt, limits: LookLimits, on_look: OnLook<'_>) -> Observations {
    let deadline = Instant::now() + limits.whole;
    let seen = Observations::default();
    let mut look = Look { attempt, limits, deadline, seen, is_rejected: false, on_look };
    look.seen.cluster.clone_from(&attempt.name);
    match &attempt.versions {
        Ok(versions) => {
            look.seen.release = Some(versions.release.clone());
            look.note("the release", None);
        }
        Err(error) => look.note("the release", Some(error)),
    }
    let nodes = look.tftp_nodes().await;
    look.rules().await;
    look.patterns().await;
    look.mlpp().await;
    // last, because silent nodes may take the rest of the time
    look.nodes(nodes).await;
    look.seen
}

struct Look<'l> {
    attempt: &'l Attempt,
    limits: LookLimits,
    /// The end of the whole look.
    deadline: Instant,
    seen: Observations,
    /// Whether AXL rejected user and password.
    is_rejected: bool,
    on_look: OnLook<'l>,
}

impl Look<'_> {
    /// Whether AXL answers at all, so that more questions make sense.
    fn may_ask(&self) -> bool {
        self.attempt.versions.is_ok() && !self.is_rejected
    }

    /// Notes how AXL answered.
    fn note(&mut self, what: &str, error: Option<&CallError>) {
        self.push(what, answer_of(error));
    }

    fn push(&mut self, what: &str, answer: Answer) {
        self.is_rejected |= answer == Answer::Unauthorized;
        self.seen.access.push(Access { service: Service::Axl, what: what.to_owned(), answer });
    }

    /// The result of a question to AXL that is asked now, if there is one before the end.
    async fn ask<T>(
        &mut self,
        what: &str,
        question: impl Future<Output = Result<T, CallError>>,
    ) -> Option<T> {
        let result = self.in_time(what, question).await?;
        self.note(what, result.as_ref().err());
        result.ok()
    }

    /// What comes of a question before the end. `None` is noted.
    async fn in_time<T>(&mut self, what: &str, question: impl Future<Output = T>) -> Option<T> {
        if Instant::now() < self.deadline {
            (self.on_look)(what);
            if let Ok(result) = timeout_at(self.deadline, question).await {
                return Some(result);
            }
        }
        self.push(what, Answer::NotAsked(self.limits.over()));
        None
    }

    /// The TFTP nodes of the settings, else those that AXL lists; `None` if nothing names them.
    async fn tftp_nodes(&mut self) -> Option<Vec<String>> {
        let configured = &self.attempt.profile.tftp_nodes;
        if !configured.is_empty() {
            return Some(configured.iter().map(Node::label).collect());
        }
        if !self.may_ask() {
            return None;
        }
        let session = &self.attempt.session;
        let services = self.ask("the TFTP nodes", session.call(&ListProcessNodeService)).await?;
        Some(tftp_nodes(&services).into_iter().map(str::to_owned).collect())
    }

    /// Looks at the service and at the files of each node.
    async fn nodes(&mut self, names: Option<Vec<String>>) {
        let Some(names) = names else { return };
        let limits = (self.limits, self.deadline);
        let cluster = &self.attempt.cluster;
        let looks = nodes::look_at(cluster, &names, !self.is_rejected, limits, self.on_look).await;
        let mut nodes = Vec::with_capacity(looks.len());
        for look in looks {
            nodes.push(look.node);
            self.seen.access.extend(look.access);
            self.seen.contents.extend(look.contents);
        }
        self.seen.nodes = Some(nodes);
    }

    async fn rules(&mut self) {
        if !self.may_ask() {
            return;
        }
        let session = &self.attempt.session;
        let Some(rules) = self.in_time(RULES, read_rules(session)).await else { return };
        let rules = match rules {
            Ok(rules) => rules,
            Err(ReadError::Call(error)) => return self.note(RULES, Some(&error)),
            Err(other) => return self.push(RULES, Answer::Failed(other.to_string())),
        };
        self.note(RULES, None);
        let converted = convert(rules.into_iter().map(Into::into).collect());
        let list = |list: Vec<adr_cucm::ConvertedRule>| {
            let rules = list.into_iter();
            rules
                .filter_map(|one| Some(SeenRule::new(one.record.rule.name, one.rule.as_ref()?)))
                .collect()
        };
        self.seen.database = Some(Lists {
            application: list(converted.application),
            lookup: list(converted.lookup),
        });
    }

    async fn patterns(&mut self) {
        if !self.may_ask() {
            return;
        }
        let session = &self.attempt.session;
        let tags = PatternTags::Routing;
        let route = self.ask("route patterns", session.list_route_patterns(tags)).await;
        let translation = match self.is_rejected {
            true => None,
            false => {
                let question = session.list_translation_patterns(tags);
                self.ask("translation patterns", question).await
            }
        };
        // without one of the lists, "no pattern takes it" would be wrong
        let (Some(route), Some(translation)) = (route, translation) else { return };
        let mut all = route.iter().chain(&translation);
        let has_emergency_flags = all.all(|pattern| pattern.is_emergency.is_some());
        let of_kind = |kind, patterns: Vec<RoutingPattern>| {
            patterns.into_iter().map(move |pattern| seen_pattern(kind, pattern))
        };
        let list = of_kind(PatternKind::Route, route)
            .chain(of_kind(PatternKind::Translation, translation))
            .collect();
        self.seen.patterns = Some(Patterns { list, has_emergency_flags });
    }

    async fn mlpp(&mut self) {
        if !self.may_ask() {
            return;
        }
        let session = &self.attempt.session;
        let domains = self.ask("MLPP domains", session.call(&ListMlppDomain)).await;
        if self.is_rejected {
            return;
        }
        let phones = "precedence settings of softphones";
        let phones = self.ask(phones, session.list_softphones()).await;
        let (Some(domains), Some(phones)) = (domains, phones) else { return };
        let with_precedence = phones.iter().filter(|phone| SoftphonePrecedence::is_set_up(phone));
        self.seen.mlpp = Some(Mlpp {
            domains: domains.into_iter().map(|domain| domain.name).collect(),
            with_precedence: with_precedence.count(),
            softphones: phones.len(),
        });
    }
}

/// What the rules are called in an observation.
const RULES: &str = "dial rules";

fn seen_pattern(kind: PatternKind, pattern: RoutingPattern) -> Pattern {
    Pattern {
        pattern: pattern.pattern,
        partition: pattern.partition,
        kind,
        is_blocked: pattern.is_blocked == Some(true),
        is_emergency: pattern.is_emergency == Some(true),
        needs_authorization_code: pattern.needs_authorization_code == Some(true),
        needs_client_code: pattern.needs_client_code == Some(true),
    }
}

/// How a service answered, by the error.
fn answer_of(error: Option<&CallError>) -> Answer {
    match error {
        None => Answer::Granted,
        Some(CallError::Answer(AnswerError::Unauthorized { .. })) => Answer::Unauthorized,
        Some(CallError::Answer(AnswerError::Forbidden { .. })) => Answer::Forbidden,
        Some(error) => Answer::Failed(error.to_string()),
    }
}

/// What clients make of a file.
#[must_use]
pub fn content(bytes: &[u8]) -> Content {
    let read = read_as_client(bytes);
    Content {
        bytes: bytes.len(),
        rules: read.rules.iter().map(|rule| SeenRule::new("", rule)).collect(),
        error: read.error.map(|error| error.to_string()),
    }
}
