//! The findings about records of CUCM, and the pages that explain them.

use adr_diagnostic::Finding;

/// Every kind of finding about records of CUCM.
pub static FINDINGS: &[&Finding] =
    &[&UNREADABLE_COUNT, &RULE_OUTSIDE_LIMITS, &PAGE_REFUSES_RULE, &EQUAL_PRIORITIES];

pub(super) static UNREADABLE_COUNT: Finding = Finding::error(
    "unreadable-count",
    "a count of a rule in CUCM is not a number",
    include_str!("../pages/unreadable-count.md"),
);

pub(super) static RULE_OUTSIDE_LIMITS: Finding = Finding::error(
    "rule-outside-limits",
    "a rule in CUCM has values that cannot be deployed",
    include_str!("../pages/rule-outside-limits.md"),
);

pub(super) static PAGE_REFUSES_RULE: Finding = Finding::warning(
    "page-refuses-rule",
    "a rule in CUCM is one that its own page would refuse",
    include_str!("../pages/page-refuses-rule.md"),
);

pub(super) static EQUAL_PRIORITIES: Finding = Finding::warning(
    "equal-priorities",
    "two rules in CUCM have the same priority",
    include_str!("../pages/equal-priorities.md"),
);
