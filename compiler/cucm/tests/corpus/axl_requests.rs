//! Every recorded request to AXL.

use adr_cucm::axl::{
    AddRule, AxlOperation, ChangeCursor, ExecuteSql, GetCcmVersion, GetRule, ListChange,
    ListProcessNodeService, ListRoutePattern, ListRules, ListTransPattern, Page, PatternTags,
    RemoveRule, RuleChange, RuleKey, UpdateRule, request,
};
use adr_cucm::{CucmRule, HttpRequest, RuleKind, SchemaVersion};

use crate::canonical::canonical;
use crate::recordings::{names, number, recording};

const APPLICATION: RuleKind = RuleKind::Application;
const LOOKUP: RuleKind = RuleKind::DirectoryLookup;

#[test]
fn request_equals_the_recorded_one_for_every_operation() {
    let mut compared = 0;
    for name in names("-req.xml") {
        let Some(request) = made(number(&name)) else {
            continue;
        };
        assert_eq!(canonical(&request.body), canonical(&recording(&name)), "{name}");
        assert_eq!(request.path, "/axl/");
        assert_eq!(request.content_type, "text/xml; charset=utf-8");
        compared += 1;
    }
    assert_eq!(compared, 36, "22 recordings in `axl`, and 23 to 36 in `cucm`");
}

#[test]
fn soap_action_names_version_and_operation() {
    let operation = ListRoutePattern { tags: PatternTags::Flags, page: None };
    let request = request(version("12.5"), &operation).expect("a request");
    assert_eq!(request.soap_action.as_deref(), Some("\"CUCM:DB ver=12.5 listRoutePattern\""));
}

#[test]
fn request_differs_between_versions_in_the_namespace_only() {
    let operation = ListRules { kind: APPLICATION, page: None };
    let of_version = |version: SchemaVersion| {
        let body = request(version, &operation).expect("a request").body;
        String::from_utf8(body).expect("UTF-8").replace(&version.to_string(), "V")
    };
    let newest = of_version(SchemaVersion::NEWEST).replace("<?xml version=\"1.0\"", "<?xml");
    for version in SchemaVersion::ALL {
        let body = of_version(version).replace("<?xml version=\"1.0\"", "<?xml");
        assert_eq!(body, newest, "{version}");
    }
}

#[test]
fn emergency_flag_is_requested_since_11_0_only() {
    for version in SchemaVersion::ALL {
        for tags in [PatternTags::Flags, PatternTags::Routing] {
            let body = request(version, &ListTransPattern { tags, page: None }).expect("a request");
            let asks = String::from_utf8(body.body).expect("UTF-8").contains("isEmergency");
            assert_eq!(asks, version >= self::version("11.0"), "{version}");
        }
    }
}

#[test]
fn update_sends_changed_fields_in_the_order_of_the_schema() {
    let before = CucmRule::new(APPLICATION, "a");
    let after = CucmRule {
        description: "d".to_owned(),
        begins_with: "+1".to_owned(),
        digits: 12.into(),
        remove: 2.into(),
        prefix: "91".to_owned(),
        priority: 7.into(),
        ..CucmRule::new(APPLICATION, "b")
    };
    let change = RuleChange::between(&before, &after);
    assert!(RuleChange::between(&before, &before).is_empty());
    let key = RuleKey::Name("a".to_owned());
    let body = made_by(&UpdateRule { kind: APPLICATION, key, change }).body;
    let body = String::from_utf8(body).expect("UTF-8");
    let expected = "<name>a</name><newName>b</newName><description>d</description>\
                    <numberBeginWith>+1</numberBeginWith><numberOfDigits>12</numberOfDigits>\
                    <digitsToBeRemoved>2</digitsToBeRemoved><prefixPattern>91</prefixPattern>\
                    <priority>7</priority>";
    assert!(body.contains(expected), "{body}");
}

/// The request that corresponds to a recording; `None` for those of other services.
fn made(number: u32) -> Option<HttpRequest> {
    Some(match number {
        1 => made_by(&GetCcmVersion),
        2..=5 | 7..=9 => {
            let kind = if number < 6 { APPLICATION } else { LOOKUP };
            let at = if number < 6 { number - 2 } else { number - 7 };
            let page = at.checked_sub(1).map(|at| Page { skip: u64::from(at) * 2, first: 2 });
            made_by(&ListRules { kind, page })
        }
        6 => made_by(&GetRule { kind: APPLICATION, key: key("long & <short>") }),
        10 => made_by(&GetRule { kind: LOOKUP, key: key("in") }),
        11 => made_by(&ExecuteSql::all_of("applicationdialrule").expect("a table")),
        12 => made_by(&ListChange::of_rules(None)),
        13 => made_by(&ListChange::of_rules(Some(cursor("Q1", 8)))),
        14 => made_by(&ListChange::of_rules(Some(cursor("not-a-queue", 1)))),
        15 | 19 => made_by(&AddRule(CucmRule {
            begins_with: "0".to_owned(),
            digits: 7.into(),
            remove: 1.into(),
            prefix: "9".to_owned(),
            priority: 0.into(),
            ..CucmRule::new(kind(number), "zeepcheck")
        })),
        16 | 20 => {
            let change = RuleChange { description: Some("x".to_owned()), ..RuleChange::default() };
            made_by(&UpdateRule { kind: kind(number), key: key("zeepcheck"), change })
        }
        17 | 21 => made_by(&GetRule { kind: kind(number), key: key("zeepcheck") }),
        18 | 22 => made_by(&RemoveRule { kind: kind(number), key: key("zeepcheck") }),
        23 | 26 => made_by(&route_patterns(None)),
        24 => made_by(&route_patterns(Some(Page { skip: 500, first: 500 }))),
        25 => made_by(&route_patterns(Some(Page { skip: 0, first: 50_000 }))),
        27 => made_by(&ListTransPattern { tags: PatternTags::Flags, page: None }),
        28 => made_by(&ListTransPattern { tags: PatternTags::Routing, page: None }),
        29 => {
            let page = Some(Page { skip: 7, first: 7 });
            made_by(&ListTransPattern { tags: PatternTags::Routing, page })
        }
        30 | 31 => made_by(&ListProcessNodeService),
        32 => made_by(&ListChange::of_patterns(None)),
        33 => made_by(&ListChange::of_patterns(Some(cursor("Q2", 11_146)))),
        34 => request(version("11.0"), &route_patterns(None)).expect("a request"),
        35 => request(version("12.5"), &route_patterns(None)).expect("a request"),
        36 => request(version("10.5"), &route_patterns(None)).expect("a request"),
        _ => return None,
    })
}

fn made_by<O: AxlOperation>(operation: &O) -> HttpRequest {
    request(SchemaVersion::NEWEST, operation).expect("a request")
}

fn kind(number: u32) -> RuleKind {
    if number < 19 { APPLICATION } else { LOOKUP }
}

fn key(name: &str) -> RuleKey {
    RuleKey::Name(name.to_owned())
}

fn cursor(queue: &str, start: u64) -> ChangeCursor {
    ChangeCursor { queue: queue.to_owned(), start }
}

fn route_patterns(page: Option<Page>) -> ListRoutePattern {
    ListRoutePattern { tags: PatternTags::Routing, page }
}

fn version(text: &str) -> SchemaVersion {
    SchemaVersion::new(text).expect("a version")
}
