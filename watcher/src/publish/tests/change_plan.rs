//! Change plans are applied to the generation that they were made for.

use super::fixture::{artifacts, assert_error, folder, publisher};
use crate::change_plan::ChangePlan;
use crate::publish::{Base, PublishError};
use adr_language::Artifacts;

#[test]
fn change_plan_for_another_base_is_outdated() {
    let folder = folder();
    let plan = |base, artifacts: &Artifacts| {
        ChangePlan::new(&["plan.adr".to_owned()], "published", base, artifacts)
    };
    let base = |folder| publisher(folder).base().unwrap();
    let one = artifacts(1, true);
    let first = plan(base(folder.path()), &one);
    assert_eq!(first.base, None);
    let read = ChangePlan::parse(first.to_json().as_bytes()).unwrap();
    assert_eq!(read, first);
    assert!(read.matches(&one) && !read.matches(&artifacts(1, false)));
    let apply = |plan: &ChangePlan, artifacts: &Artifacts| {
        let publisher = publisher(folder.path()).expecting(plan.base.clone());
        publisher.publish(artifacts, || Ok(()))
    };
    apply(&first, &one).unwrap();
    let outdated = |expected, found| {
        let place = folder.path().display().to_string();
        PublishError::Outdated { place, expected, found }
    };
    assert_error(apply(&first, &one), &outdated(0, 1));
    let second = plan(base(folder.path()), &artifacts(2, true));
    apply(&second, &artifacts(2, true)).unwrap();
    assert_error(apply(&second, &artifacts(2, true)), &outdated(1, 2));
    let other = Base { generation: 2, sha256: "0".repeat(64) };
    let other = plan(Some(other), &artifacts(3, true));
    assert_error(apply(&other, &artifacts(3, true)), &outdated(2, 2));
}

#[test]
fn text_that_is_not_a_change_plan_is_rejected() {
    let plan = ChangePlan::new(&[], "published", None, &artifacts(1, false)).to_json();
    assert!(ChangePlan::parse(plan.as_bytes()).is_ok());
    let later = plan.replace("\"format_version\": 1", "\"format_version\": 2");
    for text in ["", "{}", "null", &later, &plan[..plan.len() / 2]] {
        let error = ChangePlan::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("not a change plan: "), "{text}: {error}");
    }
}
