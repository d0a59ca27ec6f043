//! Users, cookies, versions, limits and edits of AXL.

use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Edit, RateLimit, Rule, RuleKind};

use crate::client::{Agent, axl_body};
use crate::tree::Tree;

const LIST: &str = "<searchCriteria><name>%</name></searchCriteria><returnedTags><name/>\
                    </returnedTags>";

fn rule(name: &str, priority: u32) -> Rule {
    Rule::new(name, "", [7, 0], "9").priority(priority)
}

#[test]
fn request_without_valid_user_gets_html_401() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let operation = "getCCMVersion";
    let action = "\"CUCM:DB ver=15.0 getCCMVersion\"";
    for user in [None, Some("axladmin"), Some("nobody")] {
        let mut request = agent.request("POST", "/axl/").header("soapaction", action);
        if let Some(user) = user {
            request = request.basic_auth(user, Some("wrong"));
        }
        let response = request.body(axl_body("15.0", operation, "")).send().unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(response.headers().contains_key("www-authenticate"));
    }
    let log = format!("{:?}", cucm.log());
    assert!(log.contains("nobody") && !log.contains("wrong"), "{log}");
}

#[test]
fn cookie_replaces_password_until_it_is_stale() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let body = || axl_body("15.0", "getCCMVersion", "");
    let first = agent.axl("15.0", "getCCMVersion", body()).send().unwrap();
    let cookie = first.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    assert!(cookie.starts_with("JSESSIONIDSSO="));
    let with_cookie = || {
        let request = agent.request("POST", "/axl/").header("cookie", cookie);
        let request = request.header("soapaction", "\"CUCM:DB ver=15.0 getCCMVersion\"");
        request.body(body()).send().unwrap()
    };
    let second = with_cookie();
    assert_eq!(second.status(), 200);
    assert!(!second.headers().contains_key("set-cookie"));
    let log = cucm.log();
    assert_eq!((log[0].with_password, log[1].with_password), (true, false));
    assert_eq!(log[1].user.as_deref(), Some("axladmin"));
    cucm.state().expire_sessions();
    assert_eq!(with_cookie().status(), 404);
}

#[test]
fn unsupported_version_gets_599_with_supported_versions() {
    let cucm = CucmStandIn::start_release("11.5.1.10000(4)");
    let agent = Agent::new(&cucm);
    for (action, namespace, status) in [
        ("15.0", "15.0", 599),
        ("12.5", "12.5", 599),
        ("11.5", "11.0", 599),
        ("11.5", "11.5", 200),
        ("10.0", "10.0", 200),
    ] {
        let body = axl_body(namespace, "getCCMVersion", "");
        let response = agent.axl(action, "getCCMVersion", body).send().unwrap();
        assert_eq!(response.status(), status, "{action} {namespace}");
        let text = response.text().unwrap();
        assert_eq!(text.contains("11.5,11.0,10.5,10.0,9.1,9.0"), status == 599, "{text}");
    }
}

#[test]
fn read_only_user_cannot_write() {
    let cucm = CucmStandIn::start();
    cucm.state().add_rule(RuleKind::Application, rule("a", 0));
    let agent = Agent::new(&cucm);
    for (operation, content, status) in [
        ("listApplicationDialRules", LIST, 200),
        ("removeApplicationDialRules", "<name>a</name>", 403),
    ] {
        let body = axl_body("15.0", operation, content);
        let action = format!("\"CUCM:DB ver=15.0 {operation}\"");
        let request = agent.request("POST", "/axl/").header("soapaction", action);
        let request = request.basic_auth("axlreader", Some("axlreader-secret"));
        assert_eq!(request.body(body).send().unwrap().status(), status, "{operation}");
    }
    assert_eq!(cucm.state().rules(RuleKind::Application).len(), 1);
}

#[test]
fn emergency_flag_before_schema_11_is_refused() {
    let cucm = CucmStandIn::start_release("12.5.1.10000(22)");
    let agent = Agent::new(&cucm);
    let content = "<searchCriteria><pattern>%</pattern></searchCriteria><returnedTags><pattern/>\
                   <isEmergencyServiceNumber/></returnedTags>";
    for (version, status) in [("10.5", 500), ("11.0", 200)] {
        for operation in ["listRoutePattern", "listTransPattern"] {
            let body = axl_body(version, operation, content);
            let response = agent.axl(version, operation, body).send().unwrap();
            assert_eq!(response.status(), status, "{operation} {version}");
        }
    }
}

#[test]
fn release_before_10_has_sql_only() {
    let cucm = CucmStandIn::start_release("9.1.2.10000(28)");
    cucm.state().add_rule(RuleKind::Application, rule("a", 0));
    let agent = Agent::new(&cucm);
    let sql = "<sql>select name from applicationdialrule</sql>";
    for (operation, content, status) in [
        ("listApplicationDialRules", LIST, 500),
        ("listChange", "<objectList/>", 500),
        ("executeSQLQuery", sql, 200),
    ] {
        let body = axl_body("9.1", operation, content);
        let response = agent.axl("9.1", operation, body).send().unwrap();
        assert_eq!(response.status(), status, "{operation}");
    }
}

