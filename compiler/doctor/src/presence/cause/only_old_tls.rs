//! `only-old-tls`: the server takes only versions of TLS that newer presence servers refuse.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HandshakeFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "only-old-tls",
        "the server takes only versions of TLS that newer presence servers refuse",
        include_str!("../../pages/only-old-tls.md"),
    ),
    step: Step::Tls,
    sources: &[Source::Standard("RFC 8996"), CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(handshake) = &seen.handshake else { return Vec::new() };
    let is_judged = matches!(handshake.failure, None | Some(HandshakeFailure::NoCommonVersion));
    if !is_judged || !handshake.takes_only_old_versions() {
        return Vec::new();
    }
    let taken = handshake.versions.iter().chain(&handshake.version);
    let mut names: Vec<&str> = taken.map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let found = CAUSE
        .found("the server takes no version of TLS after 1.1")
        .because(format!("the server takes {}", names.join(", ")))
        .fix(
            Place::CucmCommandLine,
            "see which versions the presence server accepts (release 11.5 SU3 and later)",
            ["show tls min-version"],
        )
        .fix(
            Place::WindowsPrompt,
            "enable TLS 1.2 on the Exchange server, then restart it",
            [format!(r#"reg add "{SCHANNEL}" /v Enabled /t REG_DWORD /d 1"#)],
        );
    vec![found]
}

const SCHANNEL: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";
