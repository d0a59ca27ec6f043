//! Damaged answers: cut at every byte, changed bytes, and documents made to exhaust a reader.

use adr_cucm::axl::{
    self, AddRule, AxlOperation, ExecuteSql, GetCcmVersion, GetRule, ListChange,
    ListProcessNodeService, ListRoutePattern, ListRules, ListTransPattern, PatternTags, RemoveRule,
    RuleChange, RuleKey, UpdateRule,
};
use adr_cucm::service::{
    self, ControlAction, ControlServices, GetProductInformation, GetServiceStatus, SelectDevices,
    model,
};
use adr_cucm::upload::{UploadPage, read_page};
use adr_cucm::xml::{ANSWER_BYTES, DEPTH_LIMIT, ELEMENT_LIMIT, XmlErrorKind};
use adr_cucm::{AnswerError, CucmRule, RuleKind};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::sample::Index;

use crate::recordings::{names, recording};

const RULES: ListRules = ListRules { kind: RuleKind::Application, page: None };

/// Reads an answer as the operation in the recording's name does.
fn read(name: &str, status: u16, body: &[u8]) -> Result<(), AnswerError> {
    let operation = name.split('-').nth(1).expect("an operation");
    let kind = if operation.contains("Lookup") {
        RuleKind::DirectoryLookup
    } else {
        RuleKind::Application
    };
    let key = || RuleKey::Name("a".to_owned());
    let rule = || CucmRule::new(kind, "a");
    let services = || vec![service::TFTP_SERVICE.to_owned()];
    let tags = PatternTags::Routing;
    match operation {
        "getCCMVersion" => axl(&GetCcmVersion, status, body),
        "executeSQLQuery" => axl(&ExecuteSql::rule_tables(), status, body),
        "listChange" => axl(&ListChange::of_rules(None), status, body),
        "listProcessNodeService" => axl(&ListProcessNodeService, status, body),
        "listRoutePattern" => axl(&ListRoutePattern { tags, page: None }, status, body),
        "listTransPattern" => axl(&ListTransPattern { tags, page: None }, status, body),
        "getProductInformationList" => {
            service::answer(&GetProductInformation, status, body).map(drop)
        }
        "soapGetServiceStatus" => {
            let operation = GetServiceStatus { services: services() };
            service::answer(&operation, status, body).map(drop)
        }
        "soapDoControlServices" => {
            let action = ControlAction::Restart;
            let operation = ControlServices { node: None, action, services: services() };
            service::answer(&operation, status, body).map(drop)
        }
        "selectCmDevice" => {
            service::answer(&SelectDevices::all_of(model::CSF), status, body).map(drop)
        }
        _ if operation.starts_with("list") => axl(&ListRules { kind, page: None }, status, body),
        _ if operation.starts_with("get") => axl(&GetRule { kind, key: key() }, status, body),
        _ if operation.starts_with("add") => axl(&AddRule(rule()), status, body),
        _ if operation.starts_with("update") => {
            let change = RuleChange::default();
            axl(&UpdateRule { kind, key: key(), change }, status, body)
        }
        _ if operation.starts_with("remove") => axl(&RemoveRule { kind, key: key() }, status, body),
        _ => panic!("{name} has an operation that this test does not know"),
    }
}

fn axl<O: AxlOperation>(operation: &O, status: u16, body: &[u8]) -> Result<(), AnswerError> {
    axl::answer(operation, status, body).map(drop)
}

#[test]
fn every_recorded_answer_is_read() {
    let names = names("-res.xml");
    assert_eq!(names.len(), 22 + 33);
    let faults: Vec<_> =
        names.iter().filter(|name| read(name, 200, &recording(name)).is_err()).collect();
    let expected = [
        "axl/14-listChange-res.xml",
        "cucm/25-listRoutePattern-res.xml",
        "cucm/47-soapGetServiceStatus-res.xml",
        "cucm/56-selectCmDevice-res.xml",
    ];
    assert_eq!(faults, expected);
}

#[test]
fn answer_cut_at_any_byte_is_an_error() {
    for name in names("-res.xml") {
        let body = recording(&name);
        let end = body.trim_ascii_end().len();
        for cut in 0..end {
            assert!(read(&name, 200, &body[..cut]).is_err(), "{name} cut at {cut}");
        }
    }
}

#[test]
fn page_cut_at_any_byte_is_never_an_upload_form_with_a_part_of_a_token() {
    for name in names("-res.html") {
        let body = recording(&name);
        for cut in 0..body.len() {
            if let UploadPage::Upload { token: Some(token), .. } = read_page(&body[..cut]) {
                assert_eq!(token.value.len(), 32, "{name} cut at {cut}");
            }
        }
    }
}

