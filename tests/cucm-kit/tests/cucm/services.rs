//! Limits, refusals and slow starts of ControlCenterServices and RisPort70.

use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Device, PUBLISHER, RateLimit, TFTP};

use crate::client::{Agent, CONTROL, RIS, envelope, recorded};
use crate::tree::Tree;

const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";

/// Status and start time of `Cisco Tftp`.
fn status(agent: &Agent<'_>) -> (String, String) {
    let (_, answer) = agent.send("38-soapGetServiceStatus-req.xml");
    (answer.text_of("ServiceStatus"), answer.text_of("StartTime"))
}

#[test]
fn file_is_served_after_a_restart_has_ended() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.state().nodes[0].set_file("AppDialRules.xml", b"old");
    cucm.state().nodes[0].files.insert("AppDialRules.xml".to_owned(), b"new".to_vec());
    let served = || {
        let response = agent.file("AppDialRules.xml").unwrap();
        (response.status().as_u16(), response.bytes().unwrap().to_vec())
    };
    assert_eq!(served(), (200, b"old".to_vec()));
    let (_, before) = status(&agent);
    cucm.state().nodes[0].restart_polls = 3;
    agent.send("40-soapDoControlServices-req.xml");
    let mut seen = Vec::new();
    loop {
        let (status, start) = status(&agent);
        seen.push(status);
        if seen.last().unwrap() == "Started" {
            assert_ne!(start, before);
            break;
        }
        assert_eq!(served().0, 503);
    }
    assert_eq!(seen, ["Stopped", "Stopped", "Starting", "Started"]);
    assert_eq!(served(), (200, b"new".to_vec()));
    assert_eq!(agent.file("missing.xml").unwrap().status(), 404);
}

#[test]
fn service_that_never_starts_stays_starting() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.state().nodes[0].service_mut(TFTP).unwrap().never_starts = true;
    agent.send("40-soapDoControlServices-req.xml");
    for _ in 0..5 {
        assert_eq!(status(&agent).0, "Starting");
    }
}

#[test]
fn requests_above_the_limit_get_the_recorded_fault() {
    for name in ["47-soapGetServiceStatus", "56-selectCmDevice"] {
        let cucm = CucmStandIn::start();
        let agent = Agent::new(&cucm);
        cucm.state().serviceability.limit = Some(RateLimit::new(15, Duration::from_secs(60)));
        for _ in 0..15 {
            assert_eq!(agent.send(&format!("{name}-req.xml")).0, 200);
        }
        let (status, answer) = agent.send(&format!("{name}-req.xml"));
        let expected = Tree::read(&recorded(&format!("{name}-res.xml")));
        assert_eq!((status, answer.lines(&[])), (500, expected.lines(&[])));
    }
}

#[test]
fn child_without_namespace_is_refused() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    for (child, expected) in [
        ("<ServiceStatus>Cisco Tftp</ServiceStatus>", 500),
        ("<q:ServiceStatus>Cisco Tftp</q:ServiceStatus>", 200),
        ("", 500),
    ] {
        let body = envelope(NAMESPACE, "soapGetServiceStatus", child);
        let response = agent.soap(CONTROL, "\"soapGetServiceStatus\"", body).send().unwrap();
        assert_eq!(response.status(), expected, "{child}");
    }
}

#[test]
fn user_without_role_is_refused() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let body = recorded("50-selectCmDevice-req.xml");
    let request = |user: &str| {
        let request = agent.request("POST", RIS).header("soapaction", "\"selectCmDevice\"");
        let password = format!("{user}-secret");
        let request = request.basic_auth(user, Some(password)).body(body.clone());
        request.send().unwrap().status().as_u16()
    };
    assert_eq!(["axladmin", "axlreader", "nobody"].map(request), [200, 403, 401]);
}

#[test]
fn devices_come_in_pages_of_at_most_1000() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let device = |at: usize| Device::softphone(&format!("CSF{at:04}"), PUBLISHER, "192.0.2.1");
    cucm.state().devices = (0..2500).map(device).collect();
    let request = recorded("50-selectCmDevice-req.xml");
    let mut info = String::new();
    let mut pages = Vec::new();
    loop {
        let state = format!("<ns0:StateInfo>{info}</ns0:StateInfo>");
        let body = request.replace("<ns0:StateInfo></ns0:StateInfo>", &state);
        let response = agent.soap(RIS, "\"selectCmDevice\"", body).send().unwrap();
        let answer = Tree::read(&response.text().unwrap());
        pages.push(answer.all("IPAddress").len());
        if answer.text_of("NoChange") == "true" {
            break;
        }
        info = answer.text_of("StateInfo").replace('<', "&lt;");
    }
    assert_eq!(pages, [1000, 1000, 500, 0]);
}
