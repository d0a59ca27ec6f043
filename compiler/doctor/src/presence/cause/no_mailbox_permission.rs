//! `no-mailbox-permission`: the account may not read the mailbox.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::codes::codes_of;
use crate::presence::observation::{EwsAnswer, EwsCall, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-mailbox-permission",
        "the account may not read the mailbox",
        include_str!("../../pages/no-mailbox-permission.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Blog, Source::Public("response codes of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = seen.calls_with(codes_of(CAUSE.finding.name));
    // with impersonation, the account needs no permission of its own
    let is_content = |one: &EwsAnswer| one.call != EwsCall::GetUserAvailability;
    let mut answers = seen.ews.iter();
    let is_read = answers.any(|one| one.is_impersonated && one.is_success() && is_content(one));
    if facts.is_empty() || is_read {
        return Vec::new();
    }
    let found = CAUSE
        .found("the account may not read the calendar of the mailbox")
        .fix(
            Place::ExchangeShell,
            "see what the account may do",
            ["Get-MailboxPermission USER -User ACCOUNT"],
        )
        .fix(
            Place::ExchangeShell,
            "give it Receive-As on all mailboxes (Exchange 2007), which takes 30 minutes to hours to \
             flow down; `adrc doctor presence --watch 60s` shows when",
            ["Get-StorageGroup | Add-ADPermission -User ACCOUNT -ExtendedRights Receive-As"],
        )
        .fix(
            Place::ExchangeShell,
            "or on the databases (Exchange 2010 and later)",
            ["Get-MailboxDatabase | Add-ADPermission -User ACCOUNT -ExtendedRights Receive-As"],
        );
    let found = facts.into_iter().fold(found, Found::because);
    // a busy server, or the end of the time, may have come before these calls
    let is_asked = seen.ews.iter().any(|one| one.is_impersonated && is_content(one));
    vec![match is_asked {
        true => found,
        false => found
            .because("no call with impersonation was answered: the account may need no permission")
            .severity(Severity::Warning),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_account_may_still_impersonate() {
        let denied = |is_impersonated| EwsAnswer {
            call: EwsCall::GetFolder,
            is_impersonated,
            status: 200,
            code: Some("ErrorAccessDenied".to_owned()),
            back_off_milliseconds: None,
            version: None,
        };
        let severity = |ews: Vec<EwsAnswer>| {
            find(&Observations { ews, ..Observations::default() })[0].severity
        };
        assert_eq!(severity(vec![denied(false)]), Severity::Warning);
        assert_eq!(severity(vec![denied(false), denied(true)]), Severity::Error);
    }
}