#[test]
fn request_that_breaks_the_schema_is_refused() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let add = |fields: &str| format!("<applicationDialRules>{fields}</applicationDialRules>");
    for (operation, content) in [
        ("addApplicationDialRules", add("<name>a</name>")),
        ("addApplicationDialRules", add("<priority>0</priority><name>a</name>")),
        ("addApplicationDialRules", add("<name>a</name><priority>x</priority>")),
        ("addApplicationDialRules", add("<name>a</name><color>x</color><priority>0</priority>")),
        ("addApplicationDialRules", add("<q:name>a</q:name><priority>0</priority>")),
        ("addDirectoryLookupDialRules", add("<name>a</name><priority>0</priority>")),
        ("removeApplicationDialRules", "<name>absent</name>".to_owned()),
        ("listApplicationDialRules", "<searchCriteria/>".to_owned()),
        ("listApplicationDialRules", format!("{LIST}<skip>1</skip>")),
        ("listEverything", String::new()),
    ] {
        let (status, text) = agent.call(operation, &content);
        assert_eq!(status, 500, "{operation} {content}");
        assert_eq!(Tree::read(&text).text_of("request"), operation);
    }
    let bomb = "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_owned();
    assert_eq!(agent.axl("15.0", "getCCMVersion", bomb).send().unwrap().status(), 500);
    assert!(cucm.state().rules(RuleKind::Application).is_empty());
}

#[test]
fn criteria_match_by_percent_and_empty_matches_empty() {
    let cucm = CucmStandIn::start();
    for name in ["Local", "Long distance", "50% off"] {
        cucm.state().add_rule(RuleKind::Application, rule(name, 0));
    }
    let agent = Agent::new(&cucm);
    for (criteria, count) in [
        ("<name>%</name>", 3),
        ("<name>Lo%</name>", 2),
        ("<name>%o%</name>", 3),
        ("<name>%distance</name>", 1),
        ("<name>Local</name>", 1),
        ("<name></name>", 0),
        ("<name>%</name><description></description>", 3),
        ("", 3),
    ] {
        let content = format!(
            "<searchCriteria>{criteria}</searchCriteria><returnedTags><name/></returnedTags>"
        );
        let (_, text) = agent.call("listApplicationDialRules", &content);
        assert_eq!(Tree::read(&text).all("applicationDialRules").len(), count, "{criteria}");
    }
    let (status, _) = agent.call("getApplicationDialRules", "<name>50% off</name>");
    assert_eq!(status, 200);
}

#[test]
fn second_rule_of_a_name_is_refused() {
    let cucm = CucmStandIn::start();
    cucm.state().add_rule(RuleKind::Application, rule("a", 0));
    cucm.state().add_rule(RuleKind::Application, rule("b", 0));
    let agent = Agent::new(&cucm);
    let add = "<applicationDialRules><name>a</name><priority>0</priority></applicationDialRules>";
    let (_, text) = agent.call("addApplicationDialRules", add);
    assert_eq!(Tree::read(&text).text_of("axlcode"), "-239");
    let rename = "<name>b</name><newName>a</newName>";
    assert_eq!(agent.call("updateApplicationDialRules", rename).0, 500);
    let other = "<name>b</name><newName>c</newName><priority>3</priority>";
    assert_eq!(agent.call("updateApplicationDialRules", other).0, 200);
    let state = cucm.state();
    let last = &state.rules(RuleKind::Application)[1];
    assert_eq!((&last.name[..], &last.priority[..]), ("c", "3"));
}

#[test]
fn changes_are_paged_and_a_restart_begins_a_new_queue() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    cucm.state().changes.max_changes = Some(2);
    for at in 0..5 {
        cucm.state().add_rule(RuleKind::Application, rule(&format!("r{at}"), at));
    }
    cucm.state().changes.record("Phone", "0-0", Edit::Add);
    let objects = "<objectList><object>ApplicationDialRules</object></objectList>";
    let mut start = String::new();
    let mut pages = Vec::new();
    loop {
        let (_, text) = agent.call("listChange", &format!("{start}{objects}"));
        let answer = Tree::read(&text);
        pages.push(answer.all("change").len());
        let number = |name: &str| answer.text_of(name).parse::<u64>().unwrap();
        let (last, next) = (number("lastChangeId"), number("nextStartChangeId"));
        start = format!("<startChangeId queueId=\"Q1\">{next}</startChangeId>");
        if last < next {
            break;
        }
    }
    assert_eq!(pages, [2, 2, 1]);
    cucm.state().restart_axl();
    let (status, text) = agent.call("listChange", &format!("{start}{objects}"));
    assert_eq!((status, &Tree::read(&text).text_of("axlcode")[..]), (500, "5007"));
    cucm.state().changes.enabled = false;
    assert_eq!(agent.call("listChange", objects).0, 500);
}

#[test]
fn writes_above_the_limit_get_503() {
    let cucm = CucmStandIn::start();
    cucm.state().axl.write_limit = Some(RateLimit::new(2, Duration::from_secs(3600)));
    let agent = Agent::new(&cucm);
    let add = |name: &str| {
        let content = format!(
            "<applicationDialRules><name>{name}</name><priority>0</priority>\
             </applicationDialRules>"
        );
        agent.call("addApplicationDialRules", &content).0
    };
    assert_eq!(["a", "b", "c"].map(add), [200, 200, 503]);
    assert_eq!(agent.call("listApplicationDialRules", LIST).0, 200);
    // the time of the limit is over
    cucm.state().axl.write_limit.as_mut().unwrap().per = Duration::ZERO;
    assert_eq!(add("c"), 200);
}

#[test]
fn fault_can_be_in_a_namespace() {
    let cucm = CucmStandIn::start();
    cucm.state().axl.namespaced_faults = true;
    let (_, text) = Agent::new(&cucm).call("getApplicationDialRules", "<name>absent</name>");
    let lines = Tree::read(&text).find("axlError").unwrap().lines(&[]);
    assert!(lines.starts_with("{http://www.cisco.com/AXL/API/15.0}axlError"), "{lines}");
}
