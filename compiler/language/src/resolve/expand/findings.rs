//! Findings about rules and lists after their lets are replaced.

use adr_diagnostic::Finding;

pub(in crate::resolve) static FINDINGS: &[&Finding] = &[
    &BEGINS_WITH_LONGER_THAN_DIGITS,
    &REMOVE_EXCEEDS_DIGITS,
    &RULE_WITHOUT_ACTION,
    &KEEP_WITH_OTHER_ACTION,
    &CONFLICTING_FIELDS,
    &REMOVE_MATCHED_WITHOUT_BEGINS_WITH,
    &MISSING_DIGITS,
    &UNKNOWN_GROUP,
    &GROUP_CYCLE,
    &USE_DEFAULT_IN_DEFAULT,
    &REPEATED_USE,
    &TOO_MANY_RULES,
];

pub(super) static BEGINS_WITH_LONGER_THAN_DIGITS: Finding = Finding::error(
    "begins-with-longer-than-digits",
    "no number is long enough for the begins-with of a rule",
    include_str!("../../pages/begins-with-longer-than-digits.md"),
);

pub(super) static REMOVE_EXCEEDS_DIGITS: Finding = Finding::error(
    "remove-exceeds-digits",
    "a rule removes more digits than its numbers have",
    include_str!("../../pages/remove-exceeds-digits.md"),
);

pub(super) static RULE_WITHOUT_ACTION: Finding = Finding::error(
    "rule-without-action",
    "a rule neither removes nor prefixes anything, nor says `keep`",
    include_str!("../../pages/rule-without-action.md"),
);

pub(super) static KEEP_WITH_OTHER_ACTION: Finding = Finding::error(
    "keep-with-other-action",
    "`keep` is combined with `remove` or `prefix`",
    include_str!("../../pages/keep-with-other-action.md"),
);

pub(super) static CONFLICTING_FIELDS: Finding = Finding::error(
    "conflicting-fields",
    "two fields of a rule define the same property",
    include_str!("../../pages/conflicting-fields.md"),
);

pub(super) static REMOVE_MATCHED_WITHOUT_BEGINS_WITH: Finding = Finding::error(
    "remove-matched-without-begins-with",
    "`remove matched` is used in a rule without begins-with",
    include_str!("../../pages/remove-matched-without-begins-with.md"),
);

pub(super) static MISSING_DIGITS: Finding = Finding::error(
    "missing-digits",
    "a rule does not define the length of its numbers",
    include_str!("../../pages/missing-digits.md"),
);

pub(super) static UNKNOWN_GROUP: Finding = Finding::error(
    "unknown-group",
    "`use` names a group that does not exist",
    include_str!("../../pages/unknown-group.md"),
);

pub(super) static GROUP_CYCLE: Finding = Finding::error(
    "group-cycle",
    "a group uses itself",
    include_str!("../../pages/group-cycle.md"),
);

pub(super) static USE_DEFAULT_IN_DEFAULT: Finding = Finding::error(
    "use-default-in-default",
    "`use default` is used outside of a site",
    include_str!("../../pages/use-default-in-default.md"),
);

pub(super) static REPEATED_USE: Finding = Finding::warning(
    "repeated-use",
    "a list uses the same group twice",
    include_str!("../../pages/repeated-use.md"),
);

pub(super) static TOO_MANY_RULES: Finding = Finding::error(
    "too-many-rules",
    "a dial plan has more rules than adrc accepts",
    include_str!("../../pages/too-many-rules.md"),
);
