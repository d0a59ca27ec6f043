//! Every recorded answer of AXL, and faults in every form.

use adr_cucm::axl::{
    AddRule, AxlOperation, ExecuteSql, GetCcmVersion, GetRule, ListChange, ListProcessNodeService,
    ListRoutePattern, ListRules, ListTransPattern, PatternTags, RoutingPattern, RuleKey, answer,
    tftp_nodes,
};
use adr_cucm::{AnswerError, BusyReason, Count, CucmRule, Fault, RuleKind, SchemaVersion, Uuid};

use crate::recordings::{names, number, recording};

const RULES: ListRules = ListRules { kind: RuleKind::Application, page: None };
const LOOKUPS: ListRules = ListRules { kind: RuleKind::DirectoryLookup, page: None };

/// The result in the recorded answer with this number.
fn read<O: AxlOperation>(
    operation: &O,
    wanted: u32,
    status: u16,
) -> Result<O::Answer, AnswerError> {
    let names = names("-res.xml");
    let name = names.iter().find(|name| number(name) == wanted).expect("a recording");
    answer(operation, status, &recording(name))
}

fn rule_names(rules: &[CucmRule]) -> Vec<&str> {
    rules.iter().map(|rule| &*rule.name).collect()
}

#[test]
fn release_is_read() {
    assert_eq!(read(&GetCcmVersion, 1, 200).as_deref(), Ok("15.0.1.10000(32)"));
}

#[test]
fn lists_of_rules_are_read() {
    let all = read(&RULES, 2, 200).expect("rules");
    assert_eq!(rule_names(&all), ["long & <short>", "E164", "bé"]);
    assert_eq!(all[0].uuid, Uuid::new("00000000-0000-4000-8000-000000000000"));
    assert_eq!((&all[0].digits, &all[0].remove), (&Count::Number(11), &Count::Number(0)));
    assert_eq!((&*all[1].begins_with, &*all[1].description), ("+1", "plus"));
    assert_eq!((&all[2].digits, &*all[2].prefix), (&Count::Empty, ""));
    let pages = [3, 4, 5].map(|number| read(&RULES, number, 200).expect("rules"));
    assert_eq!(pages.concat(), all);
    let lookups = [7, 8, 9].map(|number| read(&LOOKUPS, number, 200).expect("rules"));
    assert_eq!(lookups.each_ref().map(Vec::len), [1, 1, 0]);
}

#[test]
fn single_rules_are_read() {
    let get = |kind| GetRule { kind, key: RuleKey::Name(String::new()) };
    for (number, kind, name) in [
        (6, RuleKind::Application, "long & <short>"),
        (10, RuleKind::DirectoryLookup, "in"),
        (17, RuleKind::Application, "zeepcheck"),
        (21, RuleKind::DirectoryLookup, "zeepcheck"),
    ] {
        assert_eq!(read(&get(kind), number, 200).expect("a rule").name, name);
    }
}

#[test]
fn key_of_a_changed_rule_is_read() {
    let add = AddRule(CucmRule::new(RuleKind::Application, "zeepcheck"));
    let key = read(&add, 15, 200).expect("a key");
    assert_eq!(key.to_string(), "{0000FFFF-0000-4000-8000-0000000000FF}");
    for (number, operation) in [
        (16, "updateApplicationDialRules"),
        (18, "removeApplicationDialRules"),
        (19, "addDirectoryLookupDialRules"),
        (20, "updateDirectoryLookupDialRules"),
        (22, "removeDirectoryLookupDialRules"),
    ] {
        let wrong = read(&add, number, 200).unwrap_err();
        let found = format!("{operation}Response");
        let expected = "addApplicationDialRulesResponse".to_owned();
        assert_eq!(wrong, AnswerError::Unexpected { expected, found });
    }
}

#[test]
fn rows_of_a_query_are_read() {
    let rows = read(&ExecuteSql { sql: String::new() }, 11, 200).expect("rows");
    assert_eq!((rows.len(), rows[0].get("name"), rows[0].get("prefix")), (1, Some("x"), None));
}

