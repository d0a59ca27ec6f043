//! What is known of the presence server itself, and what people saw.

use serde::{Deserialize, Serialize};

/// What is known of the presence server. Times are in seconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PresenceServer {
    /// When the service "Cisco Presence Engine" started.
    pub engine_started: Option<i64>,
    /// When gateways or uploaded certificates were changed last.
    pub changed: Option<i64>,
    /// The rows of `pebackendgateway`; `None` if they were not read.
    pub gateways: Option<Vec<BackendGateway>>,
    /// The locale of the users, such as `German`; `None` if it is not known.
    pub user_locale: Option<String>,
}

/// A row of the table `pebackendgateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendGateway {
    /// The name of the gateway.
    pub name: String,
    /// `localecalendarname`: the name of the calendar folder.
    pub calendar_name: Option<String>,
}

/// What a person saw. Such things cannot be seen from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// The state of a user does not change any more since the mailbox was moved.
    FrozenAfterMove,
    /// A user who was deleted in LDAP is still shown.
    DeletedUserShown,
    /// Some gateways have no status on their page.
    GatewayWithoutStatus,
    /// Out of Office is not shown.
    OutOfOfficeNotShown,
    /// A change of a gateway or of a certificate has no effect.
    ChangeWithoutEffect,
    /// Calendars of users with another language are not found.
    LocalizedCalendar,
    /// The owner of a mailbox can log in to OWA with their own user name.
    OwnLoginWorks,
    /// The owner of a mailbox cannot log in to OWA either.
    OwnLoginFails,
}

impl Symptom {
    /// Every symptom.
    pub const ALL: [Self; 8] = [
        Self::FrozenAfterMove,
        Self::DeletedUserShown,
        Self::GatewayWithoutStatus,
        Self::OutOfOfficeNotShown,
        Self::ChangeWithoutEffect,
        Self::LocalizedCalendar,
        Self::OwnLoginWorks,
        Self::OwnLoginFails,
    ];

    /// Its name, as `--symptom` takes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FrozenAfterMove => "frozen-after-move",
            Self::DeletedUserShown => "deleted-user-shown",
            Self::GatewayWithoutStatus => "gateway-without-status",
            Self::OutOfOfficeNotShown => "out-of-office-not-shown",
            Self::ChangeWithoutEffect => "change-without-effect",
            Self::LocalizedCalendar => "localized-calendar",
            Self::OwnLoginWorks => "own-login-works",
            Self::OwnLoginFails => "own-login-fails",
        }
    }
}
