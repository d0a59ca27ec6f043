//! `no-common-tls`: the server takes no version or no algorithm of TLS that is offered.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HandshakeFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-common-tls",
        "the server takes no version or no algorithm of TLS that is offered",
        include_str!("../../pages/no-common-tls.md"),
    ),
    step: Step::Tls,
    sources: &[Source::Standard("RFC 8446"), Source::Standard("RFC 8996"), CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(handshake) = &seen.handshake else { return Vec::new() };
    let (message, fact) = match &handshake.failure {
        Some(HandshakeFailure::NoCommonVersion) if handshake.takes_only_old_versions() => {
            return Vec::new(); // `only-old-tls`
        }
        Some(HandshakeFailure::NoCommonVersion) => (
            "the server takes no offered version of TLS",
            "the server rejected the versions that the doctor offered".to_owned(),
        ),
        Some(HandshakeFailure::NoCommonAlgorithms) => (
            "the server takes no offered algorithm of TLS",
            "the server rejected the algorithms that the doctor offered".to_owned(),
        ),
        Some(HandshakeFailure::Alert(alert)) => (
            "the server rejects the handshake of TLS",
            format!("the server sent the alert `{alert}`"),
        ),
        _ => return Vec::new(),
    };
    let mut found = CAUSE.found(message).because(fact);
    if !handshake.versions.is_empty() {
        found = found.because(format!("the server takes {}", handshake.versions.join(", ")));
    }
    let found = found
        .fix(
            Place::WindowsPrompt,
            "enable TLS 1.2 on the Exchange server, then restart it",
            [format!(r#"reg add "{SCHANNEL}" /v Enabled /t REG_DWORD /d 1"#)],
        )
        .fix(
            Place::CucmCommandLine,
            "see which versions the presence server accepts (release 11.5 SU3 and later)",
            ["show tls min-version"],
        );
    vec![found]
}

const SCHANNEL: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";