#[test]
fn changes_are_read_leniently() {
    let changes = read(&ListChange::of_rules(None), 12, 200).expect("changes");
    assert_eq!((changes.changes.len(), changes.queue.has_more()), (1, false));
    assert_eq!(changes.queue.next().start, 8);
    assert!(changes.changes[0].changed.is_empty());
    assert!(read(&ListChange::of_rules(None), 13, 200).expect("none").changes.is_empty());
    assert!(read(&ListChange::of_rules(None), 32, 200).expect("none").changes.is_empty());
    let patterns = read(&ListChange::of_patterns(None), 33, 200).expect("changes").changes;
    let actions: Vec<_> = patterns.iter().map(|change| &*change.action).collect();
    assert_eq!(actions, ["u", "a", "r"]);
    assert_eq!(patterns[0].changed, ["blockEnable"]);
    assert_eq!(patterns[1].uuid, Uuid::new("{0000000B-0000-4000-8000-00000000000B}"));
}

#[test]
fn restarted_queue_is_recognized_with_and_without_namespace() {
    let operation = ListChange::of_rules(None);
    assert_eq!(read(&operation, 14, 500), Err(AnswerError::QueueRestarted));
    let fault = String::from_utf8(recording("axl/14-listChange-res.xml")).expect("UTF-8");
    let qualified = fault
        .replace("<axlError>", "<a:axlError xmlns:a=\"urn:a\">")
        .replace("<axlcode>", "<a:axlcode>")
        .replace("</axlcode>", "</a:axlcode>")
        .replace("</axlError>", "</a:axlError>");
    assert_ne!(qualified, fault);
    assert_eq!(answer(&operation, 500, qualified.as_bytes()), Err(AnswerError::QueueRestarted));
}

#[test]
fn route_patterns_are_read() {
    let operation = ListRoutePattern { tags: PatternTags::Routing, page: None };
    let patterns = read(&operation, 23, 200).expect("patterns");
    let flagged: Vec<_> = flagged(&patterns);
    assert_eq!((patterns.len(), flagged), (10, vec!["9.911", "911"]));
    let last = &patterns[9];
    assert_eq!(last.description, "Sites A & B <Zürich>");
    assert_eq!((&*last.mask, &*last.prefix, &*last.partition), ("4085555XXX", "+1", ""));
    assert_eq!(patterns[6].authorization_level, Some(30));
    assert_eq!(read(&operation, 24, 200), Ok(Vec::new()));
    let too_many = AnswerError::TooManyRows { matched: 48_211, suggested: 9_642 };
    assert_eq!(read(&operation, 25, 500), Err(too_many));
    let nil = read(&operation, 26, 200).expect("patterns");
    assert_eq!(self::flagged(&nil), ["9.911"]);
    assert_eq!((&*nil[1].partition, nil[1].authorization_level), ("", None));
    let old = read(&operation, 36, 200).expect("patterns");
    assert!(old.iter().all(|pattern| pattern.is_emergency.is_none()));
}

#[test]
fn translation_patterns_are_read() {
    let operation = ListTransPattern { tags: PatternTags::Routing, page: None };
    let patterns = read(&operation, 27, 200).expect("patterns");
    assert_eq!(flagged(&patterns), ["911", "112"]);
    assert_eq!(patterns[3].pattern, "\\+1408555.4XXX");
    let full = read(&operation, 28, 200).expect("patterns");
    assert_eq!(full[0].mask, "4085554XXX");
    assert_eq!(read(&operation, 29, 200), Ok(Vec::new()));
}

fn flagged(patterns: &[RoutingPattern]) -> Vec<&str> {
    let flagged = patterns.iter().filter(|pattern| pattern.is_emergency == Some(true));
    flagged.map(|pattern| &*pattern.pattern).collect()
}

#[test]
fn tftp_nodes_are_those_where_the_service_is_active() {
    for number in [30, 31] {
        let services = read(&ListProcessNodeService, number, 200).expect("services");
        let nodes = tftp_nodes(&services);
        assert_eq!(nodes, ["cucm-pub.example.com", "cucm-sub1.example.com"]);
    }
}

#[test]
fn status_decides_before_the_body() {
    let list = recording("axl/02-listApplicationDialRules-res.xml");
    let error = |status: u16| answer(&RULES, status, &list).unwrap_err();
    assert_eq!(error(401), AnswerError::Unauthorized { title: String::new() });
    assert_eq!(error(403), AnswerError::Forbidden { title: String::new() });
    assert_eq!(error(404), AnswerError::NotFound);
    assert_eq!(error(503), AnswerError::Busy(BusyReason::Unavailable));
    assert_eq!(error(302), AnswerError::Redirected { status: 302 });
    assert_eq!(error(500), AnswerError::Status { status: 500 });
}

