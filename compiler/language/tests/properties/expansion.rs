//! Expansion, scopes, groups and includes, compared with a naive model. Formatting changes none of
//! them.

use adr_diagnostic::Sources;
use adr_language::{DialPlan, Levels, List, ListKind, View, format};
use proptest::prelude::*;

use super::model::{Row, plan};
use super::{check, found};

/// The generator causes errors about names, such as a group that is used twice in one list.
const OF_THE_GENERATOR: [&str; 2] = ["duplicate-name", "rule-without-action"];

fn rows(view: &View) -> Vec<Row> {
    let list = view.list(ListKind::Application);
    let rows = list.rules().iter().map(|rule| {
        (rule.begins_with().to_owned(), rule.digits(), rule.remove(), rule.prefix().to_owned())
    });
    rows.collect()
}

fn names(plan: &DialPlan, list: &List) -> Vec<String> {
    let spans = (0..list.rules().len()).map(|at| list.origin(at).unwrap().name);
    spans.map(|span| plan.sources().slice(span).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_view_equals_the_naive_model(model in plan()) {
        let files = model.files();
        let bytes: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let checked = check(&bytes, &Levels::default());
        let excused = checked.report().diagnostics().iter().any(|found| OF_THE_GENERATOR.contains(&found.name));
        prop_assume!(!excused);
        prop_assert!(checked.plan().is_some(), "{:?}\n{}", found(&checked), files[0].1);
        let plan = checked.into_plan().unwrap();
        prop_assert_eq!(rows(plan.default_view()), model.default_rows());
        let site = plan.site("Dallas").unwrap();
        prop_assert_eq!(rows(site), model.site_rows());
        for name in names(&plan, site.list(ListKind::Application)) {
            prop_assert!(name.starts_with("in ") || name.starts_with("site ") || name.starts_with("list "), "{name}");
        }

        let formatted: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, text)| (*name, laid_out(text))).collect();
        let bytes: Vec<(&str, &[u8])> = formatted.iter().map(|(name, text)| (*name, text.as_slice())).collect();
        let again = check(&bytes, &Levels::default()).into_plan().unwrap();
        prop_assert_eq!(rows(again.default_view()), model.default_rows());
        prop_assert_eq!(rows(again.site("Dallas").unwrap()), model.site_rows());
        prop_assert!(plan.read_back(&plan.artifacts()).is_ok());
    }
}

fn laid_out(text: &str) -> Vec<u8> {
    let mut sources = Sources::new();
    let source = sources.add("main.adr", text);
    let formatted = format(&sources, source).unwrap().text;
    let mut sources = Sources::new();
    let source = sources.add("main.adr", formatted.as_str());
    assert!(!format(&sources, source).unwrap().changed, "formatting twice");
    formatted.into_bytes()
}
