//! The recorded requests get the recorded answers.

use adr_cucm_kit::{
    CucmStandIn, Device, Edit, Node, PUBLISHER, Pattern, Rule, RuleKind, Service, TFTP,
};

use crate::client::{Agent, recorded};
use crate::tree::Tree;

/// Sends the request of each number and compares the answer, apart from masked values.
fn assert_recorded(agent: &Agent<'_>, names: &[&str], masked: &[&str]) {
    for name in names {
        let (status, answer) = agent.send(&format!("{name}-req.xml"));
        let expected = Tree::read(&recorded(&format!("{name}-res.xml")));
        let expected_status = if expected.find("Fault").is_some() { 500 } else { 200 };
        assert_eq!(answer.lines(masked), expected.lines(masked), "{name}");
        assert_eq!(status, expected_status, "{name}");
    }
}

/// The rules of a recorded list.
fn rules(file: &str, element: &str) -> Vec<Rule> {
    let rule = |tree: &Tree| Rule {
        uuid: tree.attribute("uuid").trim_matches(['{', '}']).to_owned(),
        name: tree.text_of("name"),
        description: tree.text_of("description"),
        begins_with: tree.text_of("numberBeginWith"),
        digits: tree.text_of("numberOfDigits"),
        remove: tree.text_of("digitsToBeRemoved"),
        prefix: tree.text_of("prefixPattern"),
        priority: tree.text_of("priority"),
    };
    Tree::read(&recorded(file)).all(element).into_iter().map(rule).collect()
}

fn with_rules() -> CucmStandIn {
    let cucm = CucmStandIn::start();
    {
        let mut state = cucm.state();
        *state.rules_mut(RuleKind::Application) =
            rules("02-listApplicationDialRules-res.xml", "applicationDialRules");
        *state.rules_mut(RuleKind::DirectoryLookup) =
            rules("07-listDirectoryLookupDialRules-res.xml", "directoryLookupDialRules");
    }
    cucm
}

#[test]
fn recorded_reads_of_rules_get_recorded_answers() {
    let cucm = with_rules();
    let reads = [
        "01-getCCMVersion",
        "02-listApplicationDialRules",
        "03-listApplicationDialRules",
        "04-listApplicationDialRules",
        "05-listApplicationDialRules",
        "06-getApplicationDialRules",
        "07-listDirectoryLookupDialRules",
        "08-listDirectoryLookupDialRules",
        "09-listDirectoryLookupDialRules",
        "10-getDirectoryLookupDialRules",
    ];
    assert_recorded(&Agent::new(&cucm), &reads, &[]);
}

#[test]
fn recorded_edits_of_rules_get_recorded_answers() {
    let cucm = with_rules();
    let edits = [
        "15-addApplicationDialRules",
        "16-updateApplicationDialRules",
        "17-getApplicationDialRules",
        "18-removeApplicationDialRules",
        "19-addDirectoryLookupDialRules",
        "20-updateDirectoryLookupDialRules",
        "21-getDirectoryLookupDialRules",
        "22-removeDirectoryLookupDialRules",
    ];
    // the recorded UUID of the new rule is one that its server chose
    assert_recorded(&Agent::new(&cucm), &edits, &["return", "uuid"]);
    let state = cucm.state();
    let actions = state.changes.changes().iter().map(|change| match change.edit {
        Edit::Add => 'a',
        Edit::Update(_) => 'u',
        Edit::Remove => 'r',
    });
    assert_eq!(actions.collect::<String>(), "auraur");
    assert_eq!(state.rules(RuleKind::Application).len(), 3);
}

#[test]
fn recorded_reads_of_changes_get_recorded_answers() {
    let cucm = CucmStandIn::start();
    {
        let changes = &mut cucm.state().changes;
        changes.last_id = 6;
        changes.record("ApplicationDialRules", "00000000-0000-4000-8000-000000000000", Edit::Add);
    }
    let names = ["12-listChange", "13-listChange", "14-listChange"];
    assert_recorded(&Agent::new(&cucm), &names, &[]);
}

#[test]
fn recorded_reads_of_changes_of_patterns_get_recorded_answers() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    {
        let changes = &mut cucm.state().changes;
        changes.restart();
        changes.last_id = 11145;
    }
    assert_recorded(&agent, &["32-listChange"], &[]);
    {
        let changes = &mut cucm.state().changes;
        let tags = vec![("blockEnable".to_owned(), "true".to_owned())];
        let uuid = |end: &str| format!("0000000{end}");
        let route = uuid("B-0000-4000-8000-000000000008");
        changes.record("RoutePattern", &route, Edit::Update(tags));
        changes.record("RoutePattern", &uuid("B-0000-4000-8000-00000000000B"), Edit::Add);
        changes.record("TransPattern", &uuid("C-0000-4000-8000-000000000007"), Edit::Remove);
    }
    assert_recorded(&agent, &["33-listChange"], &[]);
}

