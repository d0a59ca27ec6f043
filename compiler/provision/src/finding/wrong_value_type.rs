//! `wrong-value-type`: a value of another type than REG_SZ.

use adr_diagnostic::Finding;

/// A value of another type than REG_SZ.
pub(crate) static WRONG_VALUE_TYPE: Finding = Finding::error(
    "wrong-value-type",
    "a registry value has another type than REG_SZ",
    include_str!("../pages/wrong-value-type.md"),
);
