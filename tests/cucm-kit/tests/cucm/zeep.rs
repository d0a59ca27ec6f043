//! zeep, with a WSDL of the project's own, edits the rules of the stand-in.

use adr_cucm_kit::{CucmStandIn, Edit, Rule, RuleKind, zeep};

#[test]
fn zeep_edits_rules_and_reads_changes() {
    let cucm = CucmStandIn::start();
    cucm.state().add_rule(RuleKind::Application, Rule::new("old", "", [7, 0], "9").priority(0));
    let list = |kind: &str| {
        let tags = r#"{"name":"","numberOfDigits":"","priority":""}"#;
        format!(r#"list{kind}={{"searchCriteria":{{"name":"%"}},"returnedTags":{tags}}}"#)
    };
    let calls = [
        r#"addApplicationDialRules={"applicationDialRules":{"name":"a & <ü>","numberBeginWith":"1",
           "numberOfDigits":"11","digitsToBeRemoved":"0","prefixPattern":"9","priority":"1"}}"#,
        r#"updateApplicationDialRules={"name":"old","newName":"new","priority":"2"}"#,
        r#"addDirectoryLookupDialRules={"directoryLookupDialRules":{"name":"in","priority":"0"}}"#,
        r#"removeDirectoryLookupDialRules={"name":"in"}"#,
        r#"removeDirectoryLookupDialRules={"name":"in"}"#,
        &list("ApplicationDialRules"),
        &list("DirectoryLookupDialRules"),
        r#"listChange={"objectList":{"object":["ApplicationDialRules"]}}"#,
    ];
    let Some(answers) = zeep(&cucm, &calls) else { return };
    assert_eq!(answers.len(), calls.len());
    assert!(answers[4].contains("was not found"), "{}", answers[4]);
    assert!(answers[5].contains(r#""name": "new""#), "{}", answers[5]);
    assert!(answers[5].contains(r#""name": "a & <\u00fc>""#), "{}", answers[5]);
    assert_eq!(answers[6], "null");
    assert!(answers[7].contains(r#""lastChangeId": 5"#), "{}", answers[7]);
    assert_eq!(answers[7].matches(r#""action""#).count(), 3, "{}", answers[7]);
    let state = cucm.state();
    let rules = state.rules(RuleKind::Application);
    let names: Vec<_> = rules.iter().map(|rule| (&rule.name[..], &rule.priority[..])).collect();
    assert_eq!(names, [("new", "2"), ("a & <ü>", "1")]);
    assert_eq!(rules[1].prefix, "9");
    let last = state.changes.changes().last().unwrap();
    assert_eq!((last.id, &last.edit), (5, &Edit::Remove));
}
