//! Every fault, at every request.

use std::time::{Duration, Instant};

use adr_cucm_kit::{CucmStandIn, Fault, Injection, Rule, RuleKind};
use adr_kit::wait::{ANSWER_TIMEOUT, wait_until};

use crate::client::{Agent, axl_body};
use crate::tree::Tree;

const ADD: &str =
    "<applicationDialRules><name>a</name><priority>0</priority></applicationDialRules>";

/// After this long, a missing answer is missing for good.
const SILENT: Duration = Duration::from_secs(4);

/// Status and body of an add, or `None` if the answer is cut.
fn add(agent: &Agent<'_>) -> Option<(u16, String)> {
    add_within(agent, ANSWER_TIMEOUT)
}

/// Status and body of an add that the cluster may never answer.
fn add_at(agent: &Agent<'_>, fault: &Fault) -> Option<(u16, String)> {
    let is_silent = matches!(fault, Fault::Hang | Fault::HangAfter);
    add_within(agent, if is_silent { SILENT } else { ANSWER_TIMEOUT })
}

fn add_within(agent: &Agent<'_>, limit: Duration) -> Option<(u16, String)> {
    let body = axl_body("15.0", "addApplicationDialRules", ADD);
    let request = agent.axl("15.0", "addApplicationDialRules", body);
    let response = request.timeout(limit).send().ok()?;
    Some((response.status().as_u16(), response.text().ok()?))
}

#[test]
fn fault_before_processing_changes_nothing() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    for (fault, status, text) in [
        (Fault::Status(503), Some(503), "<html>"),
        (Fault::Unauthorized, Some(401), "<html>"),
        (Fault::Redirect("https://203.0.113.1/".to_owned()), Some(302), ""),
        (Fault::Memory, Some(500), "Maximum AXL Memory Allocation"),
        (Fault::RateExceeded, Some(500), "Exceeded allowed rate"),
        (Fault::Bytes(b"\xEF\xBB\xBFnonsense".to_vec()), Some(200), "nonsense"),
        (Fault::Hang, None, ""),
        (Fault::Close, None, ""),
    ] {
        cucm.faults().at(1, fault.clone());
        let answer = add_at(&agent, &fault);
        assert_eq!(answer.as_ref().map(|it| it.0), status, "{fault:?}");
        assert!(answer.is_none_or(|it| it.1.contains(text)), "{fault:?}");
        assert!(cucm.state().rules(RuleKind::Application).is_empty(), "{fault:?}");
        assert_eq!(cucm.log().last().unwrap().status, status);
        assert!(cucm.faults().is_empty());
    }
    assert_eq!(add(&agent).unwrap().0, 200);
}

#[test]
fn fault_after_processing_loses_the_answer_only() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    for fault in [Fault::CloseAfter, Fault::HangAfter, Fault::CutAt(0), Fault::CutAt(40)] {
        cucm.faults().at(1, fault.clone());
        assert_eq!(add_at(&agent, &fault), None, "{fault:?}");
        assert!(cucm.state().remove_rule(RuleKind::Application, "a"), "{fault:?}");
    }
}

#[test]
fn answer_is_cut_at_every_byte() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let read = || {
        let body = axl_body("15.0", "getCCMVersion", "");
        agent.axl("15.0", "getCCMVersion", body).send().unwrap().text().ok()
    };
    let whole = read().unwrap();
    for at in 0..whole.len() {
        cucm.faults().at(1, Fault::CutAt(at));
        assert_eq!(read(), None, "{at}");
    }
    cucm.faults().at(1, Fault::CutAt(whole.len()));
    assert_eq!(read(), Some(whole));
}

#[test]
fn cut_answer_delivers_the_bytes_before_the_cut() {
    use std::io::Read as _;
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.faults().at(1, Fault::CutAt(5));
    let body = axl_body("15.0", "getCCMVersion", "");
    let mut response = agent.axl("15.0", "getCCMVersion", body).send().unwrap();
    let mut bytes = Vec::new();
    response.read_to_end(&mut bytes).unwrap_err();
    assert_eq!(bytes, b"<?xml");
}

#[test]
fn delayed_answer_is_complete() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.faults().at(1, Fault::Delay(Duration::from_millis(200)));
    let start = Instant::now();
    assert_eq!(add(&agent).unwrap().0, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn injection_counts_only_requests_that_match() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let fault = Injection::new(Fault::Status(503)).operation("getCCMVersion").path("/axl/");
    cucm.faults().add(fault.skip(1).times(2));
    let objects = "<objectList/>";
    let statuses = [
        agent.call("getCCMVersion", "").0,
        agent.call("listChange", objects).0,
        agent.call("getCCMVersion", "").0,
        agent.call("listChange", objects).0,
        agent.call("getCCMVersion", "").0,
        agent.call("getCCMVersion", "").0,
    ];
    assert_eq!(statuses, [200, 200, 503, 200, 503, 200]);
    assert_eq!(cucm.operations().len(), 6);
    cucm.faults().add(Injection::new(Fault::Close));
    cucm.faults().clear();
    assert_eq!(agent.call("getCCMVersion", "").0, 200);
}

#[test]
fn dead_node_closes_connections_until_it_is_revived() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.faults().add(Injection::new(Fault::Die).skip(1).times(1));
    assert_eq!(agent.call("getCCMVersion", "").0, 200);
    assert_eq!(add(&agent), None);
    assert_eq!(add(&agent), None);
    assert!(cucm.state().rules(RuleKind::Application).is_empty());
    cucm.state().nodes[0].is_alive = true;
    assert_eq!(add(&agent).unwrap().0, 200);
}

#[test]
fn clusters_run_side_by_side_and_end_when_dropped() {
    let clusters = [1, 2, 3].map(|_| CucmStandIn::start());
    for (at, cucm) in clusters.iter().enumerate() {
        let name = format!("rule {at} & <ü>");
        cucm.state().add_rule(RuleKind::Application, Rule::new(&name, "", [7, 0], ""));
        let content = "<searchCriteria/><returnedTags><name/></returnedTags>";
        let (_, text) = Agent::new(cucm).call("listApplicationDialRules", content);
        assert_eq!(Tree::read(&text).text_of("name"), name);
    }
    let [first, second, _] = &clusters;
    assert_ne!(first.fingerprint(), second.fingerprint());
    // a certificate of another cluster is not trusted
    let address = second.address();
    let refused = Agent::new(first).get(&format!("https://{address}/axl/"));
    assert!(refused.is_err());
    drop(clusters);
    wait_until("the port is closed", || std::net::TcpStream::connect(address).is_err());
}