#[test]
fn web_page_is_not_an_empty_list() {
    let title = || "Sign in".to_owned();
    for page in [
        "<html><head><title>Sign in</title></head></html>",
        "\u{feff}\n<!-- proxy -->\n<!DOCTYPE HTML PUBLIC \"x\"><title>Sign\n in</title>",
        "<?xml version=\"1.0\"?><!DOCTYPE html><html><title>Sign in</title>",
    ] {
        let error = answer(&RULES, 200, page.as_bytes()).unwrap_err();
        assert_eq!(error, AnswerError::Html { status: 200, title: title() }, "{page}");
        let error = answer(&RULES, 401, page.as_bytes()).unwrap_err();
        assert_eq!(error, AnswerError::Unauthorized { title: title() }, "{page}");
        let error = answer(&RULES, 502, page.as_bytes()).unwrap_err();
        assert_eq!(error, AnswerError::Html { status: 502, title: title() }, "{page}");
    }
}

#[test]
fn rejected_version_names_the_supported_ones() {
    let body = b"<html>AXL version 15.0 is not supported; supported: 11.0, 11.5,12.0 (192.10.5.1)";
    let error = answer(&RULES, 599, body).unwrap_err();
    let AnswerError::UnsupportedVersion { supported } = error else { panic!("{error:?}") };
    let texts: Vec<_> = supported.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["15.0", "12.0", "11.5", "11.0"]);
    let next = SchemaVersion::next(&[SchemaVersion::NEWEST], &supported);
    assert_eq!(next.map(|version| version.to_string()).as_deref(), Some("12.0"));
    let all = SchemaVersion::next(&[SchemaVersion::NEWEST], &[]);
    assert_eq!(all.map(|version| version.to_string()).as_deref(), Some("14.0"));
    let only_the_rejected = SchemaVersion::next(&[SchemaVersion::NEWEST], &supported[..1]);
    assert_eq!(only_the_rejected, all);
    assert_eq!(SchemaVersion::next(&SchemaVersion::ALL, &[]), None);
}

#[test]
fn memory_fault_is_busy_in_any_form() {
    let text = "Maximum AXL Memory Allocation Consumed. Please retry once requests have completed";
    let fault = format!(
        "<e:Envelope xmlns:e=\"u\"><e:Body><e:Fault><faultcode>e:Server</faultcode>\
         <faultstring>{text}</faultstring></e:Fault></e:Body></e:Envelope>"
    );
    for body in [fault.as_str(), text] {
        let error = answer(&RULES, 500, body.as_bytes());
        assert_eq!(error, Err(AnswerError::Busy(BusyReason::Memory)));
    }
}

#[test]
fn other_fault_keeps_code_and_message() {
    let fault = "<e:Envelope xmlns:e=\"u\"><e:Body><e:Fault><faultstring>Item not valid</faultstring>\
         <detail><axl:axlError xmlns:axl=\"v\"><axlcode>5007000</axlcode>\
         <axlmessage>Name is not valid</axlmessage></axl:axlError></detail></e:Fault></e:Body>\
         </e:Envelope>";
    let error = answer(&RULES, 500, fault.as_bytes()).unwrap_err();
    let expected = Fault {
        text: "Item not valid".to_owned(),
        axl_code: Some(5_007_000),
        axl_message: "Name is not valid".to_owned(),
    };
    assert_eq!(error.to_string(), "CUCM reports `Name is not valid` (code 5007000)");
    assert_eq!(error, AnswerError::Fault(expected));
}

#[test]
fn answer_without_its_list_is_an_error() {
    let envelope = |inside: &str| {
        format!(
            "<e:Envelope xmlns:e=\"u\"><e:Body><listApplicationDialRulesResponse>{inside}\
             </listApplicationDialRulesResponse></e:Body></e:Envelope>"
        )
    };
    let error = |inside: &str| answer(&RULES, 200, envelope(inside).as_bytes()).unwrap_err();
    assert_eq!(error(""), AnswerError::Missing { element: "return" });
    let unexpected = |found: &str| AnswerError::Unexpected {
        expected: "applicationDialRules".to_owned(),
        found: found.to_owned(),
    };
    assert_eq!(error("<return>none</return>"), unexpected("text"));
    assert_eq!(error("<return><row/></return>"), unexpected("row"));
    let nameless = "<return><applicationDialRules/></return>";
    assert_eq!(error(nameless), AnswerError::Missing { element: "name" });
}
