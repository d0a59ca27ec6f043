//! The response codes of Exchange Web Services that have a cause of their own, for calls and for
//! logs.

/// Causes by name, each with its codes. Every other code is `ews-error`.
const CODES: &[(&str, &[&str])] = &[
    ("frozen-after-mailbox-move", &["ErrorMailboxMoveInProgress"]),
    (
        "mailbox-not-found",
        &[
            "ErrorNonExistentMailbox",
            "ErrorMissingEmailAddress",
            "ErrorInvalidSmtpAddress",
            "ErrorMailRecipientNotFound",
        ],
    ),
    (
        "no-impersonation-role",
        &["ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"],
    ),
    ("no-mailbox-permission", &["ErrorAccessDenied"]),
    ("server-is-busy", &["ErrorServerBusy", "ErrorExceededConnectionCount"]),
];

/// The codes of a cause, by its name; empty for a cause without codes.
pub(super) fn codes_of(cause: &str) -> &'static [&'static str] {
    CODES.iter().find(|(name, _)| *name == cause).map_or(&[], |(_, codes)| codes)
}

/// The name of the cause of a code; `None` if it has none of its own.
pub(crate) fn cause_of_code(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::observation::{EwsAnswer, EwsCall, Observations};

    #[test]
    fn calls_and_logs_name_the_same_cause() {
        let codes = CODES.iter().flat_map(|(_, codes)| *codes);
        let unlisted = ["ErrorFolderNotFound", "ErrorInternalServerError"];
        for code in codes.chain(&unlisted) {
            let answer = EwsAnswer {
                call: EwsCall::GetFolder,
                is_impersonated: false,
                status: 200,
                code: Some((*code).to_owned()),
                back_off_milliseconds: None,
                version: None,
            };
            let gateway = "owa.apps.local".to_owned();
            let seen = Observations { gateway, ews: vec![answer], ..Observations::default() };
            let called = crate::presence::diagnose(&seen).names();
            let mut tally = crate::log::Tally::new(0, 0);
            tally.line(&format!("EWS {code}"));
            let logged = crate::log::diagnose(&tally.finish()).names();
            assert_eq!(logged, [cause_of_code(code).unwrap_or("ews-error")], "{code}");
            assert_eq!(called, logged, "{code}");
        }
    }
}
