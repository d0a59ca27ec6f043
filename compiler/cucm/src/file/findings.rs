//! The findings about exported files, and the pages that explain them.

use adr_diagnostic::Finding;

/// Every kind of finding about exported files.
pub static FINDINGS: &[&Finding] = &[
    &UNKNOWN_LAYOUT,
    &EXPORT_TOO_LARGE,
    &DAMAGED_ARCHIVE,
    &UNKNOWN_RULE_KIND,
    &GUESSED_ENCODING,
    &UNEVEN_ROW,
    &MISALIGNED_ROW,
];

pub(super) static EXPORT_TOO_LARGE: Finding = Finding::unreadable_input(
    "export-too-large",
    "an exported file is larger than adrc accepts",
    include_str!("../pages/export-too-large.md"),
);

pub(super) static DAMAGED_ARCHIVE: Finding = Finding::unreadable_input(
    "damaged-archive",
    "a tar archive is cut or damaged",
    include_str!("../pages/damaged-archive.md"),
);

pub(super) static UNKNOWN_LAYOUT: Finding = Finding::unreadable_input(
    "unknown-layout",
    "an exported file has columns that adrc does not know",
    include_str!("../pages/unknown-layout.md"),
);

pub(super) static UNKNOWN_RULE_KIND: Finding = Finding::error(
    "unknown-rule-kind",
    "an exported file does not say which kind of rules it holds",
    include_str!("../pages/unknown-rule-kind.md"),
);

pub(super) static GUESSED_ENCODING: Finding = Finding::warning(
    "guessed-encoding",
    "an exported file is neither UTF-8 nor UTF-16",
    include_str!("../pages/guessed-encoding.md"),
);

pub(super) static UNEVEN_ROW: Finding = Finding::error(
    "uneven-row",
    "a row of an exported file has more or fewer fields than its header",
    include_str!("../pages/uneven-row.md"),
);

pub(super) static MISALIGNED_ROW: Finding = Finding::error(
    "misaligned-row",
    "a row of the text of `run sql` does not fit its columns",
    include_str!("../pages/misaligned-row.md"),
);
