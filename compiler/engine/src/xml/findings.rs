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
    &LENIENT_NUMBER,
    &DUPLICATE_ROW,
    &STRAY_BYTES,
];

pub(super) static NOT_WELL_FORMED: Finding = Finding::error(
    "not-well-formed",
    "a deployed file is not well-formed XML",
    "A client that meets one malformed byte reads no rules at all (its error 0) and leaves every\n\
     number unchanged, without any message.\n\n\
     ```xml\n<DialRules><DialRule BeginsWith=\"9\" NumDigits=\"7\" DigitsToRemove=\"1\" PrefixWith=\"a&b\"/></DialRules>\n```\n\n\
     Fix the place that the finding names, or write the file again with `adrc compile`.",
);

pub(super) static EMPTY_FILE: Finding = Finding::error(
    "empty-file",
    "a deployed file is empty",
    "A client calls an empty file invalid (its error 1) and has no rules. No rules at all are written as\n\n\
     ```xml\n<DialRules/>\n```",
);

pub(super) static WRONG_ROOT: Finding = Finding::error(
    "wrong-root",
    "the root element of a deployed file is not `DialRules`",
    "Clients compare the name exactly. With any other root, an HTML error page for example, the file is\n\
     invalid (error 2) and there are no rules.\n\n```xml\n<dialRules/>\n```\n\nWrite `<DialRules>`.",
);

pub(super) static DOCTYPE_REFUSED: Finding = Finding::error(
    "doctype-refused",
    "a deployed file declares a document type",
    "Clients tolerate a DOCTYPE, and entities and default attributes in it change what the rules are. adrc\n\
     never imports such a file.\n\n```xml\n<!DOCTYPE DialRules [<!ENTITY p \"00\">]>\n```\n\nRemove it and write the values out.",
);

pub(super) static MISSING_ATTRIBUTE: Finding = Finding::error(
    "missing-attribute",
    "a rule of a deployed file lacks an attribute",
    "Without `NumDigits`, `DigitsToRemove` or `PrefixWith` a client skips the rule; without `BeginsWith` the\n\
     rule matches any beginning. Upper and lower case count.\n\n```xml\n<DialRule BeginsWith=\"9\" DigitsToRemove=\"1\" PrefixWith=\"55\"/>\n```\n\n\
     Write all four attributes.",
);

pub(super) static UNKNOWN_ATTRIBUTE: Finding = Finding::warning(
    "unknown-attribute",
    "a rule has an attribute that clients ignore",
    "Only `BeginsWith`, `NumDigits`, `DigitsToRemove` and `PrefixWith` mean anything; `Priority` does not\n\
     order rules.\n\n```xml\n<DialRule Priority=\"1\" BeginsWith=\"\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"9\"/>\n```\n\nRemove it.",
);

pub(super) static UNKNOWN_ELEMENT: Finding = Finding::warning(
    "unknown-element",
    "a deployed file has an element that clients ignore",
    "Only `DialRule` elements directly inside the root count.\n\n```xml\n<DialRules><dialrule/></DialRules>\n```\n\nRemove it, or write `DialRule`.",
);

pub(super) static NAMESPACE_PREFIX: Finding = Finding::error(
    "namespace-prefix",
    "a name in a deployed file has a namespace prefix",
    "Clients drop a prefix that is declared, also from attributes, and the first of two attributes with the\n\
     same name counts: below, the number of digits is 3. An undeclared prefix is part of the name.\n\n\
     ```xml\n<DialRule xmlns:x=\"u\" x:NumDigits=\"3\" NumDigits=\"7\" DigitsToRemove=\"1\" PrefixWith=\"\"/>\n```\n\n\
     Write the name without a prefix.",
);

pub(super) static TEXT_BETWEEN_RULES: Finding = Finding::warning(
    "text-between-rules",
    "a deployed file has text between its rules",
    "Clients ignore it, so it is not what its author meant.\n\n```xml\n<DialRules>junk</DialRules>\n```\n\nRemove it.",
);

pub(super) static NOT_A_DIAL_STRING: Finding = Finding::error(
    "not-a-dial-string",
    "begins-with or prefix of a deployed rule holds other characters",
    "Clients compare bytes: `.`, `X` and `^` are not wildcards and match only themselves. CUCM accepts\n\
     `0-9 + * #`, at most 100 of them.\n\n```xml\n<DialRule BeginsWith=\"9XXX\" NumDigits=\"4\" DigitsToRemove=\"1\" PrefixWith=\"\"/>\n```\n\n\
     Write the digits out, one rule each.",
);

pub(super) static NUMBER_OUT_OF_RANGE: Finding = Finding::error(
    "number-out-of-range",
    "a number of a deployed rule is outside CUCM's limits",
    "Number of digits is 1 to 100, digits to be removed 0 to the number of digits. A client reads a negative\n\
     or empty `NumDigits`, or one above 2147483647, as any length, and a negative `DigitsToRemove` as\n\
     everything.\n\n```xml\n<DialRule BeginsWith=\"9\" NumDigits=\"7\" DigitsToRemove=\"8\" PrefixWith=\"\"/>\n```\n\nWrite the number that is meant.",
);

pub(super) static LENIENT_NUMBER: Finding = Finding::warning(
    "lenient-number",
    "a number of a deployed rule is not plain decimal",
    "Clients read the leading digits and drop the rest: `7x`, ` 7` and `07` are 7, `abc` and nothing at all are 0,\n\
     which as `NumDigits` matches any length.\n\n```xml\n<DialRule BeginsWith=\"9\" NumDigits=\"7x\" DigitsToRemove=\"1\" PrefixWith=\"\"/>\n```\n\nWrite `7`.",
);

pub(super) static DUPLICATE_ROW: Finding = Finding::warning(
    "duplicate-row",
    "a deployed file has the same rule twice",
    "The first match wins, so the second one never does anything. Cisco's own sample file has such a row.\n\n\
     ```xml\n<DialRule BeginsWith=\"+1\" NumDigits=\"12\" DigitsToRemove=\"1\" PrefixWith=\"9\"/>\n\
     <DialRule BeginsWith=\"+1\" NumDigits=\"12\" DigitsToRemove=\"1\" PrefixWith=\"9\"/>\n```\n\nRemove one.",
);

pub(super) static STRAY_BYTES: Finding = Finding::warning(
    "stray-bytes",
    "a deployed file holds bytes that a fetch may turn into damage",
    "Clients fetch in netascii mode, where a CR becomes CR NUL and the NUL cuts the text; a byte order mark or a NUL\n\
     is read by luck only.\n\n```text\n<DialRules>\\r\\n\n```\n\nWrite the file with LF alone, without a byte order mark; `adrc compile` does.",
);
