//! `script-needs-administrator`: scripts that an ordinary user cannot run completely.

use adr_diagnostic::Finding;

/// Scripts that an ordinary user cannot run completely.
pub(crate) static SCRIPT_NEEDS_ADMINISTRATOR: Finding = Finding::note(
    "script-needs-administrator",
    "scripts of users cannot write the key of the policies",
    include_str!("../pages/script-needs-administrator.md"),
);
