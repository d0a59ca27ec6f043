//! Reads rules and emergency numbers from a CUCM for tests.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use adr_cucm::{CucmRule, RuleKind as Kind};
use adr_cucm_client::{
    CallError, Cluster, Credentials, Fingerprint, Node, Pause, Secret, Session, Trust,
};
use adr_cucm_kit::{CucmStandIn, Fault, Injection, Pattern, Rule, RuleKind, User};
use adr_cucm_sync::{ReadError, block_on, read_cluster, read_patterns, read_rules};

/// Waits not at all.
#[derive(Debug)]
struct NoPause;

impl Pause for NoPause {
    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> f64 {
        0.5
    }
}

fn session(cucm: &CucmStandIn) -> Session {
    let user = User::usual().swap_remove(1);
    let credentials = Credentials { user: user.name, password: Secret::new(user.password) };
    let fingerprint: Fingerprint = cucm.fingerprint().parse().unwrap();
    let node = Node::new(&cucm.address().to_string()).unwrap();
    let cluster = Cluster::new(node, Trust::Fingerprints(vec![fingerprint]), credentials);
    cluster.session().unwrap().with_pause(Arc::new(NoPause))
}

/// Rules with every field that SQL and AXL both have.
fn fill(cucm: &CucmStandIn) {
    let mut state = cucm.state();
    for (at, name) in ["b", "a", "Z & <ü>"].into_iter().enumerate() {
        let at = u32::try_from(at).unwrap();
        let rule = Rule::new(name, &format!("4{at}"), [7, 2], "9").priority(at);
        let rule = Rule { description: format!("rule {at}"), ..rule };
        state.add_rule(RuleKind::Application, rule.clone());
        state.add_rule(RuleKind::DirectoryLookup, Rule { digits: String::new(), ..rule });
    }
}

fn values(rules: Vec<CucmRule>) -> Vec<CucmRule> {
    let mut rules: Vec<_> = rules.into_iter().map(|rule| CucmRule { uuid: None, ..rule }).collect();
    rules.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    rules
}

#[test]
fn every_release_gives_the_same_rules() {
    let mut all = Vec::new();
    for release in ["8.6.2.20000(2)", "9.1.2", "10.5.2", "11.5.1", "12.5.1", "14.0.1", "15.0.1"] {
        let cucm = CucmStandIn::start_release(release);
        fill(&cucm);
        let rules = block_on(read_rules(&session(&cucm))).unwrap().unwrap();
        assert!(rules.iter().all(|rule| rule.uuid.is_some()), "{release}");
        all.push(values(rules));
    }
    assert_eq!(all[0].len(), 6);
    assert!(all.iter().all(|rules| *rules == all[0]), "{all:#?}");
}

#[test]
fn busy_cluster_gives_the_whole_list_or_an_error() {
    let cucm = CucmStandIn::start();
    fill(&cucm);
    cucm.state().axl.max_rows = Some(1);
    let whole = values(block_on(read_rules(&session(&cucm))).unwrap().unwrap());
    let requests = cucm.log().len();
    for at in 1..=requests {
        for fault in [Fault::Status(503), Fault::Memory, Fault::Close, Fault::CutAt(300)] {
            cucm.faults().clear();
            cucm.faults().at(at, fault.clone());
            match block_on(read_rules(&session(&cucm))).unwrap() {
                Ok(rules) => assert_eq!(values(rules), whole, "{at} {fault:?}"),
                Err(error) => assert!(error.is_transient(), "{at} {fault:?}: {error}"),
            }
        }
    }
}

#[test]
fn error_that_a_repetition_cannot_help_is_not_transient() {
    let cucm = CucmStandIn::start();
    cucm.faults()
        .add(Injection::new(Fault::Unauthorized).operation("listDirectoryLookupDialRules"));
    let error = block_on(read_rules(&session(&cucm))).unwrap().unwrap_err();
    assert!(matches!(error, ReadError::Call(CallError::Answer(_))), "{error}");
    assert!(!error.is_transient());
    let cucm = CucmStandIn::start_release("9.1.2");
    fill(&cucm);
    cucm.state().sql.priority_column = "rank".to_owned();
    let error = block_on(read_rules(&session(&cucm))).unwrap().unwrap_err();
    let message = "the table `applicationdialrule` of CUCM: no column is called Priority";
    assert!(error.to_string().starts_with(message) && !error.is_transient(), "{error}");
    assert!(error.help().starts_with("report the release"));
}

#[test]
fn patterns_are_those_with_the_flag_where_there_is_one() {
    for (release, expected) in [("15.0.1", Some(["112", "9911"])), ("10.5.2", None)] {
        let cucm = CucmStandIn::start_release(release);
        {
            let mut state = cucm.state();
            state.route_patterns.push(Pattern::new("9.911", "PSTN").emergency());
            state.route_patterns.push(Pattern::new("9.@", "PSTN"));
            state.translation_patterns.push(Pattern::new("112", "").emergency());
        }
        let patterns = block_on(read_patterns(&session(&cucm))).unwrap().unwrap();
        assert_eq!(patterns.is_known, expected.is_some());
        assert_eq!(patterns.numbers(), expected.as_ref().map_or(&[][..], |it| &it[..]));
    }
}

#[test]
fn cluster_is_in_order_and_has_its_emergency_numbers_on_request() {
    let cucm = CucmStandIn::start();
    fill(&cucm);
    let session = session(&cucm);
    let read = |with_emergency| block_on(read_cluster(&session, with_emergency)).unwrap().unwrap();
    let names = |kind| {
        let rules = read(false).rules;
        let list = if kind == Kind::Application { rules.application } else { rules.lookup };
        list.into_iter().map(|rule| rule.record.rule.name).collect::<Vec<_>>()
    };
    assert_eq!(names(Kind::Application), ["b", "a", "Z & <ü>"]);
    assert_eq!(names(Kind::DirectoryLookup), ["b", "a", "Z & <ü>"]);
    assert!(read(false).emergency.is_none());
    let asked = |cucm: &CucmStandIn| cucm.operations().contains(&"listTransPattern".to_owned());
    assert!(!asked(&cucm));
    assert!(read(true).emergency.unwrap().is_known);
    assert!(asked(&cucm));
}
