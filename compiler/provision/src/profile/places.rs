//! Where a profile says what a format may be unable to hold.

use std::collections::BTreeMap;

use adr_diagnostic::Span;

use crate::setting::SettingName;

/// Where the settings of all PCs or of a site are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The names of values.
    pub(super) values: BTreeMap<SettingName, Span>,
    /// Texts of `[jabber]`, by the names of the installer's properties.
    pub(super) jabber: BTreeMap<&'static str, Span>,
}

impl Places {
    /// These places, and those of `base` where these have none.
    pub(super) fn over(self, mut base: Self) -> Self {
        for (name, place) in self.values {
            base.values.insert(name, place);
        }
        base.jabber.extend(self.jabber);
        base
    }
}