/// The patterns of a recorded list.
fn patterns(file: &str, element: &str) -> Vec<Pattern> {
    let is_set = |tree: &Tree, tag: &str| matches!(&tree.text_of(tag)[..], "true" | "t");
    let pattern = |tree: &Tree| Pattern {
        uuid: tree.attribute("uuid").trim_matches(['{', '}']).to_owned(),
        pattern: tree.text_of("pattern"),
        description: tree.text_of("description"),
        partition: tree.text_of("routePartitionName"),
        blocked: is_set(tree, "blockEnable"),
        mask: tree.text_of("calledPartyTransformationMask"),
        discard: tree.text_of("digitDiscardInstructionName"),
        prefix: tree.text_of("prefixDigitsOut"),
        precedence: tree.text_of("patternPrecedence"),
        authorization_code: is_set(tree, "authorizationCodeRequired"),
        authorization_level: tree.text_of("authorizationLevelRequired").parse().unwrap_or(0),
        client_code: is_set(tree, "clientCodeRequired"),
        emergency: is_set(tree, "isEmergencyServiceNumber"),
    };
    Tree::read(&recorded(file)).all(element).into_iter().map(pattern).collect()
}

#[test]
fn recorded_reads_of_patterns_get_recorded_answers() {
    let cucm = CucmStandIn::start_release("12.5.1.10000(22)");
    let agent = Agent::new(&cucm);
    cucm.state().versions.extend(["15.0".to_owned(), "10.5".to_owned()]);
    // UUIDs of partitions are not known to the test
    let masked = ["uuid"];
    cucm.state().route_patterns = patterns("23-listRoutePattern-res.xml", "routePattern");
    cucm.state().translation_patterns = patterns("28-listTransPattern-res.xml", "transPattern");
    let names = [
        "23-listRoutePattern",
        "24-listRoutePattern",
        "27-listTransPattern",
        "28-listTransPattern",
        "29-listTransPattern",
    ];
    assert_recorded(&agent, &names, &masked);
    for name in ["34-listRoutePattern-11.0", "35-listRoutePattern-12.5"] {
        let (status, answer) = agent.send(&format!("{name}-req.xml"));
        assert_eq!((status, answer.all("isEmergencyServiceNumber").len()), (200, 10), "{name}");
    }
    cucm.state().route_patterns = patterns("36-listRoutePattern-10.5-res.xml", "routePattern");
    assert_recorded(&agent, &["36-listRoutePattern-10.5"], &masked);
}

#[test]
fn recorded_read_of_too_many_patterns_gets_recorded_fault() {
    let cucm = CucmStandIn::start();
    cucm.state().axl.max_rows = Some(9642);
    cucm.state().route_patterns = vec![Pattern::new("9.@", ""); 48211];
    assert_recorded(&Agent::new(&cucm), &["25-listRoutePattern"], &[]);
}

#[test]
fn recorded_terse_form_of_patterns_is_answered() {
    let cucm = CucmStandIn::start();
    cucm.state().axl.terse_values = true;
    cucm.state().route_patterns = patterns("26-listRoutePattern-res.xml", "routePattern");
    // the sample shows one text as empty and as nil, and an empty level
    let masked = ["uuid", "calledPartyTransformationMask", "prefixDigitsOut", "description"];
    let (_, answer) = Agent::new(&cucm).send("26-listRoutePattern-req.xml");
    let lines = |tree: &Tree| {
        let lines = tree.lines(&masked).replace(" nil=\"true\"", "");
        let other = |line: &&str| !line.contains("authorizationLevelRequired");
        lines.lines().filter(other).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&answer), lines(&Tree::read(&recorded("26-listRoutePattern-res.xml"))));
}

/// A cluster whose nodes and services are those of a recorded list.
fn with_nodes(file: &str) -> CucmStandIn {
    let cucm = CucmStandIn::start();
    let mut nodes: Vec<Node> = Vec::new();
    for row in Tree::read(&recorded(file)).all("processNodeService") {
        let name = row.text_of("processNodeName");
        if nodes.last().is_none_or(|node| node.name != name) {
            nodes.push(Node { services: Vec::new(), ..Node::new(&name) });
        }
        let service = Service::new(&row.text_of("service"));
        let is_active = row.text_of("isActive") == "true";
        let service = if is_active { service } else { service.inactive() };
        nodes.last_mut().unwrap().services.push(service);
    }
    assert_eq!(nodes[0].name, PUBLISHER);
    cucm.state().nodes = nodes;
    cucm
}

#[test]
fn recorded_reads_of_nodes_get_recorded_answers() {
    let cucm = with_nodes("30-listProcessNodeService-res.xml");
    let agent = Agent::new(&cucm);
    assert_recorded(&agent, &["30-listProcessNodeService"], &["uuid"]);
    cucm.state().axl.omits_inactive_services = true;
    assert_recorded(&agent, &["31-listProcessNodeService"], &["uuid"]);
}

