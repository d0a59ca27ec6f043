//! The findings about deployed files, and the pages that explain them.

use adr_diagnostic::Finding;

/// Every kind of finding about deployed files.
pub static FINDINGS: &[&Finding] = &[
    &NOT_WELL_FORMED,
    &EMPTY_FILE,
    &WRONG_ROOT,
    &DOCTYPE_REFUSED,
    &MISSING_ATTRIBUTE,
    &UNKNOWN_ATTRIBUTE,
    &UNKNOWN_ELEMENT,
    &NAMESPACE_PREFIX,
    &TEXT_BETWEEN_RULES,
    &NOT_A_DIAL_STRING,
    &NUMBER_OUT_OF_RANGE,
    &NUMBER_NOT_DECIMAL,
    &DUPLICATE_ROW,
    &UNSAFE_BYTES,
];

pub(super) static NOT_WELL_FORMED: Finding = Finding::error(
    "not-well-formed",
    "a deployed file is not well-formed XML",
    include_str!("pages/not-well-formed.md"),
);

pub(super) static EMPTY_FILE: Finding =
    Finding::error("empty-file", "a deployed file is empty", include_str!("pages/empty-file.md"));

pub(super) static WRONG_ROOT: Finding = Finding::error(
    "wrong-root",
    "the root element of a deployed file is not `DialRules`",
    include_str!("pages/wrong-root.md"),
);

pub(super) static DOCTYPE_REFUSED: Finding = Finding::error(
    "doctype-refused",
    "a deployed file declares a document type",
    include_str!("pages/doctype-refused.md"),
);

pub(super) static MISSING_ATTRIBUTE: Finding = Finding::error(
    "missing-attribute",
    "a rule of a deployed file lacks an attribute",
    include_str!("pages/missing-attribute.md"),
);

pub(super) static UNKNOWN_ATTRIBUTE: Finding = Finding::warning(
    "unknown-attribute",
    "a rule has an attribute that clients ignore",
    include_str!("pages/unknown-attribute.md"),
);

pub(super) static UNKNOWN_ELEMENT: Finding = Finding::warning(
    "unknown-element",
    "a deployed file has an element that clients ignore",
    include_str!("pages/unknown-element.md"),
);

pub(super) static NAMESPACE_PREFIX: Finding = Finding::error(
    "namespace-prefix",
    "a name in a deployed file has a namespace prefix",
    include_str!("pages/namespace-prefix.md"),
);

pub(super) static TEXT_BETWEEN_RULES: Finding = Finding::warning(
    "text-between-rules",
    "a deployed file has text between its rules",
    include_str!("pages/text-between-rules.md"),
);

pub(super) static NOT_A_DIAL_STRING: Finding = Finding::error(
    "not-a-dial-string",
    "begins-with or prefix of a deployed rule holds other characters",
    include_str!("pages/not-a-dial-string.md"),
);

pub(super) static NUMBER_OUT_OF_RANGE: Finding = Finding::error(
    "number-out-of-range",
    "a number of a deployed rule is outside CUCM's limits",
    include_str!("pages/number-out-of-range.md"),
);

pub(super) static NUMBER_NOT_DECIMAL: Finding = Finding::warning(
    "number-not-decimal",
    "a number of a deployed rule is not plain decimal",
    include_str!("pages/number-not-decimal.md"),
);

pub(super) static DUPLICATE_ROW: Finding = Finding::warning(
    "duplicate-row",
    "a deployed file has the same rule twice",
    include_str!("pages/duplicate-row.md"),
);

pub(super) static UNSAFE_BYTES: Finding = Finding::warning(
    "unsafe-bytes",
    "a deployed file has bytes that a transfer can damage",
    include_str!("pages/unsafe-bytes.md"),
);
