//! Texts with every kind of character arrive as they were sent, in both directions.

use adr_cucm::axl::{self, AddRule, GetRule, RuleKey};
use adr_cucm::{Count, CucmRule, RuleKind, SchemaVersion};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::canonical::canonical;

/// Sends a rule, and makes an answer of the record in the request.
fn through_request_and_answer(rule: &CucmRule) -> CucmRule {
    let request = axl::request(SchemaVersion::NEWEST, &AddRule(rule.clone())).expect("a request");
    // the reader of the test agrees with the text
    let name = format!("{:?}", rule.name.replace("\r\n", "\n").replace('\r', "\n"));
    if !rule.name.contains('\r') {
        assert!(canonical(&request.body).contains(&name), "{name}");
    }
    let request = String::from_utf8(request.body).expect("UTF-8");
    let start = request.find("<applicationDialRules>").expect("a record");
    let end = request.find("</axl:addApplicationDialRules>").expect("an end");
    let answer = format!(
        "<e:Envelope xmlns:e=\"u\"><e:Body><getApplicationDialRulesResponse><return>{}</return>\
         </getApplicationDialRulesResponse></e:Body></e:Envelope>",
        &request[start..end]
    );
    let get = GetRule { kind: RuleKind::Application, key: RuleKey::Name(rule.name.clone()) };
    axl::answer(&get, 200, answer.as_bytes()).expect("a rule")
}

#[test]
fn name_with_markup_and_other_scripts_is_unchanged() {
    let long = "ü".repeat(100);
    for name in
        ["& < > \" ' %", "]]>", "&amp;", "Zürich 東京 🙂", " a  b ", "a\tb\nc\rd\r\ne", &long]
    {
        let rule = CucmRule { digits: 7.into(), ..CucmRule::new(RuleKind::Application, name) };
        assert_eq!(through_request_and_answer(&rule), rule);
    }
}

#[test]
fn character_that_xml_cannot_carry_is_an_error() {
    for character in ['\0', '\u{1}', '\u{fffe}'] {
        let rule = CucmRule::new(RuleKind::Application, format!("a{character}"));
        let error = axl::request(SchemaVersion::NEWEST, &AddRule(rule)).unwrap_err();
        assert_eq!((error.element, error.found), ("name", character));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_rule_arrives_unchanged(
        name in "[^\\p{C}]{0,100}",
        description in "[^\\p{C}]{0,60}",
        begins_with in "[0-9+*#]{0,20}",
        digits: i64,
        remove in proptest::option::of(any::<i64>()),
    ) {
        let rule = CucmRule {
            description,
            begins_with,
            digits: digits.into(),
            remove: remove.map_or(Count::Empty, Count::Number),
            ..CucmRule::new(RuleKind::Application, name)
        };
        assert_eq!(through_request_and_answer(&rule), rule);
    }
}
