//! The end of Exchange Web Services in Exchange Online.

/// Since when they are blocked unless the organization allows them: 2026-10-01 UTC, in seconds
/// since 1970.
const BLOCKED: i64 = 1_790_812_800;

/// Since when nothing allows them any more: 2027-04-01 UTC, in seconds since 1970.
const ENDED: i64 = 1_806_537_600;

/// Both dates, as a fact.
pub(super) const DATES: &str =
    "Exchange Online blocks EWS by default since 2026-10-01 and ends it on 2027-04-01";

/// The last day on which an organization can allow them.
pub(super) const LAST_DAY: &str = "2027-03-31";

/// The host names of Exchange Online.
pub(super) const HOSTS: [&str; 3] =
    ["outlook.office365.com", "outlook.office.com", "outlook.office365.us"];

/// The labels of these names.
pub(super) const LABELS: [&str; 5] = ["outlook", "office365", "office", "com", "us"];

/// Where a moment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the block.
    Open,
    /// Blocked by default; an organization can allow applications.
    Blocked,
    /// Over.
    Ended,
}

impl Phase {
    /// The phase at a moment, in seconds since 1970 UTC.
    pub(super) fn at(seconds: i64) -> Self {
        match seconds {
            ..BLOCKED => Self::Open,
            BLOCKED..ENDED => Self::Blocked,
            ENDED.. => Self::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::seen::day;

    #[test]
    fn labels_are_those_of_the_hosts() {
        assert!(HOSTS.iter().flat_map(|host| host.split('.')).all(|one| LABELS.contains(&one)));
    }

    #[test]
    fn phases_begin_on_the_published_days() {
        assert_eq!(day(BLOCKED), "2026-10-01");
        assert_eq!(day(ENDED), "2027-04-01");
        assert_eq!(day(ENDED - 1), LAST_DAY);
        assert_eq!(Phase::at(BLOCKED - 1), Phase::Open);
        assert_eq!(Phase::at(BLOCKED), Phase::Blocked);
        assert_eq!(Phase::at(ENDED), Phase::Ended);
    }
}