#[test]
fn recorded_restart_gets_recorded_answers() {
    let cucm = CucmStandIn::start();
    let agent = Agent::new(&cucm);
    let times = ["StartTime", "UpTime"];
    let names = [
        "38-soapGetServiceStatus",
        "40-soapDoControlServices",
        "41-soapGetServiceStatus",
        "42-soapGetServiceStatus",
        "43-soapGetServiceStatus",
        "46-soapGetServiceStatus",
    ];
    assert_recorded(&agent, &names, &times);
    cucm.state().nodes[0].restart_polls = 0;
    assert_recorded(&agent, &["44-soapDoControlServices"], &times);
    cucm.state().nodes[0].service_mut(TFTP).unwrap().is_active = false;
    assert_recorded(&agent, &["39-soapGetServiceStatus"], &times);
    // without NodeName the request breaks the schema
    assert_eq!(agent.send("45-soapDoControlServices-req.xml").0, 500);
    let (_, all) = agent.send("37-soapGetServiceStatus-req.xml");
    assert_eq!(all.all("item").len(), cucm.state().nodes[0].services.len());
    let (_, products) = agent.send("49-getProductInformationList-req.xml");
    assert_eq!(products.text_of("ActiveServerVersion"), "15.0.1.10000-32");
}

#[test]
fn recorded_answer_without_namespaces_is_given_on_demand() {
    let cucm = CucmStandIn::start();
    cucm.state().serviceability.unqualified_answers = true;
    let masked = ["StartTime", "UpTime", "ReasonString"];
    assert_recorded(&Agent::new(&cucm), &["48-soapGetServiceStatus"], &masked);
}

/// The devices of recorded answers, and their nodes.
fn with_devices(files: &[&str]) -> CucmStandIn {
    let cucm = CucmStandIn::start();
    let mut state = cucm.state();
    state.nodes.clear();
    for file in files {
        let answer = Tree::read(&recorded(file));
        for node in &answer.find("CmNodes").unwrap().children {
            let name = node.text_of("Name");
            if state.node(&name).is_none() {
                state.nodes.push(Node::new(&name));
            }
            for device in &node.find("CmDevices").unwrap().children {
                let addresses = device.all("IP").into_iter().map(|it| it.text.clone());
                let mut made = Device::softphone(&device.text_of("Name"), &name, "");
                made.status = device.text_of("Status");
                made.addresses = addresses.collect();
                made.number = device.text_of("DirectoryNumber");
                state.devices.push(made);
            }
        }
    }
    // the connection is to the first node that the test started
    state.nodes.push(Node::new(PUBLISHER));
    drop(state);
    cucm
}

/// Nodes and devices of an answer: what a client needs.
fn summary(answer: &Tree) -> Vec<String> {
    let nodes = answer.find("CmNodes").map(|nodes| nodes.children.clone()).unwrap_or_default();
    let mut lines = vec![answer.text_of("TotalDevicesFound")];
    for node in nodes.iter().filter(|node| node.text_of("Name") != PUBLISHER) {
        let [name, code, same] = ["Name", "ReturnCode", "NoChange"].map(|it| node.text_of(it));
        lines.push(format!("{name} {code} {same}"));
        for device in &node.find("CmDevices").unwrap().children {
            let [name, status] = ["Name", "Status"].map(|it| device.text_of(it));
            let addresses = device.all("IP").into_iter().map(|it| it.text.as_str());
            lines.push(format!("{name} {status} {:?}", addresses.collect::<Vec<_>>()));
        }
    }
    lines
}

#[test]
fn recorded_reads_of_devices_get_recorded_pages() {
    let files = ["50-selectCmDevice-res.xml", "51-selectCmDevice-res.xml"];
    let cucm = with_devices(&files);
    cucm.state().serviceability.page = Some(5);
    let agent = Agent::new(&cucm);
    for number in [50, 51, 52] {
        let (status, answer) = agent.send(&format!("{number}-selectCmDevice-req.xml"));
        let expected = Tree::read(&recorded(&format!("{number}-selectCmDevice-res.xml")));
        assert_eq!((status, summary(&answer)), (200, summary(&expected)), "{number}");
    }
}

#[test]
fn recorded_read_without_devices_gets_recorded_answer() {
    let cucm = with_devices(&["53-selectCmDevice-res.xml"]);
    let (_, answer) = Agent::new(&cucm).send("53-selectCmDevice-req.xml");
    let expected = Tree::read(&recorded("53-selectCmDevice-res.xml"));
    assert_eq!(summary(&answer), summary(&expected));
}

#[test]
fn recorded_read_with_a_dead_node_gets_half_an_answer() {
    let cucm = with_devices(&["55-selectCmDevice-res.xml"]);
    cucm.state().node_mut("192.0.2.13").unwrap().is_alive = false;
    let (_, answer) = Agent::new(&cucm).send("55-selectCmDevice-req.xml");
    let expected = Tree::read(&recorded("55-selectCmDevice-res.xml"));
    assert_eq!(summary(&answer), summary(&expected));
}