/// The reason why a document is rejected.
fn rejected(body: &[u8]) -> XmlErrorKind {
    match axl::answer(&RULES, 200, body) {
        Err(AnswerError::Malformed(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn entity_bomb_is_rejected_at_its_document_type() {
    let mut bomb = String::from("<?xml version='1.0'?><!DOCTYPE e [<!ENTITY a0 'ha'>");
    for level in 1..30 {
        let before = format!("&a{};", level - 1);
        bomb.push_str(&format!("<!ENTITY a{level} '{}'>", before.repeat(10)));
    }
    bomb.push_str("]><e>&a29;</e>");
    assert_eq!(rejected(bomb.as_bytes()), XmlErrorKind::Doctype);
    let external = b"<!DOCTYPE e SYSTEM 'file:///etc/passwd'><e>&x;</e>";
    assert_eq!(rejected(external), XmlErrorKind::Doctype);
}

#[test]
fn reference_that_xml_does_not_define_is_rejected() {
    let unknown = XmlErrorKind::UnknownEntity("nbsp".to_owned());
    assert_eq!(rejected(b"<e>&nbsp;</e>"), unknown);
    for reference in ["&#0;", "&#xD800;", "&#x110000;", "&#;", "&#99999999999;"] {
        let text = format!("<e>{reference}</e>");
        assert_eq!(rejected(text.as_bytes()), XmlErrorKind::BadCharacter, "{reference}");
    }
}

#[test]
fn document_above_a_limit_is_rejected() {
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(rejected(deep.as_bytes()), XmlErrorKind::TooDeep);
    let fits = format!("{}{}", "<a>".repeat(DEPTH_LIMIT), "</a>".repeat(DEPTH_LIMIT));
    let error = axl::answer(&RULES, 200, fits.as_bytes()).unwrap_err();
    assert!(matches!(error, AnswerError::Unexpected { .. }), "{error:?}");
    let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENT_LIMIT));
    assert_eq!(rejected(many.as_bytes()), XmlErrorKind::TooManyElements);
    let attributes: String = (0..500_000).map(|number| format!(" a{number}=''")).collect();
    let wide = format!("<a{attributes}/>");
    assert_eq!(rejected(wide.as_bytes()), XmlErrorKind::TooManyAttributes);
    let large = vec![b' '; ANSWER_BYTES + 1];
    let too_large = XmlErrorKind::TooLarge { given: ANSWER_BYTES + 1, limit: ANSWER_BYTES };
    assert_eq!(rejected(&large), too_large);
}

#[test]
fn bytes_that_are_not_one_document_are_rejected() {
    assert_eq!(rejected(b""), XmlErrorKind::Truncated);
    assert_eq!(rejected(b"  \n"), XmlErrorKind::Truncated);
    assert_eq!(rejected(b"<a/><a/>"), XmlErrorKind::OutsideRoot);
    assert_eq!(rejected(b"<a/>x"), XmlErrorKind::OutsideRoot);
    assert_eq!(rejected(b"x<a/>"), XmlErrorKind::OutsideRoot);
    assert_eq!(rejected(b"<a>\xff</a>"), XmlErrorKind::NotUtf8);
    assert_eq!(rejected(b"<a></b>"), XmlErrorKind::Malformed);
    assert_eq!(rejected(b"<a b='1' b='2'/>"), XmlErrorKind::Malformed);
    assert_eq!(rejected(b"<a>\x01</a>"), XmlErrorKind::BadCharacter);
}

/// A change of a few bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, u8),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let markup = prop_oneof![
        any::<u8>(),
        Just(b'<'),
        Just(b'>'),
        Just(b'&'),
        Just(b'"'),
        Just(b'/'),
        Just(b'!'),
        Just(0),
    ];
    prop_oneof![
        (any::<Index>(), markup).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<Index>(), 1..40usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
    ]
}

fn mutated(mut body: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        if body.is_empty() {
            break;
        }
        match mutation {
            Mutation::Replace(at, byte) => {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            Mutation::Remove(at, length) => {
                let at = at.index(body.len());
                body.drain(at..(at + length).min(body.len()));
            }
            Mutation::Insert(at, bytes) => {
                let at = at.index(body.len());
                body.splice(at..at, bytes.iter().copied());
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_answer_is_read_without_panic(
        which in any::<Index>(),
        status in prop_oneof![Just(200u16), Just(500), Just(599), any::<u16>()],
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let names = names("-res.xml");
        let name = which.get(&names);
        let body = mutated(recording(name), &mutations);
        if let Err(error) = read(name, status, &body) {
            let _ = error.to_string();
        }
    }

    #[test]
    fn damaged_page_is_read_without_panic(
        which in any::<Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let names = names("-res.html");
        let page = mutated(recording(which.get::<String>(&names)), &mutations);
        let _ = read_page(&page);
        let _ = axl::answer(&RULES, 200, &page);
    }

    #[test]
    fn any_bytes_are_an_error(body in prop::collection::vec(any::<u8>(), 0..200), status: u16) {
        assert!(axl::answer(&RULES, status, &body).is_err());
    }
}
